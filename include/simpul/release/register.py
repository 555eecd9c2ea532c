"""The one candidate: open it, keep it alive, refuse it. Nothing here touches a mart."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul import ledger, ledger_held
from simpul.clock import WIB, repeated
from simpul.database import advisory_lock, connect
from simpul.errors import ReleaseError
from simpul.release import inputs as release_inputs
from simpul.transform import TROUBLE

log = logging.getLogger("simpul.release")

LOCK = "release"  # who changes the register or the pointer; held for moments only
QUIET_AFTER = timedelta(minutes=10)
"""A candidate whose run gave no sign of life for so long is taken for abandoned."""
BEAT_SECONDS = 60.0
"""Between two signs of life of a run at work."""


@dataclass(frozen=True)
class Opened:
    """What ``open_release`` found: ``is_new`` False = nothing to do, and ``reason`` says why.

    ``release_id`` is then the release that already answers for these inputs (None when nothing ever landed), and
    ``status`` its status: a refused one stays refused until its inputs change or somebody forces a build.
    """

    release_id: int | None
    is_new: bool
    inputs_hash: str
    is_resumed: bool = False
    status: str = "candidate"
    reason: str = ""
    files: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain values for a task runner."""
        return asdict(self)


# -------------------------------------------------------------------------------------------------------------- open
def open_release(
    owner_run: str,
    *,
    inputs: Sequence[str] | None = None,
    force: bool = False,
    take_over: bool = False,
    attended: bool = False,
    decision: ledger.Decision | None = None,
) -> Opened:
    """Freeze the inputs of the next release, or say that nothing is new.

    A candidate left behind by a crash is resumed when its inputs are still the same, else refused as abandoned.

    Args:
        owner_run: who builds; the same run may open again (a retry).
        inputs: file ids to build from instead of all landed files.
        force: build although these inputs were already decided on, or although the current release was made from chosen
            files and none has landed or been withdrawn since; and build all of it, not only what has changed.
        take_over: take the candidate of another run that gave a sign of life lately; never that of an attended run
            that does live.
        attended: this process holds `attend` while it builds, so its death is seen at once.
        decision: who wants it and why; with a reason, the release may hold much less than the published one.

    Raises:
        ReleaseError: another run is building; or a chosen file cannot be used.
    """
    code = release_inputs.code_hash()  # outside the lock: it reads some hundred small files
    with (
        connect(application_name="simpul open release") as conn,
        ledger.writing(conn),
        advisory_lock(conn, LOCK),
    ):
        files = release_inputs.choose(conn, inputs)
        wanted = release_inputs.inputs_hash(files, code=code)
        candidate = _candidate(conn)
        if candidate:
            _refuse_if_alive(conn, candidate, owner_run, take_over=take_over)
            if candidate["inputs_hash"] == wanted:
                _own(conn, candidate["release_id"], owner_run, attended)
                _build_whole(conn, candidate["release_id"], force)
                _give_reason(conn, candidate["release_id"], decision)
                log.info("release %s is resumed", candidate["release_id"])
                return Opened(candidate["release_id"], True, wanted, is_resumed=True, files=len(files))
            _refuse(
                conn,
                candidate["release_id"],
                "abandoned",
                "left unfinished, and its inputs have changed since",
                "belum selesai, dan bahannya sudah berubah",
            )
        if not files:
            return Opened(None, False, wanted, status="none", reason="no file has landed yet")
        landed = release_inputs.landed_hash(files if inputs is None else release_inputs.choose(conn))
        decided = None if force else _already_decided(conn, wanted)
        if decided is None and inputs is None and not force:
            decided = _chosen_over(conn, landed)
        if decided:
            return Opened(
                decided["release_id"],
                False,
                wanted,
                status=decided["status"],
                reason=_why_not(decided),
                files=len(files),
            )
        opened = _insert(
            conn, owner_run, wanted, files, attended=attended, chosen=inputs is not None, landed=landed
        )
        _build_whole(conn, opened.release_id, force)
        _give_reason(conn, opened.release_id, decision)
        return opened


def _build_whole(conn: psycopg.Connection[Any], release_id: int | None, force: bool) -> None:
    """Whoever builds although nothing is new wants all of it built."""
    if force:
        conn.execute("update audit.release set is_whole = true where release_id = %s", (release_id,))


