"""The methods that are measured: each takes records and gives the cluster of every record.

A method is called in a process of its own (`worker`), so that its peak memory is its own.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from bench.identity import febrl, tutorial
from simpul.identity.resolving import resolve

Method = Callable[[pa.Table], pa.Table]


def nik_join(records: pa.Table) -> pa.Table:
    """Same 16 digits = same person; whoever has none stands alone."""
    key, nik = records["record_key"], records["nik"]
    is_number = pc.fill_null(pc.match_substring_regex(nik, "^[0-9]{16}$"), False)
    return pa.table({"record_key": key, "cluster": pc.if_else(is_number, nik, key)})


def simpul(records: pa.Table) -> pa.Table:
    """Ours."""
    return resolve(records).records.select(["record_key", "cluster"])


METHODS: dict[str, Method] = {
    "Simpul": simpul,
    "NIK join": nik_join,
    "Splink's tutorial": tutorial.link,
}
"""Name → method, in the order of the page."""
PEERS = ("Splink's tutorial",)
"""Those that take long and are left out with ``--no-peers``."""
FEBRL_METHODS: dict[str, Method] = {"Simpul": febrl.simpul, "Splink's notebook": febrl.link}
"""The same for FEBRL's records, whose columns are others."""
