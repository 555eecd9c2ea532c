"""Disturbs a process that lands a file: kills it, cuts its connections, stops its server, fills its disk."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from simpul import gate, landing
from simpul.database import _open
from simpul.errors import SimpulError
from simpul.stack import postgres

DONE, ERROR, TRACE = 0, 3, 4
_ROOM = 1 << 30  # of the small disk when it is not full


def land(path: Path) -> None:
    """What `simpul land` does."""
    loaded, waiting = [], deque([path])
    while waiting:
        outcome = landing.land(waiting.popleft())
        if outcome.status == "unpacked":
            waiting.extend(landing.members(outcome.file_id))
        loaded.append(outcome)
    gate.gate_files([one.file_id for one in loaded if one.status == "loaded"])


def begin(path: Path, report: Path) -> int:
    """Land in a process of its own, which has everything imported. Returns its number."""
    child = os.fork()
    if child:
        return child
    code = DONE
    try:
        land(path)
    except SimpulError:
        code = ERROR
    except BaseException:
        code = TRACE
        report.write_text(traceback.format_exc(), encoding="utf-8")
    finally:
        os._exit(code)


def end(child: int) -> int:
    """Its exit code; negative when a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)


def ask_to_end(child: int) -> None:
    """As systemd, a container engine or Airflow does first."""
    os.kill(child, signal.SIGTERM)


def kill_a_process_of_the_server(child: int) -> None:
    """As the system does when memory runs out: the server then ends all connections and recovers."""
    with _open(postgres.dsn(), autocommit=True) as admin:
        found = admin.execute(
            "select pid from pg_stat_activity where datname = 'warehouse' and application_name ^@ 'simpul'"
        ).fetchone()
    if found:
        with suppress(ProcessLookupError):
            os.kill(found[0], signal.SIGKILL)


def terminate(child: int) -> None:
    """All connections of the child: the parent holds none."""
    with _open(postgres.dsn(), autocommit=True) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = 'warehouse' and application_name ^@ 'simpul'"
        )


def stop_server(child: int) -> None:
    """As a power cut stops it: nothing is flushed, the next start recovers."""
    server = postgres.status()
    assert server is not None
    os.kill(server.pid, signal.SIGQUIT)  # an immediate shutdown
    while postgres.status():
        time.sleep(0.01)


class SmallDisk:
    """A tmpfs whose room is taken and given back. Only root may mount one.

    Raises:
        PermissionError: it cannot be mounted here.
    """

    def __init__(self, path: Path) -> None:
        path.mkdir(mode=0o755)
        self.path = path
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={_ROOM}", "tmpfs", str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            path.rmdir()
            raise PermissionError(done.stderr.strip())

    @contextmanager
    def almost_full(self, room: int) -> Iterator[None]:
        """Only ``room`` bytes are left."""
        found = os.statvfs(self.path)
        used = (found.f_blocks - found.f_bfree) * found.f_frsize
        self._resize(used + room)
        try:
            yield
        finally:
            self._resize(_ROOM)

    def _resize(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.path)], check=True)

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)
        self.path.rmdir()


DEEDS: dict[str, Callable[[int], None]] = {
    "process killed": kill,
    "process asked to end": ask_to_end,
    "process of the server killed": kill_a_process_of_the_server,
    "connections terminated": terminate,
    "server stopped at once": stop_server,
}
