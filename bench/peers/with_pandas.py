"""``DataFrame.to_sql``: python with_pandas.py FILE TABLE METHOD, with BENCH_DSN; METHOD is ``default`` or ``multi``.

psycopg 3 is the quicker of SQLAlchemy's drivers here. Larger chunks cost memory and win nothing.
"""

from __future__ import annotations

import os
import sys

import pandas
import sqlalchemy
from measure import measured

CHUNK = 10_000
MOST_PARAMETERS = 65_535  # of one statement, by the protocol


def main(file: str, table: str, method: str) -> None:
    url = os.environ["BENCH_DSN"].replace("postgresql:", "postgresql+psycopg:", 1)
    engine = sqlalchemy.create_engine(url)
    schema, name = table.split(".")
    cells = {"sep": ";", "dtype": str, "keep_default_na": False, "na_values": [""]}
    with measured(), engine.begin() as conn:
        for frame in pandas.read_csv(file, chunksize=CHUNK, **cells):
            many = {"method": "multi", "chunksize": MOST_PARAMETERS // frame.shape[1]}
            way = many if method == "multi" else {}
            frame.to_sql(name, conn, schema=schema, if_exists="append", index=False, **way)


if __name__ == "__main__":
    main(*sys.argv[1:])
