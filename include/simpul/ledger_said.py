"""What the ledger's events say of the registers, so that their rows can be held against it (ADR 0062).

Registers are ordinary tables: who owns the database, or may write to a backup of the journal, can alter a row and no
hash notices. Each row that stands for a decision was told to the ledger when it was written, and the ledger is chained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Event = tuple[str, str, Mapping[str, Any]]
"""Kind, subject, detail."""
Row = Mapping[str, Any]
"""A row as JSON."""

KEYS: dict[str, tuple[str, ...]] = {
    "audit.release": ("release_id",),
    "audit.waiver": ("waiver_id",),
    "audit.person_region_grant": ("role_name", "region_code"),
    "audit.export": ("export_id",),
    "audit.erasure": ("erasure_id",),
    "audit.open_data_cut": ("release_id",),
    "audit.rebuild": ("rebuild_id",),
}
"""The registers, and what tells their rows apart."""

# column → name in the event's detail
_WHY = {"why": "why", "why_id": "why_id"}
_WAIVER = {
    "scope": "scope", "rule_code": "rule", "region_code": "region_code", "until": "until", "asked_by": "by", **_WHY,
}  # fmt: skip
_EXPORT = {
    **{name: name for name in ("relation", "columns", "identity_columns", "role_name", "release_id", "rows", "sha256",
                               "row_set")},
    "exported_by": "by", **_WHY,
}  # fmt: skip
_ERASURE = {
    "person_ids": "person_ids", "asked_by": "asked_by", "approved_by": "approved_by", "run_by": "by", **_WHY,
}  # fmt: skip
_CUT = {"k": "k", "cells": "cells", "suppressed": "suppressed", "opened_by": "by"}
_STATUS = {
    "release.opened": "candidate",
    "release.refused": "refused",
    "release.published": "published",
    "release.retired": "retired",
}
# what a release says can be asked of a published one only: of others a rebuild makes no table (ADR 0050)
_OF_PUBLISHED = ("content_hash", "gate_passed")


class Said:
    """Relation → key of a row (as text) → column → value, as far as events, in their order, tell them."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in KEYS}
        acts: dict[str, Callable[[str, str, Mapping[str, Any]], None]] = {
            "release": self._release, "gate": self._gate, "waiver": self._waiver, "access": self._access,
            "export": self._export, "erasure": self._erasure, "opendata": self._open_data,
            "warehouse": self._rebuilt,
        }  # fmt: skip
        for kind, subject, detail in events:
            word, _, what = kind.partition(".")
            if act := acts.get(word):
                act(what, subject, detail)

    def contradictions(self, relation: str, rows: Iterable[Row], *, is_whole: bool = True) -> Iterator[str]:
        """What rows of a register say that the ledger does not, in both languages; one line a row.

        Args:
            relation: one of `KEYS`.
            rows: its rows; columns that no event tells are not looked at.
            is_whole: they are all its rows: one that the ledger tells of and is not among them is missed.
        """
        said, seen = self.rows[relation], set()
        for row in rows:
            key = key_of(relation, row)
            seen.add(key)
            if row.get("finished_at") is None and (
                relation == "audit.rebuild" or (relation == "audit.export" and key not in said)
            ):
                continue  # begun, and nothing has come of it: nothing was told
            if key not in said:
                yield f"{relation} {key}: the ledger tells of no such row · buku peristiwa tidak mengenal baris ini"
            elif other := self._others(said[key], row):
                yield (
                    f"{relation} {key}: {', '.join(other)} is not what the ledger tells"
                    " · tidak sama dengan buku peristiwa"
                )
        if is_whole and relation != "audit.rebuild":  # those before it were of another warehouse
            for key in sorted(set(said) - seen):
                yield f"{relation} {key}: the ledger tells of it, and it is gone · barisnya hilang"

    def fits(self, relation: str, row: Row) -> bool:
        """Whether the ledger tells of this row, as it is."""
        return not any(self.contradictions(relation, [row], is_whole=False))

    @staticmethod
    def _others(said: Mapping[str, Any], row: Row) -> list[str]:
        hidden = _OF_PUBLISHED if row.get("status") in ("candidate", "refused", "retired") else ()
        return [
            name for name, value in said.items() if name in row and name not in hidden and row[name] != value
        ]

    # ------------------------------------------------------------------------------------------------------- by kinds
    def _release(self, what: str, subject: str, detail: Mapping[str, Any]) -> None:
        row = self.rows["audit.release"].setdefault(subject, {})
        if status := _STATUS.get(f"release.{what}"):
            row["status"] = status
        if what == "opened":
            row["is_pinned"] = False
        elif what == "attached":
            row |= _told(detail, {"content_hash": "content_hash"})
            row.pop("gate_passed", None)
        elif what in ("pinned", "unpinned"):
            row["is_pinned"] = what == "pinned"

    def _gate(self, what: str, subject: str, detail: Mapping[str, Any]) -> None:
        if what == "publication" and subject in self.rows["audit.release"]:
            self.rows["audit.release"][subject] |= _told(detail, {"gate_passed": "passed"})

    def _rebuilt(self, what: str, subject: str, detail: Mapping[str, Any]) -> None:
        """A release that was made anew says what it says since; whether that is the same, the event tells."""
        for number, content_hash in (detail.get("releases") or {}).items() if what == "rebuilt" else ():
            if content_hash and number in self.rows["audit.release"]:
                self.rows["audit.release"][number]["content_hash"] = content_hash
        if what == "rebuilt":
            self.rows["audit.rebuild"][subject] = _told(detail, {"is_same": "is_same"})

    def _waiver(self, what: str, subject: str, detail: Mapping[str, Any]) -> None:
        rows = self.rows["audit.waiver"]
        if what == "asked":
            rows[subject] = {**_told(detail, _WAIVER), "approved_by": None, "ended_by": None}
        elif subject in rows:
            rows[subject] |= _told(detail, {f"{what}_by": "by"})

    def _access(self, what: str, subject: str, detail: Mapping[str, Any]) -> None:
        rows = self.rows["audit.person_region_grant"]
        if what == "granted":
            rows[f"{subject} {detail.get('region_code')}"] = _told(detail, {"granted_by": "by"})
        elif what == "revoked":
            rows.pop(f"{subject} {detail.get('region_code')}", None)

    def _export(self, what: str, subject: str, detail: Mapping[str, Any]) -> None:
        if what == "written":
            self.rows["audit.export"][subject] = _told(detail, _EXPORT)

    def _erasure(self, what: str, subject: str, detail: Mapping[str, Any]) -> None:
        rows = self.rows["audit.erasure"]
        if what == "begun":
            rows[subject] = {**_told(detail, _ERASURE), "status": "begun"}
        elif what == "done" and subject in rows:
            rows[subject] |= {**_told(detail, {"certificate": "certificate"}), "status": "done"}

    def _open_data(self, what: str, subject: str, detail: Mapping[str, Any]) -> None:
        if what == "cut":
            self.rows["audit.open_data_cut"][subject] = _told(detail, _CUT)


def key_of(relation: str, row: Row) -> str:
    """What tells a row apart, as `Said.rows` has it."""
    return " ".join(str(row[name]) for name in KEYS[relation])


def _told(detail: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """Column → what the event says under its name; events of earlier versions say less."""
    return {column: detail[name] for column, name in columns.items() if name in detail}
