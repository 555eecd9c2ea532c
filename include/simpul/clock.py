"""The clock: moments are kept in UTC and told in western Indonesian time, always with the zone.

What is decided by the day asks `now`, so that it can be decided once more as it was then (`as_of`). And what is done
again and again beside longer work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Jakarta")
"""UTC+7, without summer time."""


_then: list[datetime] = []


def now() -> datetime:
    """This moment in UTC; within `as_of` the moment that it names."""
    return then() or datetime.now(UTC)


def then() -> datetime | None:
    """The moment that `as_of` names; None outside it: a database then asks its own clock, which may be another."""
    return _then[-1] if _then else None


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """While the block runs, `now` is ``moment`` in all threads of this process: history is made once more."""
    _then.append(moment)
    try:
        yield
    finally:
        _then.pop()


def told(moment: datetime | None) -> str:
    """``2026-03-01 14:05 WIB``, for people; a dash where there is none. Every time that is printed goes this way."""
    return "–" if moment is None else f"{moment.astimezone(WIB):%Y-%m-%d %H:%M} WIB"


@contextmanager
def repeated(do: Callable[[], object], every: float, name: str) -> Iterator[None]:
    """Call ``do``, which must not raise, every so many seconds from a thread ``name`` for as long as the block runs."""
    over = threading.Event()

    def follow() -> None:
        while not over.wait(every):
            do()

    thread = threading.Thread(target=follow, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
