/* A disk that forgets: what was written and not synced can be taken back, as when the power goes.
 *
 * Preloaded into a process, it keeps beside the true write what stood there before, in the file that
 * COUNTERSIGN_UNDO names; a sync of a file makes what was kept for it until then void. Only files whose
 * name contains ".db" count. Memory maps are not seen: SQLite maps only its -shm file, which it can make again.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct entry {
    uint32_t path_length;
    uint32_t is_sync;
    uint64_t at, length, size; /* where `length` old bytes stood, and how long the file was */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *true_one(const char *name) { return dlsym(RTLD_NEXT, name); }

static size_t name_of(int fd, char *path) {
    char link[64] = "/proc/self/fd/";
    char digits[16];
    int n = 0, rest = fd;
    do digits[n++] = '0' + rest % 10; while (rest /= 10);
    size_t end = strlen(link);
    while (n) link[end++] = digits[--n];
    link[end] = 0;
    ssize_t length = readlink(link, path, 4000);
    if (length <= 0) return 0;
    path[length] = 0;
    return strstr(path, ".db") ? (size_t)length : 0;
}

static void note(int fd, uint64_t at, uint64_t length, int is_sync) {
    char path[4001];
    size_t path_length = name_of(fd, path);
    const char *undo = getenv("COUNTERSIGN_UNDO");
    if (!path_length || !undo) return;
    ssize_t (*really_write)(int, const void *, size_t) = true_one("write");
    struct stat found;
    fstat(fd, &found);
    char *old = malloc(length + 1);
    ssize_t had = is_sync ? 0 : pread(fd, old, length, at);
    struct entry entry = {path_length, is_sync, at, had < 0 ? 0 : had, found.st_size};
    pthread_mutex_lock(&lock);
    int out = open(undo, O_WRONLY | O_CREAT | O_APPEND, 0600);
    really_write(out, &entry, sizeof entry);
    really_write(out, path, path_length);
    really_write(out, old, entry.length);
    close(out);
    pthread_mutex_unlock(&lock);
    free(old);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) {
    note(fd, at, length, 0);
    return ((ssize_t (*)(int, const void *, size_t, off64_t))true_one("pwrite64"))(fd, data, length, at);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at) {
    return pwrite64(fd, data, length, at);
}

ssize_t write(int fd, const void *data, size_t length) {
    note(fd, lseek(fd, 0, SEEK_CUR), length, 0);
    return ((ssize_t (*)(int, const void *, size_t))true_one("write"))(fd, data, length);
}

int ftruncate64(int fd, off64_t size) {
    struct stat found;
    fstat(fd, &found);
    if (found.st_size > size) note(fd, size, found.st_size - size, 0);
    return ((int (*)(int, off64_t))true_one("ftruncate64"))(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) {
    int failed = ((int (*)(int))true_one("fsync"))(fd);
    if (!failed) note(fd, 0, 0, 1);
    return failed;
}

int fdatasync(int fd) {
    int failed = ((int (*)(int))true_one("fdatasync"))(fd);
    if (!failed) note(fd, 0, 0, 1);
    return failed;
}
