# The gateway: nginx with its configuration and the page people use.
#   docker build -f deploy/docker/gateway.Dockerfile -t commontime/gateway .
# NODE_BASE is any image with Node >= 20.19 and npm, NGINX_BASE any with nginx
# >= 1.27.3 and wget.
ARG NODE_BASE=node:24-bookworm-slim
ARG NGINX_BASE=nginx:1.30-alpine

FROM ${NODE_BASE} AS build
WORKDIR /src/web
# The packages first: this layer changes only with their lock.
COPY web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY contracts/openapi ../contracts/openapi
COPY web .
RUN npm run gen-api && npm run build && node scripts/publish.mjs dist /page

FROM ${NGINX_BASE}
LABEL org.opencontainers.image.title="commontime gateway" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY deploy/docker/gateway/nginx.conf deploy/docker/gateway/upstreams.conf /etc/nginx/
COPY --from=build /page /usr/share/nginx/page
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=2s --start-period=5s --retries=5 \
  CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/healthz"]
# Told this way it lets running answers end.
STOPSIGNAL SIGQUIT
ENTRYPOINT ["nginx"]
CMD ["-g", "daemon off;"]
