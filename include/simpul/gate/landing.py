"""Door 1: a loaded file is judged and lands, with its broken records set aside, or is held as a whole."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from simpul import ledger
from simpul.contract import Contract, load_contracts
from simpul.database import advisory_lock, connect, no_values
from simpul.errors import SimpulError
from simpul.files import write_whole
from simpul.gate import rules, waivers
from simpul.gate.amounts import judge_amounts
from simpul.gate.cells import judge_cells
from simpul.gate.corrections import judge_correction
from simpul.gate.deliveries import judge_delivery, keep
from simpul.gate.earlier import judge_against_earlier
from simpul.gate.examination import RuleResult, examination, load_gx
from simpul.gate.families import judge_families
from simpul.gate.flags import judge_flags
from simpul.gate.forms import judge_forms
from simpul.gate.holding import reasons_to_hold
from simpul.gate.newcomers import judge_newcomers
from simpul.gate.of_programme import judge_programme
from simpul.gate.persons import OF_OTHERS, Broken, is_of_persons, judge_columns, other_deliveries
from simpul.gate.places import judge_places
from simpul.gate.recipients import judge_payees, judge_people
from simpul.gate.records import compare, rule_table, set_aside, write_columns, write_failures
from simpul.gate.registries import judge_registry_ids
from simpul.gate.results import forget, write_results
from simpul.gate.totals import judge_totals
from simpul.gate.verdict import Verdict, judge
from simpul.landing import LandResult, hold, settle_file
from simpul.landing.rewriting import ERASING
from simpul.readers.reasons import Held
from simpul.settings import get_settings

log = logging.getLogger("simpul.gate")


def gate_file(file_id: str) -> LandResult:
    """Judge one loaded file; it ends ``landed`` or ``held``. A file that was decided before is left as it is.

    Safe to run again after any crash: until the last transaction commits, only work tables were written.

    Raises:
        SimpulError: the gate itself could not do its work; the file stays ``loaded``.
    """
    return gate_files([file_id])[0]


def gate_files(
    file_ids: Sequence[str], *, progress: Callable[[str], None] = lambda file_id: None
) -> list[LandResult]:
    """`gate_file` for several files in one process, which pays for Great Expectations' import once.

    The database judges the next file while Great Expectations looks at this one.

    Args:
        file_ids: files in the order in which they are to land.
        progress: called with each file id when it is decided.

    Returns:
        One result per file, in order.

    Raises:
        SimpulError: the gate could not do its work for some files; the others were decided all the same.
    """
    reports = get_settings().reports
    reports.mkdir(parents=True, exist_ok=True)
    results: dict[str, LandResult] = {}
    troubles: list[tuple[str, SimpulError]] = []
    in_turn = _by_period(file_ids)
    with ThreadPoolExecutor(1, thread_name_prefix="judge") as ahead:
        queue = [ahead.submit(_open, file_id) for file_id in in_turn[:1]]
        load_gx()  # while the first file is judged
        for position, file_id in enumerate(in_turn):
            queue += [ahead.submit(_open, following) for following in in_turn[position + 1 : position + 2]]
            try:
                with no_values(f"gate of file {file_id}"), queue[position].result() as case:
                    results[file_id] = case.decide(reports)
            except SimpulError as error:
                log.error("file %s: the gate could not decide: %s", file_id, error)
                troubles.append((file_id, error))
            progress(file_id)
    update_index(file_ids)
    if troubles:
        _, first = troubles[0]
        if len(troubles) > 1:
            first.message += f" (and {len(troubles) - 1} more files: {', '.join(f for f, _ in troubles[1:])})"
        raise first
    return [results[file_id] for file_id in file_ids]


def _by_period(file_ids: Sequence[str]) -> list[str]:
    """Each list's periods in their order, whatever the order in which they came: a list is held against earlier ones.

    Files of one period keep theirs, by which the later replaces the earlier.
    """
    with no_values("the order of files"), connect(autocommit=True, application_name="simpul gate") as conn:
        told = {
            file_id: (dataset, period)
            for file_id, dataset, period in conn.execute(
                "select file_id, dataset, coalesce(period, '') from audit.file where file_id = any(%s)",
                (list(file_ids),),
            )
        }
    nobody = (None, "")
    by_dataset: dict[str | None, list[str]] = {}
    for file_id in sorted(file_ids, key=lambda file_id: told.get(file_id, nobody)[1]):
        by_dataset.setdefault(told.get(file_id, nobody)[0], []).append(file_id)
    # each in the place of one of its dataset
    return [by_dataset[told.get(file_id, nobody)[0]].pop(0) for file_id in file_ids]


def update_index(file_ids: Collection[str] = ()) -> Path:
    """Write ``home/reports/index.html`` from the audit tables, and where everybody begins (`expectations.site.front`):
    after anything that changed a file or a release.

    Args:
        file_ids: files that were judged or changed their state; the scorecards of their datasets are written, too.
    """
    from expectations.site import front
    from expectations.site.offline import ship_static
    from expectations.site.packs import write_packs
    from expectations.site.pages import write_index
    from expectations.site.rules import write_rules
    from expectations.site.scorecards import write_scorecards

    reports = get_settings().reports
    ship_static(reports)
    with no_values("writing the index of reports"), connect(autocommit=True) as conn:
        write_scorecards(conn, reports, file_ids)
        write_rules(conn, reports)
        write_packs(reports)
        index = write_index(conn, reports)
        front.refresh(conn, reports)
        return index


def update_file_page(file_id: str) -> None:
    """Write a file's page anew, if it has one: after its status changed outside the gate."""
    from expectations.site.pages import file_page

    home = get_settings().reports / "landing" / file_id
    if not (home / "index.html").is_file():
        return
    gx_pages = sorted(page.relative_to(home) for page in home.glob("validations/*/*/*/*.html"))
    with no_values(f"writing the page of file {file_id}"), connect(autocommit=True) as conn:
        write_whole(home / "index.html", file_page(conn, file_id, gx_pages))


