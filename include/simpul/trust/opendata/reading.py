"""What a release holds of the opened tables, brought into the form in which it may be opened.

Regions of which few people are known are not told apart: they are part of the rest of the region above, a row of its
own (``12.74.other``), as are those of whom nobody knows where they live. All regions have rows for all values of the
other keys, 0 included, so that a row that is there says nothing about anybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from simpul.errors import SimpulError
from simpul.trust.opendata.declared import LEVELS, REGION, Declared, OpenTable

Row = dict[str, Any]
Key = tuple[str, ...]

OTHER = "other"
LISTED_FROM = 10  # × k people known: less is not told apart
_PEOPLE = "rpt_population"


@dataclass
class Rows:
    """The rows of one table by their key."""

    table: Declared
    rows: dict[Key, Row]


def read(
    conn: psycopg.Connection[Any], release_id: int, tables: Mapping[str, Declared], k: int
) -> dict[str, Rows]:
    """All opened tables of a kept release.

    Raises:
        SimpulError: a table cannot be brought into that form.
    """
    conn.execute("select set_config('simpul.release_id', %s, true)", (str(release_id),))
    found = {name: _select(conn, table) for name, table in tables.items()}
    return shaped(found, tables, k)


def shaped(found: Mapping[str, Iterable[Row]], tables: Mapping[str, Declared], k: int) -> dict[str, Rows]:
    """Rows as a release holds them → rows as they may be opened, before anything is suppressed."""
    listed = _listed(found.get(_PEOPLE, ()), k)
    return {name: _shape(tables[name], rows, listed, k) for name, rows in sorted(found.items())}


def level_of(region_code: str) -> str:
    """nation, province, regency, district or village, by its code; the rest of a region is of the level below it."""
    parts = region_code.removesuffix(f".{OTHER}").split(".")
    depth = 0 if parts == ["00"] else len(parts)
    return LEVELS[min(depth + region_code.endswith(f".{OTHER}"), len(LEVELS) - 1)]


def parent_of(region_code: str) -> str | None:
    """The region above, by the code; of the nation there is none."""
    if region_code.endswith(f".{OTHER}"):
        return region_code.removesuffix(f".{OTHER}")
    if region_code == "00":
        return None
    return region_code.rpartition(".")[0] or "00"


def _select(conn: psycopg.Connection[Any], table: Declared) -> list[Row]:
    opened = table.open
    names = dict.fromkeys(
        (
            *opened.key,
            *opened.columns,
            *opened.told,
            *opened.counts,
            *opened.amounts,
            *opened.shown_if.values(),
        )
    )
    query = sql.SQL("select {} from {}").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier("marts", table.name)
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchall()


def _listed(population: Iterable[Row], k: int) -> set[str]:
    people: dict[str, int] = defaultdict(int)
    for row in population:
        people[row[REGION]] += row["people"]
    return {code for code, known in people.items() if known >= LISTED_FROM * k or code == "00"}


def _shape(table: Declared, found: Iterable[Row], listed: set[str], k: int) -> Rows:
    opened = table.open
    if opened.kind == "as_is":
        # what nobody can place is not opened: its words are as somebody wrote them
        kept = [row for row in found if all(row[name] is not None for name in opened.key)]
        return Rows(table, _by_key(opened, kept))
    rows = _grouped(opened, [row for row in found if _is_told(opened, row, listed, k)])
    if opened.level is None:
        _spread(opened, rows)
    else:
        _fill(opened, rows, listed)
        _add_others(opened, rows)
    _empty(opened, rows)
    for row in rows.values():
        for name, (whole, parts) in opened.rest.items():
            row[name] = None if row[whole] is None else row[whole] - sum(row[part] or 0 for part in parts)
    negative = [name for row in rows.values() for name in opened.all_counts if (row[name] or 0) < 0]
    if negative:
        raise SimpulError(
            f"{table.name}: {negative[0]} would be less than 0 in {len(negative)} cells",
            code="open_data",
            hint="its parts or its regions do not add up: mend the mart, or meta.open_data",
        )
    return Rows(table, dict(sorted(rows.items())))


def _is_told(opened: OpenTable, row: Row, listed: set[str], k: int) -> bool:
    if REGION in opened.key:
        if row[REGION] not in listed:
            return False
        if opened.level and LEVELS.index(level_of(row[REGION])) > LEVELS.index(opened.level):
            return False
    return all(row[said] is not None or (row[count] or 0) >= k for count, said in opened.shown_if.items())


def _by_key(opened: OpenTable, rows: Iterable[Row]) -> dict[Key, Row]:
    found = {tuple(str(row[name]) for name in opened.key): row for row in rows}
    return dict(sorted(found.items()))


def _grouped(opened: OpenTable, found: Iterable[Row]) -> dict[Key, Row]:
    """One row per key, values of a key put together; what is empty everywhere stays empty."""
    group = {
        column: {value: name for name, values in groups.items() for value in values}
        for column, groups in opened.groups.items()
    }
    rows: dict[Key, Row] = {}
    for row in found:
        key = tuple(group.get(name, {}).get(str(row[name]), str(row[name])) for name in opened.key)
        so_far = rows.setdefault(key, {**row, **dict(zip(opened.key, key, strict=True))})
        if so_far.get("_seen"):
            for name in (*opened.counts, *opened.amounts):
                if row[name] is not None:
                    so_far[name] = (so_far[name] or 0) + row[name]
            so_far.update({flag: so_far[flag] or row[flag] for flag in opened.empty_where.values()})
        so_far["_seen"] = True
        if opened.shown_if:  # who was not visited is as public as the plan to visit
            so_far.update({name: so_far[name] or 0 for name in opened.counts})
    return rows


def _new(opened: OpenTable, key: Key, told: Row) -> Row:
    """A row that the mart does not have: nobody."""
    return {
        **dict(zip(opened.key, key, strict=True)),
        **dict.fromkeys(opened.counts, 0),
        **dict.fromkeys(opened.amounts),
        **{name: told.get(name) for name in opened.told},
    }


def _spread(opened: OpenTable, rows: dict[Key, Row]) -> None:
    if opened.spread is None:
        return
    at = opened.key.index(opened.spread)
    values = sorted({key[at] for key in rows})
    for key in list(rows):
        for value in values:
            other = (*key[:at], value, *key[at + 1 :])
            rows.setdefault(other, _new(opened, other, rows[key]))


def _fill(opened: OpenTable, rows: dict[Key, Row], listed: set[str]) -> None:
    at = opened.key.index(REGION)
    said = {(*key[:at], *key[at + 1 :]): row for key, row in rows.items()}
    assert opened.level is not None
    levels = LEVELS[: LEVELS.index(opened.level) + 1]
    for region in sorted(code for code in listed if level_of(code) in levels):
        for rest, row in said.items():
            key = (*rest[:at], region, *rest[at:])
            if key not in rows:
                rows[key] = _new(opened, key, row | dict.fromkeys(opened.empty_where.values()))


def _empty(opened: OpenTable, rows: dict[Key, Row]) -> None:
    """A count is empty where its flag says that nobody can know it, alike for all groups: that tells of no group."""
    flags: dict[tuple[Key, str], bool] = {}
    for key, row in rows.items():
        for flag in set(opened.empty_where.values()):
            alike = (_apart_from_groups(opened, key), flag)
            flags[alike] = flags.get(alike, False) or bool(row[flag])
    for key, row in rows.items():
        row.update(
            {flag: flags[_apart_from_groups(opened, key), flag] for flag in opened.empty_where.values()}
        )
        for name, flag in opened.empty_where.items():
            row[name] = (row[name] or 0) if row[flag] else (row[name] or None)


def _apart_from_groups(opened: OpenTable, key: Key) -> Key:
    return tuple(value for name, value in zip(opened.key, key, strict=True) if name not in opened.groups)


def _add_others(opened: OpenTable, rows: dict[Key, Row]) -> None:
    """Of every region that has regions below, the rest that is in none of them."""
    at = opened.key.index(REGION)
    below: dict[Key, list[Row]] = defaultdict(list)
    for key, row in rows.items():
        if (parent := parent_of(key[at])) is not None:
            below[(*key[:at], parent, *key[at + 1 :])].append(row)
    for key, parts in below.items():
        whole = rows[key]
        other: Row = {**whole, REGION: f"{key[at]}.{OTHER}"}
        for name in (*opened.counts, *opened.amounts):
            if whole[name] is not None:
                other[name] = whole[name] - sum(part[name] or 0 for part in parts)
        rows[(*key[:at], other[REGION], *key[at + 1 :])] = other
