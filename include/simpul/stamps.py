"""When were files last changed: so that what was read from them is kept in memory for as long as it is true.

A long-lived process (Airflow's triggerer looks into the inbox every other second) would else either read thirty files
again each time, or go on with a contract that was mended an hour ago.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

Stamp = tuple[tuple[str, int, int], ...]


def stamp(paths: Iterable[Path]) -> Stamp:
    """Name, time of change in ns and size in bytes of each file, sorted: another stamp means other content.

    Raises:
        OSError: a file is gone.
    """
    found = [(str(path), path.stat()) for path in paths]
    return tuple(sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in found))
