"""Loads one archived file into its own table, by COPY, in one transaction: after a crash there is nothing of it."""

from __future__ import annotations

import csv
import gc
import io
import itertools
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from simpul.headings import heading_key
from simpul.landing import examples, refusing
from simpul.landing.refusing import Refused
from simpul.landing.rejects import Rejects
from simpul.landing.second_table import check_second_table
from simpul.readers.layout import Layout
from simpul.readers.reasons import Held, printable
from simpul.readers.records import Record, RecordReader
from simpul.readers.source import Progress, Source
from simpul.readers.splitter import Splitter
from simpul.readers.total_rows import TotalRow
from simpul.render import partition_ddl, partition_name

log = logging.getLogger("simpul.landing")

_BATCH = 2_000  # records turned into CSV at a time
_FEW_BAD = 20  # so many malformed records are set aside whatever the size of the file …
_BAD_SHARE = 0.10  # … more of them than this share say that the file itself is broken


@dataclass
class Loaded:
    """What came of it. ``rows_read`` leaves out headings, blank rows, notes and skipped rows."""

    table: sql.Identifier
    rows_loaded: int
    rows_quarantined: int
    table_rows: int  # rows of the delivered table; a melted one gives several records per row
    skipped: dict[str, int] = field(default_factory=dict)
    figures: int = 0  # filled cells of a melted table
    examples: int = 0  # of those set aside: rows of a form that nobody has filled
    refused: Refused = field(default_factory=Refused)  # records of erased persons, counted nowhere else
    totals: list[TotalRow] = field(default_factory=list)  # rows of totals, which are no records

    @property
    def rows_read(self) -> int:
        return self.rows_loaded + self.rows_quarantined


def load(
    conn: psycopg.Connection[Any],
    file_id: str,
    source: Source,
    layout: Layout,
    constants: dict[str, str],
    progress: Progress | None = None,
) -> Loaded:
    """Create the file's table and fill it; malformed records and examples of a form go to ``quarantine.row``.

    Args:
        conn: inside a transaction of its own (the table must be made in the transaction that fills it).
        file_id: of ``audit.file``.
        source: the archived file.
        layout: what was recognised.
        constants: column → value for all records, from outside its cells.
        progress: told the bytes read.

    Raises:
        Held: no record, none but examples, too many malformed ones, or a second heading among them.
    """
    table = partition_name(layout.contract, file_id)
    conn.execute(sql.SQL("drop table if exists {}").format(table))
    edition = layout.edition
    by_row = source.format != "csv" or layout.is_melted or edition.context or edition.context_rows
    conn.execute(
        partition_ddl(
            layout.contract, file_id, sheet=layout.named_sheet, first_row=None if by_row else layout.first_row
        )
    )
    if progress and source.format != "csv":
        progress(source.path.stat().st_size)  # it was read when it was recognised
    with Rejects(layout.named_sheet) as rejects:
        loaded = (_by_record if by_row else _by_bytes)(
            conn, table, source, layout, constants, rejects, progress
        )
        rejects.write(conn, file_id)
        check_second_table(conn, table, layout)
        if layout.is_numbered:
            loaded.skipped["numbering"] = 1
        loaded.examples = examples.set_aside(conn, file_id, table, layout)
        loaded.rows_loaded -= loaded.examples
        loaded.rows_quarantined += loaded.examples
        _refuse_erased(conn, file_id, table, layout, loaded)
        _check_shape(layout, loaded, rejects)
    return loaded


def _refuse_erased(
    conn: psycopg.Connection[Any], file_id: str, table: sql.Identifier, layout: Layout, loaded: Loaded
) -> None:
    loaded.refused = refusing.refuse(conn, file_id, table, layout.contract)
    loaded.rows_loaded -= len(loaded.refused.loaded)
    loaded.rows_quarantined -= len(loaded.refused.aside)


