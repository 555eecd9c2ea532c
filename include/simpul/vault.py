"""Generated passwords and keys: one file each under ``home/secrets``, readable by their owner only."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simpul.errors import StackError
from simpul.settings import get_settings


def _password() -> str:
    """192 random bits; URL-safe, so it stands in a connection URL as it is."""
    return secrets.token_urlsafe(24)


def path(name: str) -> Path:
    """Where the secret ``name`` is kept."""
    return get_settings().secrets / name


def read(name: str) -> str | None:
    """The secret, or None when it was never made."""
    try:
        return path(name).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise StackError(
            f"{path(name)} cannot be read by this user",
            hint="run as the user who started Simpul, or set SIMPUL_HOME",
        ) from error


def for_superset(name: str) -> str:
    """Name of the secret with which a caseworker logs in to Superset; that of her role is called as the role is."""
    return f"superset_{name}"


def next_of(name: str) -> str:
    """The password that shall take the place of ``name``, made on first use and kept beside it until `promote`."""
    return read_or_create(_next(name))


def waiting(name: str) -> str | None:
    """What `next_of` made and nobody promoted: whoever changed the password was killed, or is about to be done."""
    return read(_next(name))


def promote(name: str) -> None:
    """It is the password now. Doing it twice, or at once with another, changes nothing more."""
    with contextlib.suppress(FileNotFoundError):
        path(_next(name)).replace(path(name))


def remove(name: str) -> None:
    """The secret is no more, nor what waits to take its place. Doing it twice changes nothing."""
    for one in (name, _next(name)):
        path(one).unlink(missing_ok=True)


def _next(name: str) -> str:
    return f"{name}.next"


def complete(parts: dict[str, Any]) -> dict[str, Any]:
    """Connection keywords with the password of their user, when they have none and it is known here."""
    password = read(str(parts["user"])) if parts.get("user") and not parts.get("password") else None
    return parts | {"password": password} if password else parts


def read_or_create(name: str, generate: Callable[[], str] = _password) -> str:
    """The secret, made on first use. Two processes that make it at the same moment get the same one."""
    found = read(name)
    if found:
        return found
    target = path(name)
    get_settings().prepare()
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{name}-")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(generate() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, target)  # unlike a rename it never replaces what another process wrote first
        except FileExistsError:
            if not target.read_text(encoding="utf-8").strip():  # an empty file is no secret
                Path(draft).replace(target)
    finally:
        Path(draft).unlink(missing_ok=True)
    return target.read_text(encoding="utf-8").strip()
