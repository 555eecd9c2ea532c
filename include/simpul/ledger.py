"""Append-only chain of what happened: each event's hash covers its content and the hash before it.

Changing, removing or inserting an event later breaks every hash after it, and `verify` names the first broken one. The
database computes both sides, so no difference of number or date formats between programs can look like tampering.
Events never hold a value of a personal column.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pwd
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from simpul.database import advisory_lock
from simpul.errors import LONG_NUMBER, DatabaseTransient, SimpulError
from simpul.settings import get_settings

log = logging.getLogger("simpul.ledger")

_NOBODY = 2**32 - 1  # the kernel's word for a process that no login began

_STATED = " (menurut sendiri · as stated; "
"""Between a name that nobody has proven and the process that stated it."""

_state: dict[str, Any] = {"news": False, "heard": None}


def whoami() -> str:
    """The person of this process, as the kernel knows them: who logged in, also behind `sudo` and `su`; where nobody
    did (a service, a container), whose process it is, behind the name that ``SIMPUL_PERSON`` states and marked as such.
    The environment (`$USER`, `$LOGNAME`, `$SUDO_USER`) is not believed: whoever may set it could be two people.
    """
    uid = _logged_in()
    if uid is not None:
        return _name(uid)
    process, person = _name(os.getuid()), get_settings().person
    return f"{person}{_STATED}{process})" if person else process


def are_two(one: str, other: str) -> bool:
    """Whether two of `whoami` are two people: a stated name beside the bare process that stated it may be one."""
    (name, _, process), (name_too, _, process_too) = (
        by.strip().lower().removesuffix(")").partition(_STATED) for by in (one, other)
    )
    return name not in (name_too, process_too) and name_too != process


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a container may run under a number that has no name
        return f"uid {uid}"


def _logged_in(path: Path = Path("/proc/self/loginuid")) -> int | None:
    """The number that the kernel wrote down at the login; None where there was none, or the kernel keeps none."""
    try:
        uid = int(path.read_text())
    except (OSError, ValueError):
        return None
    return None if uid == _NOBODY else uid


@dataclass(frozen=True)
class Decision:
    """What a person decided: who, and why, in the languages in which it was said. Holds no value of a person.

    Raises:
        SimpulError: a reason holds what may be a NIK; what the ledger holds can never be taken out again.
    """

    by: str = field(default_factory=whoami)
    why: str | None = None
    why_id: str | None = None

    def __post_init__(self) -> None:
        if any(LONG_NUMBER.search(reason) for reason in (self.why, self.why_id) if reason):
            raise SimpulError(
                "the reason holds a long number, which may be a NIK: register and ledger keep it for good",
                code="personal",
                hint="name the file, sheet and row instead · sebut berkas, lembar, dan barisnya, jangan nomornya",
            )

    def as_dict(self) -> dict[str, str | None]:
        """For an event's detail."""
        return asdict(self)


# jsonb's text form is one-to-one: key order, blanks and escapes are PostgreSQL's, so no separator can be forged
AT = """to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')"""
"""SQL for an event's time as it is hashed."""
_TEXT = f"jsonb_build_array(previous, event_id, {AT}, kind, subject, detail)::text"
_HASH = f"encode(sha256(convert_to({_TEXT}, 'UTF8')), 'hex')"

_APPEND = f"""
with last as (select event_id, hash from audit.ledger order by event_id desc limit 1),
event as (
    select coalesce((select event_id from last), 0) + 1 as event_id, clock_timestamp() as at,
        %(kind)s::text as kind, %(subject)s::text as subject, %(detail)s::jsonb as detail,
        (select hash from last) as previous)
insert into audit.ledger (event_id, at, kind, subject, detail, previous_hash, hash)
select event_id, at, kind, subject, detail, previous, {_HASH} from event
returning event_id"""  # noqa: S608 - composed of the constants above

_VERIFY = f"""
with event as (select *, previous_hash as previous from audit.ledger),
checked as (
    select event_id, hash, previous_hash, {_HASH} as expected_hash,
        lag(hash) over chain as expected_previous, row_number() over chain as expected_id
    from event window chain as (order by event_id))
select event_id from checked
where hash is distinct from expected_hash or previous_hash is distinct from expected_previous or event_id <> expected_id
order by event_id limit 1"""  # noqa: S608


REBUILDING = "rebuild"
"""The lock of who makes the warehouse anew; shared by those who write to it."""


@contextlib.contextmanager
def writing(conn: psycopg.Connection[Any]) -> Iterator[None]:
    """Around what writes to the warehouse and tells the ledger of it: no rebuild begins meanwhile, and beside one, or
    between two tries of one, nothing is written. `append` asks as well: steps that are one transaction need not.

    Args:
        conn: as for `append`; see `advisory_lock` for how long it holds.

    Raises:
        DatabaseTransient: the warehouse is being made anew: trying again later helps.
    """
    if _state["heard"] is not None:  # by whoever rebuilds
        yield
        return
    with advisory_lock(conn, REBUILDING, shared=True, wait=False) as got:
        if not got:
            raise DatabaseTransient(
                "the warehouse is being made anew from its archive (`simpul rebuild`): nothing was written",
                code="rebuilding",
                hint="wait until it has ended, then do it again"
                " · gudang data sedang dibangun ulang: tunggu sampai selesai, lalu ulangi",
            )
        begun = conn.execute("select exists (select from audit.rebuild where finished_at is null)").fetchone()
        if begun == (True,):
            raise DatabaseTransient(
                "the warehouse was being made anew from its archive, and not all of it is there: nothing was written",
                code="rebuilding",
                hint="run `simpul rebuild` again, it goes on where it stopped; then do this again"
                " · jalankan lagi `simpul rebuild`, lalu ulangi",
            )
        yield