# ------------------------------------------------------------------------------------------------- bytes of a CSV file
def _by_bytes(
    conn: psycopg.Connection[Any],
    table: sql.Identifier,
    source: Source,
    layout: Layout,
    constants: dict[str, str],
    rejects: Rejects,
    progress: Progress | None,
) -> Loaded:
    """The file's own bytes go to COPY; columns that are not in it fill themselves."""
    positions = {position: name for name, position in layout.map.columns.items()}
    extra = {position: f"_x{position}" for position in layout.extra}
    _set_constants(conn, table, layout, constants)
    if extra:
        _add_extra_columns(conn, table, layout, extra)
    columns = [positions.get(n) or extra[n] for n in range(layout.width)]
    splitter = source.splitter(layout)
    options: LiteralString = "freeze, format text, delimiter {d}, null '', encoding 'UTF8'"
    if not splitter.as_text:
        options = "freeze, format csv, delimiter {d}, null '', encoding 'UTF8', force_null ({c})"
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("copy {} ({}) from stdin (" + options + ")").format(
        table, names, d=sql.Literal(layout.delimiter), c=names
    )
    with conn.cursor().copy(statement) as copy:
        for block in splitter.blocks(source.body(layout, progress)):
            copy.write(block)
            rejects.take(splitter.malformed, layout.width)
        rejects.take(splitter.malformed, layout.width)
    _check_end(splitter)
    if splitter.holes:
        conn.execute(
            sql.SQL("delete from {} where _row = any(%s::bigint[])").format(table), (splitter.holes.tolist(),)
        )
    if extra:
        _fold_extra_columns(conn, table, extra)
    conn.execute(sql.SQL("alter table {} alter column _row drop identity").format(table))
    return Loaded(
        table, splitter.good, splitter.bad, splitter.good + splitter.bad, dict(splitter.skipped),
        totals=splitter.totals,
    )  # fmt: skip


def _set_constants(
    conn: psycopg.Connection[Any], table: sql.Identifier, layout: Layout, constants: dict[str, str]
) -> None:
    for name, value in {**layout.edition.constants, **constants}.items():
        if name not in layout.map.columns:
            conn.execute(
                sql.SQL("alter table {} alter column {} set default {}").format(
                    table, sql.Identifier(name), value
                )
            )


def _add_extra_columns(
    conn: psycopg.Connection[Any], table: sql.Identifier, layout: Layout, extra: dict[int, str]
) -> None:
    """``_extra`` computes itself from columns that take what the contract does not know: one pass, no rewrite."""
    adds = sql.SQL(", ").join(
        sql.SQL("add column {} text").format(sql.Identifier(name)) for name in extra.values()
    )
    conn.execute(sql.SQL("alter table {} drop column _extra, {}").format(table, adds))
    pairs = sql.SQL(", ").join(
        sql.SQL("{}, {}").format(sql.Literal(layout.extra[n]), sql.Identifier(name))
        for n, name in extra.items()
    )
    conn.execute(
        sql.SQL(
            "alter table {table} add column _extra jsonb generated always as (case num_nonnulls({names})"
            " when 0 then null when {count} then jsonb_object(array[{pairs}])"
            " else jsonb_strip_nulls(jsonb_object(array[{pairs}])) end) stored"
        ).format(
            table=table,
            names=sql.SQL(", ").join(map(sql.Identifier, extra.values())),
            count=len(extra),
            pairs=pairs,
        )
    )


def _fold_extra_columns(conn: psycopg.Connection[Any], table: sql.Identifier, extra: dict[int, str]) -> None:
    drops = sql.SQL(", ").join(
        sql.SQL("drop column {}").format(sql.Identifier(name)) for name in extra.values()
    )
    conn.execute(sql.SQL("alter table {} alter column _extra drop expression").format(table))
    conn.execute(sql.SQL("alter table {} {}").format(table, drops))


