"""Erasing one person of a city, phase by phase; and holding the certificate against everything again."""

from __future__ import annotations

import itertools
import time

from bench import machine
from bench.figures import Figure, Goal, Say, Section, Table, number
from bench.home import checkpoint, own_home, server_version
from bench.size import Size
from sample import write_sample
from simpul import pipeline
from simpul.database import connect, ensure_database
from simpul.ledger import Decision
from simpul.settings import get_settings
from simpul.trust import erasure

WHOLE, VERIFY = "simpul erase", "simpul erase --verify"
HOW = """\
The sample lands and one release is built, without Airflow. Each round erases the person with the most records of
those whose cluster was not made by NIK alone: tables, archive, inbox, statistics of the server, the search after it,
the certificate. *Verify* searches every column of every table and every file by fingerprints."""
_WHO = """
select person_id from identity.link group by person_id having count(distinct match_kind) > 1 and count(*) > 2
order by count(*) desc, person_id limit 1
"""


def measure(size: Size, say: Say) -> Section:
    """One city, one release, a person a round."""
    section = Section("erasure", f"erasure: one person of a city of {size.people:,}", HOW)
    whole: list[float] = []
    verifying: list[float] = []
    phases: list[tuple[str, str]] = []
    with own_home():
        ensure_database()
        write_sample(get_settings().inbox, people=size.people, seed=1)
        time.sleep(2 * get_settings().settle_seconds)
        say(f"{len(pipeline.land_inbox())} files landed")
        outcome = pipeline.build("bench")
        say(f"release {outcome.release_id} is {outcome.status}")
        section.versions = machine.versions(server=server_version())
        for turn in range(size.rounds):
            with connect() as conn:
                row = conn.execute(_WHO).fetchone()
            assert row is not None
            checkpoint()
            marks = [("", time.perf_counter())]

            def note(line: str, marks: list[tuple[str, float]] = marks) -> None:
                marks.append((line.split(" ")[0], time.perf_counter()))

            done = erasure.erase(row[0], Decision(why="a benchmark"), "bench", "bench too", note)
            marks.append(("", time.perf_counter()))
            whole.append(marks[-1][1] - marks[0][1])
            phases = _phases(marks)
            started = time.perf_counter()
            assert done.certificate is not None and erasure.verify(done.certificate).is_sound
            verifying.append(time.perf_counter() - started)
            say(f"round {turn + 1} of {size.rounds}: {whole[-1]:.1f} s, verified in {verifying[-1]:.1f} s")
        section.remarks.append(
            f"erased in the last round: {sum(done.found['rows'].values())} rows, {done.found['copies']} files"
        )
    section.figures = [Figure(WHOLE, whole, goal=Goal(60, "s")), Figure(VERIFY, verifying)]
    section.tables.append(Table("Phases of the last round", ("phase", "s"), phases))
    return section


def _phases(marks: list[tuple[str, float]]) -> list[tuple[str, str]]:
    """Seconds by the first word of what was being done; what comes first is looking the person up."""
    spent: dict[str, float] = {}
    for (name, begun), (_, ended) in itertools.pairwise(marks):
        spent[name or "look up"] = spent.get(name or "look up", 0) + ended - begun
    return [(name, number(seconds)) for name, seconds in spent.items()]
