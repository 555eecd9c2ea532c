"""What is said about a delivery from outside its cells, held against what was read."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

import psycopg
from psycopg import sql

from simpul import predicates
from simpul.contract import Contract, Edition, load_fields
from simpul.headings import heading_key
from simpul.programmes import programme_codes
from simpul.readers.layout import Layout
from simpul.readers.letter import KEYS, Letter
from simpul.readers.reasons import Held, listed, printable


def column_of(contract: Contract, name: str) -> str | None:
    """The contract column that a letter calls ``name``: by its name or any of its headings."""
    for column in contract.columns:
        if heading_key(name) in {
            heading_key(text) for text in (column.column, column.header, *column.aliases)
        }:
            return column.column
    return None


def _like(contract: Contract, names: Iterable[str]) -> list[str]:
    """What is called nearly so, among what a letter may say and the columns of the contract."""
    known = {heading_key(name): name for name in (*KEYS, *(column.column for column in contract.columns))}
    return sorted({known[key] for name in names for key in get_close_matches(heading_key(name), known, n=1)})


def stated_columns(contract: Contract, letter: Letter | None) -> dict[str, str]:
    """Columns with one value for the whole delivery, by the cover letter.

    Raises:
        Held: the letter names a column that the dataset does not have.
    """
    if letter is None:
        return {}
    named = {name: column_of(contract, name) for name in letter.constants}
    if unknown := [name for name, column in named.items() if column is None]:
        meant = _like(contract, unknown)
        raise Held(
            f"the cover letter names {listed(unknown)}, which {contract.dataset} does not have: correct the name"
            f"{f' ({listed(meant)}?)' if meant else ''}, or delete the line",
            f"surat pengantar menyebut {listed(unknown)}, yang tidak ada pada {contract.dataset}: perbaiki namanya"
            f"{f' ({listed(meant)}?)' if meant else ''}, atau hapus barisnya",
            code="letter",
        )
    return {column: letter.constants[name] for name, column in named.items() if column}


def constants(layout: Layout, letter: Letter | None, file_name: str) -> dict[str, str]:
    """Columns with one value for the whole delivery: by headings, a title above the table, the cover letter, the file's
    name.

    Headings and titles are content: a letter that contradicts them holds the file. Between the letter and the name, the
    letter wins.

    Raises:
        Held: see `stated_columns`; letter and content differ; nobody says a column that the layout needs.
    """
    said = stated_columns(layout.contract, letter)
    titled, doubtful = _told(layout.edition, layout.titles)
    titled |= layout.map.given  # a heading stands nearer to the records
    for name, value in said.items():
        found = {sets[name] for sets in layout.map.melted.values() if name in sets} or {
            titled.get(name, value)
        }
        if any(not _is_same(one, value) for one in found):
            raise Held(
                f"the cover letter states '{name}' is '{printable(value)}', the headings say {listed(sorted(found))}:"
                " correct whichever is wrong",
                f"surat pengantar menyebut '{name}' adalah '{printable(value)}', judul tabel menyebut"
                f" {listed(sorted(found))}: perbaiki yang keliru",
                code="contradiction",
            )
    named, _ = _told(layout.edition, [file_name.rpartition(".")[0]])
    # a title that can be understood in two ways is not made clear by a name that somebody gave the file
    told = {name: value for name, value in named.items() if name not in doubtful} | titled | said
    _check_needs(layout, told, file_name)
    return told


def _is_same(one: str, other: str) -> bool:
    """Two spellings of one thing: ``KLJ`` and ``Kartu Lansia Jakarta``."""
    codes = programme_codes(one)
    return heading_key(one) == heading_key(other) or (bool(codes) and codes == programme_codes(other))


def _told(edition: Edition, texts: Iterable[str]) -> tuple[dict[str, str], set[str]]:
    """What texts say by the patterns of ``edition``; columns of which they say two things."""
    told: dict[str, str] = {}
    doubtful: set[str] = set()
    for text in texts:
        for title in edition.titles:
            for name, value in (title.read(text) or {}).items():
                if told.setdefault(name, value) != value:
                    doubtful.add(name)
    return {name: value for name, value in told.items() if name not in doubtful}, doubtful


def _check_needs(layout: Layout, told: dict[str, str], file_name: str) -> None:
    edition = layout.edition
    per_figure = [set(sets) for sets in layout.map.melted.values()]
    known = {
        *layout.map.columns,
        *edition.constants,
        *told,
        *(set.intersection(*per_figure) if per_figure else ()),
    }
    if edition.melt and edition.melt.rows:
        known |= {name for pattern in edition.melt.rows.patterns for name in pattern.set}
    missing = [column for column in layout.contract.columns if column.column in {*edition.needs} - known]
    if not missing:
        return
    fields = load_fields()
    lines = [f"{c.column}: {' | '.join(fields[c.field].values or ()) or '…'}" for c in missing]
    text, name = "`, `".join(lines), printable(file_name)
    raise Held(
        f"a table of {layout.contract.dataset} ({edition.name}), but neither its headings, a title above them nor the"
        f" file name say {listed([c.column for c in missing])}: write into the cover letter '{name}.yml': `{text}`",
        f"tabel {layout.contract.dataset} ({edition.name}), tetapi judul kolom, judul tabel, dan nama berkas tidak"
        f" menyebut {listed([c.column for c in missing])}: tulis dalam surat pengantar '{name}.yml': `{text}`",
        code="unsaid",
    )


def check(
    conn: psycopg.Connection[Any],
    table: sql.Identifier,
    layout: Layout,
    letter: Letter | None,
    rows: int,
    *,
    blanked: int = 0,
    is_cut: bool = False,
) -> None:
    """Hold the file where the letter and the content differ.

    A letter tells of the list as it was sent: what has left it with erased persons is not missing, and nobody can say
    any more what it added up to.

    Args:
        conn: in the transaction that loads.
        table: the load table.
        layout: of the file.
        letter: its cover letter.
        rows: rows of the table read, set aside or not.
        blanked: rows of erased persons that were taken out of the content before.
        is_cut: whether rows of erased persons were taken out, before or now.

    Raises:
        Held: code ``contradiction``.
    """
    if letter is None:
        return
    if letter.rows is not None and not rows <= letter.rows <= rows + blanked:
        raise Held(
            f"the cover letter states {letter.rows} rows, the file has {rows}: deliver the whole file, or correct the"
            " number",
            f"surat pengantar menyebut {letter.rows} baris, berkas memuat {rows}: kirim berkas yang lengkap, atau"
            " perbaiki jumlahnya",
            code="contradiction",
        )
    for name, stated in () if is_cut else letter.totals.items():
        _check_total(conn, table, layout, name, stated)
    told_apart = {*layout.map.columns, *(name for row in layout.edition.context_rows for name in row.columns)}
    for name, value in stated_columns(layout.contract, letter).items():
        if name in told_apart:
            _check_constant(conn, table, layout, name, value)


def _check_total(
    conn: psycopg.Connection[Any], table: sql.Identifier, layout: Layout, name: str, stated: str
) -> None:
    column = column_of(layout.contract, name)
    try:
        total = Decimal(stated.replace("_", ""))
    except InvalidOperation:
        total = None
    if column is None or total is None:
        raise Held(
            f"the cover letter states a total of '{name}' that cannot be checked: write"
            f" `totals: {{column: 123.45}}` with a column of {layout.contract.dataset}",
            f"surat pengantar menyebut jumlah '{name}' yang tidak dapat diperiksa: tulis"
            f" `totals: {{kolom: 123.45}}` dengan kolom dari {layout.contract.dataset}",
            code="letter",
        )
    text = predicates.clean(sql.Identifier(column).as_string(conn))
    is_money = (
        load_fields()[next(c.field for c in layout.contract.columns if c.column == column)].type == "money"
    )
    number = (
        predicates.money(text)
        if is_money
        else predicates.number(text, layout.edition.decimal, thousands=layout.edition.thousands)
    )
    row = conn.execute(
        sql.SQL("select sum({}) from {}").format(sql.SQL(number), table)  # type: ignore[arg-type]
    ).fetchone()
    found = (row[0] if row else None) or Decimal(0)
    if found != total:
        raise Held(
            f"the cover letter states a total of {total} for '{name}', the file adds up to {found}: deliver the whole"
            " file, or correct the total",
            f"surat pengantar menyebut jumlah {total} untuk '{name}', isi berkas berjumlah {found}: kirim berkas yang"
            " lengkap, atau perbaiki jumlahnya",
            code="contradiction",
        )


def _check_constant(
    conn: psycopg.Connection[Any], table: sql.Identifier, layout: Layout, name: str, value: str
) -> None:
    row = conn.execute(
        sql.SQL("select _row from {} where trim({}) <> '' and lower(trim({})) <> lower({}) limit 1").format(
            table, sql.Identifier(name), sql.Identifier(name), value
        )
    ).fetchone()
    if row:
        raise Held(
            f"the cover letter states one value of '{name}' for all rows, row {row[0]} has another: correct the row, or"
            " delete the line of the letter",
            f"surat pengantar menyebut satu nilai '{name}' untuk semua baris, baris {row[0]} berbeda: perbaiki baris"
            " itu, atau hapus baris suratnya",
            code="contradiction",
        )
