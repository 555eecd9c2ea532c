"""Which events of the journal have to be done once more.

Of what was tried again only the last try counts: a held file that landed later with another letter is landed as it
landed. A file that ended held, as a duplicate or as a zip left no record in the warehouse: its row is put back as it
was. Of a release that is no longer kept, or was refused, people's numbers stay: its records are linked, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from simpul.ledger_journal import Line

_TRIES = ("file.loaded", "file.held", "file.landed", "file.unpacked", "file.repeated")


@dataclass
class FileFate:
    """What becomes of a file. ``loaded``, ``judged``, ``noted``: events at which it is loaded, judged, or its row is
    put back; ``row`` and ``place``: the last word of the register on it.
    """

    row: dict[str, Any]
    place: dict[str, Any]
    last: str = ""
    loaded: int | None = None
    judged: int | None = None
    noted: int | None = None


@dataclass
class ReleaseFate:
    """What becomes of a release. ``opened``: the event at which it is built; None where nothing came of it."""

    row: dict[str, Any]
    files: list[str] = field(default_factory=list)
    opened: int | None = None
    gated: int | None = None
    is_linked: bool = False
    is_shown: bool = False
    """It was published and is still kept: its tables are made."""
    measured_in: int | None = None
    """The release in whose run of linking chance was measured for this one."""
    why: dict[str, Any] = field(default_factory=dict)
    is_undecided: bool = True
    """It was opened, and neither published nor refused."""


@dataclass
class Fates:
    """Of all files and releases; ``rows``: relation → the last rows of it that were told, per subject."""

    files: dict[str, FileFate]
    releases: dict[int, ReleaseFate]
    rows: dict[str, dict[str, list[Any]]]


def read(lines: Sequence[Line]) -> Fates:
    """What the journal comes to."""
    fates = Fates({}, {}, {})
    for line in lines:
        word = line.kind.split(".")[0]
        if rows := line.about.get("audit.file"):
            fate = fates.files.setdefault(line.subject, FileFate({}, {}))
            fate.row, fate.place = rows[0], dict(line.place or {})
        if word in ("file", "gate") and line.subject in fates.files:
            _file(fates.files[line.subject], line)
        if rows := line.about.get("audit.release"):
            _release(fates.releases.setdefault(int(line.subject), ReleaseFate({})), line, rows[0])
        elif line.kind == "gate.publication" and int(line.subject) in fates.releases:
            fates.releases[int(line.subject)].gated = line.number
        if word in ("waiver", "access", "export", "opendata"):
            for relation in _KEPT[word]:
                fates.rows.setdefault(relation, {})[line.subject] = list(line.about.get(relation, ()))
    return fates


_KEPT = {
    "waiver": ("audit.waiver",),
    "access": ("audit.person_region_grant",),
    "export": ("audit.export", "audit.export_sketch"),
    "opendata": ("audit.open_data_cut", "audit.open_data_cell"),
}
BEFORE = ("audit.waiver", "audit.person_region_grant", "audit.export", "audit.export_sketch")
"""Relations that are put back first; the others when the releases are there."""
AFTER = ("audit.open_data_cut", "audit.open_data_cell")


def _file(fate: FileFate, line: Line) -> None:
    if line.kind == "gate.landing":
        fate.judged = line.number
    elif line.kind in _TRIES:
        fate.last = line.kind
        if line.kind == "file.loaded":
            fate.loaded, fate.judged, fate.noted = line.number, None, None
        elif line.kind != "file.landed":
            fate.loaded, fate.judged, fate.noted = None, None, line.number


def _release(fate: ReleaseFate, line: Line, row: dict[str, Any]) -> None:
    fate.row = row
    figures = {
        (one["figure"], one["part"]): one["value"] for one in line.about.get("audit.linkage_figure", ())
    }
    if figures:
        fate.is_linked = True
        fate.measured_in = figures.get(("run", "measured_in"))
    if line.kind == "release.opened":
        fate.opened, fate.files = line.number, list(line.about.get("audit.release_input", ()))
    elif line.kind == "release.published":
        fate.is_shown = fate.is_linked = True
        fate.is_undecided = False
    elif line.kind == "release.refused":
        fate.is_undecided = False
    elif line.kind == "release.retired":
        fate.is_shown = False
    elif line.kind == "release.reasoned":
        fate.why = line.detail
