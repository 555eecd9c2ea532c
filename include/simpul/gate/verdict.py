"""All rules of a contract on all records of a file, in one SQL pass.

The verdict is a work table with one row per record and rule it breaks: the record's place in the load table (``ctid``:
nothing changes a load table between judging and settling) and the rule's code, no value. Great Expectations then
decides over the verdict instead of scanning the records once per rule, and the same rows lead to the quarantine and to
``audit.gate_failure``. See docs/adr/0004-landing-gate-one-pass.md.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, Edition, Rule
from simpul.database import no_values
from simpul.predicates import broken_sql, clean, is_window, prepared_columns, sound_predicate
from simpul.render import partition_name

log = logging.getLogger("simpul.gate")

_CHANCE = 9  # so few breaches of a rule that tolerates a share are none, however short the list
_SMALL = 5_000  # records; below, an index costs more than it saves


@dataclass(frozen=True)
class Verdict:
    """What judging found in one file."""

    table: sql.Identifier
    """``quarantine."verdict__<file id>"``: ``record`` (ctid in the load table), ``rule_code``."""
    records: int
    checked: dict[str, int]
    """Records that each rule looks at, by rule code: all, or those that its ``when`` names."""

    def tell(self, conn: psycopg.Connection[Any], codes: Iterable[str]) -> None:
        """Put in what is told of the file as a whole: a row without a record for each rule it breaks."""
        for code in codes:
            conn.execute(
                sql.SQL("insert into {} (record, rule_code) values (null, %s)").format(self.table), (code,)
            )

    def tell_records(
        self,
        conn: psycopg.Connection[Any],
        code: str,
        load: sql.Composable,
        condition: sql.Composable,
        values: Mapping[str, Any],
    ) -> None:
        """Put in the records of the load table (``record``) of which a condition says that they break a rule."""
        conn.execute(
            sql.SQL("insert into {} (record, rule_code) select ctid, {} from {} as record where {}").format(
                self.table, sql.Literal(code), load, condition
            ),
            values,
        )


def verdict_name(file_id: str) -> sql.Identifier:
    """The verdict's table; one per file, so two files never wait for each other and nothing has to be deleted."""
    return sql.Identifier("quarantine", f"verdict__{file_id}")


def judge(conn: psycopg.Connection[Any], contract: Contract, edition: Edition, file_id: str) -> Verdict:
    """Fill the verdict of a file's load table, from scratch.

    Args:
        conn: autocommit connection: other sessions must see the verdict.
        contract: the file's dataset.
        edition: the layout it came in (its decimal mark).
        file_id: of ``audit.file``; its load table ``raw."<table>__<file id>"`` is there and not attached.

    Raises:
        SimpulError: the pass failed; the message names no value.
    """
    load, table = partition_name(contract, file_id), verdict_name(file_id)
    with no_values(f"judging file {file_id}"), conn.transaction():
        conn.execute(sql.SQL("drop table if exists {}").format(table))
        conn.execute(_one_pass(conn, contract, edition, load, table))
        for rule in contract.rules:
            if is_window(rule):
                conn.execute(_repeated(conn, contract, edition, rule, load, table))
        records, checked = _population(conn, contract, load)
        for rule in contract.rules:
            if rule.tolerates_percent is not None:
                _whole_column(conn, contract, edition, rule, checked[rule.code], load, table)
        if records > _SMALL:  # the suite asks rule by rule
            conn.execute(sql.SQL("create index on {} (rule_code)").format(table))
            conn.execute(sql.SQL("analyze {}").format(table))
    log.info("file %s: %d records judged by %d rules", file_id, records, len(contract.rules))
    return Verdict(table, records, checked)


