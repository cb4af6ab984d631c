# One file for the four services:
#   docker build -f deploy/docker/python.Dockerfile --build-arg SERVICE=poll-api -t commontime/poll-api .
# BASE may be any Debian-like image with Python >= 3.11 at the same path in both stages.
ARG BASE=python:3.12-slim-bookworm

FROM ${BASE} AS build
# Compilers left a fifth of the size in others' libraries for debuggers; `strip` takes it away. Any
# version of it does, and it stays in this stage.
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends binutils \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements.lock deploy/docker/third_party.py ./
# Every package is checked against the lock's hashes, the installer itself too.
RUN python3 third_party.py packages uv > installer.txt \
 && python3 -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --quiet --require-hashes --no-deps --requirement installer.txt
# Others' packages before our source: this layer changes only with what is required.
COPY contracts/pyproject.toml contracts/
COPY libs/chassis/pyproject.toml libs/chassis/
COPY libs/eventstore/pyproject.toml libs/eventstore/
COPY libs/inbox/pyproject.toml libs/inbox/
COPY libs/timers/pyproject.toml libs/timers/
COPY libs/calendars/pyproject.toml libs/calendars/
ARG SERVICE
COPY services/${SERVICE}/pyproject.toml service/
# Less what no program reads: tests, stubs for type checkers, sources in C. (What is in `*.libs` was
# moved together by other tools, and `strip` would break it.)
RUN python3 -m venv --without-pip /opt/commontime \
 && python3 third_party.py members service > members.txt \
 && python3 third_party.py required service > required.txt \
 && VIRTUAL_ENV=/opt/commontime /opt/build/bin/uv pip install --no-cache --quiet --only-binary :all: --compile-bytecode \
      --require-hashes --constraints requirements.lock --requirements required.txt \
 && find /opt/commontime/lib -type d -name tests -prune -exec rm -r {} + \
 && find /opt/commontime/lib -type f -regex '.*[.]\(pyi\|pyx\|pxd\|c\|h\|a\)' -delete \
 && find /opt/commontime/lib -type f -name '*.so' -not -path '*.libs/*' -exec strip --strip-debug {} +
COPY contracts contracts
COPY libs libs
COPY services/${SERVICE} service
# `poll-api` is the folder, the image and the consumer group; `poll_api` the module.
RUN VIRTUAL_ENV=/opt/commontime /opt/build/bin/uv pip install --no-cache --quiet --no-deps --compile-bytecode \
      --build-constraints requirements.lock --require-build-hashes --requirements members.txt \
 && python3 -c "import sys; print('#!/bin/sh\nexec python -m', sys.argv[1].replace('-', '_'), '\"\$@\"')" "${SERVICE}" \
      > /opt/commontime/bin/service \
 && chmod 0755 /opt/commontime/bin/service

FROM ${BASE}
ARG SERVICE
LABEL org.opencontainers.image.title="commontime ${SERVICE}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/commontime /opt/commontime
ENV PATH=/opt/commontime/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SERVICE_PORT=8080
USER 10001:10001
EXPOSE 8080
# It runs every five seconds for as long as the container does: sockets alone take a fifth of the
# time that a client of HTTP takes to import. Machines under load start slowly.
HEALTHCHECK --interval=5s --timeout=5s --start-period=120s --retries=3 \
  CMD ["python", "-I", "-S", "-c", "from socket import *; c = create_connection(('127.0.0.1', 8080), 4); c.sendall(b'GET /readyz HTTP/1.0\\r\\n\\r\\n'); raise SystemExit(b' 200 ' not in c.recv(64))"]
ENTRYPOINT ["service"]
CMD ["serve", "--host", "0.0.0.0"]