@dataclass
class _Case:
    """One file at the door: its own connection, which holds the lock on its content, and the verdict."""

    conn: psycopg.Connection[Any]
    file: dict[str, Any]
    verdict: Verdict | None
    """None: there is nothing to decide."""
    closing: ExitStack

    def __enter__(self) -> _Case:
        return self

    def __exit__(self, *error: object) -> None:
        self.closing.close()

    def decide(self, reports: Path) -> LandResult:
        """Land or hold the file, if that is still to be done; how it stands."""
        if self.verdict:
            _decide(self.conn, self.file, self.verdict, reports)
        file = _file(self.conn, self.file["file_id"])
        return LandResult(**{field.name: file[field.name] for field in fields(LandResult)})


def _open(file_id: str) -> _Case:
    """Take a file, judged where it is loaded. Runs in the thread ahead."""
    with no_values(f"judging file {file_id}"), ExitStack() as stack:
        conn = stack.enter_context(connect(autocommit=True, application_name="simpul gate"))
        # A file that was just loaded has no statistics, and no index of its records: a list held against itself or
        # another row by row took minutes where 40 s do, once in a while.
        conn.execute("set enable_nestloop = off")
        stack.enter_context(ledger.writing(conn))
        stack.enter_context(advisory_lock(conn, ERASING, shared=True))
        file = _file(conn, file_id)
        # the lock that landing takes on the content: nobody loads the file anew while it is judged
        stack.enter_context(advisory_lock(conn, f"land:{file['sha256']}"))
        file = _file(conn, file_id)
        if file["status"] == "received":
            raise SimpulError(f"file {file_id} is not loaded yet", code="not_loaded", hint="land it first")
        verdict = None
        if file["status"] == "loaded":
            contract = load_contracts()[file["dataset"]]
            edition = contract.edition(file["edition"]).as_read(file["structure"] or {})
            verdict = judge(conn, contract, edition, file_id)
        return _Case(conn, file, verdict, stack.pop_all())


def _file(conn: psycopg.Connection[Any], file_id: str) -> dict[str, Any]:
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("select * from audit.file where file_id = %s", (file_id,)).fetchone()
    if row is None:
        raise SimpulError(f"no file '{file_id}' was received", code="unknown_file")
    return row


