"""The order, said once: land → gate → open → prepare → link → marts → attach → gate → flip.

Airflow's tasks and the command line call the same steps. Each takes and returns plain JSON values (paths, ids, counts,
never a value of a row) and is safe to run again after a crash at any point.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simpul import (
    gate,
    identity,
    landing,
    ledger,
    ledger_anchors,
    ledger_journal,
    release,
    roles,
    seeds,
    transform,
    webapi,
)
from simpul.contract import load_contracts
from simpul.database import advisory_lock, connect, no_values
from simpul.errors import ContractBreach, DatabaseTransient, HeldFile, SimpulError
from simpul.landing.inbox import deliveries, find, mark_of
from simpul.landing.result import Unsettled
from simpul.ledger import Decision
from simpul.readers.reasons import holds_long_number, printable
from simpul.regions import Regions
from simpul.render import chart_problems, ensure_raw_tables
from simpul.settings import get_settings
from simpul.stack import services
from simpul.trust import lineage, reads, retention, unspoken

log = logging.getLogger("simpul.pipeline")

File = dict[str, Any]
Progress = Callable[[str], None]

QUIET_SECONDS = 60.0
"""How long opening a release waits at most for files that are landing now, so that one release serves them all."""


INBOXES: dict[str, tuple[str, ...]] = {
    "bps": ("bps",),
    "dinsos": ("dinsos",),
    "bpjs": ("bpjs",),
    "reference": ("reference", "review", ""),
}
"""Whose folders each ingest run looks into. Together they are the whole inbox: ``""`` is what lies in no agency's
folder, so that a stray file is held with the reason instead of lying there unseen."""

AT_ONCE = 500
"""The most files that one run takes, the oldest first: Airflow refuses to map a task over more than 1,024."""

ARRIVING_SECONDS = 600.0
"""A file that has lain in the inbox for longer than this is no arrival that a build should wait for."""


# -------------------------------------------------------------------------------------------------------------- stack
def start(say: Progress = lambda line: None) -> services.Status:
    """`services.up`, with everything at hand that the first run needs."""
    return services.up(say, between=lambda: make_ready(say))


def make_ready(say: Progress = lambda line: None) -> None:
    """Read the dbt project and load the reference data where either has changed: now, not in the first run.

    Airflow gives up on a DAG file that takes long to read, and a dbt project takes long on a busy machine. A
    project with a mistake is said and stops nothing: files land without it.
    """
    say("the dbt project and the reference data")
    try:
        transform.ensure_manifest()
        with connect(autocommit=True, application_name="simpul up") as conn:
            roles.log_reads(conn)  # a warehouse of before, whose server may do so since it was started anew
            ensure_raw_tables(conn)  # the lists of regions read theirs, empty as it may be
        if not release.is_building():  # a release is made from one form of the reference data
            seeds.ensure_reference()
    except (SimpulError, OSError) as error:  # OSError: there is no dbt project where it is looked for
        log.error("releases cannot be built: %s", error)
        say(f"releases cannot be built: {error}")


# ------------------------------------------------------------------------------------------------------------ landing
def step_fetch() -> list[str] | None:
    """What is new at the BPS WebAPI, as files that wait to be landed; None when no round is due or no key configured.

    Raises:
        WebApiUnavailable: some tables could not be had now; the others were fetched.
        WebApiError: some were refused.
    """
    if not webapi.is_due():
        return None
    fetched = webapi.fetch(progress=log.info)
    return [one.path.name for one in fetched if one.path and one.status in ("new", "changed")]


def remember_declarations() -> None:
    """Read contracts and regions into this process and whatever forks from it, which then need not: 0.1 s in each task.

    Both are read again where one of their files has changed since.

    Raises:
        SimpulError: one of them cannot be read.
    """
    load_contracts()
    Regions.load()


def step_discover(inbox: str) -> list[str]:
    """Paths that wait to be landed in one of `INBOXES`, oldest first."""
    return landing.discover(*INBOXES[inbox])


def watch(inbox: str) -> landing.Watch:
    """`step_discover` for whoever looks every other second."""
    return landing.Watch(*INBOXES[inbox])


def step_select(
    inbox: str,
    path: str | None = None,
    file_id: str | None = None,
    dataset: str | None = None,
    period: str | None = None,
) -> list[File]:
    """The files of one ingest run: what is new in the inbox, `AT_ONCE` at most, or what an engineer asks for.

    Args:
        inbox: one of `INBOXES`.
        path: this file or folder instead, new or not.
        file_id: this archived file again.
        dataset: the landed files of this dataset again.
        period: with ``dataset``: of this period only.

    Returns:
        ``{"name", "path"}`` each, with a ``mark`` instead of the path where that holds a long number; or ``{"name",
        "file_id"}`` for one that is replayed from the archive.

    Raises:
        ContractBreach: what is asked for does not exist, or is more than one run can take.
    """
    if path or file_id or dataset:
        if path:
            asked = [
                {"name": printable(f.name), "path": str(f), "again": True} for f in deliveries(Path(path))
            ]  # as they were asked for, in the parameters of the run
        else:
            asked = _replayed(inbox, file_id, dataset, period)
        if len(asked) > AT_ONCE:
            raise ContractBreach(
                f"{len(asked):,} files are asked for, one run takes {AT_ONCE}",
                hint="ask folder by folder or period by period, or use `simpul land`",
            )
        return asked
    waiting = step_discover(inbox)
    if len(waiting) > AT_ONCE:
        log.warning(
            "%s: %s files wait; this run takes the %s oldest, the next one goes on",
            inbox,
            len(waiting),
            AT_ONCE,
        )
    return [_file(found) for found in waiting[:AT_ONCE]]


def _file(path: str) -> File:
    """A file for a task to land. Airflow keeps and shows what tasks pass on; a number in a name may be a person's."""
    told = {"mark": mark_of(path)} if holds_long_number(path) else {"path": path}
    return {"name": printable(Path(path).name), **told}


