# syntax=docker/dockerfile:1
# Belonging Bot in a container: small, not root, able to write to /data alone. docs/operate.md says how to run it.

FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/belonging \
 && /opt/belonging/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE manifest.json ./
COPY bot ./bot
RUN /opt/belonging/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin belonging \
 && install -d -o belonging -g belonging -m 0700 /data
COPY --from=build /opt/belonging /opt/belonging
COPY prompts /app/prompts
COPY config.yaml /app/config.yaml
RUN sed -i 's#\./data#/data#' /app/config.yaml
ENV PATH=/opt/belonging/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
USER belonging
VOLUME /data
# SIGTERM ends it within five seconds.
STOPSIGNAL SIGTERM
ENTRYPOINT ["belonging"]
CMD ["run", "--log-format", "json"]
