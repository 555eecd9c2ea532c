"""What may be opened: ``meta.open_data`` of the models, the one place where it is said."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from simpul.declaration import validate
from simpul.errors import SimpulError
from simpul.render.marts import published_models

LEVELS = ("nation", "province", "regency", "district", "village")
Level = Literal["nation", "province", "regency", "district", "village"]
REGION = "region_code"


def _in_both(text: str) -> str:
    if " — " not in text:
        raise ValueError("a text is `English — Indonesian`")
    return text


_Both = Annotated[str, AfterValidator(_in_both)]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


class Link(_Declared):
    """A count that another opened table tells as well: summed over what only one of them is split by, both are equal.

    ``among``: column of the other table that holds a set, joined by ``+`` → column here of which a member is meant.
    ``where``: for rows only whose key has this value in a table that is opened as it is, ``dim_program.unit: family``.
    """

    column: str
    table: str
    of: str
    among: dict[str, str] = {}
    where: dict[str, str] = {}


class Whole(_Declared):
    """Of whom a count counts some, as another opened table tells them by the same keys.

    Nearly: who died since is in one of them only, so it is no relation; yet how few are left is a small group.
    """

    column: str
    table: str
    of: str
    where: dict[str, str] = {}


class AtMost(_Declared):
    """Counts that together are no more than another one, nearly always: it is kept wherever it holds.

    ``columns`` of a row, summed over the keys ``over``, are at most ``of``, summed over the keys that only its table
    has. ``alone``: for rows only whose set in that key column, joined by ``+``, has one member. ``where``: see `Link`.
    """

    columns: tuple[str, ...]
    table: str
    of: str
    over: tuple[str, ...] = ()
    alone: str | None = None
    where: dict[str, str] = {}


class OpenTable(_Declared):
    """How one published table is opened.

    ``as_is``: figures that their owner has published already, with the columns that are named. ``aggregate``: counts of
    people, families or records, of which small ones are suppressed; of these

    - ``key`` tells the rows apart, the region first; ``level`` is the lowest region (None: regions are not summed);
    - ``groups`` puts values of a key together, ``told`` says more of a row;
    - ``parts``: count → what it is the sum of; ``rest``: name → count, and the parts without which it is that;
    - ``amounts``: amount → the counts that it belongs to;
    - ``empty_where``: count → flag among ``told``; where that is false nobody can say how many, and it is empty;
    - ``spread``: where regions are not summed, the key column of which every value is told wherever one is;
    - ``shown_if``: count → column; the row is public where that says anything, else from k of that count on;
    - ``links``: see `Link`; ``wholes``: see `Whole`; ``at_most``: see `AtMost`.
    """

    kind: Literal["as_is", "aggregate"]
    title: _Both
    source: _Both
    key: tuple[str, ...]
    columns: tuple[str, ...] = ()
    level: Level | None = None
    groups: dict[str, dict[str, tuple[str, ...]]] = {}
    told: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    amounts: dict[str, tuple[str, ...]] = {}
    parts: dict[str, tuple[str, ...]] = {}
    rest: dict[str, tuple[str, tuple[str, ...]]] = {}
    spread: str | None = None
    empty_where: dict[str, str] = {}
    shown_if: dict[str, str] = {}
    links: tuple[Link, ...] = ()
    wholes: tuple[Whole, ...] = ()
    at_most: tuple[AtMost, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> OpenTable:
        if (self.kind == "aggregate") != bool(self.counts) or (self.kind == "as_is") != bool(self.columns):
            raise ValueError("as_is names its columns, aggregate its counts")
        known = {*self.counts, *self.rest}
        named = {name for whole, parts in self.parts.items() for name in (whole, *parts)}
        named |= {name for whole, parts in self.rest.values() for name in (whole, *parts)}
        if set(self.empty_where) - set(self.counts) or set(self.empty_where.values()) - set(self.told):
            raise ValueError("empty_where: a count, and a flag that is told")
        named |= {name for counts in self.amounts.values() for name in counts} | {
            one.column for one in (*self.links, *self.wholes)
        }
        named |= {name for one in self.at_most for name in one.columns}
        if named - known:
            raise ValueError(f"no counts of it: {', '.join(sorted(named - known))}")
        return self

    @cached_property
    def all_counts(self) -> tuple[str, ...]:
        """The counts of the mart and the rests that the cut adds."""
        return (*self.counts, *self.rest)

    @cached_property
    def sums(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Counts, each with those that it is the sum of in every row."""
        rests = ((whole, (*parts, name)) for name, (whole, parts) in self.rest.items())
        return (*self.parts.items(), *rests)

    @cached_property
    def bounds(self) -> tuple[AtMost, ...]:
        """What is no more than something else: some of a whole are no more than the whole."""
        some = (
            AtMost(columns=(one.column,), table=one.table, of=one.of, where=one.where) for one in self.wholes
        )
        return (*some, *self.at_most)

    @cached_property
    def definition(self) -> str:
        """Hash of what its cells mean: cuts of another meaning cannot be held against each other."""
        said = self.model_dump(include={"kind", "key", "level", "groups", "counts", "parts", "rest"})
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


class Column(BaseModel):
    """What the YAML says of a column."""

    name: str
    data_type: str = "text"
    description: str = ""


class Declared(BaseModel):
    """A published table that is opened: its words, its columns, and how."""

    name: str
    description: str
    columns: dict[str, Column]
    open: OpenTable


def declared(folder: Path) -> dict[str, Declared]:
    """The tables below ``folder`` that are opened, by name.

    Raises:
        SimpulError: a declaration names a column that its table does not have, or opens a table of persons.
    """
    found: dict[str, Declared] = {}
    for path, model in published_models(folder):
        meta = model["config"]["meta"]
        if "open_data" not in meta:
            continue
        table = Declared(
            name=model["name"],
            description=" ".join(model["description"].split()),
            columns={column["name"]: Column(**_told(column)) for column in model["columns"]},
            open=validate(path, OpenTable, meta["open_data"]),
        )
        _check(table, meta["publish"])
        found[table.name] = table
    for table in found.values():
        for link in (*table.open.links, *table.open.bounds):
            there = found.get(link.table)
            if there is None or link.of not in there.open.all_counts:
                raise _wrong(table.name, f"links to {link.table}.{link.of}, which is not opened")
    return dict(sorted(found.items()))


def _told(column: Mapping[str, Any]) -> dict[str, str]:
    said = {name: column.get(name) for name in ("name", "data_type", "description")}
    return {name: " ".join(str(text).split()) for name, text in said.items() if text}


def _check(table: Declared, schema: str) -> None:
    if schema != "marts":
        raise _wrong(table.name, f"is a table of {schema}")
    opened = table.open
    used = {*opened.key, *opened.columns, *opened.told, *opened.counts, *opened.amounts}
    if missing := used - set(table.columns):
        raise _wrong(table.name, f"has no {', '.join(sorted(missing))}")
    if closed := used & {"person_id", "family_id", "nik", "no_kk", "name_as_sent", "giver"}:
        raise _wrong(table.name, f"would open {', '.join(sorted(closed))}")


def _wrong(table: str, what: str) -> SimpulError:
    return SimpulError(f"{table} {what}", code="open_data", hint="mend meta.open_data in its YAML")
