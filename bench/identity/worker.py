"""``python -m bench.identity.worker KIND METHOD RECORDS OUT``: a method on a file of records, timed.

KIND is ``people`` or ``febrl``. The last line of what it prints is JSON.
"""

from __future__ import annotations

import sys

import pyarrow as pa

from bench.identity.methods import FEBRL_METHODS, METHODS
from bench.peers.measure import measured


def main(kind: str, method: str, source: str, target: str) -> None:
    with pa.memory_map(source) as file:
        records = pa.ipc.open_file(file).read_all()
    with measured():
        clusters = {"people": METHODS, "febrl": FEBRL_METHODS}[kind][method](records)
    write(clusters, target)


def write(table: pa.Table, target: str) -> None:
    """Keep a table as an Arrow file."""
    with pa.OSFile(target, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


if __name__ == "__main__":
    main(*sys.argv[1:])
