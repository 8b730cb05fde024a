# The server and the replay tool, without a PostgreSQL: name one in DATABASE_URL.
FROM rust:1-slim-bookworm AS build
RUN apt-get update -q && apt-get install -q -y --no-install-recommends gcc g++ make cmake && rm -rf /var/lib/apt/lists/*
WORKDIR /souk
COPY . .
RUN cargo build --release --locked --package api --package replay-tool --bin souk --bin souk-replay \
    && strip target/release/souk target/release/souk-replay

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/souk --create-home souk
COPY --from=build /souk/target/release/souk /souk/target/release/souk-replay /usr/local/bin/
USER souk
WORKDIR /var/lib/souk
ENV SOUK_LISTEN=0.0.0.0:8080 SOUK_DATA_DIR=/var/lib/souk/data
EXPOSE 8080
# bash opens the connection itself; the image has no HTTP client.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=6 CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /api/v1/health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
# A stop waits for the commands under way (SOUK_STOP_GRACE_S).
STOPSIGNAL SIGTERM
ENTRYPOINT ["souk"]
CMD ["serve"]
