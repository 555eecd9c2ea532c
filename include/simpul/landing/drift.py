"""How the columns of a delivery differ from its contract, and from the delivery before it. Headings only, never a cell.

Nothing is decided by it: unknown columns are kept in ``_extra``, a heading that must be there holds the file, one that
is misspelt is read right (`readers.mend`). It tells
a sender's new template at its first delivery, and which heading a contract should learn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul.contract import Contract, load_contracts
from simpul.headings import bare_key

_NEAR = 0.8  # of two headings' letters in common: `Nama Lengkap` is near `nama_lengkp`, not near `Nama Ibu`

_FILES = """
select file_id, file_name, dataset, edition, period, slice_key, received_at, structure from audit.file
where status in ('loaded', 'landed', 'superseded') and structure ? 'columns'"""

# without its period, a slice says whose list it is, and of what; tables of statistics name their years again
_WHOSE = r"regexp_replace(substr({key}, strpos({key}, '|')), '\m(19|20)[0-9]{{2}}\M', '', 'g')"
_BEFORE = f"""{_FILES} and file_id <> %(file_id)s and dataset = %(dataset)s and received_at <= %(received_at)s
and {_WHOSE.format(key="slice_key")} = {_WHOSE.format(key="%(slice_key)s")}
order by received_at desc, file_id desc limit 1"""


@dataclass(frozen=True)
class Renamed:
    """A heading that took the place of another. ``is_sure``: both are known to mean the same column."""

    old: str
    new: str
    is_sure: bool


@dataclass(frozen=True)
class Changes:
    """Headings that came, went, and changed their names."""

    new: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    renamed: tuple[Renamed, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.missing or self.renamed)


@dataclass(frozen=True)
class Drift:
    """What changed with one file.

    ``before`` is the last delivery of the same dataset, region and content, whatever its period.
    """

    file_id: str
    file_name: str
    dataset: str
    edition: str
    period: str | None
    from_contract: Changes
    before: str | None = None
    edition_before: str | None = None
    from_before: Changes = field(default_factory=Changes)

    def __bool__(self) -> bool:
        """A contract holds the columns of all its layouts: that some are missing is no news, unless they were there."""
        is_foreign = bool(self.from_contract.new or self.from_contract.renamed)
        return is_foreign or bool(self.from_before) or self.is_other_edition

    @property
    def is_other_edition(self) -> bool:
        return self.edition_before not in (None, self.edition)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class _Shape:
    """Columns of a table: contract column → heading, headings that the contract does not know, in their order."""

    known: dict[str, str]
    unknown: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    misspelt: dict[str, str] = field(
        default_factory=dict
    )  # a heading as it was written → what it was read as


def drift_of(conn: psycopg.Connection[Any], file_id: str) -> Drift | None:
    """What changed with one file; None where its table was not recognised."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(f"{_FILES} and file_id = %s", (file_id,)).fetchone()
        return _drift(cursor, row) if row else None