# ------------------------------------------------------------------------------------------------- records one by one
def _by_record(
    conn: psycopg.Connection[Any],
    table: sql.Identifier,
    source: Source,
    layout: Layout,
    constants: dict[str, str],
    rejects: Rejects,
    progress: Progress | None,
) -> Loaded:
    """Records made in Python: workbooks, melted tables, tables with headings among their rows."""
    reader = RecordReader(layout, constants)
    splitter = None
    if source.format == "csv":
        splitter = source.splitter(layout)
        rows: Iterable[tuple[int, Any]] = splitter.rows(source.body(layout, progress))
    else:
        rows = source.sheet_rows(layout)
    lead = ["_row", "_column"] if layout.contract.is_melted else ["_row"]
    columns = [*lead, *layout.contract.column_names, "_extra"]
    statement = sql.SQL(
        "copy {} ({}) from stdin (freeze, format csv, delimiter E'\\t', null '', encoding 'UTF8')"
    ).format(table, sql.SQL(", ").join(map(sql.Identifier, columns)))
    good = 0
    with _without_collecting(), conn.cursor().copy(statement) as copy:
        for batch in _batches(reader.read(rows), _BATCH):
            content = _as_csv(batch, with_column=len(lead) == 2)
            if (
                b"\0" in content or b"\\u0000" in content
            ):  # so JSON writes a NUL, and one who types these six signs
                rejects.take_nul([record for record in batch if _has_nul(record)], layout)
                batch = [record for record in batch if not _has_nul(record)]
                content = _as_csv(batch, with_column=len(lead) == 2)
            copy.write(content)
            good += len(batch)
            if splitter:
                rejects.take(splitter.malformed, layout.width)
    skipped, totals = reader.skipped, reader.totals
    if splitter:
        _check_end(splitter)
        rejects.take(splitter.malformed, layout.width)
        skipped += splitter.skipped
        totals = [*totals, *splitter.totals]
    malformed = splitter.bad if splitter else 0
    return Loaded(
        table, good, rejects.count, reader.rows + malformed, dict(skipped), reader.figures, totals=totals
    )


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Cells and records hold no cycles, and looking for some among millions of them takes a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _batches(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    while batch := list(itertools.islice(records, size)):
        yield batch


def _json(extra: dict[str, str] | None) -> str | None:
    return json.dumps(extra, ensure_ascii=False) if extra else None


def _has_nul(record: Record) -> bool:
    return any(
        value is not None and "\0" in value for value in (*record.values, *(record.extra or {}).values())
    )


def _as_csv(records: Sequence[Record], *, with_column: bool) -> bytes:
    """CSV parted by tabs. Cells that need no quotes are only joined, which is twice as quick as `csv`."""
    if with_column:
        rows = [(str(row), column, *values, _json(extra)) for row, column, values, extra in records]
    else:
        rows = [(str(row), *values, _json(extra)) for row, _, values, extra in records]
    try:
        lines = ["\t".join(row) for row in rows]  # type: ignore[arg-type]
    except TypeError:  # an empty cell among them
        lines = ["\t".join([cell or "" for cell in row]) for row in rows]
    text = "\n".join(lines) + "\n"
    tabs = (len(rows[0]) - 1) * len(rows) if rows else 0
    if '"' in text or "\r" in text or text.count("\t") != tabs or text.count("\n") != len(rows):
        out = io.StringIO()
        # with this line end the writer also quotes a lone carriage return
        csv.writer(out, delimiter="\t", lineterminator="\r\n").writerows(rows)
        text = out.getvalue()
    return text.encode("utf-8", "replace")


# --------------------------------------------------------------------------------------------------------- judgement
def _check_end(splitter: Splitter) -> None:
    """A last record that breaks off with the file shows that more was to come, and how much nobody knows."""
    if splitter.cut_off:
        raise Held(
            f"the file breaks off in row {splitter.cut_off}: its last record is not whole and no line end follows. Copy"
            " or download it again",
            f"berkas terpotong pada baris {splitter.cut_off}: baris terakhir tidak utuh dan tanpa akhir baris. Salin"
            " atau unduh ulang berkasnya",
            code="cut_off",
        )


def _check_shape(layout: Layout, loaded: Loaded, rejects: Rejects) -> None:
    """A table without records, or with too many malformed ones, is no delivery."""
    if loaded.rows_read == 0 and loaded.refused.count:
        raise Held(
            "the file holds only records of persons who were erased, and none of them was taken. Ask for the erasure to"
            " be lifted where they apply anew (docs/runbooks/erase-a-person.md)",
            "berkas hanya memuat data orang yang sudah dihapus, dan tidak satu pun diambil. Minta penghapusannya"
            " dicabut bila mereka mengajukan diri lagi (docs/runbooks/erase-a-person.md)",
            code="only_erased",
        )
    if loaded.rows_read == 0 or (layout.is_melted and not loaded.figures):
        raise _nothing(layout, loaded)
    if loaded.rows_read == loaded.examples:
        raise Held(
            f"the file holds only the {loaded.examples} example rows of the form: replace them with your records and"
            " deliver it again",
            f"berkas hanya memuat {loaded.examples} baris contoh bawaan templat: ganti dengan data Anda lalu kirim"
            " ulang",
            code="only_examples",
        )
    if loaded.rows_loaded == 0 or rejects.count > max(_FEW_BAD, loaded.rows_read * _BAD_SHARE):
        kinds = ", ".join(f"{rule} {count}" for rule, count in rejects.by_rule.most_common())
        most = "not one is sound", "tidak satu pun yang utuh"
        if loaded.rows_loaded:
            most = (
                f"at most {_FEW_BAD} records or {_BAD_SHARE:.0%} may be",
                f"paling banyak {_FEW_BAD} baris atau {_BAD_SHARE:.0%} yang boleh rusak",
            )
        raise Held(
            f"{rejects.count} of {loaded.rows_read} records are malformed ({kinds}), first in row {rejects.first_row};"
            f" the heading has {layout.width} columns, and {most[0]}."
            " Save the table anew as CSV or .xlsx from the program that it comes from, and deliver that",
            f"{rejects.count} dari {loaded.rows_read} baris rusak ({kinds}), pertama pada baris {rejects.first_row};"
            f" judul memuat {layout.width} kolom, dan {most[1]}."
            " Simpan ulang tabel sebagai CSV atau .xlsx dari program asalnya, lalu kirim kembali",
            code="broken_structure",
        )


def _nothing(layout: Layout, loaded: Loaded) -> Held:
    if loaded.rows_loaded or loaded.skipped.get("empty"):
        return Held(
            f"below the heading in row {layout.header_row} there is no figure, only empty cells: deliver the file"
            " with its records",
            f"di bawah judul pada baris {layout.header_row} tidak ada angka, hanya sel kosong: kirim berkas beserta"
            " datanya",
            code="header_only",
        )
    if loaded.skipped.get("footer"):
        return Held(
            f"below the heading in row {layout.header_row} there are only notes, no record: deliver the file with its"
            " records",
            f"di bawah judul pada baris {layout.header_row} hanya ada catatan, tanpa data: kirim berkas beserta"
            " datanya",
            code="footer_only",
        )
    return Held(
        f"there is a heading in row {layout.header_row} and no record below it: deliver the file with its records",
        f"ada judul pada baris {layout.header_row}, tetapi tidak ada data di bawahnya: kirim berkas beserta datanya",
        code="header_only",
    )


def structure_of(source: Source, layout: Layout) -> dict[str, Any]:
    """How the file was read, for ``audit.file.structure``. Headings only, never a cell."""
    headings = layout.headings
    return {
        "format": source.format,
        "encoding": source.encoding,
        "delimiter": layout.delimiter,
        "sheet": layout.named_sheet,
        "header_row": layout.header_row,
        "first_row": layout.first_row,
        "decimal": layout.edition.decimal,
        "thousands": layout.edition.thousands,
        "columns": {printable(headings[n], 200): name for name, n in layout.map.columns.items()},
        "melted": {printable(headings[n], 200): values for n, values in layout.map.melted.items()},
        "given": sorted(layout.map.given),
        "unknown": [printable(key, 200) for n, key in layout.extra.items() if heading_key(headings[n])],
        "order": [printable(layout.extra.get(n, text), 200) for n, text in enumerate(headings)],
        "notes": list(layout.notes),
        "misspelt": dict([[printable(text, 200) for text in layout.slip]] if layout.slip else []),
    }
