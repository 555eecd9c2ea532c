"""dlt into PostgreSQL: python with_dlt.py FILE TABLE FORM, with BENCH_DSN; runs in the peers' own environment.

The file is read as Arrow tables, which dlt takes without looking at single cells; rows as dictionaries take it twice as
long. FORM is dlt's loader file format: ``csv`` is loaded by COPY, ``parquet`` by ADBC and quickest; the default for
Arrow, ``insert_values``, is slower than both and dlt itself warns of it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "DO_NOT_TRACK": "1"}  # read when dlt is imported

import dlt
import pyarrow
import pyarrow.csv
from measure import measured

BLOCK = 16 << 20


def main(file: str, table: str, form: str) -> None:
    schema, name = table.split(".")
    with tempfile.TemporaryDirectory() as folder, measured():
        pipeline = dlt.pipeline(
            "bench",
            pipelines_dir=folder,
            dataset_name=schema,
            destination=dlt.destinations.postgres(os.environ["BENCH_DSN"]),
        )
        resource = dlt.resource(_tables(file), name=name, write_disposition="append")
        pipeline.run(resource, loader_file_format=form)


def _tables(file: str) -> Iterator[pyarrow.RecordBatch]:
    with open(file, encoding="utf-8") as text:
        names = text.readline().strip().split(";")
    types = dict.fromkeys(names, pyarrow.string())
    yield from pyarrow.csv.open_csv(
        file,
        read_options=pyarrow.csv.ReadOptions(block_size=BLOCK),
        parse_options=pyarrow.csv.ParseOptions(delimiter=";"),
        convert_options=pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=True),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