def _insert(
    conn: psycopg.Connection[Any],
    owner_run: str,
    wanted: str,
    files: list[release_inputs.InputFile],
    *,
    attended: bool,
    chosen: bool,
    landed: str,
) -> Opened:
    row = conn.execute("select coalesce(max(release_id), 0) + 1 from audit.release").fetchone()
    assert row is not None
    release_id = int(row[0])
    label = f"{datetime.now(WIB):%Y-%m-%d} r{release_id}"
    conn.execute(
        """insert into audit.release
            (release_id, label, status, owner_run, touched_at, inputs_hash, is_attended, is_chosen)
        values (%s, %s, 'candidate', %s, clock_timestamp(), %s, %s, %s)""",
        (release_id, label, owner_run, wanted, attended, chosen),
    )
    conn.execute(
        "insert into audit.release_input (release_id, file_id) select %s, unnest(%s::text[])",
        (release_id, [file.file_id for file in files]),
    )
    ledger.append(
        conn,
        "release.opened",
        str(release_id),
        {"run": owner_run, "inputs_hash": wanted, "files": len(files), "chosen": chosen, "landed": landed},
    )
    log.info("release %s is open, %s files", release_id, len(files))
    return Opened(release_id, True, wanted, files=len(files))


def _give_reason(
    conn: psycopg.Connection[Any], release_id: int | None, decision: ledger.Decision | None
) -> None:
    """Keep why somebody wants this release; the publication gate asks for it where much is gone."""
    if decision and (decision.why or decision.why_id):
        conn.execute(
            "update audit.release set reason = %s, reason_id = %s where release_id = %s",
            (decision.why, decision.why_id, release_id),
        )
        ledger.append(conn, "release.reasoned", str(release_id), decision.as_dict())


def is_building() -> bool:
    """Whether a candidate is open: being built, or waiting to be resumed."""
    with connect(application_name="simpul release") as conn:
        return conn.execute("select 1 from audit.release where status = 'candidate'").fetchone() is not None


def _candidate(conn: psycopg.Connection[Any]) -> dict[str, Any] | None:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """select release_id, owner_run, inputs_hash, is_attended,
                extract(epoch from clock_timestamp() - touched_at)::bigint as quiet_seconds
            from audit.release where status = 'candidate' for update"""
        ).fetchone()


