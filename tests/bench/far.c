/* A server that is far: hands on what comes to a port to a Unix socket and back, so many microseconds later.

   far PORT SOCKET MICROSECONDS

   It says "ready" once it listens, and ends when its standard input does. In C, since its own time must not count. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MOST 512
#define PIECE 65536

struct piece { struct piece *next; long long due; size_t size, sent; char bytes[]; };
struct way { int from, to, ended; struct piece *first, *last; };

static struct way ways[MOST];
static int count;

static long long now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void add(int from, int to) {
    if (count == MOST) exit(2);
    ways[count++] = (struct way){ .from = from, .to = to };
}

static void join(int client, const char *path) {
    int yes = 1, server = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un where = { .sun_family = AF_UNIX };
    strncpy(where.sun_path, path, sizeof where.sun_path - 1);
    if (connect(server, (struct sockaddr *)&where, sizeof where) < 0) { close(client); close(server); return; }
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(client, F_SETFL, O_NONBLOCK);
    fcntl(server, F_SETFL, O_NONBLOCK);
    add(client, server);
    add(server, client);
}

static void take(struct way *way, long long later) {
    static char bytes[PIECE];
    ssize_t size = read(way->from, bytes, sizeof bytes);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) { way->ended = 1; return; }
    struct piece *piece = malloc(sizeof *piece + size);
    *piece = (struct piece){ .due = now_us() + later, .size = size };
    memcpy(piece->bytes, bytes, size);
    if (way->last) way->last->next = piece; else way->first = piece;
    way->last = piece;
}

static void hand_on(struct way *way, long long now) {
    struct piece *piece;
    while ((piece = way->first) && piece->due <= now) {
        ssize_t size = send(way->to, piece->bytes + piece->sent, piece->size - piece->sent, MSG_NOSIGNAL);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (size < 0) { way->ended = 1; size = piece->size - piece->sent; }
        if ((piece->sent += size) < piece->size) return;
        way->first = piece->next;
        if (!way->first) way->last = NULL;
        free(piece);
    }
    if (way->ended == 1 && !way->first) { shutdown(way->to, SHUT_WR); way->ended = 2; }
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    long long later = atoll(argv[3]);
    int yes = 1, door = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in where = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])) };
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(door, (struct sockaddr *)&where, sizeof where) < 0 || listen(door, 64) < 0) return 1;
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct pollfd polled[MOST + 2];
        long long now = now_us(), next = now + 1000000;
        polled[0] = (struct pollfd){ .fd = door, .events = POLLIN };
        polled[1] = (struct pollfd){ .fd = 0, .events = POLLIN };
        for (int n = 0; n < count; n++) {
            hand_on(&ways[n], now);
            if (ways[n].first && ways[n].first->due < next) next = ways[n].first->due;
            polled[n + 2] = (struct pollfd){ .fd = ways[n].ended ? -1 : ways[n].from, .events = POLLIN };
        }
        for (int n = 0; n + 1 < count; n += 2) /* both ways of a connection are over: its place is free */
            if (ways[n].ended == 2 && ways[n + 1].ended == 2) {
                close(ways[n].from);
                close(ways[n].to);
                ways[n] = ways[count - 2];
                ways[n + 1] = ways[count - 1];
                count -= 2;
                next = now;
                break;
            }
        if (next == now) continue;
        long long left = next > now ? next - now : 0;
        struct timespec wait = { .tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000 };
        if (ppoll(polled, count + 2, &wait, NULL) <= 0) continue;
        if (polled[1].revents) {
            char byte;
            if (read(0, &byte, 1) <= 0) return 0;
        }
        for (int n = 0; n < count; n++)
            if (polled[n + 2].revents) take(&ways[n], later);
        if (polled[0].revents) {
            int client = accept(door, NULL, NULL);
            if (client >= 0) join(client, argv[2]);
        }
    }
}