def drifts(conn: psycopg.Connection[Any], *, dataset: str | None = None, limit: int = 100) -> list[Drift]:
    """The newest files whose columns changed, newest first.

    Args:
        conn: any.
        dataset: only of this one.
        limit: so many of the newest files are looked at.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"{_FILES} and dataset = coalesce(%s, dataset) order by received_at desc, file_id desc limit %s",
            (dataset, limit),
        ).fetchall()
        found = [_drift(cursor, row) for row in rows]
    return [drift for drift in found if drift]


def _drift(cursor: psycopg.Cursor[dict[str, Any]], row: dict[str, Any]) -> Drift | None:
    contract = load_contracts().get(row["dataset"])
    if contract is None:
        return None
    shape = _shape(row["structure"])
    before = cursor.execute(_BEFORE, row).fetchone() if row["slice_key"] else None
    return Drift(
        row["file_id"],
        row["file_name"],
        row["dataset"],
        row["edition"],
        row["period"],
        _with_misspelt(_changes(_promised(contract, row["edition"], shape), shape), shape),
        before and before["file_id"],
        before and before["edition"],
        _changes(_shape(before["structure"]), shape) if before else Changes(),
    )


def _shape(structure: dict[str, Any]) -> _Shape:
    known = {column: heading for heading, column in structure["columns"].items()}
    for heading, values in (structure.get("melted") or {}).items():
        # a column of figures is what it says, apart from its year: next year's table has other years
        said = ", ".join(value for name, value in sorted(values.items()) if name not in ("tahun", "bulan"))
        known.setdefault(f"| {said}", said or heading)
    unknown, order = (tuple(structure.get(name) or ()) for name in ("unknown", "order"))
    return _Shape(known, unknown, order, structure.get("misspelt") or {})


def _with_misspelt(changes: Changes, shape: _Shape) -> Changes:
    renamed = tuple(Renamed(meant, written, True) for written, meant in shape.misspelt.items())
    return replace(changes, renamed=(*renamed, *changes.renamed))


def _promised(contract: Contract, edition: str, shape: _Shape) -> _Shape:
    """The columns of a contract, spelt as the table spells them: it knows all their spellings.

    Of a melted one only those that the table has, for most stand in no heading. Columns by which another layout is
    known are not promised by this one; of the others nobody says which layout has them.
    """
    if contract.is_melted:
        return _Shape(shape.known)
    own = contract.edition(edition) if any(one.name == edition for one in contract.editions) else None
    foreign = {name for other in contract.editions for name in (*other.must, *other.must_any)}
    foreign -= {*own.must, *own.must_any} if own else foreign
    return _Shape(
        {
            column.column: shape.known.get(column.column, column.header)
            for column in contract.columns
            if column.column in shape.known
            or not (column.column in foreign or (own and column.column in own.must_not))
        }
    )


def _changes(old: _Shape, new: _Shape) -> Changes:
    renamed = [
        Renamed(old.known[name], new.known[name], True)
        for name in old.known.keys() & new.known.keys()
        if not name.startswith("|") and bare_key(old.known[name]) != bare_key(new.known[name])
    ]
    gone = [heading for name, heading in old.known.items() if name not in new.known]
    came = [heading for name, heading in new.known.items() if name not in old.known]
    gone += _without(old.unknown, new.unknown)
    came += _without(new.unknown, old.unknown)
    guessed = _guess(gone, came, old.order, new.order)
    return Changes(
        tuple(heading for heading in came if heading not in {one.new for one in guessed}),
        tuple(heading for heading in gone if heading not in {one.old for one in guessed}),
        (*sorted(renamed, key=lambda one: one.new), *guessed),
    )


def _without(headings: Iterable[str], others: Iterable[str]) -> list[str]:
    keys = {bare_key(other) for other in others}
    return [heading for heading in headings if bare_key(heading) not in keys]


def _guess(gone: list[str], came: list[str], old: tuple[str, ...], new: tuple[str, ...]) -> list[Renamed]:
    """What went and what came that may be one: nearly the same letters, or the same place between the same two."""
    pairs = sorted(
        ((_likeness(one, other, old, new), one, other) for one in gone for other in came),
        key=lambda pair: (-pair[0], *pair[1:]),
    )
    found: list[Renamed] = []
    for likeness, one, other in pairs:
        if likeness >= _NEAR and not any(one == pair.old or other == pair.new for pair in found):
            found.append(Renamed(one, other, False))
    return found


def _likeness(one: str, other: str, old: tuple[str, ...], new: tuple[str, ...]) -> float:
    if one in old and other in new and _neighbours(one, old) == _neighbours(other, new):
        return 1.0
    return SequenceMatcher(None, bare_key(one), bare_key(other), autojunk=False).ratio()


def _neighbours(heading: str, order: tuple[str, ...]) -> tuple[str, str]:
    keys = ["", *map(bare_key, order), ""]
    place = order.index(heading) + 1
    return keys[place - 1], keys[place + 1]
