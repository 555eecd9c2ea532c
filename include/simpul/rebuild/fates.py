"""Which events of the journal have to be done once more.

Of what was tried again only the last try counts: a held file that landed later with another letter is landed as it
landed. A file that ended held, as a duplicate or as a zip left no record in the warehouse: its row is put back as it
was. Of a release that is no longer kept, or was refused, people's numbers stay: its records are linked, and no more.

A file that was written anew without an erased person is loaded as it is now; `Taken` says what is missing since. One
that nothing can be loaded from any more (its bytes were removed, or all its records were of erased persons) gets its
row back, and what happened to it is told (ADR 0059).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from simpul.ledger_journal import Line, said_by
from simpul.ledger_said import KEYS
from simpul.readers.reasons import printable

_TRIES = ("file.loaded", "file.held", "file.landed", "file.unpacked", "file.repeated")


@dataclass(frozen=True)
class Rewritten:
    """An event at which a file was written anew: hash of its content before, records that left its table, and those
    that left quarantine.
    """

    number: int
    before: str
    loaded: int
    aside: int
    erasure: int | None


@dataclass(frozen=True)
class Taken:
    """What was taken out since an event told of it: records of the file that it names; ``sha256``: of its content now
    (None: the same); ``gone``: files of which nothing can be loaded any more.
    """

    loaded: int = 0
    aside: int = 0
    sha256: str | None = None
    gone: frozenset[str] = frozenset()

    @property
    def records(self) -> int:
        """Of the table and of quarantine."""
        return self.loaded + self.aside


@dataclass
class FileFate:
    """What becomes of a file. ``loaded``, ``judged``, ``noted``: events at which it is loaded, judged, or its row is
    put back; ``row`` and ``place``: the last word of the register on it. ``told``: rows of other relations about it.
    """

    row: dict[str, Any]
    place: dict[str, Any]
    last: str = ""
    loaded: int | None = None
    judged: int | None = None
    noted: int | None = None
    landed: int | None = None
    supersedes: list[str] = field(default_factory=list)
    rewritten: list[Rewritten] = field(default_factory=list)
    told: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def is_removed(self) -> bool:
        """Its bytes left the archive when their time was over."""
        return bool(self.row.get("bytes_dropped_at"))

    @property
    def is_gone(self) -> bool:
        """Nothing can be loaded from it any more: it is removed, or held erased persons only."""
        return self.is_removed or bool(self.row.get("rows_erased") and not self.row.get("rows_read"))

    def sha256_at(self, number: int) -> str:
        """Hash of its content when an event happened."""
        return next((one.before for one in self.rewritten if one.number > number), self.row["sha256"])


@dataclass
class ReleaseFate:
    """What becomes of a release. ``opened``: the event at which it is built; None where nothing came of it."""

    row: dict[str, Any]
    files: list[str] = field(default_factory=list)
    opened: int | None = None
    attached: int | None = None
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

    @cached_property
    def gone(self) -> frozenset[str]:
        """Files of which nothing can be loaded any more."""
        return frozenset(name for name, fate in self.files.items() if fate.is_gone)

    def taken(self, file_id: str, number: int) -> Taken:
        """What was taken out of a file since an event."""
        if (fate := self.files.get(file_id)) is None:
            return Taken(gone=self.gone)
        later = [one for one in fate.rewritten if one.number > number]
        return Taken(
            sum(one.loaded for one in later), sum(one.aside for one in later),
            fate.row["sha256"] if later else None, self.gone,
        )  # fmt: skip

    def contents_at(self, number: int) -> dict[str, str]:
        """File → hash of its content when an event happened."""
        return {name: fate.sha256_at(number) for name, fate in self.files.items()}

    @property
    def altered_datasets(self) -> frozenset[str]:
        """Datasets of which rows were taken out since they landed: by an erasure, or because their time was over."""
        return frozenset(
            fate.row["dataset"] for fate in self.files.values() if fate.rewritten or fate.is_removed
        )

    def why_not_comparable(self, release_id: int) -> tuple[str, str] | None:
        """Why a release that is made once more need not have the content hash of then (English, Indonesian)."""
        release = self.releases[release_id]
        rewritten = [
            one for name in release.files if name in self.files for one in self.files[name].rewritten
        ]
        erasures = sorted(
            {one.erasure for one in rewritten if one.erasure and one.number > (release.attached or 0)}
        )
        if erasures:
            told = ", ".join(map(str, erasures))
            return (
                f"persons whom it counted were erased after it was made (erasure {told})",
                f"orang yang dihitung di dalamnya dihapus setelah rilis dibuat (penghapusan {told})",
            )
        removed = [
            name for name, fate in self.files.items()
            if fate.is_removed and fate.landed and fate.landed < (release.opened or 0)
        ]  # fmt: skip
        if removed:
            told = ", ".join(removed)
            return (
                f"files that had landed before it have left the archive (retention), so persons may have other numbers:"
                f" {told}",
                f"berkas yang masuk sebelumnya sudah keluar dari arsip (masa simpan), sehingga nomor orang dapat"
                f" berbeda: {told}",
            )
        return None


def read(lines: Sequence[Line]) -> Fates:
    """What the journal comes to."""
    fates = Fates({}, {}, {})
    zips: dict[str, str] = {}
    for line in lines:
        word = line.kind.split(".")[0]
        if rows := line.about.get("audit.file"):
            fate = fates.files.setdefault(line.subject, FileFate({}, {}))
            fate.row, fate.place = rows[0], _place(line, zips)
        if line.kind == "file.unpacked":
            zips[printable(line.subject)] = line.subject
        if word in ("file", "gate") and line.subject in fates.files:
            _file(fates.files[line.subject], line)
        if rows := line.about.get("audit.release"):
            _release(fates.releases.setdefault(int(line.subject), ReleaseFate({})), line, rows[0])
        elif line.kind == "gate.publication" and int(line.subject) in fates.releases:
            fates.releases[int(line.subject)].gated = line.number
        for relation in _KEPT.get(word, ()):
            fates.rows.setdefault(relation, {})[line.subject] = list(line.about.get(relation, ()))
        for row in line.about.get("audit.export_sketch", ()) if word == "erasure" else ():
            _as_it_is_now(fates.rows["audit.export_sketch"][str(row["export_id"])], row)
    fates.rows["audit.rewritten_file"] = {
        name: fate.told.get("audit.rewritten_file", []) for name, fate in fates.files.items()
    }
    return fates


def believed(rows: dict[str, dict[str, list[Any]]], lines: Sequence[Line]) -> dict[str, dict[str, list[Any]]]:
    """Rows of registers without those that say something else than the ledger's events: whoever can write to a backup
    can write rows beside an event, and none of them gives a right.
    """
    said = said_by(lines)
    return {
        relation: {
            subject: [row for row in told if relation not in KEYS or said.fits(relation, row)]
            for subject, told in of.items()
        }
        for relation, of in rows.items()
    }


def _as_it_is_now(sketches: list[Any], row: dict[str, Any]) -> None:
    """The sketch of an export that an erasure has left takes the place of the earlier one."""
    sketches[:] = [one for one in sketches if one["column_name"] != row["column_name"]] + [row]


_KEPT = {
    "waiver": ("audit.waiver",),
    "access": ("audit.person_region_grant",),
    "export": ("audit.export", "audit.export_sketch"),
    "opendata": ("audit.open_data_cut", "audit.open_data_cell"),
    "erasure": ("audit.erasure", "audit.erasure_payment", "identity.person_key", "identity.family_key"),
    "identity": ("identity.person_key", "identity.family_key"),
}
BEFORE = (
    "audit.waiver", "audit.person_region_grant", "audit.export", "audit.export_sketch", "audit.erasure",
    "audit.erasure_payment", "identity.person_key", "identity.family_key",
)  # fmt: skip
"""Relations that are put back first (of persons the erased and removed, so that nobody is given their numbers); the
others when files and releases are there."""
AFTER = ("audit.rewritten_file", "audit.open_data_cut", "audit.open_data_cell")


def _place(line: Line, zips: Mapping[str, str]) -> dict[str, Any]:
    """Where a file lay. The journal hides long numbers of paths, and in one of thirty a zip's file_id has ten digits in
    a row: the folder of what came out of it is called by the whole one. ``zips``: as it is printed → file_id.
    """
    place = dict(line.place or {})
    if place.get("root") == "unpacked":
        place["path"] = "/".join(zips.get(part, part) for part in place["path"].split("/"))
    return place


def _file(fate: FileFate, line: Line) -> None:
    fate.told |= {name: list(rows) for name, rows in line.about.items() if name != "audit.file"}
    if line.kind == "file.rewritten":
        detail = line.detail
        fate.rewritten.append(
            Rewritten(
                line.number, detail["sha256_before"], detail.get("rows_loaded", 0),
                detail.get("rows_quarantined", 0), detail.get("erasure"),
            )
        )  # fmt: skip
    elif line.kind == "gate.landing":
        fate.judged = line.number
    elif line.kind in _TRIES:
        fate.last = line.kind
        if line.kind == "file.landed":
            fate.landed, fate.supersedes = line.number, list(line.detail["supersedes"])
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
    elif line.kind == "release.attached":
        fate.attached = line.number
    elif line.kind == "release.published":
        fate.is_shown = fate.is_linked = True
        fate.is_undecided = False
    elif line.kind == "release.refused":
        fate.is_undecided = False
    elif line.kind == "release.retired":
        fate.is_shown = False
    elif line.kind == "release.reasoned":
        fate.why = line.detail
