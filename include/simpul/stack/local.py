"""What every service on this machine is started and asked with."""

from __future__ import annotations

import contextlib
import fcntl
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from simpul.errors import StackError
from simpul.settings import Settings
from simpul.stack import postgres


def direct() -> urllib.request.OpenerDirector:
    """Never through a proxy: the address is this machine."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextlib.contextmanager
def exclusive(settings: Settings, name: str) -> Iterator[None]:
    """One `up` or `down` of the service ``name`` at a time."""
    settings.prepare()
    with open(settings.run_dir / f"{name}.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def refuse_taken_port(port: int, setting: str) -> None:
    """See that nobody else listens there.

    Raises:
        StackError: somebody does; the hint names the ``setting``.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((postgres.HOST, port))
        except OSError as error:
            raise StackError(
                f"port {port} is taken by another program",
                code="port_taken",
                hint=f"set {setting} to a free port",
            ) from error


def end_of_log(path: Path, lines: int = 15) -> str:
    """The last lines of a log, empty when there is none."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
