"""Which list is the newest: by the end of its period, whatever the form. Real Postgres."""

from __future__ import annotations

from simpul.database import connect
from simpul.pack.chapters import introduction, results
from simpul.pack.model import Gap, Part, Table, Text
from simpul.pack.world import Region, World

_CITY = Region("15.71", "Kota Antah", "regency", "15")
_PROVINCE = Region("15", "Provinsi Antah", "province", "15")
_TABLES = """
create table marts.rpt_data_quality (dataset text, region_code text, period text, dimension text);
create table marts.rpt_nik_quality (region_code text, dataset text, period text, nik_status text, records int,
    is_valid bool);
insert into marts.rpt_data_quality select 'dinsos.dtks', code, period, 'structural' from (values
    ('15.71', '2024-Q1'), ('15', '2024-06'), ('00', '2024-S1'), ('15.71.01', '2024-08'), ('15.71', '2025-01'))
    as told (code, period);
insert into marts.rpt_data_quality values ('dinsos.pmks', '15.71', '2025', 'structural'),
    ('dinsos.contribution', '15.71', 'unknown', 'structural');
insert into marts.rpt_nik_quality select '15.71', 'dinsos.dtks', period, 'valid', records, true from (values
    ('2024-Q1', 100), ('2024-S1', 200), ('2024-08', 300)) as told (period, records);"""


def test_a_quarter_is_not_newer_than_a_later_month(fresh_warehouse):
    with connect() as conn:
        conn.execute(_TABLES)
        city = World(conn, _CITY, _PROVINCE, 2024)
        (known,) = [table for table in introduction._availability(city) if isinstance(table, Table)]
        (niks,) = [table for table in results._nik(city) if isinstance(table, Table)]
        province = results._nik(World(conn, _PROVINCE, _PROVINCE, 2024))
        conn.rollback()
    newest = {row.cells[1]: row.cells[3] for row in known.rows}
    assert "review.link_decision" not in newest and "reference.region" not in newest, (
        "nothing that a planner asks for"
    )
    assert newest["dinsos.dtks"] == "Agustus 2024" and newest["dinsos.contribution"] == "ada, tanpa periode"
    assert newest["dinsos.pmks"] == Gap("belum masuk"), "what was sent of later years is not told"
    assert {proof.where["period"] for proof in known.proofs} == {"2024-08", "unknown"}
    assert niks.rows[0].cells[1:3] == ["Agustus 2024", 300]
    part, said = province
    assert part == Part("Mutu NIK dalam daftar") and isinstance(said, Text) and "kabupaten/kota" in said.text
