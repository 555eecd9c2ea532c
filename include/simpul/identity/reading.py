"""The records and the stewards' decisions, out of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from psycopg import sql
from pyarrow import csv

from simpul.errors import ContractBreach, SimpulError
from simpul.identity import figures
from simpul.identity.resolving import COLUMNS, DECISIONS, MARKS, NO_KEY

BATCH = 32 << 20
"""Bytes of text that are handed on at once."""

_TYPES = (
    {name: pa.string() for name in COLUMNS} | dict.fromkeys(MARKS, pa.int64()) | {"birth_date": pa.date32()}
)
_KEY_NO = f"coalesce(hashtextextended(record_key, 0), {NO_KEY})"
_DAY = "birth_date - date '1900-01-01'"
# of each column a hash of its own kind, so that a value in another column is another; half as long as one of the row.
# The key, by which two are compared, is left out
_FINGERPRINT = " # ".join(
    f"coalesce({f'hashint4extended({_DAY}' if name == 'birth_date' else f'hashtextextended({name}'}, {kind}), 0)"
    for kind, name in enumerate(COLUMNS)
    if name != "record_key"
)
RECORDS = f"select {', '.join(COLUMNS)}, {_KEY_NO}, {_FINGERPRINT} from intermediate.int_person_record"  # noqa: S608 - ours
"""All records, as SQL."""
# many numbers for one array: several processes look for it, as they would not for a temporary table
_CHOSEN = f"{RECORDS} where {_KEY_NO} = any ({{}})"
# one value, for a row costs more than its numbers; a text of bytes holds those of 67 million records
_MARKS = f"""
select string_agg(int8send(key_no) || int8send(fingerprint), ''::bytea) from (
    select {_KEY_NO} as key_no, {_FINGERPRINT} as fingerprint from intermediate.int_person_record) as marked
"""  # noqa: S608
_DECISIONS = """
select dataset_a || '|' || source_key_a, dataset_b || '|' || source_key_b, is_same_person
from staging.stg_review__link_decision where is_same_person is not null order by 1, 2
"""


def records(conn: psycopg.Connection[Any]) -> Iterator[pa.Table]:
    """All records (`COLUMNS` and `MARKS`), in parts; one part without rows where there are none."""
    return _read(conn, RECORDS)


def chosen_records(conn: psycopg.Connection[Any], keys: pa.Table) -> Iterator[pa.Table]:
    """As `records`, those whose key is in ``keys`` (key_no)."""
    conn.execute("set local parallel_tuple_cost = 0")  # the planner takes them for nearly all
    return _read(conn, sql.SQL(_CHOSEN).format(keys["key_no"].to_pylist()).as_string(conn))


def marks(conn: psycopg.Connection[Any]) -> pa.Table:
    """`MARKS` of every record: a number that stands for its key, one that is another where the record is another."""
    with conn.cursor(binary=True) as cursor:
        ((sent,),) = cursor.execute(_MARKS).fetchall()
    numbers = np.frombuffer(sent or b"", ">i8").reshape(-1, len(MARKS))
    return pa.table({name: numbers[:, place].astype(np.int64) for place, name in enumerate(MARKS)})


def check_keys(conn: psycopg.Connection[Any]) -> None:
    """No two records have the same key.

    Raises:
        ContractBreach: they have.
    """
    ((repeated,),) = conn.execute(
        "select count(*) - count(distinct record_key) from intermediate.int_person_record"
    ).fetchall()
    if repeated:
        raise ContractBreach(
            f"{repeated} records of intermediate.int_person_record repeat the key of another",
            hint="record_key must be unique: look at the source keys of the staging models",
        )


def decided(conn: psycopg.Connection[Any]) -> list[tuple[str, str, bool]]:
    """What stewards said; nothing while no such file was ever read."""
    return conn.execute(_DECISIONS).fetchall() if figures.has_decisions(conn) else []


def decisions(rows: list[tuple[str, str, bool]]) -> pa.Table:
    """… as `resolving.DECISIONS`."""
    return pa.table(list(zip(*rows, strict=True)) or [()] * len(DECISIONS), schema=DECISIONS)


def _read(conn: psycopg.Connection[Any], query: str) -> Iterator[pa.Table]:
    buffer = bytearray()
    with conn.cursor() as cursor, cursor.copy(f"copy ({query}) to stdout (format csv)") as copy:
        for row in copy:
            buffer += row
            if len(buffer) >= BATCH:
                yield _parsed(buffer)
                buffer.clear()
    yield _parsed(buffer)


def _parsed(text: bytearray) -> pa.Table:
    if not text:
        return pa.schema(list(_TYPES.items())).empty_table()
    try:
        return csv.read_csv(
            pa.py_buffer(bytes(text)),
            csv.ReadOptions(column_names=(*COLUMNS, *MARKS), block_size=len(text) + 1),
            csv.ParseOptions(newlines_in_values=True),
            csv.ConvertOptions(
                column_types=_TYPES,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:  # it quotes the value
        raise SimpulError(
            "a record of intermediate.int_person_record cannot be handed on: a birth date that is none?",
            hint="a birth date lies between the years 1 and 9999: look at the staging models",
        ) from None
