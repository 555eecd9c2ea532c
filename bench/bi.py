"""``bi``: what planners, analysts and caseworkers ask of a million people and six kept releases, row rights on.

Every question stands in ``bench/bi_queries.sql``. It is asked as its role asks it, of the published views, and by turns
as the owner of the one partition that holds the answer: no view, no other release, no row rights.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg
from psycopg import sql

from bench import machine
from bench.figures import Figure, Goal, Say, Section, Table, number
from bench.home import checkpoint, own_home, server_version
from bench.republish import republish
from bench.size import Size
from sample import write_sample
from simpul import pipeline
from simpul.database import connect, ensure_database
from simpul.ledger import Decision
from simpul.settings import get_settings
from simpul.trust import grants

QUERIES = Path(__file__).with_name("bi_queries.sql")
RELEASES = 6
CITY = "12.74"
HOW = """\
A synthetic city is landed and published by the real steps, then what comes later that year is landed and published;
the other releases are the second one's rows published again through open, attach and flip. *As asked* = by the role
that asks, on one open connection, answer fetched: `bi_reader` on the views of `marts`, `caseworker` on those of
`marts_person` with the rights of one city. *Sees every row* = the same text on the same views by the `steward`, whom no
region limits: what the row rights cost. *Bare partition* = the same text as the owner, over the one partition that
holds the answer. They take turns, each being the first in turn; each is asked once before anything is measured. The
questions: `bench/bi_queries.sql`."""

VILLAGES_LETTER = "keputusan: Kepmendagri 300.2.2-2430 Tahun 2025\ntanggal_keputusan: 2025-06-23\n"

_BLOCK = re.compile(r"^-- (\w+) · (\w+)(?: · needs (\w+))?\n((?:-- .*\n)+)((?:(?!-- ).*\n?)+)", re.MULTILINE)
# who sees the rows of his regions only, and who sees all of them through the same views
_LIMITED, _UNLIMITED = "caseworker", "steward"
_BARE = "bench_bare"


@dataclass(frozen=True)
class Question:
    """A query, who asks it and what for; ``needs`` is a table that may not be there yet."""

    role: str
    name: str
    words: str
    text: str
    needs: str = ""


@dataclass
class Answers:
    """Seconds of every time a question was asked: as its role, of the bare partition, and as who may see every row."""

    question: Question
    rows: int = 0
    asked: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    unlimited: list[float] = field(default_factory=list)

    def cells(self) -> tuple[str, ...]:
        """One row of the table of questions."""
        ratio = median(mine / theirs for mine, theirs in zip(self.asked, self.bare, strict=True))
        told = (median(self.asked), p95(self.asked), median(self.bare))
        milliseconds = tuple(f"{number(seconds * 1000)} ms" for seconds in told)
        return (self.question.name, self.question.role, f"{self.rows:,}", *milliseconds, f"{ratio:.2f} ×")


def questions() -> list[Question]:
    """The questions of the file, in its order."""
    found = _BLOCK.findall(QUERIES.read_text(encoding="utf-8"))
    return [
        Question(
            role, name, " ".join(re.sub(r"^-- ", "", words, flags=re.MULTILINE).split()), query.strip(), needs
        )
        for role, name, needs, words, query in found
    ]


def there() -> list[Question]:
    """The questions whose tables are published, in the newest release that was laid bare."""
    with connect() as conn:
        found = conn.execute("select viewname from pg_views where schemaname = %s", (_BARE,)).fetchall()
    published = {name for (name,) in found}
    return [question for question in questions() if not question.needs or question.needs in published]


def p95(seconds: Sequence[float]) -> float:
    """The time that 19 of 20 keep."""
    return quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]


def measure(size: Size, say: Say) -> Section:
    """Publish ``size.crowd`` people in a home of its own and ask everything."""
    section = Section("bi", f"bi: {size.crowd:,} people, {RELEASES} kept releases", HOW)
    with own_home(settle_seconds="0"):
        ensure_database()
        rows = _publish(size.crowd, say, section)
        checkpoint()
        asked = ask_all(there(), size.repeats * size.rounds, say)
        section.versions = machine.versions(server=server_version())
    section.title = f"bi: {len(asked)} questions, {size.crowd:,} people, {RELEASES} kept releases"
    section.remarks.append(f"{rows:,} rows are published in the release that is asked")
    silent = {question.needs for question in questions()} - {answers.question.needs for answers in asked}
    if silent:
        section.remarks.append(f"not there yet, so not asked: {', '.join(sorted(silent))}")
    judge(section, asked)
    return section


# ---------------------------------------------------------------------------------------------------------- releases
def _publish(people: int, say: Say, section: Section) -> int:
    """Two releases from deliveries, the rest from the second one's rows; returns the rows of the last."""
    inbox, later = get_settings().inbox, get_settings().work / "later"
    write_sample(inbox, people=people, seed=1, later=later)
    _write_villages(inbox / "reference")
    say("the sample is written")
    took = [_land_and_build("first", say)]
    for folder in later.iterdir():
        folder.rename(inbox / folder.name / "later")
    took.append(_land_and_build("second", say))
    section.remarks.append(
        "landing, then building and publishing a release: "
        + "; ".join(f"{landed:.0f} s and {built:.0f} s" for landed, built in took)
    )
    return keep_more(2, RELEASES - 2, say)