def _one_pass(
    conn: psycopg.Connection[Any],
    contract: Contract,
    edition: Edition,
    load: sql.Identifier,
    table: sql.Identifier,
) -> str:
    """Every record is read once, every cell trimmed and parsed once; only broken records are asked rule by rule.

    PostgreSQL would flatten the subquery and prepare a cell anew for each of its rules. A volatile column that the
    filter mentions stops that and, unlike ``offset 0``, leaves both the preparing and the judging to parallel workers.
    CREATE TABLE AS, because INSERT … SELECT is never parallel.
    """
    rules = [rule for rule in contract.rules if not is_window(rule) and rule.tolerates_percent is None]
    target = f"create unlogged table {table.as_string(conn)} as"
    if not rules:
        return f"{target} select null::tid as record, null::text as rule_code limit 0"
    sound = [sound_predicate(contract, edition, rule, prepared=True) for rule in rules]
    cells = "".join(f', {text} as "{name}"' for name, text in prepared_columns(contract, edition).items())
    broken = ", ".join(
        f"case when not {test} then '{rule.code}' end" for test, rule in zip(sound, rules, strict=True)
    )
    return f"""{target}
        select record, unnest(array_remove(array[{broken}], null)) as rule_code
        from (select ctid as record, clock_timestamp() as _whole{cells} from {load.as_string(conn)}) as cell
        where case when _whole is not null then not ({" and ".join(sound)}) end"""  # noqa: S608 — rule codes are names, predicates quote their texts


def _repeated(
    conn: psycopg.Connection[Any],
    contract: Contract,
    edition: Edition,
    rule: Rule,
    load: sql.Identifier,
    table: sql.Identifier,
) -> str:
    """Records that share a key: a question about all records at once, which one pass cannot answer."""
    source = load.as_string(conn)
    same = [
        f"{name} is not distinct from record.{name}"
        for name in ("_sheet", "_column")[: 1 + contract.is_melted]
    ]
    return f"""
        insert into {table.as_string(conn)}
        select record.ctid, '{rule.code}'
        from ({broken_sql(contract, edition, rule, source)}) as twice
        join {source} as record on record._row = twice._row
            and {" and ".join(f"twice.{condition}" for condition in same)}"""  # noqa: S608


def _whole_column(
    conn: psycopg.Connection[Any],
    contract: Contract,
    edition: Edition,
    rule: Rule,
    checked: int,
    load: sql.Identifier,
    table: sql.Identifier,
) -> None:
    """A rule that tells of a column as a whole: its breaches are counted, and written down where they are too many."""
    broken = f"not {sound_predicate(contract, edition, rule)}"
    source = load.as_string(conn)
    row = conn.execute(f"select count(*) from {source} where {broken}").fetchone()  # type: ignore[arg-type]  # noqa: S608
    assert row is not None
    if row[0] > max(_CHANCE, checked * (rule.tolerates_percent or 0) / 100):
        text = f"insert into {table.as_string(conn)} select ctid, '{rule.code}' from {source} where {broken}"  # noqa: S608
        conn.execute(text)  # type: ignore[arg-type]


def _population(
    conn: psycopg.Connection[Any], contract: Contract, load: sql.Identifier
) -> tuple[int, dict[str, int]]:
    """(records, records that each rule looks at)."""
    conditions = {tuple(sorted(rule.when.items())) for rule in contract.rules if rule.when}
    order = sorted(conditions)
    filters = [
        " and ".join(
            "{} in ({})".format(
                f"lower({clean(sql.Identifier(column).as_string(conn))})",
                ", ".join(sql.Literal(value.lower()).as_string(conn) for value in values),
            )
            for column, values in condition
        )
        for condition in order
    ]
    counts = "".join(f", count(*) filter (where {test})" for test in filters)
    row = conn.execute(f"select count(*){counts} from {load.as_string(conn)}").fetchone()  # type: ignore[arg-type]  # noqa: S608
    assert row is not None
    by_condition = dict(zip(order, row[1:], strict=True))
    return row[0], {
        rule.code: by_condition[tuple(sorted(rule.when.items()))] if rule.when else row[0]
        for rule in contract.rules
    }