def _path(file: File) -> Path:
    return Path(file["path"]) if "path" in file else find(file["mark"])


def _replayed(inbox: str, file_id: str | None, dataset: str | None, period: str | None) -> list[File]:
    """Archived files, to be landed once more as they came then."""
    with connect(autocommit=True, application_name="simpul replay") as conn:
        rows = conn.execute(
            """select file_id, file_name from audit.file
            where case when %(file_id)s::text is not null then file_id = %(file_id)s
                else status = 'landed' and dataset = %(dataset)s
                    and (%(period)s::text is null or period = %(period)s) end
            order by received_at, file_id""",
            {"file_id": file_id, "dataset": dataset, "period": period},
        ).fetchall()
    if not rows:
        asked = f"file_id {file_id}" if file_id else f"dataset {dataset}, period {period or 'any'}"
        raise ContractBreach(f"{inbox}: nothing to replay for {asked}", hint="see `simpul files`")
    return [{"name": printable(name), "file_id": number} for number, name in rows]


def step_land(file: File, run_id: str | None = None) -> dict[str, Any]:
    """Archive, register and load one file of `step_select`.

    Returns:
        The result, with ``asked``: which file of `step_select` it is. ``unsettled`` = still being written, nothing is
        kept of it, and the next look takes it.

    Raises:
        HeldFile: the file is held; the message says why and what to do.
    """
    asked = _asked(file)
    try:
        if "file_id" in file:
            result = landing.reland(file["file_id"], run_id=run_id)
        else:
            result = landing.land(_path(file), run_id=run_id, again=bool(file.get("again")))
    except Unsettled as error:
        log.warning("%s", error)
        return {"asked": asked, "file_id": None, "status": error.code, "reason": str(error)}
    ledger_journal.keep_quietly()
    if result.status == "held":
        raise HeldFile(f"'{result.file_name}' is held: {result.reason}")
    return {"asked": asked, **result.as_dict()}


def _asked(file: File) -> str:
    """What tells a file of `step_select` from the others of its run: no name, which may be a person's."""
    return file.get("mark") or mark_of(file.get("path") or file["file_id"])


