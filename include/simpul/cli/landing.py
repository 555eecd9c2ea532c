"""``simpul land | withdraw | verify | drift | quarantine``: bring files in, take them back, see what differs."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from simpul.cli.shared import AsJson, Why, WhyId, decided, say, show_json, show_table

if TYPE_CHECKING:
    from simpul.landing import LandResult
    from simpul.landing.drift import Changes

commands = typer.Typer()
quarantine = typer.Typer(help="Records that broke a rule and were set aside.", no_args_is_help=True)
commands.add_typer(quarantine, name="quarantine")

_FILE_ID_DIGITS = 16
_MOST_SHOWN = 10_000
_GOOD = ("landed", "superseded", "duplicate", "unpacked")


# -------------------------------------------------------------------------------------------------------------- land
@commands.command()
def land(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; without any, what waits in the inbox.")
    ] = None,
    agency: Annotated[
        str | None, typer.Option(help="Whose delivery it is; default: its folder in the inbox.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="What it is, where its headings fit several datasets.")
    ] = None,
    period: Annotated[
        str | None, typer.Option(help="2024, 2024-Q2 or 2024-06, where nothing else says it.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Take bytes that landed before as a new delivery.")
    ] = False,
    file_id: Annotated[
        str | None, typer.Option(help="Land this archived file once more, with its cover letter.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Land files: archive, load, judge. Held files are tried anew when they are named. Exit code 1 when one is held."""
    from simpul.database import ensure_database
    from simpul.landing import reland
    from simpul.landing.inbox import deliveries, discover

    ensure_database()
    if file_id:
        results = _judge([reland(file_id, period=period)], quiet=as_json)
    else:
        files = (
            [file for path in paths for file in deliveries(path)]
            if paths
            else [Path(p) for p in discover(*([agency] if agency else []))]
        )
        results = _land_all(files, agency=agency, dataset=dataset, period=period, again=again, quiet=as_json)
    if as_json:
        show_json([result.as_dict() for result in results])
    else:
        _show(results)
    if any(result.status not in _GOOD for result in results):
        raise typer.Exit(1)


def _land_all(files: list[Path], *, quiet: bool, **options: Any) -> list[LandResult]:
    """Load all, then judge all. One file's trouble does not stop the others."""
    from simpul.errors import SimpulError
    from simpul.landing import LandResult, land, members
    from simpul.readers.reasons import printable

    total = sum(2 * file.stat().st_size for file in files if file.is_file())  # read to archive, read to load
    results: list[LandResult] = []
    with typer.progressbar(
        length=total, label="loading", hidden=quiet or not sys.stderr.isatty(), file=sys.stderr
    ) as bar:
        waiting = deque(files)
        while waiting:
            file = waiting.popleft()
            try:
                results.append(land(file, progress=bar.update, **options))
                if results[-1].status == "unpacked":
                    new = [path for path in members(results[-1].file_id) if path not in waiting]
                    waiting.extendleft(reversed(new))
            except SimpulError as error:
                results.append(LandResult("", printable(file.name), None, error.code, reason=str(error)))
    return _judge(results, quiet=quiet)


def _judge(results: list[LandResult], *, quiet: bool) -> list[LandResult]:
    """The loaded ones through the landing gate, together: its libraries are loaded once."""
    from simpul import gate
    from simpul.trust import lineage

    waiting = list(dict.fromkeys(result.file_id for result in results if result.status == "loaded"))
    if not waiting:
        if any(result.status == "held" for result in results):
            gate.update_index()  # the gate, which writes the pages, was asked nothing
        return results
    if not quiet:
        say(f"judging {len(waiting)} files")
    judged = {result.file_id: result for result in gate.gate_files(waiting)}
    lineage.tell_files(waiting)
    return [judged.get(result.file_id, result) for result in results]


