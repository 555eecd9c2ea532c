"""What came of doing it once more, held against the ledger, which tells counts, hashes and addresses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

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
    number: int, kind: str, subject: str, then: Mapping[str, Any], now: Mapping[str, Any] | None
) -> list[Difference]:
    """What of an event's detail is not as it was; ``now`` None: it did not come to it at all."""
    if now is None:
        return [Difference(number, kind, subject, "happened", True, False)]
    found = json.loads(json.dumps(now, default=str))
    return [
        Difference(number, kind, subject, name, then.get(name), found.get(name))
        for name in _ASKED.get(kind, ())
        if _settled(then.get(name)) != _settled(found.get(name))
    ]


def is_asked(kind: str) -> bool:
    """Whether an event of this kind is held against what happens now."""
    return kind in _ASKED


def _settled(value: Any) -> Any:
    """Lists in order: which of several files was superseded first says nothing."""
    return sorted(value) if isinstance(value, list) else value