def step_gate_files(files: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Door 1 for the loaded ones among ``files`` (results of `step_land`); how each stands now."""
    loaded = [file["file_id"] for file in files if file["status"] == "loaded"]
    judged = [result.as_dict() for result in gate.gate_files(loaded)] if loaded else []
    ledger_journal.keep_quietly()
    lineage.tell_files(loaded)
    return judged


def step_report(
    found: Sequence[File],
    landed: Sequence[File],
    run_id: str,
    failed: Sequence[str] = (),
    *,
    is_all: bool = True,
) -> dict[str, int]:
    """How the files of a run ended, counted by status. A file that is still being written waits for the next run.

    Args:
        found: what `step_select` gave.
        landed: what `step_land` gave of it; nothing of a file whose landing failed.
        run_id: of the run.
        failed: other steps of the run that failed.
        is_all: nothing else of the run fails. A run that only held files is noted (``run.held``): each of them is told.

    Raises:
        SimpulError: a file of the run did not land, or a step failed; names each with the reason.
    """
    stands = _outcomes(found, landed, run_id)
    counts = dict(Counter(status for status, _ in stands.values()))
    if counts.get("held") and not any(file["status"] == "loaded" for file in landed if file):
        gate.update_index()  # the gate, which writes the pages, was asked nothing
    log.info(
        "%s files found, %s", len(found), ", ".join(f"{n} {status}" for status, n in sorted(counts.items()))
    )
    troubled = [
        f"'{printable(file['name'])}' is {_TROUBLE[status]}" + (f": {reason}" if reason else "")
        for file in found
        for status, reason in [stands[_asked(file)]]
        if status in _TROUBLE
    ]
    said = [f"{len(troubled)} of {len(found)} files did not land:", *troubled] if troubled else []
    said += [f"{step} failed: its log says why" for step in failed]
    if said:
        if is_all and not failed and not counts.keys() & _UNTOLD:
            with connect(application_name="simpul report") as conn:
                ledger.append(conn, "run.held", run_id[:200], {"files": counts["held"]})
        raise SimpulError("\n  ".join(said), code="not_landed")
    return counts


_TROUBLE = {
    "held": "held",
    "refused": "refused",
    "received": "unfinished",
    "loaded": "unfinished",
    "none": "not received: the log of its landing says why",
}
_UNTOLD = _TROUBLE.keys() - {"held"}


def _outcomes(
    found: Sequence[File], landed: Sequence[File], run_id: str
) -> dict[str, tuple[str, str | None]]:
    """Status and reason of every file of a run; ``none`` when the register knows nothing of it."""
    results = {file["asked"]: file for file in landed if file}
    ids = [file["file_id"] for file in results.values() if file["file_id"]]
    with connect(autocommit=True, application_name="simpul report") as conn:
        rows = conn.execute(
            "select file_id, source_path, status, reason from audit.file where run_id = %s or file_id = any(%s)"
            " order by received_at",
            (run_id, ids),
        ).fetchall()
    by_id = {row[0]: row[2:] for row in rows}
    # a landing that failed gave no result, but the run's name stands in the register if it came that far
    of_run = {mark_of(row[1]): row[2:] for row in rows if row[1]} | {
        row[0].split("-")[0]: row[2:] for row in rows
    }

    def outcome(file: File) -> tuple[str, str | None]:
        result = results.get(_asked(file))
        if result and not result["file_id"]:
            return result["status"], result["reason"]
        if result:
            return by_id[result["file_id"]]
        if "file_id" in file:
            return of_run.get(file["file_id"].split("-")[0], ("none", None))
        return of_run.get(file.get("mark") or mark_of(file["path"]), ("none", None))

    return {_asked(file): outcome(file) for file in found}


def land_inbox(*, run_id: str | None = None, progress: Progress = lambda line: None) -> list[dict[str, Any]]:
    """Land everything that waits in the inbox; one result per file. A held file does not stop the others."""
    results, loaded = [], []
    waiting = deque(landing.discover())
    while waiting:
        path = waiting.popleft()
        progress(f"landing {printable(Path(path).name)}")
        try:
            result = landing.land(path, run_id=run_id).as_dict()
            if result["status"] == "unpacked":
                members = [
                    path
                    for member in landing.members(result["file_id"])
                    if (path := str(member)) not in waiting
                ]
                waiting.extendleft(reversed(members))
        except DatabaseTransient:
            raise
        except SimpulError as error:  # one file's trouble; the others are nobody's business to stop
            result = {
                "file_id": None,
                "file_name": printable(Path(path).name),
                "status": error.code,
                "reason": str(error),
            }
        (loaded if result["status"] == "loaded" else results).append(result)
    if loaded:
        progress(f"landing gate, {len(loaded)} files")
        results += step_gate_files(loaded)
    elif any(result["status"] == "held" for result in results):
        gate.update_index()  # the gate, which writes the pages, was asked nothing
    ledger_journal.keep_quietly()
    return results


def withdraw(file_id: str, decision: Decision) -> dict[str, Any]:
    """Take a landed or a held file back. Readers see it until the next release is built, the caller's to start.

    Args:
        file_id: the file; again = no change.
        decision: who says so and why, for the register and the ledger.

    Returns:
        `landing.Withdrawal` as a dictionary; ``abandoned``: the release that was being built from the file, if any;
        ``shown``: whether the release that readers see was built from it.

    Raises:
        SimpulError: the file is unknown, or is neither landed nor held.
    """
    with (
        no_values(f"withdrawing file {file_id}"),
        connect(application_name="simpul withdraw") as conn,
        # before any row of audit.file: whoever opens a release takes its locks in this order
        advisory_lock(conn, release.LOCK),
    ):
        abandoned = release.abandon_with(conn, file_id)
        done = landing.withdraw(conn, file_id, decision)
        shown = release.is_shown(conn, file_id)
    gate.update_file_page(file_id)
    gate.update_index([file_id])
    ledger_journal.keep_quietly()
    return {**done.as_dict(), "abandoned": abandoned, "shown": shown}


# ------------------------------------------------------------------------------------------------------------ release
def wait_for_landing(seconds: float = QUIET_SECONDS) -> None:
    """Wait while files are being landed, so that deliveries that arrive together are published together.

    What has lain in the inbox for `ARRIVING_SECONDS` is not waited for: nobody can land it now (its DAG is paused, it
    cannot be read), and every build would pay for it.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with connect(autocommit=True, application_name="simpul build") as conn:
            row = conn.execute(
                "select count(*) from audit.file where status in ('received', 'loaded')"
                " and received_at > now() - make_interval(secs => %s)",
                (ARRIVING_SECONDS,),
            ).fetchone()
        if row and not row[0] and not any(map(_is_arriving, landing.discover())):
            return
        time.sleep(0.5)
    log.warning("files are still landing after %.0f s; they will be in the next release", seconds)


def _is_arriving(path: str) -> bool:
    """Whether a file came into the inbox a moment ago. Not by its mtime: a copy may keep that of the original."""
    try:
        return time.time() - Path(path).stat().st_ctime < ARRIVING_SECONDS
    except FileNotFoundError:
        return False


def step_open(
    owner_run: str, inputs: Sequence[str] | None = None, force: bool = False, **options: Any
) -> dict[str, Any]:
    """Freeze the inputs of the next release; ``is_new`` False = there is nothing to do, and ``reason`` says why.

    Reference seeds and delivered lists of regions are built here when they have changed.

    Raises:
        SimpulError: a chart asks for what would not be published; nothing is built.
    """
    opened = release.open_release(owner_run, inputs=inputs, force=force, **options)
    if opened.is_new:
        assert opened.release_id is not None
        _hold_against_charts(opened.release_id)
        seeds.ensure_reference()
    return opened.as_json()


def _hold_against_charts(release_id: int) -> None:
    """A release whose dashboards would break is not begun; that is no decision about its files (`release.refuse`)."""
    lost = chart_problems()
    if not lost:
        return
    more, more_id = (f"; and {len(lost) - 1} more", f"; dan {len(lost) - 1} lagi") if lost[1:] else ("", "")
    reason = f"a dashboard asks for what would not be published: {lost[0]}{more}"
    reason_id = f"sebuah dasbor meminta yang tidak akan terbit: {lost[0]}{more_id}"
    release.refuse(release_id, reason, reason_id, code="abandoned")
    raise SimpulError(
        f"release {release_id} is not begun, {reason}",
        code="charts",
        hint="`simpul bi check` names all of them: mend the chart in bi/superset or the mart, then build again",
    )


def settle(part: Sequence[str]) -> release.Needs:
    """What dbt has to build of a part of the project (`transform.PREPARE`, `transform.MARTS`) for the candidate.

    Raises:
        SimpulError: rows that it would be made from are not those that landed; the candidate is closed.
    """
    manifest = _manifest()
    needs = release.settle(manifest, part)
    if part == transform.PREPARE and not ledger.is_retold():
        _hold_against_ledger(manifest, needs)
    return needs


def _hold_against_ledger(manifest: dict[str, Any], needs: release.Needs) -> None:
    """Nothing is made of rows that somebody altered; that is no decision about their files (`release.refuse`)."""
    altered = release.altered_files(manifest, needs.models, needs.release_id)
    if not altered:
        return
    names = ", ".join(altered)
    reason = f"rows in raw are not those that landed: file {names}"
    reason_id = f"baris di raw bukan yang mendarat: berkas {names}"
    release.refuse(needs.release_id, reason, reason_id, code="abandoned")
    raise SimpulError(
        f"release {needs.release_id} is not built, {reason}",
        code="altered",
        hint="find out who altered them; `simpul land --file-id …` brings each back from the archive, then build again",
    )


def _manifest() -> dict[str, Any]:
    return dict(json.loads(transform.manifest_path().read_text(encoding="utf-8")))


def _dbt(owner_run: str, part: Sequence[str]) -> dict[str, Any]:
    needs = settle(part)
    if not needs.models:
        tell_built(transform.DbtOutcome(True, 0.0, ()), owner_run)
        return {"nodes": 0, "seconds": 0.0, "warnings": 0}
    outcome = transform.run_dbt(needs.select)
    tell_built(outcome, owner_run)
    if not outcome.success:
        raise SimpulError(
            f"dbt failed:\n{outcome.explain()}", code="transform", hint="readers still see the last release"
        )
    return {
        "nodes": len(outcome.results),
        "seconds": round(outcome.seconds, 1),
        "warnings": len(outcome.warnings),
    }


def tell_built(outcome: transform.DbtOutcome, owner_run: str) -> None:
    """Keep in the register why dbt failed, so that `simpul releases`, `simpul status` and the pages tell it.

    Or what it built, so that it is built again only when what it is made from has changed.
    """
    release.note_trouble(owner_run, outcome.reasons())
    if outcome.success:
        release.note_built([node.name for node in outcome.results if node.kind == "model"], owner_run)
    else:
        gate.update_index()


# Each step of a build is told whose it is: a run whose candidate was taken over stops, with the reason, and does not
# write into another's tables.


def step_prepare(owner_run: str) -> dict[str, Any]:
    """Staging and intermediate models."""
    with release.at_work(owner_run):
        return _dbt(owner_run, transform.PREPARE)


def step_link(release_id: int, owner_run: str, *, everything: bool = False) -> dict[str, Any]:
    """Every record of the release gets its person, broken NIKs a suggestion; ``everything``: see `identity.link`."""
    with release.at_work(owner_run):
        linked = identity.link(release_id, everything=everything)
        return {**linked.as_json(), "suggested_niks": identity.suggest_niks(release_id)}


def step_marts(owner_run: str) -> dict[str, Any]:
    """The candidate marts."""
    with release.at_work(owner_run):
        return _dbt(owner_run, transform.MARTS)


def published_marts() -> tuple[release.Mart, ...]:
    """What dbt promised about each published table."""
    return release.marts_of(_manifest())


def step_attach(release_id: int, owner_run: str) -> dict[str, Any]:
    """Attach the candidate tables to their parents; returns rows and content hash."""
    with release.at_work(owner_run):
        done = release.attach(release_id, published_marts(), owner_run=owner_run)
    rows = {mart: table["rows"] for mart, table in done["tables"].items()}
    ledger_journal.keep_quietly()
    return {"release_id": release_id, "content_hash": done["content_hash"], "rows": rows}


def step_gate_release(release_id: int, owner_run: str) -> dict[str, Any]:
    """Door 2. A failing rule refuses the release.

    Raises:
        ContractBreach: names the failing rules and the report.
    """
    with release.at_work(owner_run):
        outcome = gate.gate_release(release_id)
    release.record_gate(release_id, passed=outcome.passed, owner_run=owner_run)
    if not outcome.passed:
        rules = ", ".join(outcome.failing_rules)
        release.refuse(
            release_id, f"the publication gate failed: {rules}", f"gerbang terbit tidak lulus: {rules}"
        )
        gate.update_index()
        ledger_journal.keep_quietly()
        raise ContractBreach(
            f"release {release_id} is refused: {rules}",
            hint=f"readers still see the last release; see {outcome.report}" + _LOST_HINT * outcome.lost_much,
        )
    return {"release_id": release_id, "passed": True, "report": str(outcome.report)}


_LOST_HINT = (
    ". If so much is gone for a good reason, build again with `force` and say it (--reason, --reason-id)"
)


def step_flip(release_id: int, owner_run: str, by: str | None = None) -> dict[str, Any]:
    """Publish: move the pointer; the index of the reports then says so, and an anchor what the ledger came to.

    Args:
        release_id: the candidate.
        owner_run: the run that builds it.
        by: who asked for it, for the ledger; default: the user of this process.
    """
    done = release.flip(release_id, owner_run=owner_run, by=by)
    gate.update_index()
    _anchor()
    ledger_journal.keep_quietly()
    lineage.tell_release(release_id, _manifest())
    return done


def _anchor() -> None:
    """Anchor the ledger. A full disk unpublishes nothing; `simpul verify` and upkeep tell of a release without one."""
    ledger_journal.seal_quietly()  # so that the anchor holds the journal as well
    try:
        with no_values("anchoring the ledger"), connect(application_name="simpul anchor") as conn:
            ledger_anchors.write(conn)
    except (SimpulError, OSError) as error:
        log.error("the release is published, but the ledger has no anchor for it: %s", error)


def write_lineage(folder: Path, release_id: int) -> Path:
    """The OpenLineage events of a release, once more; the file they are in."""
    transform.ensure_manifest()
    return lineage.write_again(folder, release_id, _manifest())


BUILD_STEPS = ("open", "prepare", "link", "marts", "attach", "gate", "publish")
"""The names that `build` reports, in their order."""


@dataclass(frozen=True)
class BuildOutcome:
    """What a build came to. ``is_new`` False = nothing to do, ``release_id`` is then the one that already answers.

    ``status`` is that release's: ``published``, ``refused`` (the same inputs were judged before) or ``none`` (no file
    has landed). ``seconds`` holds the duration of each step.
    """

    release_id: int | None
    is_new: bool
    reason: str = ""
    status: str = "published"
    content_hash: str | None = None
    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def build(
    owner_run: str,
    *,
    inputs: Sequence[str] | None = None,
    force: bool = False,
    take_over: bool = False,
    decision: Decision | None = None,
    progress: Progress = lambda line: None,
) -> BuildOutcome:
    """Build and publish a release in this process, or say that nothing is new (then no mart is written).

    Raises:
        SimpulError: a step failed; readers still see the last release.
    """
    seconds: dict[str, float] = {}

    def timed(
        name: str, step: Callable[..., dict[str, Any]], *arguments: Any, **options: Any
    ) -> dict[str, Any]:
        progress(name)
        started = time.monotonic()
        try:
            return step(*arguments, **options)
        finally:
            seconds[name] = round(time.monotonic() - started, 2)

    with release.attend(owner_run):
        opened = timed(
            "open", step_open, owner_run, inputs, force, take_over=take_over, attended=True, decision=decision
        )
        release_id = opened["release_id"]
        if not opened["is_new"]:
            return BuildOutcome(release_id, False, opened["reason"], opened["status"], seconds=seconds)
        try:
            timed("prepare", step_prepare, owner_run)
            timed("link", step_link, release_id, owner_run)
            timed("marts", step_marts, owner_run)
            attached = timed("attach", step_attach, release_id, owner_run)
            timed("gate", step_gate_release, release_id, owner_run)
            timed("publish", step_flip, release_id, owner_run)
        except Exception:
            release.let_go(release_id)
            raise
    return BuildOutcome(
        release_id, True, content_hash=attached["content_hash"], rows=attached["rows"], seconds=seconds
    )


# ------------------------------------------------------------------------------------------------------------- upkeep
def step_maintain() -> dict[str, Any]:
    """Retire old releases, drop rows of replaced files and what came out of zips, sweep what crashes left, check the
    ledger, name what is late and what is kept beyond its time (removed by nobody but `simpul retention`).

    Raises:
        ContractBreach: the ledger was changed by hand or lacks an anchor, or a delivery has become late since the last
            time (of what never came nothing is due). A failing run is what an engineer is called by; each lateness
            calls once and stays in the ledger and `rpt_freshness`.
    """
    done = release.retire_old()
    rows = release.drop_old_rows()  # after it: a release retired just now no longer needs its files
    for file_id in rows["files"]:
        gate.update_file_page(file_id)
    unpacked = landing.drop_unpacked()
    swept = [*gate.sweep(), *sweep_work(), *lineage.sweep()]
    gate.update_index()
    _keep_journal()
    _tell_reads()
    with connect(autocommit=True, application_name="simpul maintain") as conn:
        broken = ledger.verify(conn)
        wrong = ledger_anchors.problems(conn)
        unspoken.note(conn)
        beyond = retention.told(retention.due(conn))
    if broken is not None:
        raise ContractBreach(
            f"the ledger's hash chain breaks at event {broken}: somebody changed history by hand",
            hint="do not repair it; call the auditor",
        )
    if wrong:
        raise ContractBreach("; ".join(wrong), hint="do not repair the ledger; call the auditor")
    for what, count in beyond.items():
        log.warning("%s: %s kept beyond their time: simpul retention", what, count)
    late, new = _late_deliveries()
    if new:
        raise ContractBreach(
            f"{len(new)} deliveries are overdue: {', '.join(new)}",
            hint="ask the agency, and look for held files; marts.rpt_freshness says since when",
        )
    return {
        **done,
        "rows": rows,
        "unpacked": len(unpacked),
        "swept": len(swept),
        "late": late,
        "beyond": beyond,
    }


def sweep_work(*, older_than_hours: float = 24) -> list[str]:
    """Remove what runs that were killed left of their scratch; safe beside running ones, which never take so long.

    Returns:
        What was removed, one phrase each.
    """
    limit = time.time() - 3600 * older_than_hours
    work = get_settings().work
    old = [
        path
        for pattern in ("dbt-*", "linking*.tmp", ".book-*")
        for path in work.glob(pattern)
        if path.is_dir() and path.stat().st_mtime < limit
    ]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return [f"scratch {path.name}" for path in old]


def _keep_journal() -> None:
    """Also what a process told that was killed since."""
    try:
        ledger_journal.keep()
    except (SimpulError, OSError) as error:
        log.error("the journal in the archive is not up to date: %s", error)


def _tell_reads() -> None:
    """The page of who read about persons; of a server elsewhere its log has to be named (`SIMPUL_SERVER_LOG`)."""
    if not (get_settings().is_embedded or get_settings().server_log):
        return
    try:
        with connect(autocommit=True, application_name="simpul maintain") as conn:
            reads.write_page(conn, get_settings().reports)
    except SimpulError as error:
        log.error("the page of reads is not written: %s", error)


def _late_deliveries() -> tuple[list[str], list[str]]:
    """What is overdue today, and which of it was not in the ledger yet: nothing lands and no release tells of it."""
    with connect(application_name="simpul maintain") as conn:
        if conn.execute("select to_regclass('marts.rpt_freshness')").fetchone() == (None,):
            return [], []
        rows = conn.execute(
            """select dataset || ' of ' || region_code || coalesce(' after ' || last_period, ''), jsonb_build_object(
                'expected_by', expected_by, 'dataset', dataset, 'region_code', region_code, 'last_period', last_period)
            from marts.rpt_freshness where is_late order by 1"""
        ).fetchall()
        told = {
            subject
            for (subject,) in conn.execute("select subject from audit.ledger where kind = 'delivery.late'")
        }
        for subject, detail in rows:
            log.error("%s is late: it was expected by %s", subject, detail["expected_by"])
            if subject not in told:
                ledger.append(conn, "delivery.late", subject, detail)
    late = [subject for subject, _ in rows]
    return late, [subject for subject in late if subject not in told]


def record_run(kind: str, dag_id: str, run_id: str) -> None:
    """A run has failed (``run.failed``) or is later than promised (``deadline.missed``): say so where auditors look.

    Raises:
        DatabaseTransient: the warehouse cannot be reached, or is being made anew.
    """
    log.error("%s: %s %s", kind, dag_id, run_id)
    with connect(application_name="simpul runs") as conn:
        ledger.append(conn, kind, f"{dag_id}/{run_id}"[:200])
