"""``python -m bench.identity.worker METHOD RECORDS OUT``: one method on a file of records, timed; the last line is JSON."""

from __future__ import annotations

import sys

import pyarrow as pa

from bench.identity.methods import METHODS
from bench.peers.measure import measured


def main(method: str, source: str, target: str) -> None:
    with pa.memory_map(source) as file:
        records = pa.ipc.open_file(file).read_all()
    with measured():
        clusters = METHODS[method](records)
    write(clusters, target)


def write(table: pa.Table, target: str) -> None:
    """Keep a table as an Arrow file."""
    with pa.OSFile(target, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


if __name__ == "__main__":
    main(*sys.argv[1:])
