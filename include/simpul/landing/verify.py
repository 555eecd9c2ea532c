"""Does everything that was delivered still add up? Read-only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from simpul import ledger, ledger_anchors
from simpul.contract import load_contracts
from simpul.database import connect, no_values
from simpul.landing.archive import hash_file, relative_path
from simpul.landing.finish import count_records
from simpul.landing.register import table_name
from simpul.settings import get_settings


@dataclass(frozen=True)
class Finding:
    """Something that does not add up: which file, what is wrong."""

    file_id: str
    problem: str


@dataclass(frozen=True)
class Verification:
    """What was looked at and what was found."""

    files: int
    records: int
    bytes: int
    findings: tuple[Finding, ...]


def verify(
    *, hashes: bool = True, progress: Callable[[int], None] | None = None, anchors: Sequence[Path] = ()
) -> Verification:
    """Hold the register against the tables, the quarantine and the archive.

    For every file: read = loaded + quarantined; read + erased = what the ledger says was read; loaded = records in its
    table, which is part of its dataset when the file has landed and not otherwise, unless upkeep has dropped the rows
    of a file that nobody reads any more; quarantined = records in quarantine; the archived bytes still have their hash.
    Then: no table without a file, no unknown bytes in the archive, and a ledger that is unbroken, closed
    to changes, and what its anchors say it was.

    Args:
        hashes: read the whole archive again (else only sizes are compared).
        progress: told the bytes read.
        anchors: anchors of the ledger that were kept elsewhere, beside those in the home.
    """
    with no_values("verifying"), connect(application_name="simpul verify") as conn:
        conn.execute("set transaction isolation level repeatable read, read only")
        rows = conn.execute(
            "select file_id, dataset, status, rows_read, rows_loaded, rows_quarantined, sha256, bytes,"
            " case when bytes_dropped_at is null then archive_path end,"
            " array_remove(array[structure #>> '{letter,sha256}'] || array(select jsonb_array_elements_text("
            "structure -> 'earlier_letters')), null), rows_dropped_at is not null from audit.file"
            " order by received_at, file_id"
        ).fetchall()
        tables = _load_tables(conn)
        findings = [finding for row in rows for finding in _counts(conn, row, tables)]
        findings += _strays(rows, tables)
        findings += _erased(conn)
        if (broken := ledger.verify(conn)) is not None:
            findings.append(Finding("", f"the ledger is broken at event {broken}"))
        if not ledger.is_closed(conn):
            findings.append(
                Finding("", "the ledger is open to changes: its trigger is gone, off, or was switched")
            )
        findings += [Finding("", problem) for problem in ledger_anchors.problems(conn, anchors)]
    contents: dict[str, tuple[str, int | None, str]] = {
        row[6]: (row[0], row[7], row[8]) for row in rows if row[8]
    }
    letters = {sha256: row[0] for row in rows for sha256 in row[9]}
    contents |= {sha256: (file_id, None, relative_path(sha256)) for sha256, file_id in letters.items()}
    findings += _archive(contents, hashes, progress)
    return Verification(
        files=len(rows),
        records=sum(row[4] or 0 for row in rows),
        bytes=sum(size or 0 for _, size, _ in contents.values()),
        findings=tuple(findings),
    )


def _load_tables(conn: psycopg.Connection[Any]) -> dict[str, bool]:
    """Tables of single files in ``raw`` → whether they are part of their dataset."""
    return dict(
        conn.execute(
            "select relname, relispartition from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'r'"
        ).fetchall()
    )


def _counts(
    conn: psycopg.Connection[Any], row: tuple[Any, ...], tables: dict[str, bool]
) -> Iterator[Finding]:
    file_id, dataset, status, read, loaded, quarantined, *_, dropped = row
    if status == "received":
        yield Finding(file_id, "received, and its landing was never finished: land it again")
        return
    if (read or 0) != (loaded or 0) + (quarantined or 0):
        yield Finding(file_id, f"{read} records read, but {loaded} loaded and {quarantined} set aside")
    if status not in ("loaded", "landed", "superseded", "refused"):
        return
    contract = load_contracts().get(dataset)
    if contract is None:
        yield Finding(file_id, f"no contract is called '{dataset}'")
        return
    name = f"{contract.table}__{file_id}"
    wanted = not dropped
    if wanted != (name in tables):
        yield Finding(
            file_id, f"its table raw.{name} is {'gone' if wanted else 'there, though its rows were dropped'}"
        )
    if name in tables and tables[name] != (status in ("landed", "superseded")):
        yield Finding(
            file_id, f"its table is {'' if tables[name] else 'not '}part of the dataset, it is {status}"
        )
    in_table, aside = count_records(
        conn, contract.table, file_id, is_melted=contract.is_melted, has_table=name in tables
    )
    if in_table is not None and in_table != loaded:
        yield Finding(file_id, f"{loaded} records registered as loaded, {in_table} in its table")
    if aside != quarantined:
        yield Finding(file_id, f"{quarantined} records registered as set aside, {aside} in quarantine")


# what was read when a file was loaded last, as the ledger says: a file whose records were erased has lost no other
_ERASED = """
select file.file_id, file.rows_read, file.rows_erased, said.rows_read, told.records
from audit.file
left join lateral (
    select (detail ->> 'rows_read')::bigint + coalesce((detail ->> 'rows_erased')::bigint, 0) as rows_read
    from audit.ledger where kind = 'file.loaded' and subject = file.file_id
    order by event_id desc limit 1) as said on true
left join lateral (
    select sum(loaded + quarantined)::bigint as records from audit.rewritten_file
    where rewritten_file.file_id = file.file_id and at >= file.received_at) as told on true
where file.status in ('loaded', 'landed', 'superseded', 'refused') and (file.rows_erased > 0 or told.records > 0)
"""


def _erased(conn: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Delivered = read + erased."""
    for file_id, read, erased, said, told in conn.execute(_ERASED).fetchall():
        if said is not None and read + erased != said:
            yield Finding(
                file_id, f"{said} records were read, but {read} are told of and {erased} were erased"
            )
        if erased != told:
            yield Finding(file_id, f"{erased} records are said to be erased, {told or 0} were")


def _strays(rows: list[tuple[Any, ...]], tables: dict[str, bool]) -> Iterator[Finding]:
    known = {f"{table_name(row[1])}__{row[0]}" for row in rows if row[1]}
    for name in sorted(set(tables) - known):
        if "__" in name:
            yield Finding("", f"table raw.{name} belongs to no received file")


def _archive(
    contents: dict[str, tuple[str, int | None, str]], hashes: bool, progress: Callable[[int], None] | None
) -> Iterator[Finding]:
    archive = get_settings().archive
    for sha256, (file_id, size, relative) in contents.items():
        path = archive / relative
        if not path.is_file():
            yield Finding(file_id, f"its bytes are gone from the archive ({relative})")
        elif size is not None and path.stat().st_size != size:
            yield Finding(file_id, f"its archived copy has {path.stat().st_size} bytes instead of {size}")
        elif hashes and hash_file(path, progress) != sha256:
            yield Finding(file_id, "its archived copy was altered: the hash differs")
    for path in sorted(archive.glob("[0-9a-f][0-9a-f]/*")):
        if path.name not in contents:
            yield Finding(
                "", f"the archive holds bytes of no received file ({path.parent.name}/{path.name[:16]}…)"
            )
