"""The process in which dbt runs: ``python -m simpul.transform_child`` imports it once, forks for each run (ADR 0058).

dbt's own output may quote cells (a database error shows the row it could not store), so none of it leaves this
process: what does is one JSON line per finished node, with messages cleaned by `clean`. Where dbt runs elsewhere
(Airflow), ``dbt_simpul`` cleans them at their source.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from simpul.settings import take_environment

if TYPE_CHECKING:
    from dbt.adapters.postgres.connections import PostgresConnectionManager

_QUOTED_NAME = re.compile(
    r'\b(relation|table|column|constraint|schema|function|index|type|role|database|operator class|node named) '
    r'"[a-z_][a-z0-9_.]*"'
)  # fmt: skip
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|\$\$.*?\$\$")
_DIGITS = re.compile(r"\d{5,}")
# lines in which PostgreSQL shows data or the statement
_TELLING = re.compile(
    r"^\s*(DETAIL|CONTEXT|HINT|LINE \d+|QUERY|STATEMENT|WHERE)\b|^\s*\^\s*$|^\s*compiled code at\b"
)
_TABLES = ("model", "seed")


def clean(message: str | None) -> str:
    """What went wrong, without any value: no detail lines, no quoted text but names of things, no long numbers."""
    kept: list[str] = []
    skipping = False
    for line in (message or "").splitlines():
        # the text of a statement follows its LINE mark until the caret under it
        skipping = bool(_TELLING.match(line)) or (skipping and line.startswith("   "))
        if not skipping and line.strip():
            kept.append(_without_values(line.strip()))
    return " · ".join(kept)[:1000]


def _without_values(line: str) -> str:
    names: list[str] = []

    def keep(match: re.Match[str]) -> str:
        names.append(match.group())
        return f"\0{len(names) - 1}\0"

    hidden = _DIGITS.sub("…", _QUOTED.sub("…", _QUOTED_NAME.sub(keep, line)))
    return re.sub(r"\0(\d+)\0", lambda match: names[int(match.group(1))], hidden)


def clean_adapter_errors() -> None:
    """Let dbt's PostgreSQL adapter see errors of the database only after `clean`. Doing it twice changes nothing."""
    import psycopg2
    from dbt.adapters.postgres.connections import PostgresConnectionManager

    original = PostgresConnectionManager.exception_handler
    if getattr(original, "hides_values", False):
        return

    @contextlib.contextmanager
    def exception_handler(self: PostgresConnectionManager, sql: str) -> Iterator[None]:
        with original(self, sql):
            try:
                yield
            except psycopg2.DatabaseError as error:
                raise type(error)(clean(str(error))) from None

    exception_handler.hides_values = True  # type: ignore[attr-defined]
    PostgresConnectionManager.exception_handler = exception_handler


def collect_seldom() -> None:
    """Look for garbage less often than Python does by itself, which took a fifth of the time of a run of dbt."""
    gc.set_threshold(50_000, 20, 100)


def serve() -> None:
    """Run dbt for each line of stdin, ``{"arguments", "environment", "folder"}``, until there are no more.

    To stdout goes what `run` tells, then ``{"ended": exit code}``. Imports take 3 s of processor time, which a fork
    need not spend; it begins with what was imported and nothing else, so no run sees another's.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    _silence()
    import psutil  # noqa: F401 - for the forks
    from dbt.cli.main import dbtRunner  # noqa: F401

    clean_adapter_errors()
    gc.collect()
    gc.freeze()  # no fork looks through what it did not make …
    collect_seldom()  # … nor a thousand times through the project
    origin = os.getppid()
    for line in sys.stdin:
        process = os.fork()
        if not process:
            os._exit(_as_asked(json.loads(line), origin, out))
        signal.signal(signal.SIGTERM, lambda *_, running=process: _stop(running))
        _, status = os.waitpid(process, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        out.write(json.dumps({"ended": os.waitstatus_to_exitcode(status)}) + "\n")


def _stop(running: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(running, signal.SIGTERM)
    os._exit(1)


def _as_asked(asked: dict[str, Any], origin: int, out: TextIO) -> int:
    """A run in this fork. Whatever goes wrong, it returns: the loop that it comes from is its parent's."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        take_environment(asked["environment"])
        os.chdir(asked["folder"])
        _end_with(origin)
        return run(asked["arguments"], out)
    except BaseException as error:
        out.write(json.dumps({"error": f"dbt could not be started: {type(error).__name__}"}) + "\n")
        return 1


def run(arguments: list[str], out: TextIO) -> int:
    """Run dbt; write one JSON line per node to ``out`` as soon as it has ended, or one with ``error``."""
    from dbt.cli.main import dbtRunner

    told: set[str] = set()

    def follow(event: Any) -> None:
        if event.info.name == "NodeFinished":
            result, node = event.data.run_result, event.data.node_info
            told.add(node.unique_id)
            _tell(out, node.unique_id, node.resource_type, result)

    outcome = dbtRunner(callbacks=[follow]).invoke(arguments)
    for result in getattr(outcome.result, "results", None) or ():
        if result.node.unique_id not in told:  # skipped ones never start, so they never finish
            _tell(out, result.node.unique_id, result.node.resource_type, result)
    if outcome.exception is not None:
        message = str(outcome.exception)
        # to parse is to read the project alone: what is quoted then is a line of it, and the way to mend it
        told = " ".join(message.split())[:1000] if arguments[0] == "parse" else clean(message)
        out.write(json.dumps({"error": told}) + "\n")
    return 0 if outcome.success else 1


def _tell(out: TextIO, unique_id: str, kind: Any, result: Any) -> None:
    out.write(json.dumps(told_of(unique_id, kind, result)) + "\n")


def told_of(unique_id: str, kind: Any, result: Any) -> dict[str, Any]:
    """What may be told of how a node ended, as `transform.NodeResult` has it: no value of a row."""
    kind, status = str(getattr(kind, "value", kind)), str(getattr(result.status, "value", result.status))
    adapter = dict(result.adapter_response or {})
    return {
        "unique_id": unique_id,
        "kind": kind,
        "status": status,
        "seconds": round(float(result.execution_time or 0), 3),
        "rows": int(adapter["rows_affected"]) if kind in _TABLES and "rows_affected" in adapter else None,
        "failures": int(getattr(result, "failures", None) or getattr(result, "num_failures", None) or 0),
        # a unit test shows rows: invented ones, and the way to mend it
        "message": str(result.message or "") if kind == "unit_test" else clean(result.message),
    }


def _silence() -> None:
    """What dbt, its adapter or a library prints goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _end_with(origin: int) -> None:
    """A task that was killed is started again: its dbt must not go on writing beside the new one.

    Args:
        origin: the process that asked for the run; the parent of this one's parent.
    """
    import psutil

    parent = psutil.Process(os.getppid())

    def is_wanted() -> bool:
        try:
            return os.getppid() == parent.pid and parent.ppid() == origin
        except psutil.Error:
            return False

    def watch() -> None:
        while is_wanted():
            time.sleep(0.2)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    serve()
