"""Measured processes: each run is a process of its own, so that memory and warm caches of one do not help another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.machine import ROOT
from simpul.database import warehouse_dsn

PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Run:
    """What a measured process told about itself."""

    seconds: float
    peak_mib: float
    told: dict[str, Any]


class RunFailed(RuntimeError):
    """A measured process did not end well."""


def run(*command: str | Path, python: Path | str = sys.executable, warehouse: bool = True) -> Run:
    """Run a Python program that ends with `measured` (see ``peers/measure.py``) on this home's warehouse.

    Without ``warehouse`` it needs none.

    Raises:
        RunFailed: with the end of what it wrote.
    """
    done = subprocess.run(
        [str(python), *map(str, command)],
        env={**os.environ, "BENCH_DSN": warehouse_dsn()} if warehouse else None,
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RunFailed(f"{' '.join(map(str, command))} ended {done.returncode}\n{done.stderr[-3000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Run(told.pop("seconds"), told.pop("peak_mib"), told)
