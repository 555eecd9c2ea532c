"""The floor: the file's bytes to COPY, as quickly as psycopg can send them.

python bare_copy.py FILE TABLE KIND, with BENCH_DSN. KIND ``logged``: into a table that stands there, as anybody would
do it. ``fresh``: into a table made in the same transaction, which PostgreSQL writes without a log (wal_level minimal):
nothing that goes through this server can be quicker.
"""

from __future__ import annotations

import os
import sys

import psycopg
from measure import measured

STEP = 1 << 18


def main(file: str, table: str, kind: str) -> None:
    dsn = os.environ["BENCH_DSN"]
    with open(file, encoding="utf-8") as text:
        columns = ", ".join(f'"{name}" text' for name in text.readline().strip().split(";"))
    create = f"create table {table} ({columns})"
    if kind == "logged":
        with psycopg.connect(dsn) as conn:
            conn.execute(create)
    with measured(), open(file, "rb", buffering=0) as source, psycopg.connect(dsn) as conn:
        if kind == "fresh":
            conn.execute(create)
        options = "format csv, header, delimiter ';'" + (", freeze" if kind == "fresh" else "")
        with conn.cursor().copy(f"copy {table} from stdin ({options})") as copy:
            while block := source.read(STEP):
                copy.write(block)


if __name__ == "__main__":
    main(*sys.argv[1:])