def _show(results: Iterable[LandResult]) -> None:
    results = list(results)
    if not results:
        say("nothing waits")
        return
    rows = [
        (result.status, f"{result.rows_loaded or 0:,}", f"{result.rows_quarantined or 0:,}", result.dataset or "–",
         result.file_id or "–", result.file_name)
        for result in results
    ]  # fmt: skip
    show_table(("status", "loaded", "set aside", "dataset", "file id", "file"), rows, right=(1, 2))
    for result in results:
        if result.reason and result.status not in ("superseded", "unpacked"):
            typer.secho(f"\n{result.file_name}: {result.status}\n  {result.reason}", fg=typer.colors.YELLOW)
    counts = Counter(result.status for result in results)
    say(", ".join(f"{count} {status}" for status, count in counts.most_common()))
    if counts["landed"]:
        say("in no release yet: `simpul run` builds one, or Airflow within the hour")


# ---------------------------------------------------------------------------------------------------------- withdraw
@commands.command()
def withdraw(
    file_id: Annotated[str, typer.Argument(help="Id of the landed or held file, as `simpul files` says it.")],
    why: Why = None,
    why_id: WhyId = None,
    as_json: AsJson = False,
) -> None:
    """Take a landed file back; what it had replaced counts again. The next release is built without it. A held file
    that nobody will mend waits no more.
    """
    from simpul import pipeline
    from simpul.database import ensure_database

    decision = decided(why, why_id)
    ensure_database()
    done = pipeline.withdraw(file_id, decision)
    if as_json:
        show_json(done)
        return
    say(f"file {file_id} is withdrawn" if done["changed"] else f"file {file_id} was withdrawn before")
    for name in done["restored"]:
        say(f"file {name}, which it had replaced, has landed again")
    for name in done["gone"]:
        say(f"the rows of {name}, which it had replaced, are no longer kept: simpul land --file-id {name}")
    if done["abandoned"]:
        say(f"release {done['abandoned']} was being built from it and is given up")
    if done["changed"] and done["shown"]:
        say("readers see it until the next release: simpul run, or trigger build_release")
    elif done["changed"]:
        say("readers do not see it: no release that is shown was built from it")


