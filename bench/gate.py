"""Landing gate: all rules with every failing address, beside one hand-written SQL pass that only counts.

``python -m bench.gate [--rows N] [--rounds R] [--each]``: needs a warehouse (``simpul up`` or SIMPUL_DSN); starts the
embedded one. ``--each`` also asks Great Expectations rule by rule on the records, as it is usually done (slow). The
kinds take turns, the best of each counts. The gate as a whole (pages, quarantine, attach) is told beside them, without
the two seconds that importing Great Expectations takes once per process.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from bench import machine
from bench.figures import Figure, Goal, Say, Section
from bench.files import NAME, write_delivery
from bench.home import own_home, server_version
from bench.size import Size
from simpul import gate, landing
from simpul.contract import Contract, load_contracts
from simpul.database import connect, ensure_database
from simpul.gate.examination import examination, load_gx
from simpul.gate.verdict import judge
from simpul.predicates import is_window, prepared_columns, sound_predicate
from simpul.render import partition_name

GOAL = 1.25
HAND, VERDICT = "one hand-written pass", "verdict (every address)"
HOW = """\
*One hand-written pass* = the SQL that a careful person would write: every cell prepared once, all rules
counted, no address. *Verdict* = the gate's own pass, which also writes the address of every failing cell.
*The whole gate* adds Great Expectations, its page, quarantine and attaching the table, without the two
seconds that importing it takes once per process."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--each", action="store_true")
    options = parser.parse_args()
    ensure_database()
    load_gx()
    with tempfile.TemporaryDirectory(prefix="simpul-bench-") as folder:
        path = Path(folder, NAME)
        write_delivery(path, options.rows, seed=time.time_ns() % 1_000_000)
        loaded = landing.land(path)
    contract = load_contracts()[str(loaded.dataset)]
    with connect(autocommit=True) as conn:
        times = _rounds(_kinds(conn, contract, loaded.file_id), options.rounds)
        found = {name: min(seconds) for name, seconds in times.items()}
        if options.each:
            found["Great Expectations, rule by rule"] = _seconds(lambda: _each(contract, loaded.file_id))
    found["the whole gate"] = _seconds(lambda: gate.gate_file(loaded.file_id))
    hand = found[HAND]
    print(f"{loaded.rows_read:,} records, {len(contract.rules)} rules")
    for name, seconds in found.items():
        print(f"{name:<34} {seconds:>8.2f}s {seconds / hand:>6.2f}")
    print(f"goal: verdict ≤ {GOAL}")


def measure(size: Size, say: Say) -> Section:
    """The same as a section of the results, in a home of its own."""
    with own_home(settle_seconds="0") as settings:
        say("PostgreSQL, a landed file")
        ensure_database()
        load_gx()
        path = settings.work / NAME
        write_delivery(path, size.rows)
        loaded = landing.land(path)
        contract = load_contracts()[str(loaded.dataset)]
        with connect(autocommit=True) as conn:
            times = _rounds(_kinds(conn, contract, loaded.file_id), size.rounds)
        say("the whole gate")
        times["the whole gate"] = [_seconds(lambda: gate.gate_file(loaded.file_id))]
        versions = machine.versions(server=server_version())
    hand = (HAND, times[HAND])
    figures = [
        Figure(VERDICT, times[VERDICT], against=hand, goal=Goal(GOAL)),
        Figure("the whole gate", times["the whole gate"], against=(HAND, times[HAND][-1:])),
    ]
    title = f"gate: {size.rows:,} records, {len(contract.rules)} rules at the landing gate"
    return Section("gate", title, HOW, figures, versions=versions)


def _kinds(conn: psycopg.Connection[Any], contract: Contract, file_id: str) -> dict[str, Callable[[], Any]]:
    hand = _hand_written(conn, contract, file_id)
    return {
        HAND: lambda: conn.execute(hand),
        VERDICT: lambda: judge(conn, contract, contract.editions[0], file_id),
    }


def _rounds(kinds: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, work in kinds.items():
            times[name].append(_seconds(work))
    return times


def _hand_written(conn: psycopg.Connection[Any], contract: Contract, file_id: str) -> str:
    """What a careful person would write: every cell prepared once, all rules counted, repeated keys by a group."""
    edition, load = contract.editions[0], partition_name(contract, file_id).as_string(conn)
    plain = [rule for rule in contract.rules if not is_window(rule)]
    cells = ", ".join(f'{text} as "{name}"' for name, text in prepared_columns(contract, edition).items())
    counts = ", ".join(
        f"count(*) filter (where not {sound_predicate(contract, edition, rule, prepared=True)})"
        for rule in plain
    )
    repeated = "".join(
        f", (select sum(n) from (select count(*) as n from {load} group by"
        f" {', '.join(rule.columns)} having count(*) > 1) as twice)"
        for rule in contract.rules
        if is_window(rule)
    )
    return f"select {counts}{repeated} from (select {cells} from {load} offset 0) as cell"


def _each(contract: Contract, file_id: str) -> None:
    """One `UnexpectedRowsExpectation` per rule on the records themselves."""
    from great_expectations import ExpectationSuite
    from great_expectations.expectations import UnexpectedRowsExpectation

    load = f'raw."{contract.table}__{file_id}"'
    expectations = []
    for rule in contract.rules:
        if not is_window(rule):
            test = sound_predicate(contract, contract.editions[0], rule).replace("{", "{{").replace("}", "}}")
            query = f"select _row from {load} where not {test} /* {{batch}} */".replace(":", "\\:")
            expectations.append(
                UnexpectedRowsExpectation(unexpected_rows_query=query, meta=_META, severity="warning")
            )
    with tempfile.TemporaryDirectory() as folder, examination("each", Path(folder), "raw") as exam:
        suite = ExpectationSuite(name="each", expectations=expectations)
        exam.validate(suite, table=f"{contract.table}__{file_id}", asset=contract.table)


_META = dict.fromkeys(
    ("rule_code", "severity", "dimension", "column", "description_en", "description_id"), "bench"
)


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
