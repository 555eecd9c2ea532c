"""A few receipts without an amount are kept back, and the programme's rupiah is told. Real Postgres."""

from __future__ import annotations

from simpul.database import connect
from simpul.pack.chapters.programmes import _payments
from simpul.pack.model import Table
from simpul.pack.world import FEWER, KEPT_BACK, Region, World

_CITY = Region("15.71", "Kota Antah", "regency", "15")
_TABLES = """
create table marts.dim_program (program_code text, name text);
create table marts.rpt_program_payment (program_code text, region_code text, period text, recipients int,
    recipients_without_amount int, amount_idr bigint, combined_amount_idr bigint);
insert into marts.dim_program values ('A', 'Besar'), ('B', 'Kecil');
insert into marts.rpt_program_payment values ('A', '15.71', '2024-03', 5000, 3, 9000000, null),
    ('B', '15.71', '2024-03', 4, 2, 800000, null);"""


def test_few_receipts_without_an_amount_do_not_withhold_the_rupiah(fresh_warehouse):
    with connect() as conn:
        conn.execute(_TABLES)
        blocks = _payments(World(conn, _CITY, Region("15", "Provinsi Antah", "province", "15"), 2024))
        conn.rollback()
    (table,) = [block for block in blocks if isinstance(block, Table)]
    large, small = table.rows
    assert large.cells[2:5] == [5000, FEWER, 9000000]
    assert small.cells[2:5] == [FEWER, FEWER, KEPT_BACK]
