"""The process in which dbt runs: ``python -m simpul.transform_child <dbt arguments>``.

dbt's own output may quote cells (a database error shows the row it could not store), so none of it leaves this
process: what does is one JSON line per finished node, with messages cleaned by `clean`. Where dbt runs elsewhere
(Airflow), ``dbt_simpul`` cleans them at their source.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

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


def main(arguments: list[str]) -> int:
    """Run dbt; write one JSON line per node to stdout as soon as it has ended, or one with ``error``."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    _silence()
    _end_with_parent()
    from dbt.cli.main import dbtRunner

    told: set[str] = set()

    clean_adapter_errors()

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


def _end_with_parent() -> None:
    """A task that was killed is started again: its dbt must not go on writing beside the new one."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