# ------------------------------------------------------------------------------------------------------------ verify
@commands.command()
def verify(
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Compare sizes and registers; read neither archive nor rows of tables."),
    ] = False,
    anchors: Annotated[
        list[Path] | None,
        typer.Option("--anchor", help="An anchor of the ledger that was kept elsewhere; may be given again."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that registers, tables, published figures, archive, ledger with anchors and journal, and rights agree.

    Exit code 1 when not.
    """
    from simpul import ledger_contents, ledger_journal, release
    from simpul.database import connect, ensure_database, no_values
    from simpul.landing.verify import verify as check
    from simpul.settings import get_settings
    from simpul.trust import checking, registers

    ensure_database()
    archive = get_settings().archive
    size = 0 if fast else sum(path.stat().st_size for path in archive.glob("[0-9a-f][0-9a-f]/*"))
    hidden = as_json or fast or not sys.stderr.isatty()
    with typer.progressbar(length=size, label="reading the archive", hidden=hidden, file=sys.stderr) as bar:
        found = check(hashes=not fast, progress=bar.update, anchors=anchors or ())
    with connect(application_name="simpul verify") as conn:
        rights = [f"{one.subject}: {one.problem} — {one.hint}" for one in checking.check(conn)]
        journal = ledger_journal.problems(conn)
    with no_values("verifying releases"), connect(application_name="simpul verify") as conn:
        conn.execute("set transaction isolation level repeatable read, read only")
        altered_rows = registers.problems(conn)
        kept = release.Altered() if fast else release.altered(conn, _saying(hidden, "release."))
        rows = [] if fast else [*ledger_contents.problems(conn, progress=_saying(hidden))]
    problems = [(item.file_id, item.problem) for item in found.findings] + [
        ("", problem)
        for problem in [
            *journal,
            *rights,
            *altered_rows,
            *rows,
            *(" · ".join(words) for words in kept.problems),
        ]
    ]
    notes = [" · ".join(words) for words in kept.notes]
    if as_json:
        findings = [{"file_id": file_id or None, "problem": problem} for file_id, problem in problems]
        show_json(
            {"files": found.files, "records": found.records, "bytes": found.bytes, "tables": kept.tables,
             "findings": findings, "notes": notes}
        )  # fmt: skip
    else:
        for file_id, problem in problems:
            typer.secho(f"{file_id or '–':<20} {problem}", fg=typer.colors.RED)
        for note in notes:
            typer.secho(f"{'–':<20} {note}", fg=typer.colors.YELLOW)
        kind = "sizes" if fast else "hashes"
        verdict = f"{len(problems)} things do not add up" if problems else "everything adds up"
        typer.echo(
            f"{found.files} files, {found.records:,} records, {found.bytes:,} bytes by {kind},"
            f" {kept.tables} published tables: {verdict}"
        )
    if problems:
        raise typer.Exit(1)


def _saying(hidden: bool, schema: str = "") -> Callable[[str], None]:
    """Which table is read, on one line of a terminal."""

    def say_table(name: str) -> None:
        typer.echo(f"\r\x1b[Kreading {schema}{name}", err=True, nl=False)

    return (lambda name: None) if hidden else say_table


# ------------------------------------------------------------------------------------------------------------- drift
@commands.command()
def drift(
    files: Annotated[
        list[str] | None, typer.Argument(help="Ids of files; default: the newest of all datasets.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="Only files of this dataset.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Look at so many of the newest files.")] = 100,
    as_json: AsJson = False,
) -> None:
    """New, missing and renamed columns of files, against their contract and the delivery before. Shows no values."""
    from simpul.database import connect, ensure_database, no_values
    from simpul.errors import SimpulError
    from simpul.landing import drift as columns

    ensure_database()
    with no_values("comparing columns"), connect(application_name="simpul drift") as conn:
        found = columns.drifts(conn, dataset=dataset, limit=limit) if not files else []
        for file_id in files or ():
            one = columns.drift_of(conn, file_id)
            if one is None:
                raise SimpulError(f"no table of a file '{file_id}' was recognised", code="unknown_file")
            found.append(one)
    if as_json:
        show_json([one.as_dict() for one in found])
        return
    for one in found:
        typer.secho(f"{one.file_id}  {one.dataset} ({one.edition})  {one.file_name}", bold=True)
        _show_changes("contract", one.from_contract)
        _show_changes(f"before ({one.before})", one.from_before)
        if one.is_other_edition:
            typer.echo(f"  before ({one.before}): another layout, {one.edition_before}")
    if not found:
        say("no column changed")


def _show_changes(against: str, changes: Changes) -> None:
    from simpul.readers.reasons import listed

    # a contract holds the columns of all its layouts, and does not say which layout has which
    missing = "not there (perhaps of another layout)" if against == "contract" else "missing"
    told = [("new", changes.new), (missing, changes.missing)]
    told += [
        (kind, tuple(f"{one.old} → {one.new}" for one in changes.renamed if one.is_sure is is_sure))
        for kind, is_sure in (("renamed", True), ("perhaps renamed", False))
    ]
    for kind, headings in told:
        if headings:
            typer.echo(f"  {against}: {kind}: {listed(headings)}")


# -------------------------------------------------------------------------------------------------------- quarantine
Status = Annotated[Literal["open", "replayed", "dismissed"], typer.Option(help="How they stand.")]


@quarantine.command("list")
def list_records(
    file_id: Annotated[
        str | None, typer.Option("--file", help="Single records of this file, with their address.")
    ] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Only this dataset.")] = None,
    status: Status = "open",
    limit: Annotated[int, typer.Option(min=1, help="At most so many single records.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Count the records set aside per file and rule; with --file or --rule, list their addresses. Shows no values."""
    from simpul.database import connect, ensure_database, no_values
    from simpul.landing import quarantine as records

    ensure_database()
    with no_values("reading the quarantine"), connect(application_name="simpul quarantine") as conn:
        if file_id or rule:
            rows = records.addresses(conn, file_id=file_id, rule=rule, status=status, limit=limit)
            columns = ("quarantine_id", "file_id", "sheet", "row", "column", "rule_code", "reason")
        else:
            rows = records.summary(conn, status=status, dataset=dataset)
            columns = ("records", "file_id", "dataset", "period", "rule_code", "first_row", "reason")
    if as_json:
        show_json(rows)
    elif rows:
        show_table(
            columns,
            [tuple("–" if row[c] is None else str(row[c]) for c in columns) for row in rows],
            right=(0,),
        )
    else:
        say(f"no {status} record")


@quarantine.command()
def show(
    what: Annotated[
        list[str],
        typer.Argument(help="Numbers of records, or ids of files for the addresses of all of theirs."),
    ],
    as_json: AsJson = False,
) -> None:
    """Show records. By number they are whole, as delivered: personal data, which no login role may read.

    The command reads them as the owner of the warehouse: for whoever administers it and repairs the record.
    """
    from simpul.database import connect, ensure_database, no_values
    from simpul.landing import quarantine as records

    ensure_database()
    numbers = [int(one) for one in what if one.isdecimal() and len(one) < _FILE_ID_DIGITS]
    files = [one for one in what if not (one.isdecimal() and len(one) < _FILE_ID_DIGITS)]
    with no_values("reading the quarantine"), connect(application_name="simpul quarantine") as conn:
        rows = records.addresses(conn, ids=numbers, status=None, limit=len(numbers), with_record=True)
        for file_id in files:
            rows += records.addresses(conn, file_id=file_id, status=None, limit=_MOST_SHOWN)
    if as_json:
        show_json(rows)
        return
    for row in rows:
        place = " ".join(f"{part}" for part in (row["sheet"], f"row {row['row']}", row["column"]) if part)
        typer.secho(f"{row['quarantine_id']}  {row['file_name']}  {place}  [{row['status']}]", bold=True)
        typer.echo(f"  {row['rule_code']}: {row['reason']}")
        for name, value in (row.get("raw") or {}).items():
            typer.echo(f"  {name}: {value}")
    if not rows:
        say("no such record")


@quarantine.command()
def replay(
    files: Annotated[
        list[str] | None, typer.Argument(help="Ids of files; default: all whose contract has changed.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="Only files of this dataset.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only files with a record that broke this rule.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also files whose contract is the same as before.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Judge records set aside again, after their contract or rule was mended: no new delivery is needed.

    The whole file is landed once more from the archive, and replaces its older receipt.
    """
    from simpul.database import ensure_database
    from simpul.landing import replay as again

    ensure_database()
    found = again.waiting(file_ids=files or (), dataset=dataset, rule=rule)
    chosen = [file for file in found if file.is_changed or force]
    results = _judge(again.load_again(chosen), quiet=as_json)
    told = [
        {
            "file_id": before.file_id,
            "file_name": before.file_name,
            "dataset": before.dataset,
            "status": after.status,
            "new_file_id": after.file_id,
            "records_before": before.records,
            "records_after": after.rows_quarantined or 0,
            "reason": after.reason,
        }
        for before, after in zip(chosen, results, strict=True)
    ]
    if as_json:
        unchanged = [file.as_dict() for file in found if file not in chosen]
        show_json({"replayed": told, "unchanged": unchanged})
    else:
        _show_replayed(told, unchanged=len(found) - len(chosen))
    if any(one["status"] != "landed" for one in told):
        raise typer.Exit(1)


def _show_replayed(told: list[dict[str, Any]], *, unchanged: int) -> None:
    if told:
        columns = ("records_before", "records_after", "status", "dataset", "file_id", "new_file_id")
        heading = ("set aside before", "now", "status", "dataset", "file id", "new file id")
        show_table(heading, [tuple(str(one[c]) for c in columns) for one in told], right=(0, 1))
        for one in told:
            if one["status"] != "landed" and one["reason"]:
                typer.secho(
                    f"\n{one['file_name']}: {one['status']}\n  {one['reason']}", fg=typer.colors.YELLOW
                )
    if unchanged:
        say(f"{unchanged} files left alone: their contract is the same as when they were judged (--force)")
    elif not told:
        say("no landed file has an open record")


@quarantine.command()
def dismiss(
    ids: Annotated[list[int], typer.Argument(help="Numbers of records.")],
    why: Why = None,
    why_id: WhyId = None,
    as_json: AsJson = False,
) -> None:
    """Close records that need no repair; they stay out of the warehouse. The ledger keeps who and why."""
    from simpul.database import connect, ensure_database, no_values
    from simpul.landing import quarantine as records

    decision = decided(why, why_id)
    ensure_database()
    with no_values("dismissing records"), connect(application_name="simpul quarantine") as conn:
        count = records.dismiss(conn, ids, decision)
    if as_json:
        show_json({"dismissed": count})
    else:
        say(f"{count} records dismissed")
