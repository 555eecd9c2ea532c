#!/bin/sh
# Prepare Superset: its metadata, the user `admin`, and the warehouse as bi_reader sees it. Safe to repeat.
set -eu
secret() { cat "/run/simpul/$1"; }

superset db upgrade
superset fab create-admin --username admin --firstname Simpul --lastname Admin --email admin@localhost \
    --password "$(secret superset_admin)"
superset init
superset set-database-uri --database_name Simpul \
    --uri "postgresql+psycopg2://bi_reader:$(secret bi_reader)@postgres:5432/warehouse"
