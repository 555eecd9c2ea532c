"""What came of doing it once more, held against the ledger, which tells counts, hashes and addresses."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from simpul.rebuild.fates import Taken

# what a detail must say again; the rest of it is of its time (which tables were carried over, who the user was)
_ASKED: dict[str, tuple[str, ...]] = {
    "file.loaded": ("sha256", "dataset", "rows_read"),
    "gate.landing": ("passed", "records", "failing"),
    "file.landed": ("dataset", "slice", "rows_read", "rows_loaded", "rows_quarantined", "supersedes"),
    "file.withdrawn": ("dataset", "slice", "restored"),
    "file.restored": ("dataset",),
    "release.attached": ("content_hash",),
    "gate.publication": ("passed",),
}
# of counts: how many fewer there are, at least and at most; records may have been set aside before or by the gate
_MISSING: dict[str, Callable[[Taken], tuple[int, int]]] = {
    "rows_read": lambda taken: (taken.records, taken.records),
    "rows_loaded": lambda taken: (taken.loaded, taken.loaded),
    "rows_quarantined": lambda taken: (taken.aside, taken.aside),
    "records": lambda taken: (taken.loaded, taken.records),
}


@dataclass(frozen=True)
class Difference:
    """Something that came out otherwise than event ``number`` tells."""

    number: int
    kind: str
    subject: str
    what: str
    then: Any
    now: Any

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def differences(
    number: int,
    kind: str,
    subject: str,
    then: Mapping[str, Any],
    now: Mapping[str, Any] | None,
    taken: Taken = Taken(),  # noqa: B008 - frozen
) -> list[Difference]:
    """What of an event's detail is not as it was; ``now`` None: it did not come to it at all.

    ``taken``: what left the file since. Its records are taken off the counts of then; how many of them were among those
    that broke a rule nobody knows any more.
    """
    if now is None:
        return [Difference(number, kind, subject, "happened", True, False)]
    found = json.loads(json.dumps(now, default=str))
    return [
        Difference(number, kind, subject, name, then.get(name), found.get(name))
        for name in _ASKED.get(kind, ())
        if not _fits(name, then.get(name), found.get(name), taken)
    ]


def _fits(name: str, then: Any, now: Any, taken: Taken) -> bool:
    """Whether it is as it was, but for what was taken out since."""
    if name == "sha256" and taken.sha256:
        return now == taken.sha256
    if name in ("supersedes", "restored"):
        return set(then) - taken.gone == set(now) - taken.gone
    if name == "failing":
        return all(0 <= then.get(rule, 0) - now.get(rule, 0) <= taken.records for rule in {*then, *now})
    if name in _MISSING:
        least, most = _MISSING[name](taken)
        return least <= then - now <= most
    return then == now


def is_asked(kind: str) -> bool:
    """Whether an event of this kind is held against what happens now."""
    return kind in _ASKED