def _decide(conn: psycopg.Connection[Any], file: dict[str, Any], verdict: Verdict, reports: Path) -> None:
    from expectations.site.offline import ship_static

    file_id = file["file_id"]
    waived = waivers.in_force(conn, "landing", [file["dataset"]], file["region_code"])
    declared = load_contracts()[file["dataset"]]
    versions = rules.register(conn, rules.of_dataset(declared), file_id)
    contract = waivers.without(declared, waived)
    # now, not ahead: the delivery before this one has landed by now
    delivery, looked_at = judge_delivery(conn, contract, file, verdict)
    others = other_deliveries(conn, contract, file) if is_of_persons(contract) else []
    columns, people, payees = judge_columns(conn, contract, file, verdict.records, others)
    told = {one.field for one in columns if one.code in OF_OTHERS}
    changed, kept = judge_against_earlier(conn, contract, file, verdict.records, others, told)
    spoilt, cells = judge_cells(conn, contract, file, verdict.records)
    unlike, aged = judge_people(conn, contract, file, verdict.records, others)
    gone = {one.field for one in changed}
    torn, together = judge_families(conn, contract, file, verdict.records, others)
    outlying, figures = judge_forms(conn, contract, file, verdict)
    columns += [*changed, *spoilt, *outlying, *unlike, *(one for one in torn if one.field not in gone)]
    asked = looked_at | people | kept | cells | figures | aged | together
    for found, looked_at in (
        judge_totals(contract, file),
        judge_correction(conn, contract, file),
        judge_newcomers(conn, contract, file, verdict.records, others),
        judge_programme(conn, contract, file, verdict.records, others, payees),
        judge_registry_ids(conn, contract, file, verdict.records, others),
        judge_flags(conn, contract, file, verdict.records, payees),
    ):
        columns, asked = columns + found, asked | looked_at
    verdict.tell(conn, [one.code for one in columns])
    paid = judge_amounts(conn, contract, file, verdict)
    placed = judge_places(conn, contract, file, verdict)
    twice = judge_payees(conn, contract, file, verdict)
    asked |= paid | placed | twice
    verdict = replace(verdict, checked=verdict.checked | asked)
    static = ship_static(reports)
    home = reports / "landing" / file_id
    home.parent.mkdir(exist_ok=True)
    built = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{file_id}."))
    try:
        results, gx_pages = _examine(
            conn, contract, verdict, file_id, built, home=home, static=static, waived=waived
        )
        with conn.transaction():
            keep(conn, delivery)
            _settle(conn, contract, file, verdict, results, columns, waived, versions)
            _publish_page(conn, file_id, built, home, gx_pages)
    finally:
        shutil.rmtree(built, ignore_errors=True)
    conn.execute(sql.SQL("drop table if exists {}").format(verdict.table))


def _examine(
    conn: psycopg.Connection[Any],
    contract: Contract,
    verdict: Verdict,
    file_id: str,
    built: Path,
    *,
    home: Path,
    static: Path,
    waived: Collection[rules.Key],
) -> tuple[list[RuleResult], list[Path]]:
    """Great Expectations' answer, and its pages."""
    # not the bare id: the pages try to read the name of a run as a date, and break on an id that is all digits
    with examination(f"file-{file_id}", built, "raw") as exam:
        from expectations import landing
        from expectations.site.offline import make_offline

        suite = landing.suite(contract, verdict.table.as_string(conn), waived={rule for _, rule in waived})
        table = f"{contract.table}__{file_id}"
        results = exam.validate(suite, table=table, asset=contract.table)
        exam.build_site()
        codes = [result.rule_code for result in results]
        pages = make_offline(built, static, home=home, expected={suite.name: codes})
    return [replace(r, checked=verdict.checked.get(r.rule_code, verdict.records)) for r in results], pages


def _settle(
    conn: psycopg.Connection[Any],
    contract: Contract,
    file: dict[str, Any],
    verdict: Verdict,
    results: Sequence[RuleResult],
    columns: Sequence[Broken],
    waived: Mapping[rules.Key, int],
    versions: Mapping[rules.Key, int],
) -> None:
    """All that the gate says and does about the file, in the caller's transaction."""
    file_id = file["file_id"]
    forget(conn, "landing", file_id)
    write_results(
        conn, "landing", file_id, results, report=f"landing/{file_id}/index.html", dataset=contract.dataset,
        versions=versions,
    )  # fmt: skip
    waivers.note(conn, "landing", file_id, waived)
    addresses = rule_table(contract, file)
    failing = write_failures(conn, contract, file_id, verdict, addresses)
    compare(contract, results, failing)
    write_columns(conn, contract, file, results, columns)
    reasons = reasons_to_hold(conn, contract, file, verdict, results, columns)
    ledger.append(
        conn,
        "gate.landing",
        file_id,
        {
            "passed": not reasons,
            "records": verdict.records,
            "failing": {result.rule_code: result.failing for result in results if not result.passed},
        },
    )
    if reasons:
        hold(file_id, "; ".join(r.en for r in reasons), "; ".join(r.id for r in reasons), conn=conn)
        log.warning("file %s is held: %s", file_id, "; ".join(r.en for r in reasons))
    else:
        moved = set_aside(conn, contract, file, verdict, addresses)
        try:
            replaced = settle_file(conn, file_id)
        except Held as held:
            hold(file_id, held.reason, held.reason_id, code=held.code, conn=conn)
            log.warning("file %s is held (%s)", file_id, held.code)
            return
        log.info("file %s landed; %d records set aside, %d files superseded", file_id, moved, len(replaced))


def _publish_page(
    conn: psycopg.Connection[Any], file_id: str, built: Path, home: Path, gx_pages: Sequence[Path]
) -> None:
    """Our page beside those of Great Expectations, and all of them in their place, before the transaction commits.

    A crash in between leaves pages of a file that is still ``loaded``: the next try writes them again.
    """
    from expectations.site.offline import swap_in
    from expectations.site.pages import file_page

    write_whole(built / "index.html", file_page(conn, file_id, gx_pages))
    swap_in(built, home)
