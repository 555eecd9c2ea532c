"""What every measured process shares; standard library only, because peers live in an environment of their own."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def measured() -> Iterator[dict[str, Any]]:
    """Time the block (imports are done before it) and print, as one line of JSON, its seconds and the peak memory.

    Further values put into the yielded dictionary are printed, too.
    """
    told: dict[str, Any] = {}
    started = time.perf_counter()
    yield told
    told["seconds"] = time.perf_counter() - started
    told["peak_mib"] = peak_mib()
    print(json.dumps(told))


def peak_mib() -> float:
    """The most memory this process has had, in MiB.

    Not ``getrusage``: on Linux its peak begins with that of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) / 1024
    import resource

    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
