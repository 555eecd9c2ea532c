"""Which system user the database server runs as, and how that user reaches its files."""

from __future__ import annotations

import logging
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from simpul.errors import StackError

log = logging.getLogger("simpul.stack.identity")

SYSTEM_USER = "simpul"


@dataclass(frozen=True)
class Account:
    """A system user, by number: a container may have no name for it."""

    uid: int
    gid: int


def server_account(data: Path) -> Account | None:
    """The user for the server's processes; None = the user who is running us.

    Only root can and must change user: to the owner of an existing data directory, otherwise to the system user
    ``simpul`` (made when missing), otherwise to ``nobody``.

    Raises:
        StackError: the data directory belongs to somebody else and we are not root.
    """
    owner = data.stat() if data.exists() else None
    if os.geteuid() != 0:
        if owner and owner.st_uid != os.geteuid():
            raise StackError(
                f"{data} belongs to another user",
                hint="run as the user who started Simpul first, or set SIMPUL_HOME",
            )
        return None
    if owner and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in (SYSTEM_USER, "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            if name != SYSTEM_USER or not _make_user():
                continue
            entry = pwd.getpwnam(name)
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise StackError(
        "PostgreSQL refuses to run as root and no other user exists",
        hint="run as an ordinary user, or set SIMPUL_DSN",
    )


def _make_user() -> bool:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        return False
    done = subprocess.run(
        [program, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode == 0:
        log.info("made the system user '%s' for the database server", SYSTEM_USER)
    return done.returncode == 0


def open_path(path: Path, account: Account, *, readable: bool = False) -> None:
    """Let ``account`` pass through the folders above ``path`` (traverse only: they stay unlisted).

    ``readable``: the folder and what stands beside it (a Python environment made under a strict umask) must be readable
    too; that is done for the server's binaries, which hold nothing private.
    """
    for folder in path.resolve().parents:
        _allow(folder, account, 0o1)
    if readable:
        for folder, _, files in os.walk(path.resolve().parent):
            _allow(Path(folder), account, 0o5)
            for file in files:
                target = Path(folder, file)
                if not target.is_symlink():
                    _allow(target, account, 0o4 | (target.stat().st_mode >> 6 & 0o1))


def _allow(path: Path, account: Account, needed: int) -> None:
    found = path.stat()
    mode = found.st_mode
    shift = 6 if found.st_uid == account.uid else 3 if found.st_gid == account.gid else 0
    if mode >> shift & needed != needed:
        path.chmod((mode | needed << shift) & 0o7777)
        if needed == 0o1:
            log.info("opened %s so that the database server's user can pass through it", path)
