"""The floor of workbooks: calamine's rows as CSV to COPY, as anybody would write it.

python with_calamine.py FILE TABLE, with BENCH_DSN.
"""

from __future__ import annotations

import csv
import io
import os
import sys
from itertools import islice

import psycopg
from measure import measured
from python_calamine import CalamineWorkbook

BATCH = 2_000


def main(file: str, table: str) -> None:
    with measured(), psycopg.connect(os.environ["BENCH_DSN"], autocommit=True) as conn:
        rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).iter_rows()
        columns = ", ".join(f'"{name}" text' for name in next(rows))
        conn.execute(f"create table {table} ({columns})")
        with conn.cursor().copy(f"copy {table} from stdin (format csv)") as copy:
            while batch := list(islice(rows, BATCH)):
                out = io.StringIO()
                csv.writer(out).writerows(batch)
                copy.write(out.getvalue())


if __name__ == "__main__":
    main(*sys.argv[1:])
