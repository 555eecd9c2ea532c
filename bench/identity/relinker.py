"""``python -m bench.identity.relinker RELEASE``: link the records of the warehouse, timed.

The last line of what it prints is JSON.
"""

from __future__ import annotations

import sys

import duckdb  # noqa: F401 - the scheduler hands both to its tasks (ADR 0022), so no run imports them
import pandas as pd  # noqa: F401

from bench.peers.measure import measured
from simpul.identity import link


def main(release_id: int) -> None:
    with measured() as told:
        told |= link(release_id).as_json()


if __name__ == "__main__":
    main(int(sys.argv[1]))
