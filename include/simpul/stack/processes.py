"""Processes that are ours for certain: by id and start time, by environment marker; never by name."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from simpul.files import write_whole


@dataclass(frozen=True)
class Ref:
    """A process that cannot be mistaken for another: ids are reused, an id with its start time is not."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> Ref:
        """Reference to a process that runs now."""
        return cls(pid, psutil.Process(pid).create_time())

    def process(self) -> psutil.Process | None:
        """The process, while it lives. A zombie does not."""
        try:
            process = psutil.Process(self.pid)
            alive = process.status() != psutil.STATUS_ZOMBIE
            return process if alive and abs(process.create_time() - self.created) < 0.05 else None
        except psutil.Error:
            return None

    @property
    def is_alive(self) -> bool:
        """Whether that very process still runs."""
        return self.process() is not None


def write_refs(path: Path, content: dict[str, Ref], **more: object) -> None:
    """Keep references for other processes; the file is never seen half-written."""
    refs = {name: asdict(ref) for name, ref in content.items()}
    write_whole(path, json.dumps({"processes": refs, **more}, indent=1))


def read_refs(path: Path) -> tuple[dict[str, Ref], dict[str, object]]:
    """What `write_refs` kept: references, and the rest. A missing or broken file is an empty one."""
    try:
        content = json.loads(path.read_text())
        return {name: Ref(**ref) for name, ref in content.pop("processes").items()}, content
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}


def marked(variable: str, value: str) -> list[psutil.Process]:
    """All processes whose environment holds ``variable=value``, but not this one and its ancestors.

    Children of a killed component have no parent to be found through, yet they inherit its environment.
    """
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid not in own and process.environ().get(variable) == value:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # gone, or of another user: not ours
    return found


def end(processes: Iterable[psutil.Process], *, patience: float) -> int:
    """Ask the processes to end, wait ``patience`` seconds, then kill what is left.

    Returns:
        How many had to be killed.
    """
    waiting = list(processes)
    for process in waiting:
        _send(process, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(waiting, timeout=patience)
    for process in stubborn:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=5)
    return len(stubborn)


def _send(process: psutil.Process, number: int) -> None:
    with contextlib.suppress(psutil.Error):
        process.send_signal(number)  # psutil checks the start time before it sends
