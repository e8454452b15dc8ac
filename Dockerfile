# syntax=docker/dockerfile:1
# Belonging Bot in a container: its wheel, not root, able to write to /data alone. docs/operate.md says how to run it.
# For several workers (docs/cluster.md): --build-arg EXTRAS=cluster

FROM python:3.13-slim AS wheel
WORKDIR /source
COPY requirements.lock ./
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE manifest.json config.yaml ./
COPY prompts ./prompts
COPY bot ./bot
RUN /opt/build/bin/pip wheel --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -w /dist .

FROM python:3.13-slim AS installed
ARG EXTRAS=""
COPY requirements.lock requirements-cluster.lock /source/
COPY --from=wheel /dist /dist
# EXTRAS names a lock: requirements.lock without, requirements-cluster.lock with cluster.
RUN python -m venv /opt/belonging \
 && /opt/belonging/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
      -r "/source/requirements${EXTRAS:+-$EXTRAS}.lock" \
 && /opt/belonging/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps /dist/*.whl \
 && /opt/belonging/bin/pip check \
 && /opt/belonging/bin/pip uninstall --yes hatchling editables pip

FROM python:3.13-slim
RUN groupadd --system --gid 10001 belonging \
 && useradd --system --uid 10001 --gid belonging --no-create-home --shell /usr/sbin/nologin belonging \
 && install -d -o belonging -g belonging -m 0700 /data
COPY --from=installed /opt/belonging /opt/belonging
ENV PATH=/opt/belonging/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# config.yaml, .env and what the bot stores.
WORKDIR /data
VOLUME /data
USER 10001:10001
# SIGTERM ends it within five seconds; a worker hands over what it has, and ends within 25.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 CMD ["belonging", "health"]
ENTRYPOINT ["belonging"]
CMD ["run", "--log-format", "json"]