def keep_more(source: int, count: int, say: Say) -> int:
    """Publish the rows of a release ``count`` times more, let a caseworker see the city; rows of the newest release.

    The newest stands bare beside its views from now on.
    """
    marts = pipeline.published_marts()
    newest = source
    for _ in range(count):
        started = time.perf_counter()
        newest = republish(marts, source)
        say(f"release {newest} is published: {time.perf_counter() - started:.1f} s")
    with connect() as conn:
        grants.grant(conn, _LIMITED, CITY, Decision("bench", "measured", "diukur"))
        _lay_bare(conn, [mart.name for mart in marts], newest)
        row = conn.execute("select tables from audit.release where release_id = %s", (newest,)).fetchone()
    assert row is not None
    return sum(table["rows"] for table in row[0].values())


def _write_villages(folder: Path) -> None:
    """The list of the city's villages with its letter: people then live in villages, not in districts."""
    with (machine.ROOT / "include" / "sample" / "tanjungbalai_villages.csv").open(encoding="utf-8") as file:
        rows = [
            f"{row['village_code']},{row['district_code']},{row['village']}" for row in csv.DictReader(file)
        ]
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "villages.csv"
    table.write_text("\n".join(["code,district_code,name", *rows]) + "\n", encoding="utf-8")
    Path(f"{table}.yml").write_text(VILLAGES_LETTER, encoding="utf-8")


def _land_and_build(run: str, say: Say) -> tuple[float, float]:
    started = time.perf_counter()
    results = pipeline.land_inbox()
    landed = time.perf_counter()
    outcome = pipeline.build(run)
    assert outcome.is_new and outcome.status == "published", outcome.reason
    took = landed - started, time.perf_counter() - landed
    say(f"release {outcome.release_id}: {len(results)} files in {took[0]:.1f} s, built in {took[1]:.1f} s")
    return took


def _lay_bare(conn: psycopg.Connection[Any], marts: Sequence[str], release_id: int) -> None:
    """The partitions of one release under the names of the views, for their owner."""
    conn.execute(sql.SQL("create schema {}").format(sql.Identifier(_BARE)))
    for mart in marts:
        conn.execute(
            sql.SQL("create view {} as select * from {}").format(
                sql.Identifier(_BARE, mart), sql.Identifier("release", f"{mart}__r{release_id}")
            )
        )


