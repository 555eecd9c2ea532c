"""A published table becomes a file, and the register says so before the first row is read (ADR 0048)."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from simpul import files, ledger, ledger_held
from simpul.database import advisory_lock, connect, no_values
from simpul.errors import SimpulError
from simpul.identifying import tells_whom
from simpul.landing.rewriting import ERASING
from simpul.ledger import Decision
from simpul.trust import export_cells, export_files, export_keys, export_reading
from simpul.trust.export_reading import Wanted

MARK_COLUMN = "export"
_SAID_EVERY = 20_000


@dataclass(frozen=True)
class Export:
    """A file that was written."""

    export_id: int
    relation: str
    release_id: int
    rows: int
    sha256: str
    path: Path


def write(
    table: str,
    out: Path,
    decision: Decision,
    *,
    columns: str | None = None,
    where: str | None = None,
    role: str | None = None,
    release_id: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Export:
    """Export a published table as ``role`` may see it; the file takes its place once the register knows it whole.

    Raises:
        SimpulError: see `export_reading.wanted`; no purpose is given for persons; the role may not read it.
    """
    suffix = out.suffix.lower()
    if suffix not in export_files.FORMATS:
        raise SimpulError(
            f"{out.name} is neither .csv nor .xlsx", code="format", hint="--out FILE.csv or FILE.xlsx"
        )
    if not out.parent.is_dir():
        raise SimpulError(f"there is no folder {out.parent}", code="format", hint="make it first")
    if out.exists():
        raise SimpulError(
            f"{out.name} is there already, and nothing is written over",
            code="format",
            hint="name another file, or move that one away first",
        )
    key = export_keys.live_keys()[0]
    with (
        connect(autocommit=True, application_name="simpul export") as guard,
        ledger.writing(guard),
        advisory_lock(guard, ERASING, shared=True),
        connect(application_name="simpul export") as owner,
    ):
        wish = export_reading.wanted(owner, table, columns, where, role)
        if wish.is_of_persons and not (decision.why or decision.why_id):
            raise SimpulError(
                f"{wish.relation} is about persons and no purpose is given",
                code="no_reason",
                hint="say what for: --reason TEXT, --reason-id TEKS",
            )
        owner.commit()
        with connect(role=wish.role, application_name="simpul export") as reader, no_values("exporting"):
            release = export_reading.choose_release(owner, reader, release_id)
            number, mark = _begin(owner, wish, decision, release, key)
            with files.replacing(out) as draft:
                made = _fill(reader, wish, draft, suffix, (number, mark, key), progress)
                _finish(owner, wish, decision, release, number, made)
    return Export(number, wish.relation, release, made.rows, made.sha256, out)


@dataclass(frozen=True)
class _Made:
    rows: int
    bytes: int
    sha256: str
    row_set: str
    sketches: dict[str, tuple[bool, bytes]]


def _begin(
    owner: psycopg.Connection[Any], wish: Wanted, decision: Decision, release: int, key: bytes
) -> tuple[int, str]:
    """Number and mark. Kept whatever becomes of the rest: who reads half of a table has read it, too."""
    row = owner.execute(
        """insert into audit.export (exported_by, role_name, application, relation, columns, identity_columns, filter,
            release_id, why, why_id, key_id)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning export_id""",
        (
            decision.by,
            wish.role,
            platform.node(),
            wish.relation,
            list(wish.columns),
            wish.identity_columns,
            Jsonb(wish.filter(key)),
            release,
            decision.why,
            decision.why_id,
            export_keys.name_of(key),
        ),
    ).fetchone()
    assert row is not None
    mark = export_keys.mark(key, row[0])
    owner.execute("update audit.export set mark = %s where export_id = %s", (mark, row[0]))
    owner.commit()
    return row[0], mark


def _fill(
    reader: psycopg.Connection[Any],
    wish: Wanted,
    draft: Path,
    suffix: str,
    named: tuple[int, str, bytes],
    progress: Callable[[str], None],
) -> _Made:
    number, mark, key = named
    identity = [(wish.columns.index(name), name) for name in wish.identity_columns]
    sketches = {name: export_keys.Sketch() for name in ("", *wish.identity_columns)}
    row_set, count = export_keys.RowSet(), 0
    with export_files.writing(draft, suffix, [*wish.columns, MARK_COLUMN], mark) as put:
        for row in export_reading.rows(reader, wish, export_keys.order_key(key, number)):
            cells = [export_cells.plain(value) for value in row]
            put([*cells, mark])
            texts = [export_cells.known(str(cell)) if cell is not None else "" for cell in cells]
            hashed = export_keys.hash_of_row(key, texts)
            row_set.add(hashed)
            sketches[""].add(hashed[:8])
            for position, name in identity:
                if texts[position]:
                    sketches[name].add(export_keys.hash_of(key, texts[position]))
            count += 1
            if count % _SAID_EVERY == 0:
                progress(f"{count:,} rows")
    with draft.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return _Made(
        count,
        draft.stat().st_size,
        sha256,
        row_set.result(),
        {name: sketch.result() for name, sketch in sketches.items()},
    )


def _finish(
    owner: psycopg.Connection[Any], wish: Wanted, decision: Decision, release: int, number: int, made: _Made
) -> None:
    with owner.transaction():
        for name, (is_whole, hashes) in made.sketches.items():
            owner.execute(
                "insert into audit.export_sketch values (%s, %s, %s, %s)", (number, name, is_whole, hashes)
            )
        owner.execute(
            "update audit.export set finished_at = clock_timestamp(), rows = %s, bytes = %s, sha256 = %s, row_set = %s"
            " where export_id = %s",
            (made.rows, made.bytes, made.sha256, made.row_set, number),
        )
        ledger.append(
            owner,
            "export.written",
            str(number),
            {
                "relation": wish.relation,
                "columns": list(wish.columns),
                "identity_columns": wish.identity_columns,
                "role_name": wish.role,
                "release_id": release,
                "rows": made.rows,
                "sha256": made.sha256,
                "row_set": made.row_set,
                "held": ledger_held.digests(owner, ["audit.export_sketch"], [number]),
                **decision.as_dict(),
            },
        )


def listed(conn: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """All exports, newest first; ``finished_at`` None: begun, and no file came of it. Which columns tell whom a row is
    about is said as it is known today.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            """select export_id, begun_at, exported_by, role_name, application, relation, columns, filter, release_id,
                rows, finished_at, sha256, why, why_id from audit.export order by export_id desc"""
        ).fetchall()
    for one in found:
        table = one["relation"].rpartition(".")[2]
        one["identity_columns"] = [name for name in one["columns"] if tells_whom(table, name)]
    return found
