# Build: docker build -t countersign .    Run: docker run --env-file countersign.env -v countersign:/data countersign
FROM python:3.11-slim AS build
WORKDIR /source
# Exactly the files that were tested, checked by their hashes, and no code of theirs is run to install them.
COPY requirements.txt requirements-build.txt ./
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary=:all: -r requirements-build.txt
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary=:all: --prefix=/installed -r requirements.txt
COPY pyproject.toml README.md LICENSE manifest.yml ./
COPY bot bot
COPY handlers handlers
RUN pip install --no-cache-dir --no-deps --no-build-isolation --prefix=/installed .

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin countersign \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /installed /usr/local
ENV PYTHONUNBUFFERED=1 \
    COUNTERSIGN_HOST=0.0.0.0 \
    COUNTERSIGN_DATABASE_URL=sqlite:////data/countersign.db
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:%s/healthz' % (os.environ.get('COUNTERSIGN_PORT') or 3000), timeout=4)"]
ENTRYPOINT ["countersign"]
CMD ["serve"]