# ------------------------------------------------------------------------------------------------------------ asking
def ask_all(asked: Sequence[Question], repeats: int, say: Say) -> list[Answers]:
    """Ask every question ``repeats`` times as everybody who is compared, each in turn being the first."""
    names = _names()
    found = []
    with ExitStack() as opened:
        roles = {question.role for question in asked} | {_UNLIMITED, None}
        connections = {
            role: opened.enter_context(closing(connect(role=role, autocommit=True))) for role in roles
        }
        connections[None].execute(f"set search_path = {_BARE}")
        for connection in connections.values():
            connection.prepare_threshold = None  # BI tools send text
        for question in asked:
            text = question.text.format(**names)
            answers = Answers(question, rows=len(_fetch(connections[question.role], text)))
            turns = [(connections[question.role], answers.asked), (connections[None], answers.bare)]
            if question.role == _LIMITED:
                turns.append((connections[_UNLIMITED], answers.unlimited))
            for connection, _ in turns:
                _fetch(connection, text)
            for repeat in range(repeats):
                first = repeat % len(turns)
                for connection, seconds in turns[first:] + turns[:first]:
                    seconds.append(_seconds(connection, text))
            found.append(answers)
            say(" · ".join(answers.cells()))
    return found


def _names() -> dict[str, str]:
    """What stands in braces: the largest village, and somebody there with a sound number and a family card."""
    with connect() as conn:
        row = conn.execute(
            f"""select nik, no_kk, person_id, region_code from {_BARE}.person
            where nik_status = 'valid' and no_kk is not null and region_code = (
                select region_code from {_BARE}.person where region_code like %s
                group by region_code order by length(region_code) desc, count(*) desc limit 1)
            order by person_id limit 1""",
            (f"{CITY}.%",),
        ).fetchone()
    assert row is not None
    return {
        name: str(value) for name, value in zip(("nik", "no_kk", "person_id", "village"), row, strict=True)
    }


def _fetch(conn: psycopg.Connection[Any], text: str) -> list[tuple[Any, ...]]:
    return conn.execute(text).fetchall()  # type: ignore[arg-type]  # the bench's own text


def _seconds(conn: psycopg.Connection[Any], text: str) -> float:
    started = time.perf_counter()
    _fetch(conn, text)
    return time.perf_counter() - started


# ----------------------------------------------------------------------------------------------------------- figures
def judge(section: Section, asked: Sequence[Answers]) -> None:
    """Add what the answers took to the section, against the goals."""
    add = section.figures.append
    every = [seconds for answers in asked for seconds in answers.asked]
    add(Figure("p95 of every answer", [p95(every) * 1000], "ms", goal=Goal(200, "ms")))
    add(Figure("p50 of every answer", [median(every) * 1000], "ms"))
    slowest = max(asked, key=lambda answers: p95(answers.asked))
    add(Figure(f"slowest question: {slowest.question.name}, p95", [p95(slowest.asked) * 1000], "ms"))
    for role in ("bi_reader", _LIMITED):
        mine = [answers for answers in asked if answers.question.role == role]
        bare = ("bare partition", _by_round([answers.bare for answers in mine]))
        told, took = f"all {len(mine)} questions of {role}", _by_round([answers.asked for answers in mine])
        add(Figure(told, took, against=bare))
        if role == _LIMITED:
            unlimited = (
                f"{_UNLIMITED}, who sees every row",
                _by_round([answers.unlimited for answers in mine]),
            )
            add(Figure(f"{told}, row rights of one city", took, against=unlimited, goal=Goal(1.1)))
    heading = ("question", "asked by", "rows", "p50", "p95", "bare partition, p50", "ratio")
    section.tables.append(Table("Question by question", heading, [answers.cells() for answers in asked]))
    over = [a.question.name for a in asked if p95(a.asked) > 0.2]
    if over:
        section.remarks.append(f"over 200 ms at p95: {', '.join(over)}")


def _by_round(seconds: Sequence[Sequence[float]]) -> list[float]:
    """Seconds of all questions together, per round."""
    return [sum(of_round) for of_round in zip(*seconds, strict=True)]
