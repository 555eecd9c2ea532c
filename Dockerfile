# One image for every part of Simpul; what a container does is its command (docker-compose.yml).
# `bi` is a second, optional image: Superset, ready to read the marts.
# Behind a closed network: name your mirrors of the images in .env, and hand over pip's configuration as a build secret
# (docs/runbooks/containers.md).
ARG PYTHON_IMAGE=python:3.12-slim
ARG SUPERSET_IMAGE=apache/superset:6.1.0


# --- the environment: exactly the locked packages, all of them wheels, so nobody needs a compiler
FROM ${PYTHON_IMAGE} AS environment
WORKDIR /opt/simpul
ENV UV_NO_BUILD=1 \
    UV_LINK_MODE=copy
COPY requirements.in requirements.txt pyproject.toml ./
COPY tools/setup.sh tools/image.sh tools/
# an empty include/ is enough for the editable install: a change of the code does not install everything again
RUN --mount=type=cache,target=/root/.cache \
    --mount=type=secret,id=pip,target=/etc/pip.conf \
    mkdir include && sh tools/image.sh .venv


# --- Superset with a driver for PostgreSQL (its own image has none), in the version and with the hashes of our lock
FROM ${SUPERSET_IMAGE} AS bi
USER root
COPY requirements.txt bi/superset/superset_config.py bi/superset/indonesian.json bi/superset/load.py /app/simpul/
COPY bi/superset/assets /app/simpul/assets
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    sed -n '/^psycopg2-binary==/,/^[^ ]/{/^psycopg2-binary==/p;/^ /p;}' /app/simpul/requirements.txt > /tmp/driver.txt \
    && . /app/.venv/bin/activate \
    && uv pip install --no-cache --no-build --require-hashes -r /tmp/driver.txt \
    && rm /tmp/driver.txt
ENV SUPERSET_CONFIG_PATH=/app/simpul/superset_config.py \
    SCARF_ANALYTICS=false
USER superset
CMD ["/app/docker/entrypoints/run-server.sh"]


# --- the image itself; last, so that a plain `docker build .` makes it
FROM ${PYTHON_IMAGE} AS simpul
# a fixed number: volumes belong to it, and an inbox on the host can be opened to it. New volumes copy these folders' rights
RUN groupadd --gid 10001 simpul \
    && useradd --uid 10001 --gid simpul --no-create-home --home-dir /tmp --shell /usr/sbin/nologin simpul \
    && install -d -o simpul -g simpul -m 0700 /var/lib/simpul /var/lib/simpul/reports \
    && install -d -o simpul -g simpul -m 0755 /inbox /handover /var/log/simpul
WORKDIR /opt/simpul
COPY --from=environment /opt/simpul/.venv .venv
COPY NOTICE ./
COPY dags dags
COPY dbt_project dbt_project
COPY expectations expectations
COPY include include
# what dashboards ask for: a release that could not fill them is not begun, here as anywhere
COPY bi/superset/datasets.yml bi/superset/
COPY bi/superset/dashboards bi/superset/dashboards
# the guides and their pictures stand on the front page of every release
COPY docs/untuk-perencana.md docs/for-auditors.md docs/for-engineers.md docs/querying.md \
    docs/bi.md docs/metrics.md docs/open-data.md docs/
COPY docs/pictures docs/pictures
RUN .venv/bin/python -m compileall -q dags expectations include
ENV PATH=/opt/simpul/.venv/bin:${PATH} \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SIMPUL_HOME=/var/lib/simpul \
    SIMPUL_INBOX=/inbox \
    SIMPUL_AIRFLOW_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["simpul"]
CMD ["--help"]
