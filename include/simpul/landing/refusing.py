"""Records of erased persons that are delivered again are dropped on landing, told by fingerprints of the vault.

While nobody was ever erased this costs nothing. Else PostgreSQL hashes the number of every record and hands over the
few that pass the sieve (`simpul.erased.Marks.seed`); whether one is meant is decided here: by a number beside a name or
one that was nobody else's, by a family card beside a name and a birth date, or by all of its cells.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from simpul import erased, ledger, ledger_held
from simpul.blanking import Sought, Unreadable, blank, letters
from simpul.blanking.columns import is_own_record
from simpul.blanking.looking import numbers_in, views
from simpul.blanking.sought import PARTED, born
from simpul.contract import Contract
from simpul.errors import SimpulError
from simpul.landing import rewriting
from simpul.landing.archive import relative_path
from simpul.landing.persons import birth_columns, card_columns, name_columns, number_columns
from simpul.settings import get_settings

_CELL = "\x1f"
Place = tuple[str, int]


def row_text(contract: Contract) -> sql.Composed:
    """All cells of a record of ``raw`` as one text."""
    cells = sql.SQL(", ").join(map(sql.Identifier, contract.column_names))
    return sql.SQL("array_to_string(array[{}], {})").format(cells, sql.Literal(_CELL))


def digits(column: str) -> sql.Composed:
    """A number as it is compared, as `simpul.blanking.sought.unparted` says it."""
    return sql.SQL(
        "translate(case when right({0}, 2) = '.0' then left({0}, -2) else {0} end, {1}, '')"
    ).format(sql.Identifier(column), sql.Literal(PARTED))


def who(number: str, name: str) -> str:
    """Text of a mark of kind ``who``."""
    return f"{number} {letters(name)}"


def card(number: str, day: str, name: str) -> str:
    """Text of a mark of kind ``card``: `born` gives the day."""
    return f"{number} {day} {letters(name)}"


def row(dataset: str, text: str) -> str:
    """Text of a mark of kind ``row``; ``dataset`` is empty for a record that was set aside while it was loaded."""
    return f"{dataset}{_CELL}{text}"


@dataclass
class Refused:
    """Records that were dropped: places in the file, by where they had come to stand."""

    loaded: set[Place] = field(default_factory=set)
    aside: set[Place] = field(default_factory=set)
    by_number: set[Place] = field(default_factory=set)
    """Those of them that nothing but the number told: the name is not one that the erased person had."""
    erasures: set[int] = field(default_factory=set)
    content: tuple[str, str] | None = None
    """Hash of the content before and after."""

    @property
    def count(self) -> int:
        return len(self.loaded | self.aside)


def records_where(
    conn: psycopg.Connection[Any],
    table: sql.Identifier,
    contract: Contract,
    tests: Sequence[sql.Composable],
    values: Mapping[str, Any] | None = None,
) -> list[tuple[Any, ...]]:
    """(file, sheet, row, numbers, names, cards, birth dates, all cells as one text) of records that pass a test."""
    return conn.execute(
        sql.SQL(
            "select _file_id, coalesce(_sheet, ''), _row, array[{}]::text[], array[{}]::text[], array[{}]::text[],"
            " array[{}]::text[], {} from {} where {}"
        ).format(
            sql.SQL(", ").join(map(digits, number_columns(contract))),
            sql.SQL(", ").join(map(sql.Identifier, name_columns(contract))),
            sql.SQL(", ").join(map(digits, card_columns(contract))),
            sql.SQL(", ").join(map(sql.Identifier, birth_columns(contract))),
            row_text(contract),
            table,
            sql.SQL(" or ").join(tests),
        ),
        values,
    ).fetchall()


@dataclass(frozen=True)
class Match:
    """A record of an erased person, and what told so (`erased.Kind`)."""

    sheet: str
    row: int
    erasure: int
    kind: erased.Kind


def matches(conn: psycopg.Connection[Any], table: sql.Identifier, contract: Contract) -> list[Match]:
    """The records of a table of ``raw`` that are of erased persons."""
    marks = erased.marks()
    numbers = number_columns(contract)
    if marks is None or not numbers:
        return []
    by_column = [(column, ("number", "who")) for column in numbers]
    by_column += [(column, ("card",)) for column in card_columns(contract) if birth_columns(contract)]
    by_text = [(digits(column), kinds) for column, kinds in by_column]
    by_text.append(
        (sql.SQL("{} || {}").format(sql.Literal(contract.dataset + _CELL), row_text(contract)), ("row",))
    )
    tests = [
        sql.SQL("left(md5({} || {}), 8) = any({})").format(sql.Literal(marks.seed), text, sql.Literal(sieve))
        for text, kinds in by_text
        if (sieve := sorted(set().union(*(marks.sieves.get(kind, ()) for kind in kinds))))
    ]
    hits = []
    for _, sheet, number, told, called, cards, days, text in records_where(conn, table, contract, tests):
        names = [name for name in called if name]
        candidates: list[tuple[erased.Kind, str]] = [
            *(("who", who(one, name)) for one in told if one for name in names),
            *(
                ("card", card(one, day, name))
                for one in filter(None, cards)
                for day in filter(None, map(born, filter(None, days)))
                for name in names
            ),
            ("row", row(contract.dataset, text)),
            *(("number", one) for one in told if one),  # last: it tells least of why
        ]
        if hit := next(
            (
                Match(sheet, number, e, kind)
                for kind, said in candidates
                if (e := marks.erasure(kind, said)) is not None
            ),
            None,
        ):
            hits.append(hit)
    return hits


def _of_set_aside(marks: erased.Marks, text: str, contract: Contract) -> tuple[int, erased.Kind] | None:
    """Whose record was set aside while its file was loaded, and what told so; None: nobody's who was erased.

    Of a broken line nobody can say in which column a number stands: one with such a number goes whole. Where a quote
    made one of several lines others stand in it: it stays, to be looked at.
    """
    if (erasure := marks.erasure("row", row("", text))) is not None:
        return erasure, "row"
    if not number_columns(contract):
        return None
    found = {
        number: erasure
        for number in numbers_in(text.encode("utf-8", "replace"))
        if (erasure := marks.erasure("number", number)) is not None
    }
    if not found:
        return None
    record = json.loads(text)
    is_line = set(record) == {"_raw"} and "\n" not in record["_raw"].strip()
    if is_line or is_own_record(record, Sought(frozenset(found)), contract.dataset):
        return min(found.values()), "number"
    return None


def refuse(conn: psycopg.Connection[Any], file_id: str, table: sql.Identifier, contract: Contract) -> Refused:
    """Drop them from the file's table and from what was set aside of it, in the caller's transaction."""
    refused = Refused()
    for match in matches(conn, table, contract):
        refused.loaded.add((match.sheet, match.row))
        refused.erasures.add(match.erasure)
        if match.kind == "number":
            refused.by_number.add((match.sheet, match.row))
    if refused.loaded:
        conn.execute(
            sql.SQL(
                "delete from {} where (coalesce(_sheet, ''), _row) in (select * from unnest(%s::text[], %s::bigint[]))"
            ).format(table),
            ([sheet for sheet, _ in refused.loaded], [number for _, number in refused.loaded]),
        )
    if marks := erased.marks():
        for number, sheet, place, text in conn.execute(
            "select quarantine_id, coalesce(sheet, ''), \"row\", raw::text from quarantine.row where file_id = %s",
            (file_id,),
        ).fetchall():
            if found := _of_set_aside(marks, text or "{}", contract):
                refused.aside.add((sheet, place))
                refused.erasures.add(found[0])
                if found[1] == "number":
                    refused.by_number.add((sheet, place))
                conn.execute("delete from quarantine.row where quarantine_id = %s", (number,))
    return refused


def settle(
    conn: psycopg.Connection[Any], file_id: str, sha256: str, refused: Refused, delimiter: str | None
) -> dict[str, Any]:
    """Write the archived content anew without them, in the transaction that loads the file.

    Returns:
        What the register says of the file from now on.

    Raises:
        SimpulError: the content does not hold them where they were read, or cannot be written anew.
    """
    rows: dict[str | None, set[int]] = defaultdict(set)
    for sheet, number in refused.loaded | refused.aside:
        rows[sheet].add(number)
    draft = rewriting.draft_path(sha256)
    try:
        done = blank(
            get_settings().archive / relative_path(sha256),
            draft,
            rows,
            Sought(frozenset()),
            delimiter=delimiter,
        )
    except Unreadable as error:
        raise SimpulError(
            f"file {file_id} holds records of erased persons, and {error}", code="erased"
        ) from None
    if set(done.texts) != refused.loaded | refused.aside:
        raise SimpulError(
            f"file {file_id}: rows of erased persons do not stand where they were read", code="erased"
        )
    return {**_swap(conn, file_id, sha256, draft, refused, refused.count), "rows_erased": refused.count}


def clear_held(conn: psycopg.Connection[Any], file_id: str, sha256: str, delimiter: str | None) -> Refused:
    """A file that is held keeps no row with the number of somebody who was erased, either; in the caller's transaction.

    Nothing of it was understood, so only numbers tell: those that were the person's alone.
    """
    refused, marks = Refused(), erased.marks()
    source = get_settings().archive / relative_path(sha256)
    if marks is None or not source.is_file():
        return refused
    found = {
        number: erasure
        for view in views(source)
        for number in numbers_in(view)
        if (erasure := marks.erasure("number", number)) is not None
    }
    if not found:
        return refused
    draft = rewriting.draft_path(sha256)
    try:
        done = blank(source, draft, {}, Sought(frozenset(found)), delimiter=delimiter)
    except Unreadable:
        return refused
    if done.is_written:
        refused.erasures = set(found.values())
        _swap(conn, file_id, sha256, draft, refused, done.count)
    return refused


def _swap(
    conn: psycopg.Connection[Any], file_id: str, before: str, draft: Path, refused: Refused, rows: int
) -> dict[str, Any]:
    """The new content takes the place of the old one in the register of every receipt; what it says now."""
    after, size = rewriting.archive_draft(draft)
    refused.content = before, after
    now = {"sha256": after, "bytes": size, "archive_path": relative_path(after)}
    conn.execute(
        "update audit.file set sha256 = %(sha256)s, bytes = %(bytes)s, archive_path = %(archive_path)s"
        " where file_id = %(file_id)s",
        {**now, "file_id": file_id},
    )
    conn.execute(
        "insert into audit.rewritten_file (erasure_id, file_id, sha256_before, sha256_after, rows, loaded, quarantined)"
        " select (select erasure_id from audit.erasure where erasure_id = %s), %s, %s, %s, %s, %s, %s",
        (
            min(refused.erasures, default=0),
            file_id,
            before,
            after,
            rows,
            len(refused.loaded),
            len(refused.aside),
        ),
    )
    ledger.append(
        conn,
        "file.rewritten",
        file_id,
        {
            "sha256_before": before,
            "sha256": after,
            "rows": rows,
            "on": "landing",
            "held": ledger_held.digests(conn, ("audit.file", "audit.rewritten_file"), [file_id]),
        },
    )
    return now


def note(refused: Refused) -> dict[str, str]:
    """A note for ``audit.file``; empty where nothing was refused."""
    if not refused.count:
        return {}
    reason = f"{refused.count} records of persons who were erased were not taken, nor kept in the archive"
    reason_id = f"{refused.count} data orang yang sudah dihapus tidak diambil dan tidak disimpan dalam arsip"
    if count := len(refused.by_number):
        reason += (
            f"; {count} of them were told by the NIK alone, under another name or none: who was sent with it in error"
            " has to be sent with their own"
        )
        reason_id += (
            f"; {count} di antaranya dikenali dari NIK saja, dengan nama lain atau tanpa nama: orang yang"
            " NIK-nya keliru perlu dikirim ulang dengan NIK miliknya"
        )
    return {"reason": reason, "reason_id": reason_id}


def finish(conn: psycopg.Connection[Any], file_id: str, refused: Refused) -> None:
    """After the transaction: the delivered copy and its zip are written anew as well, and the old content goes."""
    if refused.content is None:
        return
    before, after = refused.content
    rewriting.replace_copies(conn, before, after)
    rewriting.drop(conn, before)
    zipped = conn.execute(
        "select z.file_id, z.sha256 from audit.file f"
        " join audit.file z on z.file_id = f.structure #>> '{archive,file_id}' where f.file_id = %s",
        (file_id,),
    ).fetchone()
    if zipped:
        members = {before: get_settings().archive / relative_path(after)}
        _rewrite_zip(conn, *zipped, members, refused.erasures)


def _rewrite_zip(
    conn: psycopg.Connection[Any], file_id: str, sha256: str, members: dict[str, Path], erasures: set[int]
) -> None:
    draft = rewriting.draft_path(sha256)
    source = get_settings().archive / relative_path(sha256)
    if not source.is_file() or not blank(source, draft, {}, Sought(frozenset()), members=members).is_written:
        return
    packed = Refused(erasures=erasures)
    with conn.transaction():
        _swap(conn, file_id, sha256, draft, packed, 0)
    finish(conn, file_id, packed)
