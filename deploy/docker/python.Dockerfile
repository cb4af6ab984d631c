# One file for the four services:
#   docker build -f deploy/docker/python.Dockerfile --build-arg SERVICE=poll-api -t commontime/poll-api .
# BASE may be any Debian-like image with Python >= 3.11 at the same path in both stages.
ARG BASE=python:3.12-slim-bookworm

FROM ${BASE} AS build
ARG UV_VERSION=0.13.9
RUN python3 -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir --quiet uv==${UV_VERSION}
WORKDIR /src
COPY requirements.lock ./
# Third-party packages first: this layer changes only with the lock. Versions and hashes come from
# the lock; uv refuses a file that does not match.
ARG SERVICE
COPY contracts/pyproject.toml contracts/
COPY libs/chassis/pyproject.toml libs/chassis/
COPY libs/eventstore/pyproject.toml libs/eventstore/
COPY libs/inbox/pyproject.toml libs/inbox/
COPY libs/timers/pyproject.toml libs/timers/
COPY libs/calendars/pyproject.toml libs/calendars/
COPY services/${SERVICE}/pyproject.toml service/
COPY deploy/docker/third_party.py ./
RUN python3 -m venv --without-pip /opt/commontime \
 && python3 third_party.py contracts libs/chassis libs/eventstore libs/inbox libs/timers libs/calendars service > wanted.txt \
 && VIRTUAL_ENV=/opt/commontime /opt/build/bin/uv pip install --no-cache --compile-bytecode \
      --constraints requirements.lock --requirements wanted.txt
COPY contracts contracts
COPY libs libs
COPY services/${SERVICE} service
RUN VIRTUAL_ENV=/opt/commontime /opt/build/bin/uv pip install --no-cache --compile-bytecode --no-deps \
      --build-constraints requirements.lock ./contracts ./libs/chassis ./libs/eventstore ./libs/inbox ./libs/timers ./libs/calendars ./service

FROM ${BASE}
ARG SERVICE
LABEL org.opencontainers.image.title="commontime ${SERVICE}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/commontime /opt/commontime
ENV PATH=/opt/commontime/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SERVICE_PORT=8080
# `poll-api` is the folder, the image and the consumer group; `poll_api` the module.
RUN printf '#!/bin/sh\nexec python -m %s "$@"\n' "$(echo "${SERVICE}" | tr - _)" > /usr/local/bin/service \
 && chmod 0755 /usr/local/bin/service
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
ENTRYPOINT ["service"]
CMD ["serve", "--host", "0.0.0.0"]
