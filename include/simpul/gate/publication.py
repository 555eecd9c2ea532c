"""Door 2: the attached tables of a candidate release are checked before anybody sees them."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from simpul import ledger
from simpul.database import advisory_lock, connect, no_values
from simpul.errors import ReleaseError, SimpulError
from simpul.files import write_whole
from simpul.gate import rules, waivers
from simpul.gate.asked import Broken, Question, broken
from simpul.gate.examination import RuleResult, examination
from simpul.gate.landing import update_index
from simpul.gate.results import forget, stored_results, write_results
from simpul.settings import get_settings

if TYPE_CHECKING:
    from expectations.check import Check

log = logging.getLogger("simpul.gate")

_NAME = re.compile(r"\{(\w+)\}")
_MAY_CHANGE_UNSEEN = re.compile(r"\{release_id\}|\b(?:audit|identity|raw|quarantine|review)\.")
"""What a question of such a text is about is no table that a build replaces whole: it is asked in every release."""
_NO_ROW = "select 1 as broken where false /* {batch} */"
_SCHEMAS = ("intermediate", "staging")  # where a check may look besides the release itself, in this order


@dataclass(frozen=True)
class GateOutcome:
    """What the publication gate says about a release."""

    release_id: int
    passed: bool
    failing_rules: tuple[str, ...]
    """``table.rule_code`` of the fail-rules that do not hold."""
    warnings: tuple[str, ...]
    """``table.rule_code`` of the warn-rules that do not hold."""
    report: str
    """The page, relative to the folder of reports."""

    @property
    def lost_much(self) -> bool:
        """It is refused because the published release knew much more, which a person may overrule with a reason."""
        return any(name.endswith((".rows_lost", ".figures_lost")) for name in self.failing_rules)

    @property
    def reason(self) -> str:
        """Why the release is refused, for people; empty when it is not."""
        return "" if self.passed else f"does not hold: {', '.join(self.failing_rules)} (see {self.report})"


def gate_release(release_id: int, *, marts: Sequence[str] | None = None) -> GateOutcome:
    """Check a candidate's attached tables; the caller publishes or refuses it by the outcome.

    Running it again asks anew and replaces what was said; what an earlier release has answered for the very same tables
    is not asked (ADR 0064). A release that is decided is not asked again: the
    outcome of then is returned.

    Args:
        release_id: the release.
        marts: only these tables (tests, a look at one mart); default: all that are attached.

    Raises:
        ReleaseError: the release is unknown, or tables that have a suite are not attached.
        SimpulError: a check could not be run.
    """
    reports = get_settings().reports
    with (
        no_values(f"gate of release {release_id}"),
        connect(autocommit=True, application_name="simpul gate") as conn,
        advisory_lock(conn, f"gate release {release_id}"),
    ):
        row = conn.execute("select status from audit.release where release_id = %s", (release_id,)).fetchone()
        if row is None:
            raise ReleaseError(f"there is no release {release_id}", hint="see `simpul releases`")
        if row[0] == "candidate":
            results = _ask(conn, release_id, reports, marts)
            update_index()
        else:
            results = stored_results(conn, "publication", release_id)
    outcome = _outcome(release_id, results)
    log.info("release %d: %s; %d warnings", release_id, outcome.reason or "passed", len(outcome.warnings))
    return outcome


def _outcome(release_id: int, results: Sequence[RuleResult]) -> GateOutcome:
    broken = [(f"{r.table}.{r.rule_code}", r.severity) for r in results if not r.passed]
    failing = tuple(name for name, severity in broken if severity == "fail")
    return GateOutcome(
        release_id=release_id,
        passed=bool(results) and not failing,
        failing_rules=failing,
        warnings=tuple(name for name, severity in broken if severity == "warn"),
        report=_report(release_id),
    )


def _report(release_id: int) -> str:
    return f"releases/{release_id}/index.html"


def _ask(
    conn: psycopg.Connection[Any], release_id: int, reports: Path, marts: Sequence[str] | None
) -> list[RuleResult]:
    from expectations.publication import checks
    from expectations.site.linkage import FOLDER, linkage_page
    from expectations.site.offline import ship_static, swap_in
    from expectations.site.pages import release_page

    names = _Names(conn, release_id)
    told = list(marts or names.marts_to_ask())
    versions = _registered(conn, told, release_id)
    applicable = {
        mart: [check for check in checks(mart) if not check.needs_previous or names.knows_previous(mart)]
        for mart in told
    }
    waived = waivers.in_force(conn, "publication", applicable)
    asked = {
        mart: [replace(check, severity="warn") if (mart, check.code) in waived else check for check in checks]
        for mart, checks in applicable.items()
        if checks
    }
    reports.mkdir(parents=True, exist_ok=True)
    static = ship_static(reports)
    home = reports / "releases" / str(release_id)
    home.parent.mkdir(exist_ok=True)
    built = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{release_id}."))
    with ExitStack() as closing:
        closing.callback(shutil.rmtree, built, ignore_errors=True)
        questions = {
            (mart, check.code): names.question_hash(check, mart)
            for mart, checks in asked.items()
            for check in checks
        }
        answered = _answered(conn, questions, release_id)
        to_ask = [
            Question(mart, check.code, names.fill(check.query, mart), names.fill(check.checked, mart))
            for mart, checks in asked.items()
            for check in checks
            if (mart, check.code) not in answered
        ]
        verdict = closing.enter_context(broken(release_id, to_ask))
        results, gx_pages = _examine(conn, names, asked, answered, verdict, built, home=home, static=static)
        results = [
            replace(result, question_hash=questions[result.table, result.rule_code]) for result in results
        ]
        with conn.transaction():
            forget(conn, "publication", release_id)
            write_results(
                conn, "publication", release_id, results, report=_report(release_id), versions=versions
            )
            waivers.note(conn, "publication", release_id, waived)
            _write_failures(conn, release_id, verdict, results)
            outcome = _outcome(release_id, results)
            ledger.append(
                conn,
                "gate.publication",
                str(release_id),
                {"passed": outcome.passed, "failing": outcome.failing_rules, "warnings": outcome.warnings},
            )
            write_whole(built / "index.html", release_page(conn, release_id, gx_pages))
            if linkage := linkage_page(conn, release_id):
                (built / FOLDER).mkdir()
                write_whole(built / FOLDER / "index.html", linkage)
            swap_in(built, home)
    return results


def _registered(conn: psycopg.Connection[Any], marts: Sequence[str], release_id: int) -> dict[rules.Key, int]:
    """The forms of the rules that the release is judged by; those of findings and eligibility stand beside them."""
    for beside in (rules.of_findings(), rules.of_eligibility()):
        rules.register(conn, beside, str(release_id))
    return rules.register(conn, [rule for mart in marts for rule in rules.of_mart(mart)], str(release_id))


@dataclass(frozen=True)
class _Answer:
    """That nothing breaks a rule, as it was found when the same was asked of the same rows (ADR 0064)."""

    release_id: int
    checked: int | None


def _answered(
    conn: psycopg.Connection[Any], questions: Mapping[tuple[str, str], str | None], release_id: int
) -> dict[tuple[str, str], _Answer]:
    """Rules that held when the same was asked of the same tables. What did not is asked anew, for addresses."""
    hashes = {question: rule for rule, question in questions.items() if question}
    found = conn.execute(
        """select distinct on (question_hash) question_hash, coalesce(answered_in, release_id), checked
        from audit.gate_result
        where door = 'publication' and passed and question_hash = any(%s) and release_id < %s
        order by question_hash, gate_result_id desc""",
        (list(hashes), release_id),
    ).fetchall()
    return {hashes[question]: _Answer(number, checked) for question, number, checked in found}


def _examine(
    conn: psycopg.Connection[Any],
    names: _Names,
    asked: Mapping[str, Sequence[Any]],
    answered: Mapping[tuple[str, str], _Answer],
    verdict: Broken,
    built: Path,
    *,
    home: Path,
    static: Path,
) -> tuple[list[RuleResult], list[Path]]:
    """Great Expectations' answers, suite by suite, and its pages. What is answered stands on them, and is not asked."""
    results: list[RuleResult] = []
    expected: dict[str, list[str]] = {}
    with examination(f"release-{names.release_id}", built, "release") as exam:
        from great_expectations import ExpectationSuite

        from expectations.broken_rows import broken_rows
        from expectations.site.offline import make_offline

        for mart, checks in asked.items():
            known = {
                check.code: answered[mart, check.code] for check in checks if (mart, check.code) in answered
            }
            suite = ExpectationSuite(
                name=f"publication_{mart}",
                expectations=[
                    broken_rows(check, _NO_ROW, answered_in=answer.release_id)
                    if (answer := known.get(check.code))
                    else broken_rows(check, verdict.query(conn, mart, check.code))
                    for check in checks
                ],
            )
            found = exam.validate(suite, table=names.partition(mart), asset=mart)
            results += [
                replace(result, checked=answer.checked, answered_in=answer.release_id)
                if (answer := known.get(result.rule_code))
                else replace(result, checked=verdict.checked[mart, result.rule_code])
                for result in found
            ]
            expected[suite.name] = [check.code for check in checks]
        exam.build_site()
        pages = make_offline(built, static, home=home, expected=expected)
    return results, pages


