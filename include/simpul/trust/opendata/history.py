"""What was opened before, kept in the warehouse: what a cell said, and whether anybody was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from simpul import ledger, ledger_held
from simpul.errors import SimpulError
from simpul.trust.opendata.declared import Declared
from simpul.trust.opendata.reading import Key, Row, Rows
from simpul.trust.opendata.relations import Cell, Cut, amounts_of, bounds_of, relations_of, wholes_of


@dataclass(frozen=True)
class Kept:
    """A cut and its number."""

    cut_id: int
    cut: Cut


def kept_cuts(conn: psycopg.Connection[Any], tables: Mapping[str, Rows]) -> list[Kept]:
    """All cuts so far, oldest first, with the relations of their cells.

    Raises:
        SimpulError: a table is declared otherwise than when it was opened, so their cells cannot be held together.
    """
    found = conn.execute(
        "select cut_id, release_id, k, definitions from audit.open_data_cut order by cut_id"
    ).fetchall()
    now = definitions({name: rows.table for name, rows in tables.items()})
    for _, release_id, _, then in found:
        changed = sorted(name for name in then if name in now and then[name] != now[name])
        if changed:
            raise SimpulError(
                f"{', '.join(changed)}: declared otherwise than when release {release_id} was opened",
                code="open_data",
                hint="put meta.open_data back: cells of another meaning cannot be held against those",
            )
    return [Kept(cut_id, _read(conn, cut_id, release_id, k, tables)) for cut_id, release_id, k, _ in found]


def keep(
    conn: psycopg.Connection[Any], cut: Cut, tables: Mapping[str, Declared], decision: ledger.Decision
) -> None:
    """Write a cut down, before anything of it leaves the house."""
    row = conn.execute(
        """insert into audit.open_data_cut (release_id, k, opened_by, cells, suppressed, definitions)
        values (%s, %s, %s, %s, %s, %s) returning cut_id""",
        (cut.release_id, cut.k, decision.by, len(cut.values), len(cut.hidden), Jsonb(definitions(tables))),
    ).fetchone()
    assert row is not None
    with conn.cursor().copy(
        "copy audit.open_data_cell (cut_id, mart, key, count, value, suppressed) from stdin"
    ) as copy:
        for (mart, key, count), value in sorted(cut.values.items()):
            copy.write_row((row[0], mart, list(key), count, value, cut.hidden.get((mart, key, count))))
    held = ledger_held.digests(conn, ["audit.open_data_cell"], [row[0]])
    facts = {"k": cut.k, "cells": len(cut.values), "suppressed": len(cut.hidden), "held": held}
    ledger.append(conn, "opendata.cut", str(cut.release_id), {**facts, **decision.as_dict()})


def definitions(tables: Mapping[str, Declared]) -> dict[str, str]:
    """Table → hash of what its cells mean, of tables that have any."""
    return {name: table.open.definition for name, table in tables.items() if table.open.counts}


def _read(
    conn: psycopg.Connection[Any], cut_id: int, release_id: int, k: int, tables: Mapping[str, Rows]
) -> Cut:
    values: dict[Cell, int] = {}
    hidden: dict[Cell, str] = {}
    for mart, key, count, value, why in conn.execute(
        "select mart, key, count, value, suppressed from audit.open_data_cell where cut_id = %s"
        " order by mart, key, count",
        (cut_id,),
    ):
        cell = (mart, tuple(key), count)
        values[cell] = value
        if why:
            hidden[cell] = why
    rows = _as_rows(values, tables)
    known = {cell: value for cell, value in values.items() if cell[0] in rows}
    told = relations_of(rows, known)
    return Cut(
        release_id,
        k,
        known,
        told,
        hidden,
        amounts_of(rows, known),
        wholes_of(rows, known),
        bounds_of(rows, known),
    )


def _as_rows(values: Mapping[Cell, int], tables: Mapping[str, Rows]) -> dict[str, Rows]:
    """Rows that hold counts only, and the tables that are opened as they are, which say what belongs to what."""
    found = {name: rows for name, rows in tables.items() if not rows.table.open.counts}
    rows: dict[str, dict[Key, Row]] = {}
    for (mart, key, count), value in values.items():
        if mart in tables:
            opened = tables[mart].table.open
            row = rows.setdefault(mart, {}).setdefault(
                key, dict.fromkeys((*opened.all_counts, *opened.amounts))
            )
            row[count] = value
    return found | {mart: Rows(tables[mart].table, of) for mart, of in rows.items()}
