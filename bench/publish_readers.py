"""Readers that compare two marts in one statement while releases are published: nobody may ever see two at once.

The marts are ``fct_poverty`` and ``rpt_poverty_position``: those that dbt built (`REAL`), or plain ones with a column
``batch`` that holds one value per release (`QUERY`). Used by tests/release (ten publishes in every run, a hundred in
`make prove`) and tests/pipeline. As a program it is one process of readers:

    READERS_DSN=… READERS_QUERY=… python -m bench.publish_readers THREADS STOP_FILE RESULT_FILE

The address holds a password, and arguments of a process can be read by everybody on the machine: hence the environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from bench.machine import ROOT

# two values, or two counts that differ = two releases in one answer
QUERY = """
select (select array_agg(distinct batch) from marts.fct_poverty),
    (select array_agg(distinct batch) from marts.rpt_poverty_position),
    (select count(*) from marts.fct_poverty), (select count(*) from marts.rpt_poverty_position)
"""

# the same of the marts as dbt built them: the position of a region is computed from the figure beside it
REAL = """
select (select array_agg(distinct _release_id) from marts.fct_poverty),
    (select array_agg(distinct _release_id) from marts.rpt_poverty_position),
    count(*), count(*) filter (where fact.p0_percent = report.p0_percent)
from marts.fct_poverty as fact join marts.rpt_poverty_position as report using (region_code, year, month)
where fact.area = 'total' and fact.p0_percent is not null
"""


@contextlib.contextmanager
def looping_readers(
    dsn: str, folder: Path, *, processes: int = 2, threads: int = 4, query: str = QUERY
) -> Iterator[dict[str, Any]]:
    """Readers at full speed around the block; when it has ended the yielded dict holds what they saw.

    Returns:
        ``{"readers", "reads", "mixed", "errors": [names of exceptions]}``
    """
    seen: dict[str, Any] = {}
    stop = folder / "stop"
    stop.unlink(missing_ok=True)
    targets = [folder / f"readers{number}.json" for number in range(processes)]
    command = [sys.executable, "-m", "bench.publish_readers", str(threads), str(stop)]
    environment = {**os.environ, "READERS_DSN": dsn, "READERS_QUERY": query}
    running = [subprocess.Popen([*command, str(target)], cwd=ROOT, env=environment) for target in targets]
    try:
        yield seen
    finally:
        stop.touch()
        codes = [process.wait(timeout=120) for process in running]
    assert codes == [0] * processes, f"readers ended with {codes}"
    results = [result for target in targets for result in json.loads(target.read_text())]
    seen["readers"] = len(results)
    seen["reads"] = sum(result["reads"] for result in results)
    seen["mixed"] = sum(result["mixed"] for result in results)
    seen["errors"] = [name for result in results for name in result["errors"]]


def _read(dsn: str, query: str, number: int, stop: Path, results: list[dict[str, Any]]) -> None:
    reads = mixed = 0
    errors: list[str] = []
    # odd readers prepare their statement (a cached plan must notice new partitions), even ones do not
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=1 if number % 2 else None) as conn:
        while not stop.exists():
            try:
                row = conn.execute(query).fetchone()  # type: ignore[arg-type]
                assert row is not None
                fact, report, facts, reports = row
                reads += 1
                mixed += fact != report or facts != reports or len(fact or ()) != 1
            except psycopg.Error as error:
                errors.append(type(error).__name__)
    results.append({"reads": reads, "mixed": mixed, "errors": errors})


def main(dsn: str, query: str, threads: int, stop: Path, target: Path) -> None:
    """One process of readers, until the stop file is there."""
    results: list[dict[str, Any]] = []
    workers = [
        threading.Thread(target=_read, args=(dsn, query, number, stop, results)) for number in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    target.write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    asked = os.environ
    main(asked["READERS_DSN"], asked["READERS_QUERY"], int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
