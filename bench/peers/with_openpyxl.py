"""``openpyxl`` (read-only, its quickest way) and ``DataFrame.to_sql``.

python with_openpyxl.py FILE TABLE, with BENCH_DSN.
"""

from __future__ import annotations

import os
import sys
from itertools import islice

import openpyxl
import pandas
import sqlalchemy
from measure import measured

CHUNK = 10_000


def main(file: str, table: str) -> None:
    url = os.environ["BENCH_DSN"].replace("postgresql:", "postgresql+psycopg:", 1)
    engine = sqlalchemy.create_engine(url)
    schema, name = table.split(".")
    with measured(), engine.begin() as conn:
        rows = openpyxl.load_workbook(file, read_only=True).active.iter_rows(values_only=True)
        columns = next(rows)
        while batch := list(islice(rows, CHUNK)):
            frame = pandas.DataFrame(batch, columns=columns, dtype=object)
            frame.to_sql(name, conn, schema=schema, if_exists="append", index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
