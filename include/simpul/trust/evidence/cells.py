"""The source rows read once more from the archive, beside what was loaded of them. What tells of a person is hidden."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from simpul.contract import Contract, load_contracts, load_fields
from simpul.errors import LONG_NUMBER, SimpulError
from simpul.headings import heading_key
from simpul.landing.archive import relative_path
from simpul.readers.layout import Layout
from simpul.readers.source import Source
from simpul.release import catalog
from simpul.render import partition_name
from simpul.settings import get_settings
from simpul.trust.evidence.figure import HIDDEN, Figure
from simpul.trust.evidence.queries import made

Cells = list[str | None]
_FIGURE = "nilai"
"""What the figure of a table of BPS is called in every contract of one."""


def read_again(
    conn: psycopg.Connection[Any],
    files: Mapping[str, dict[str, Any]],
    addresses: Sequence[dict[str, Any]],
    figure: Figure,
) -> None:
    """Put ``cells``, ``is_as_loaded`` and ``is_as_published`` to every address with a row: what stands in the archived
    file, whether raw says the same, and, where the address `says` a column, whether that is what is published.
    None: one of the two is gone, or cannot be read by the contract of today.
    """
    for address in addresses:
        address |= {"cells": [], "compared": 0, "hidden": 0, "is_as_loaded": None, "is_as_published": None}
    for file_id, file in files.items():
        mine = [one for one in addresses if one["file_id"] == file_id and one["row"] is not None]
        contract = load_contracts().get(file["dataset"] or "")
        if not mine or contract is None or not file["archived"]["is_unaltered"]:
            continue
        wanted = {address["row"] for address in mine}
        try:
            layout, found = _in_file(file, contract, wanted)
        except SimpulError:
            file["archived"]["is_readable"] = False
            continue
        loaded = _loaded(conn, contract, file_id, wanted)
        for address in mine:
            if cells := found.get(address["row"]):
                read = _compare(address, layout, cells, loaded)
                if address["says"] and read:
                    address["is_as_published"] = _is_published(
                        conn, figure, address["says"], file["decimal"], *read
                    )


def _in_file(
    file: Mapping[str, Any], contract: Contract, wanted: set[int]
) -> tuple[Layout, dict[int, Cells]]:
    """Rows of the archived file by their number, as far as they are wanted."""
    source = Source.open(get_settings().archive / relative_path(file["sha256"]))
    try:
        layout = source.recognise([contract], contract.dataset, file["sheet"], file["edition"])
        rows: Iterator[tuple[int, Any]] = (
            source.splitter(layout).rows(source.body(layout))
            if source.format == "csv"
            else source.sheet_rows(layout)
        )
        last = max(wanted)
        until = itertools.takewhile(lambda row: row[0] <= last, rows)
        return layout, {number: list(cells) for number, cells in until if number in wanted}
    finally:
        source.close()


def _loaded(
    conn: psycopg.Connection[Any], contract: Contract, file_id: str, wanted: set[int]
) -> list[dict[str, Any]]:
    """What raw holds of these rows; nothing where the rows of the file were dropped."""
    if not catalog.exists(conn, "raw", f"{contract.table}__{file_id}"):
        return []
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            sql.SQL("select * from {} where _row = any(%s)").format(partition_name(contract, file_id)),
            (sorted(wanted),),
        ).fetchall()


def _compare(
    address: dict[str, Any], layout: Layout, cells: Cells, loaded: list[dict[str, Any]]
) -> tuple[str, Mapping[str, Any]] | None:
    """Column by column of the contract, the ones of the address first. Returns the figure's cell and its raw row."""
    mine = [row for row in loaded if row["_row"] == address["row"]]
    if layout.is_melted and address["column"]:
        mine = [row for row in mine if row["_column"] == address["column"]]
    raw = mine[0] if mine else None
    places = dict(layout.map.columns)
    if layout.is_melted and layout.edition.melt and address["column"]:
        position = next((n for n in layout.map.melted if layout.headings[n] == address["column"]), None)
        if position is not None:
            places = {layout.edition.melt.value: position, **places}
    personal = _personal(layout.contract)
    same = []
    for name, position in places.items():
        cell = (cells[position] if position < len(cells) else None) or None
        is_same = None if raw is None else cell == raw[name]
        same.append(is_same)
        if cell is None:
            continue
        if name in personal or (layout.contract.personal_data != "none" and LONG_NUMBER.search(cell)):
            address["hidden"] += 1
            cell = HIDDEN
        address["cells"].append(
            {"heading": layout.headings[position], "field": name, "value": cell, "is_as_loaded": is_same}
        )
    address["compared"] = len(same)
    address["is_as_loaded"] = None if raw is None else all(same)
    if layout.is_melted and address["column"]:
        key = heading_key(address["column"])
        address["cells"].sort(key=lambda one: heading_key(one["heading"]) != key)
    position = places.get(_FIGURE, len(cells))
    cell = cells[position] if position < len(cells) else None
    return (cell, raw) if cell and raw else None


def _is_published(
    conn: psycopg.Connection[Any],
    figure: Figure,
    column: str,
    decimal: str,
    cell: str,
    raw: Mapping[str, Any],
) -> bool | None:
    """Whether the archived cell says what is published, read by the rule that staging reads it by. None: nothing was
    published, which the reason for it tells.
    """
    published = figure.values[column]
    if published is None:
        return None
    query = made(
        "select ({{ bps_number(the('cell'), the('decimal')) }} * {{ bps_counted_in(the('indicator'), the('unit')) }})::"
        + figure.types[column],
        dict.fromkeys(("cell", "decimal", "indicator", "unit"), "text"),
        {},
    )
    told = {"cell": cell, "decimal": decimal, "indicator": raw.get("indikator"), "unit": raw.get("satuan")}
    row = conn.execute(query.text, told).fetchone()  # type: ignore[arg-type]  # the project's own macros
    return bool(row and row[0] == published)


def _personal(contract: Contract) -> set[str]:
    """Columns whose class of personal data is not `none`."""
    fields = load_fields()
    return {
        column.column
        for column in contract.columns
        if (column.personal or fields[column.field].personal) != "none"
    }