def _already_decided(conn: psycopg.Connection[Any], wanted: str) -> dict[str, Any] | None:
    """The published release, or a later one that was judged or rolled back, made from the same inputs.

    Releases older than the published one do not count: going back to earlier inputs is something new.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """select r.release_id, r.status, r.reason, r.reason_code, r.release_id = p.release_id as is_current
            from audit.release r cross join audit.release_pointer p
            where r.inputs_hash = %s and r.release_id >= coalesce(p.release_id, 0)
                and (r.status = 'published' or (r.status = 'refused' and r.reason_code in ('gate', 'person')))
            order by r.release_id desc limit 1""",
            (wanted,),
        ).fetchone()


def _chosen_over(conn: psycopg.Connection[Any], landed: str) -> dict[str, Any] | None:
    """The published release, when somebody chose its files knowing all that has landed until now."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """select r.release_id, r.status, r.reason, r.reason_code, true as is_current, true as is_chosen
            from audit.release r join audit.release_pointer p using (release_id)
            where r.is_chosen and %s = (
                select l.detail ->> 'landed' from audit.ledger l
                where l.kind = 'release.opened' and l.subject = r.release_id::text
                order by l.event_id desc limit 1
            )""",
            (landed,),
        ).fetchone()


def _why_not(decided: dict[str, Any]) -> str:
    number = decided["release_id"]
    if decided.get("is_chosen"):
        return f"release {number} was made from chosen files, and nothing has landed or been withdrawn since"
    if decided["is_current"]:
        return f"nothing new since release {number}"
    if decided["status"] == "refused":
        return f"the same inputs were refused as release {number}: {decided['reason']}"
    return f"the same inputs are release {number}, which was rolled back"


# ------------------------------------------------------------------------------------------------------ signs of life
@contextlib.contextmanager
def attend(owner_run: str) -> Iterator[None]:
    """Hold a lock in the name of ``owner_run`` while the block runs; the database lets go of it when we die.

    Raises:
        ReleaseError: the same run is already at work in another process.
    """
    with (
        connect(autocommit=True, application_name="simpul build") as guard,
        advisory_lock(guard, _owner_lock(owner_run), wait=False) as got,
    ):
        if not got:
            raise ReleaseError(f"run {owner_run} is already building", code="busy", hint="wait for it to end")
        yield


def _owner_lock(owner_run: str) -> str:
    return f"release owner {owner_run}"


def _refuse_if_alive(
    conn: psycopg.Connection[Any], candidate: dict[str, Any], owner_run: str, *, take_over: bool
) -> None:
    if candidate["owner_run"] == owner_run:
        return
    if candidate["is_attended"]:
        with advisory_lock(conn, _owner_lock(candidate["owner_run"]), wait=False) as is_dead:
            alive = not is_dead  # proven, so nobody may take it over
    else:
        alive = not take_over and candidate["quiet_seconds"] < QUIET_AFTER.total_seconds()
    if alive:
        number, run, seconds = (candidate[key] for key in ("release_id", "owner_run", "quiet_seconds"))
        raise ReleaseError(
            f"release {number} is being built by run {run} (last sign of life {seconds} s ago)",
            code="busy",
            hint="wait for it to end, or take the candidate over if you know that run is dead: simpul run --take-over",
        )


def _own(conn: psycopg.Connection[Any], release_id: int, owner_run: str, attended: bool) -> None:
    conn.execute(
        """update audit.release set owner_run = %s, is_attended = %s, touched_at = clock_timestamp()
        where release_id = %s""",
        (owner_run, attended, release_id),
    )


def require_candidate(conn: psycopg.Connection[Any], release_id: int, owner_run: str | None = None) -> None:
    """Give a sign of life and make sure that the release is still ours to change.

    Raises:
        ReleaseError: it is not a candidate (any more), or another run has taken it over.
    """
    row = conn.execute(
        """update audit.release set touched_at = clock_timestamp() where release_id = %s and status = 'candidate'
        returning owner_run""",
        (release_id,),
    ).fetchone()
    if row is None:
        found = conn.execute(
            "select status, reason from audit.release where release_id = %s", (release_id,)
        ).fetchone()
        said = ": ".join(part for part in found or ("it does not exist",) if part)
        raise ReleaseError(
            f"release {release_id} is no candidate: {said}",
            code="not_candidate",
            hint="start a new build",
        )
    if owner_run is not None and row[0] != owner_run:
        raise ReleaseError(
            f"release {release_id} was taken over by run {row[0]}",
            code="taken_over",
            hint="nothing to do here",
        )


@contextlib.contextmanager
def at_work(owner_run: str, *, every: float = BEAT_SECONDS) -> Iterator[None]:
    """Give signs of life for the candidate of ``owner_run`` while the block runs, which may outlast `QUIET_AFTER`.

    A thread gives them; one that fails is a warning only, because the database may be restarting.

    Args:
        owner_run: who builds.
        every: seconds between two signs.

    Raises:
        ReleaseError: before the block or after it, the candidate is not this run's (any more).
    """
    _require_owned(owner_run)

    def beat() -> None:
        try:
            _touch(owner_run)
        except Exception as error:
            log.warning("no sign of life was given: %s", type(error).__name__)

    with repeated(beat, every, "signs of life"):
        yield
    _require_owned(owner_run)


def _touch(owner_run: str) -> bool:
    """Whether ``owner_run`` still has the candidate; then it lives."""
    with connect(autocommit=True, application_name="simpul sign of life") as conn:
        return bool(
            conn.execute(
                "update audit.release set touched_at = clock_timestamp()"
                " where status = 'candidate' and owner_run = %s",
                (owner_run,),
            ).rowcount
        )


def _require_owned(owner_run: str) -> None:
    if _touch(owner_run):
        return
    with connect(autocommit=True, application_name="simpul sign of life") as conn:
        robber = conn.execute(
            "select release_id, owner_run from audit.release where status = 'candidate'"
        ).fetchone()
        own = conn.execute(
            "select release_id, status, reason from audit.release where owner_run = %s"
            " order by release_id desc limit 1",
            (owner_run,),
        ).fetchone()
    if own:
        said = f"its release {own[0]} is {own[1]}" + (f": {own[2]}" if own[2] else "")
    elif robber:
        said = f"release {robber[0]} was taken over by run {robber[1]}"
    else:
        said = "it has none"
    raise ReleaseError(
        f"run {owner_run} has no candidate to work on: {said}",
        code="not_candidate" if own or not robber else "taken_over",
        hint="start a new build, unless another one is at work",
    )


def let_go(release_id: int) -> None:
    """Say that its run failed and is gone, so that the next one need not wait to resume the candidate."""
    with connect(application_name="simpul let go") as conn:
        conn.execute(
            """update audit.release set touched_at = 'epoch', is_attended = false
            where release_id = %s and status = 'candidate'""",
            (release_id,),
        )


def note_trouble(owner_run: str, reasons: tuple[str, str] | None) -> None:
    """Say in the register why the run's candidate could not be built (English, Indonesian); None: that is over.

    It stays a candidate, which the next build resumes. No candidate of this run, no word. Why
    somebody wanted the release (`_give_reason`) is never overwritten: the gate needs it, and the log tells the trouble.
    """
    en, id_ = reasons or (None, None)
    with connect(application_name="simpul build") as conn:
        conn.execute(
            "update audit.release set reason = %s, reason_id = %s where status = 'candidate'"
            " and owner_run = %s and (reason, reason_id) is distinct from (%s, %s)"
            " and (reason is null and reason_id is null or starts_with(reason, %s))",
            (en, id_, owner_run, en, id_, TROUBLE),
        )


def trouble() -> tuple[int, str, str] | None:
    """The candidate that could not be built, and why, in English and Indonesian."""
    with connect(application_name="simpul status") as conn:
        return conn.execute(
            "select release_id, reason, reason_id from audit.release where status = 'candidate'"
            " and starts_with(reason, %s)",
            (TROUBLE,),
        ).fetchone()


# ------------------------------------------------------------------------------------------------------------ decide
def record_gate(release_id: int, *, passed: bool, owner_run: str | None = None) -> None:
    """Note what the publication gate said; only a release that passed can be published.

    Raises:
        ReleaseError: it is no candidate (any more), or another run than ``owner_run`` has taken it over.
    """
    with connect(application_name="simpul gate release") as conn:
        require_candidate(conn, release_id, owner_run)
        conn.execute("update audit.release set gate_passed = %s where release_id = %s", (passed, release_id))


def refuse(release_id: int, reason: str, reason_id: str | None = None, *, code: str = "gate") -> None:
    """Close a candidate that must not be published. Its tables stay for a look until the next one is decided.

    Args:
        release_id: the candidate; refusing it twice is no error.
        reason: for people, in English; no personal value.
        reason_id: the same in Indonesian.
        code: gate, person or abandoned.
    """
    with connect(application_name="simpul refuse release") as conn, advisory_lock(conn, LOCK):
        _refuse(conn, release_id, code, reason, reason_id)


def abandon_with(conn: psycopg.Connection[Any], file_id: str) -> int | None:
    """Close the candidate that is being built from a file about to be withdrawn; its run fails at its next step.

    Args:
        conn: in the transaction that withdraws the file, which holds `LOCK`.
        file_id: the file.

    Returns:
        The candidate's number, if there was one.
    """
    row = conn.execute(
        "select release_id from audit.release join audit.release_input using (release_id)"
        " where status = 'candidate' and file_id = %s",
        (file_id,),
    ).fetchone()
    if row is None:
        return None
    reasons = f"its input {file_id} was withdrawn", f"bahannya {file_id} ditarik kembali"
    _refuse(conn, row[0], "abandoned", *reasons)
    return int(row[0])


def close_idle(conn: psycopg.Connection[Any], doing: str) -> int | None:
    """Make sure that nothing is being built: a candidate that nobody works on is closed, as its inputs will change.

    Args:
        conn: in a transaction of a session that holds `LOCK`, and keeps it while nothing may be opened.
        doing: what its inputs change for, in English.

    Returns:
        The candidate's number, if there was one.

    Raises:
        ReleaseError: somebody builds.
    """
    candidate = _candidate(conn)
    if candidate is None:
        return None
    _refuse_if_alive(conn, candidate, "", take_over=False)
    _refuse(
        conn, candidate["release_id"], "abandoned", f"left unfinished; its inputs change: {doing}",
        "belum selesai; bahannya berubah",
    )  # fmt: skip
    return int(candidate["release_id"])


def _refuse(
    conn: psycopg.Connection[Any], release_id: int, code: str, reason: str, reason_id: str | None
) -> None:
    row = conn.execute(
        "select status from audit.release where release_id = %s for update", (release_id,)
    ).fetchone()
    if row and row[0] == "refused":
        return
    if row is None or row[0] != "candidate":
        raise ReleaseError(
            f"release {release_id} is {row[0] if row else 'unknown'}, not a candidate",
            hint="roll back a published one instead",
        )
    conn.execute(
        "update audit.release set status = 'refused', reason_code = %s, reason = %s, reason_id = %s"
        " where release_id = %s",
        (code, reason, reason_id, release_id),
    )
    held = ledger_held.digests(conn, ledger_held.RELEASE, [release_id])
    detail = {"code": code, "reason": reason, "reason_id": reason_id, "held": held}
    ledger.append(conn, "release.refused", str(release_id), detail)
    # an abandoned one is nobody's trouble: what is built next says it all
    log.log(
        logging.INFO if code == "abandoned" else logging.WARNING,
        "release %s is refused: %s",
        release_id,
        reason,
    )
