"""Programmes of villages, in a city that has none. Real Postgres."""

from __future__ import annotations

import pytest

from simpul.database import connect
from simpul.pack.chapters import policy
from simpul.pack.model import Table
from simpul.pack.world import Region, World

_CITY = Region("15.71", "Kota Antah", "regency", "15")
_PROVINCE = Region("15", "Provinsi Antah", "province", "15")
_TABLES = """
create table marts.dim_region (region_code text, level text, parent_region_code text, is_current bool);
insert into marts.dim_region values ('15.71', 'regency', '15', true), ('15.71.01', 'district', '15.71', true),
    ('15.71.02', 'district', '15.71', true), ('15.01.01', 'district', '15.01', true);
create table marts.dim_program (program_code text, name text, agency text, strategy text, unit text, scope text,
    scope_region_code text, starts_on date, ends_on date);
insert into marts.dim_program values
    ('PKH', 'Keluarga Harapan', 'Kemensos', 'reduce_burden', 'family', 'national', '00', null, null),
    ('BLT_DESA', 'BLT Dana Desa', 'Pemerintah Desa', 'reduce_burden', 'family', 'village', null, null, null);
create table marts.rpt_program_payment (region_code text, program_code text);"""


@pytest.mark.parametrize(
    ("villages", "paid", "told", "note"),
    [
        (["15.71.01.1001", "15.71.02.1001"], False, ["PKH"], "hanya kelurahan"),
        (["15.71.01.1001", "15.71.02.2001"], False, ["BLT_DESA", "PKH"], None),
        (["15.71.01.1001", "15.01.01.2001"], False, ["BLT_DESA", "PKH"], "belum lengkap"),
        (["15.71.01.1001", "15.71.02.1001"], True, ["BLT_DESA", "PKH"], None),
        ([], False, ["BLT_DESA", "PKH"], "belum lengkap"),
    ],
    ids=[
        "none",
        "some",
        "of one district nobody knows",
        "none, and paid all the same",
        "no list of villages",
    ],
)
def test_a_programme_of_villages_is_told_where_there_are_villages(
    fresh_warehouse, villages, paid, told, note
):
    with connect() as conn:
        conn.execute(_TABLES)
        for code in villages:
            conn.execute("insert into marts.dim_region values (%s, 'village', %s, true)", (code, code[:8]))
        if paid:
            conn.execute("insert into marts.rpt_program_payment values (%s, 'BLT_DESA')", (_CITY.code,))
        blocks = policy._programmes(World(conn, _CITY, _PROVINCE, 2024))
        conn.rollback()
    (table,) = [block for block in blocks if isinstance(block, Table)]
    assert sorted(row.cells[1] for row in table.rows) == told
    assert (note or "masa berlakunya perlu diperiksa.") in table.note and ("BLT" in table.note) == bool(note)
