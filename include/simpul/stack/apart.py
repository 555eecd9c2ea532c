"""A home of its own for what must not touch anybody's: a benchmark, a trial of faults."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simpul.settings import Settings, elsewhere, get_settings
from simpul.stack import postgres, services

_PATIENCE = 15.0  # seconds


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def own_home(**chosen: str) -> Iterator[Settings]:
    """An empty home with free ports; what was started in it is stopped at the end, and the folder removed.

    After an error the folder stays, with its logs, and the error says where.

    Args:
        chosen: further settings, e.g. ``settle_seconds="0"``.
    """
    folder = Path(tempfile.mkdtemp(prefix="simpul-own-"))
    ports = {"pg_port": str(free_port()), "airflow_port": str(free_port())}
    with elsewhere(home=str(folder), **ports, **chosen) as settings:
        try:
            yield settings
        except Exception as error:
            error.add_note(f"its home was kept for a look: {folder}")
            raise
        finally:
            _stop_all()
    shutil.rmtree(folder, ignore_errors=True)


def _stop_all() -> None:
    """Stop the services, also a server that was only starting when we were told to end."""
    services.down()
    still_there = postgres.data_dir(get_settings()) / "postmaster.pid"
    end = time.monotonic() + _PATIENCE
    while still_there.exists() and time.monotonic() < end:
        time.sleep(0.2)
        services.down()
