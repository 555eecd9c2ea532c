"""Door 2's verdict: what breaks each rule, asked on several connections before Great Expectations looks at it.

As at door 1 (`simpul.gate.verdict`) Great Expectations reads a verdict: one connection alone, asking rule by rule, left
half of the server idle.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import psycopg
from psycopg import sql

from simpul.database import connect, no_values
from simpul.gate.examination import not_checked

_SIDE_BY_SIDE = 3


@dataclass(frozen=True)
class Question:
    """A rule as the database is asked: names of tables filled in.

    Attributes:
        table: the published table that it is about.
        rule_code: of the rule.
        query: gives the addresses of what breaks it.
        counted: gives the number of rows that it looks at.
    """

    table: str
    rule_code: str
    query: str
    counted: str


@dataclass(frozen=True)
class Broken:
    """The verdict on a release: ``quarantine."verdict__release_<n>"`` with ``mart``, ``rule_code`` and ``address``."""

    table: sql.Identifier
    checked: Mapping[tuple[str, str], int]
    """Rows that each rule looked at, by table and rule code."""

    @classmethod
    def of(cls, release_id: int, questions: Sequence[Question]) -> Self:
        """Ask everything. See `broken`.

        Raises:
            SimpulError: a rule could not be asked; names the rule and the server's error, no value.
        """
        table = _place(release_id)
        with connect(autocommit=True, application_name="simpul gate") as conn:
            conn.execute(sql.SQL("drop table if exists {}").format(table))
            conn.execute(
                sql.SQL(
                    "create unlogged table {} (mart text not null, rule_code text not null, address jsonb not null)"
                ).format(table)
            )
        # what several rules count is counted once
        counted = list(dict.fromkeys(question.counted for question in questions))
        work = deque([*questions, *counted])
        with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="rules") as workers:
            done = [workers.submit(_work, work, table) for _ in range(_SIDE_BY_SIDE)]
        counts = {text: rows for one in done for text, rows in one.result().items()}
        with connect(autocommit=True, application_name="simpul gate") as conn:
            conn.execute(sql.SQL("create index on {} (mart, rule_code)").format(table))
            conn.execute(sql.SQL("analyze {}").format(table))
        return cls(
            table, {(question.table, question.rule_code): counts[question.counted] for question in questions}
        )

    def query(self, conn: psycopg.Connection[Any], table: str, rule_code: str) -> str:
        """What breaks a rule, as Great Expectations asks; it wants the name of its table in every query."""
        asking = sql.SQL(
            "select 1 as broken from {} where mart = {} and rule_code = {} /* judged: {{batch}} */"
        )
        return asking.format(self.table, table, rule_code).as_string(conn)


@contextmanager
def broken(release_id: int, questions: Sequence[Question]) -> Iterator[Broken]:
    """`Broken.of` the questions, gone at the end of the block."""
    try:
        yield Broken.of(release_id, questions)
    finally:
        with connect(autocommit=True, application_name="simpul gate") as conn:
            conn.execute(sql.SQL("drop table if exists {}").format(_place(release_id)))


def _place(release_id: int) -> sql.Identifier:
    return sql.Identifier("quarantine", f"verdict__release_{release_id}")


def _work(work: deque[Question | str], table: sql.Identifier) -> dict[str, int]:
    """Take what is left, one by one, until nothing is or something went wrong; what was counted."""
    counts: dict[str, int] = {}
    with connect(autocommit=True, application_name="simpul gate") as conn:
        try:
            while (todo := _next(work)) is not None:
                if isinstance(todo, str):
                    with _named("the rows that rules look at"):
                        ((counts[todo],),) = conn.execute(todo).fetchall()  # type: ignore[call-overload]  # ours
                else:
                    with _named(f"rule '{todo.rule_code}' on {todo.table}"):
                        conn.execute(_asking(table, todo))
        except BaseException:
            work.clear()
            raise
    return counts


def _next(work: deque[Question | str]) -> Question | str | None:
    try:
        return work.popleft()
    except IndexError:
        return None


def _asking(table: sql.Identifier, question: Question) -> sql.Composed:
    return sql.SQL("insert into {} select {}, {}, to_jsonb(broken) from ({}) as broken").format(
        table,
        question.table,
        question.rule_code,
        sql.SQL(question.query),  # type: ignore[arg-type]  # ours
    )


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Say which question it was that could not be asked."""
    with no_values(what):
        try:
            yield
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            raise not_checked(what, type(error).__name__) from None