def append(
    conn: psycopg.Connection[Any], kind: str, subject: str, detail: dict[str, Any] | None = None
) -> int:
    """Write one event in the caller's transaction: it is kept if, and only if, the work it tells of is.

    Other writers wait until this transaction ends, so append late in long transactions.

    Args:
        conn: a connection to the warehouse as its owner.
        kind: what happened, dotted: ``file.landed``, ``release.published``.
        subject: what it happened to: a file id, a release id.
        detail: further facts, JSON-able; counts, hashes and addresses, never a person's data.

    Returns:
        The event's id; ids have no gaps. 0 where history is `retold`: it stands in the ledger as it was written then.

    Raises:
        DatabaseTransient: see `writing`.
    """
    if (heard := _state["heard"]) is not None:
        heard.append((kind, subject, detail or {}))
        return 0
    # autocommit needs a transaction of its own for lock and insert; elsewhere one would commit the caller's work
    own = conn.transaction() if conn.autocommit else contextlib.nullcontext()
    with own, writing(conn), advisory_lock(conn, "ledger"):
        row = conn.execute(
            _APPEND, {"kind": kind, "subject": subject, "detail": Jsonb(detail or {})}
        ).fetchone()
    assert row is not None
    _state["news"] = True
    return int(row[0])


def has_news() -> bool:
    """Whether this process has appended anything that `ledger_journal` has not kept yet."""
    return _state["news"] and _state["heard"] is None


def news_is_kept() -> None:
    """See `has_news`."""
    _state["news"] = False


@contextlib.contextmanager
def retold() -> Iterator[list[tuple[str, str, dict[str, Any]]]]:
    """While the block runs work is done once more that the ledger has told of: this process appends nothing.

    Yields:
        What it would have appended so far: kind, subject, detail.
    """
    _state["heard"] = heard = []
    try:
        yield heard
    finally:
        _state["heard"] = None


def is_retold() -> bool:
    """Whether history is being `retold`: what the ledger tells of tables is then of other moments."""
    return _state["heard"] is not None


def restore(conn: psycopg.Connection[Any], text: str) -> None:
    """Put an event back as `export` wrote it: number, moment and hashes are those of then.

    Args:
        conn: to a ledger that ends with the event before it; `verify` tells whether it fits.
        text: a line of `export`.
    """
    conn.execute(
        """insert into audit.ledger (event_id, at, kind, subject, detail, previous_hash, hash)
        select (e ->> 'event_id')::bigint, (e ->> 'at')::timestamp at time zone 'UTC', e ->> 'kind', e ->> 'subject',
            e -> 'detail', e ->> 'previous_hash', e ->> 'hash'
        from (select %s::jsonb as e) as event""",
        (text,),
    )


def verify(conn: psycopg.Connection[Any]) -> int | None:
    """Id of the first event that does not fit the chain; None = the chain is whole."""
    row = conn.execute(_VERIFY).fetchone()
    return int(row[0]) if row else None


# before update, delete or truncate of a statement (pg_trigger.tgtype), without a condition, in every session; and the
# function must still refuse: `create or replace` leaves the trigger as it was
_CLOSED = """
select exists (
    select from pg_trigger join pg_proc as function on function.oid = tgfoid
    join pg_language as language on language.oid = prolang
    where tgrelid = 'audit.ledger'::regclass and tgname = 'append_only' and tgenabled = 'A' and tgtype = 58
        and tgqual is null and tgattr = '' and lanname = 'plpgsql' and prosrc = %s)"""
_REFUSAL = " begin raise exception 'audit.ledger is append-only'; end "  # as migration 0001 wrote it


def is_closed(conn: psycopg.Connection[Any]) -> bool:
    """Whether the database refuses to change or remove events, whoever asks (`append_only`, ADR 0043)."""
    row = conn.execute(_CLOSED, (_REFUSAL,)).fetchone()
    return bool(row and row[0])


# every field is JSON as PostgreSQL writes it, so that a reader can put the hashed text together from them
_EXPORT = f"""
select concat('{{"event_id": ', event_id, ', "at": ', to_json({AT}), ', "kind": ', to_json(kind),
    ', "subject": ', to_json(subject), ', "detail": ', detail,
    ', "previous_hash": ', coalesce(to_json(previous)::text, 'null'),
    ', "hash": ', to_json(hash), ', "hashed": ', to_json({_TEXT}), '}}')
from (select *, previous_hash as previous from audit.ledger) as event where event_id > %s order by event_id"""  # noqa: S608


def export(conn: psycopg.Connection[Any], *, after: int = 0) -> Iterator[str]:
    """Every event after number ``after`` as a line of JSON: its fields, its hash, and in ``hashed`` the text whose
    SHA-256 that is.

    `simpul.ledger_verifier` reads it, without a database.
    """
    with conn.cursor(name="ledger_export", withhold=conn.autocommit) as cursor:
        cursor.itersize = 10_000
        for (line,) in cursor.execute(_EXPORT, (after,)):
            yield line + "\n"
