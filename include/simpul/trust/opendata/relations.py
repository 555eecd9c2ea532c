"""What adds up to what: everything that an outsider may reckon with, over the cells of one cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from simpul.errors import SimpulError
from simpul.regions import NATION
from simpul.trust.opendata.declared import REGION, AtMost, Link, Whole
from simpul.trust.opendata.reading import Key, Rows, parent_of

Cell = tuple[str, Key, str]
"""Table, key of the row, count."""

Relation = tuple[tuple[Cell, int], ...]
"""Cells and their signs: whole − parts = 0."""


@dataclass
class Cut:
    """The counts of one release that are opened or suppressed, and what is suppressed of them."""

    release_id: int
    k: int
    values: dict[Cell, int]
    relations: list[Relation]
    hidden: dict[Cell, str]
    amounts: dict[Cell, tuple[Cell, ...]]
    """Of each amount the counts it belongs to: it is told with them, or not at all."""
    wholes: dict[Cell, Cell] = field(default_factory=dict)
    """Of counts that count some of those whom another table tells: how many these are."""
    bounds: list[Relation] = field(default_factory=list)
    """Whole − parts ≥ 0: what is known to be no more than something else, where it is not."""


def cut_of(release_id: int, k: int, tables: Mapping[str, Rows]) -> Cut:
    """The cells of a release, nothing suppressed yet.

    Raises:
        SimpulError: see `relations_of`.
    """
    values = cells_of(tables)
    return Cut(
        release_id,
        k,
        values,
        relations_of(tables, values),
        {},
        amounts_of(tables, values),
        wholes_of(tables, values),
        bounds_of(tables, values),
    )


def cells_of(tables: Mapping[str, Rows]) -> dict[Cell, int]:
    """Every count that is known, and every amount that anything is paid of anywhere."""
    counts = {
        (name, key, count): row[count]
        for name, rows in tables.items()
        for key, row in rows.rows.items()
        for count in rows.table.open.all_counts
        if row[count] is not None
    }
    amounts = {
        (name, key, amount): row[amount] or 0
        for name, rows in tables.items()
        for key, row in rows.rows.items()
        for amount in rows.table.open.amounts
        if is_paid(rows, key, amount)
    }
    return counts | amounts


def is_paid(rows: Rows, key: Key, amount: str) -> bool:
    """Whether anything is paid of it in any region; if so, whether anything is here may be part of a secret."""
    of_all = (NATION, *key[1:]) if rows.table.open.level else key
    return rows.rows[of_all][amount] is not None


def amounts_of(tables: Mapping[str, Rows], values: Iterable[Cell]) -> dict[Cell, tuple[Cell, ...]]:
    """Amount → the counts it belongs to."""
    return {
        (name, key, column): tuple((name, key, count) for count in tables[name].table.open.amounts[column])
        for name, key, column in values
        if column in tables[name].table.open.amounts
    }


def wholes_of(tables: Mapping[str, Rows], values: Mapping[Cell, int]) -> dict[Cell, Cell]:
    """Count → the cell that tells how many there are of whom it counts some."""
    found: dict[Cell, Cell] = {}
    for name, rows in tables.items():
        here = rows.table.open.key
        for whole in rows.table.open.wholes:
            wanted = _wanted(whole, tables)
            for key in rows.rows if whole.table in tables else ():
                said = dict(zip(here, key, strict=True))
                other = (
                    whole.table,
                    tuple(said[column] for column in tables[whole.table].table.open.key),
                    whole.of,
                )
                is_meant = all(said[column] in of for column, of in wanted.items())
                if is_meant and other in values and (name, key, whole.column) in values:
                    found[name, key, whole.column] = other
    return found


def bounds_of(tables: Mapping[str, Rows], values: Mapping[Cell, int]) -> list[Relation]:
    """All that is no more than something else, over ``values``.

    A bound that a cell breaks (who died is still on a list) is none for that cell: no world has to keep it.
    """
    found = [
        relation
        for name, rows in tables.items()
        for most in rows.table.open.bounds
        if most.table in tables
        for raw in _bounded(name, most, tables)
        if len(relation := tuple((cell, sign) for cell, sign in raw if cell in values)) > 1
        and {sign for _, sign in relation} == {1, -1}
    ]
    return [one for one in found if sum(sign * values[cell] for cell, sign in one) >= 0]


def _bounded(name: str, most: AtMost, tables: Mapping[str, Rows]) -> Iterator[list[tuple[Cell, int]]]:
    ours, theirs = tables[name], tables[most.table]
    here, there = ours.table.open.key, theirs.table.open.key
    kept = [column for column in here if column not in most.over]
    shared = tuple(column for column in kept if column in there)
    wanted = _wanted(most, tables)
    others = _summed_by(theirs.rows, there, shared)
    for group, keys in _summed_by(ours.rows, here, tuple(kept)).items():
        said = dict(zip(kept, group, strict=True))
        wholes = others.get(tuple(said[column] for column in shared), ())
        is_one = most.alone is None or "+" not in said[most.alone]
        if is_one and all(said[column] in of for column, of in wanted.items()):
            yield [
                *(((most.table, key, most.of), 1) for key in wholes),
                *(((name, key, column), -1) for key in keys for column in most.columns),
            ]


def relations_of(tables: Mapping[str, Rows], values: Mapping[Cell, int]) -> list[Relation]:
    """All relations among ``values``; a count that is empty is 0 of a sum.

    Raises:
        SimpulError: one does not hold: what is protected by it would not be protected.
    """
    found = [
        relation
        for name, rows in tables.items()
        for raw in (*_of_regions(name, rows), *_of_counts(name, rows), *_of_links(name, tables))
        if len(relation := tuple((cell, sign) for cell, sign in raw if cell in values)) > 1
    ]
    for relation in found:
        if sum(sign * values[cell] for cell, sign in relation):
            (table, key, count), _ = relation[0]
            raise SimpulError(
                f"{table} {'/'.join(key)}: {count} is not the sum of its parts",
                code="open_data",
                hint="mend the mart, or meta.open_data: no cell that hangs on it could be protected",
            )
    return found


def _of_regions(name: str, rows: Rows) -> Iterator[list[tuple[Cell, int]]]:
    opened = rows.table.open
    if opened.level is None:
        return
    at = opened.key.index(REGION)
    below: dict[Key, list[Key]] = defaultdict(list)
    for key in rows.rows:
        if (parent := parent_of(key[at])) is not None:
            below[(*key[:at], parent, *key[at + 1 :])].append(key)
    for whole, parts in below.items():
        for count in (*opened.all_counts, *opened.amounts):
            yield [((name, whole, count), 1), *(((name, part, count), -1) for part in parts)]


def _of_counts(name: str, rows: Rows) -> Iterator[list[tuple[Cell, int]]]:
    for key, row in rows.rows.items():
        for whole, parts in rows.table.open.sums:
            if row[whole] is not None:
                yield [((name, key, whole), 1), *(((name, key, part), -1) for part in parts)]


def _of_links(name: str, tables: Mapping[str, Rows]) -> Iterator[list[tuple[Cell, int]]]:
    for link in tables[name].table.open.links:
        if link.table in tables:
            yield from _linked(name, link, tables)


def _linked(name: str, link: Link, tables: Mapping[str, Rows]) -> Iterator[list[tuple[Cell, int]]]:
    ours, theirs = tables[name], tables[link.table]
    here, there = ours.table.open.key, theirs.table.open.key
    shared = [column for column in here if column in there]
    mine = _summed_by(ours.rows, here, (*shared, *link.among.values()))
    others: dict[Key, list[Key]] = defaultdict(list)
    for key in theirs.rows:
        said = dict(zip(there, key, strict=True))
        for members in _members(said, link.among):
            others[(*(said[column] for column in shared), *members)].append(key)
    wanted = _wanted(link, tables)
    for shared_key, keys in mine.items():
        said = dict(zip((*shared, *link.among.values()), shared_key, strict=True))
        if shared_key in others and all(said[column] in values for column, values in wanted.items()):
            yield [
                *(((name, key, link.column), 1) for key in keys),
                *(((link.table, key, link.of), -1) for key in others[shared_key]),
            ]


def _summed_by(rows: Iterable[Key], columns: tuple[str, ...], by: tuple[str, ...]) -> dict[Key, list[Key]]:
    places = [columns.index(column) for column in by]
    found: dict[Key, list[Key]] = defaultdict(list)
    for key in rows:
        found[tuple(key[place] for place in places)].append(key)
    return found


def _members(said: Mapping[str, str], among: Mapping[str, str]) -> Iterator[Key]:
    if not among:
        yield ()
    for column in among:  # one at most: a table is split by one set
        yield from ((member,) for member in said[column].split("+"))


def _wanted(link: Link | Whole | AtMost, tables: Mapping[str, Rows]) -> dict[str, set[str]]:
    """Key column → values for which the link holds."""
    found: dict[str, set[str]] = {}
    for place, value in link.where.items():
        table, column = place.split(".")
        opened = tables[table].table.open
        found[opened.key[0]] = {
            key[0] for key, row in tables[table].rows.items() if str(row[column]) == value
        }
    return found
