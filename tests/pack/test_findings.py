"""Findings of several months in one row: counts of one month, and few persons are seen in each. Real Postgres."""

from __future__ import annotations

from simpul.database import connect
from simpul.pack.chapters.results import _findings
from simpul.pack.model import Table
from simpul.pack.world import FEWER, KEPT_BACK, Region, World

_CITY = Region("15.71", "Kota Antah", "regency", "15")
_TABLE = """
create table marts.rpt_finding (rule_code text, title_id text, severity text, rule_order int, region_code text,
    period text, records int, people int, added_amount_idr bigint);
insert into marts.rpt_finding values
    ('a', 'Meninggal', 'high', 1, '15.71', '2024-03', 500, 400, 9000000),
    ('a', 'Meninggal', 'high', 1, '15.71', '2024-04', 600, 100, 11000000),
    ('b', 'Pindah', 'medium', 2, '15.71', '2024-03', 3, 3, 600000),
    ('b', 'Pindah', 'medium', 2, '15.71', '2024-04', 700, 700, 140000000),
    ('c', 'Ganda', 'medium', 3, '15.71', '2024-03', 4, 2, null),
    ('d', 'Nominal', 'low', 4, '15.71', '2023-03', 90, 90, 1);"""


def test_a_row_tells_one_month_and_keeps_back_what_few_would_open(fresh_warehouse):
    """In March 400 people had most, but the 100 of April are those of the month with most rows. Of b, three in March
    would follow from the rupiah of both months. The year before is another pack's.
    """
    with connect() as conn:
        conn.execute(_TABLE)
        blocks = _findings(World(conn, _CITY, Region("15", "Provinsi Antah", "province", "15"), 2024))
        conn.rollback()
    (table,) = [block for block in blocks if isinstance(block, Table)]
    told = {row.cells[0]: row.cells[2:] for row in table.rows}
    assert told["Meninggal"] == [2, 600, 100, 20000000]
    assert told["Pindah"] == [2, 700, 700, KEPT_BACK]
    assert told["Ganda"][:3] == [1, FEWER, FEWER] and len(told) == 3
    assert [len(row.proofs) for row in table.rows] == [2, 2, 1]