def _write_failures(
    conn: psycopg.Connection[Any], release_id: int, verdict: Broken, results: Sequence[RuleResult]
) -> None:
    """The addresses of what breaks a rule, from table to table; as many as Great Expectations counted."""
    for result in results:
        if result.passed:
            continue
        written = conn.execute(
            sql.SQL("""
                insert into audit.gate_failure (door, release_id, rule_code, severity, address)
                select 'publication', {}, {}, {}, jsonb_build_object('table', mart) || address
                from {} where mart = {} and rule_code = {}""").format(
                release_id, result.rule_code, result.severity, verdict.table, result.table, result.rule_code
            )
        ).rowcount
        if written != result.failing:
            raise SimpulError(
                f"rule '{result.rule_code}' on {result.table}: {result.failing} rows fail, {written} addresses",
                code="gate",
                hint="the verdict on a candidate must not change while it is read",
            )


# a release may show what an earlier one stored (`simpul.release.needs`)
_STORED = "select mart, stored_in from audit.release_table where release_id = %s"


class _Names:
    """Which tables the names in a check stand for."""

    def __init__(self, conn: psycopg.Connection[Any], release_id: int) -> None:
        self.release_id = release_id
        pointer = conn.execute("select release_id from audit.release_pointer").fetchone()
        # an erasure takes rows out of tables that stay
        counted = conn.execute("select count(*) from audit.erasure").fetchone()
        self._erasures: int = counted[0] if counted else 0
        self._previous: int | None = pointer[0] if pointer and pointer[0] != release_id else None
        self._stored: dict[int, dict[str, int]] = {
            number: dict(conn.execute(_STORED, (number,)).fetchall())
            for number in (release_id, self._previous)
            if number
        }
        self._tables: dict[tuple[str, str], int] = {
            (schema, table): number
            for schema, table, number in conn.execute(
                "select n.nspname, c.relname, c.oid from pg_class as c"
                " join pg_namespace as n on n.oid = c.relnamespace"
                " where n.nspname in ('release', 'intermediate', 'staging') and c.relkind in ('r', 'v', 'm')"
            )
        }

    def partition(self, mart: str, release_id: int | None = None) -> str:
        """Name of the partition that holds a mart of this release or of the one before, in schema ``release``."""
        number = release_id or self.release_id
        return f"{mart}__r{self._stored[number].get(mart, number)}"

    def marts_to_ask(self) -> list[str]:
        """All attached marts.

        Raises:
            ReleaseError: one that has a suite is not attached.
        """
        from expectations.publication import told_marts

        suffix = f"__r{self.release_id}"
        own = {
            t.removesuffix(suffix) for schema, t in self._tables if schema == "release" and t.endswith(suffix)
        }
        carried = {
            mart
            for mart in self._stored[self.release_id]
            if ("release", self.partition(mart)) in self._tables
        }
        found = sorted(own | carried)
        if missing := sorted(set(told_marts()) - set(found)):
            raise ReleaseError(
                f"release {self.release_id} has no {', '.join(missing)}, which the publication gate has to check",
                code="missing",
                hint="attach the candidate first",
            )
        return found

    def knows_previous(self, mart: str) -> bool:
        """There is a published release, and it has this mart."""
        return (
            self._previous is not None and ("release", self.partition(mart, self._previous)) in self._tables
        )

    def question_hash(self, check: Check, mart: str) -> str | None:
        """Of the query and the tables that it reads, by their number in the catalogue: a build never writes into
        one, it puts another in its place (ADR 0040). None: it reads what may change without being replaced.
        """
        if _MAY_CHANGE_UNSEEN.search(check.query + check.checked):
            return None
        read = sorted({self._place(name[1], mart) for name in _NAME.finditer(check.query + check.checked)})
        tables = (f"{place} {self._tables[place]}" for place in read)
        told = [check.code, check.query, check.checked, *tables, str(self._erasures)]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def fill(self, query: str, mart: str) -> str:
        """``query`` with every name filled in, ready for the database."""
        return _NAME.sub(lambda match: self._table(match[1], mart), query)

    def _table(self, name: str, mart: str) -> str:
        if name == "release_id":
            return str(self.release_id)
        schema, table = self._place(name, mart)
        return f'"{schema}"."{table}"'

    def _place(self, name: str, mart: str) -> tuple[str, str]:
        """Schema and table that a name stands for.

        Raises:
            SimpulError: there is none.
        """
        if name == "batch":
            return "release", self.partition(mart)
        if name == "previous":
            return "release", self.partition(mart, self._previous)
        places = [("release", self.partition(name)), *((schema, name) for schema in _SCHEMAS)]
        for place in places:
            if place in self._tables:
                return place
        raise SimpulError(
            f"a check of {mart} looks at '{name}', which is neither a table of release {self.release_id} nor a model",
            code="gate",
            hint="build the models first, or correct expectations/publication",
        )
