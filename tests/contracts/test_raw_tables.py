"""The raw tables that contracts render, on a real database."""

from __future__ import annotations

import pytest

from simpul import render
from simpul.contract import load_contracts, load_fields
from simpul.database import connect

CONTRACTS = tuple(load_contracts().values())


@pytest.mark.usefixtures("fresh_warehouse")
def test_ensure_makes_all_tables_once() -> None:
    with connect() as conn:
        conn.execute("drop schema raw cascade")
        conn.execute("create schema raw")
        done = render.ensure_raw_tables(conn)
        assert {f"create raw.{contract.table}" for contract in CONTRACTS} <= set(done)
        assert render.ensure_raw_tables(conn) == []


@pytest.mark.usefixtures("fresh_warehouse")
def test_a_new_column_is_added_and_a_changed_comment_renewed() -> None:
    contract = load_contracts()["dinsos.dtks"]
    with connect() as conn:
        render.ensure_raw_tables(conn)
        conn.execute(render.partition_ddl(contract, "a" * 16))
        conn.execute(render.attach_ddl(contract, "a" * 16))
        conn.execute("alter table raw.dinsos__dtks drop column pekerjaan")
        conn.execute("comment on column raw.dinsos__dtks.nik is 'someone wrote over it'")
        done = render.ensure_raw_tables(conn)
        assert done == [
            "add raw.dinsos__dtks.pekerjaan",
            "describe raw.dinsos__dtks.nik",
            "describe raw.dinsos__dtks.pekerjaan",
        ]
        conn.execute("select pekerjaan from raw.dinsos__dtks__aaaaaaaaaaaaaaaa")


@pytest.mark.usefixtures("fresh_warehouse")
@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.dataset)
def test_a_file_is_copied_with_its_provenance_and_attached_without_a_scan(contract) -> None:
    file_id = "0123456789abcdef-2"
    with connect() as conn:
        render.ensure_raw_tables(conn)
        conn.execute(render.partition_ddl(contract, file_id, sheet="it's", first_row=4))
        column = contract.column_names[0]
        table = render.partition_name(contract, file_id).as_string(conn)
        with conn.cursor().copy(f'copy {table} ("{column}") from stdin') as copy:
            copy.write("x\ny\n")
        conn.execute("set local client_min_messages = debug1")
        notices: list[str] = []
        conn.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        conn.execute(render.attach_ddl(contract, file_id))
        assert any("implied by existing constraints" in text for text in notices)
        rows = conn.execute(
            f'select _file_id, _sheet, _row, "{column}" from raw."{contract.table}"'
        ).fetchall()
        assert rows == [(file_id, "it's", 4, "x"), (file_id, "it's", 5, "y")]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.dataset)
def test_every_column_is_described_in_both_languages(contract) -> None:
    texts = render.comments(contract, load_fields())
    assert set(texts) == {None, *render.raw_columns(contract)}
    assert all(" — " in text for text in texts.values())
