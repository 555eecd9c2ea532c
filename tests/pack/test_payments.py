"""Which counts and sums of payments are told, and which are kept back. Real Postgres."""

from __future__ import annotations

from simpul.database import connect
from simpul.pack.chapters.programmes import _coverage, _payments
from simpul.pack.model import Gap, Table
from simpul.pack.words import between
from simpul.pack.world import FEWER, KEPT_BACK, Region, World

_CITY = Region("15.71", "Kota Antah", "regency", "15")
_TABLES = """
create table marts.dim_program (program_code text, name text);
create table marts.rpt_program_payment (program_code text, region_code text, period text, recipients int,
    recipients_without_amount int, amount_idr bigint, combined_amount_idr bigint);
insert into marts.dim_program values ('A', 'Besar'), ('B', 'Kecil');
insert into marts.rpt_program_payment values ('A', '15.71', '2024-03', 5000, 3, 9000000, null),
    ('B', '15.71', '2024-03', 4, 2, 800000, null);"""

_COVERAGE = """
create table marts.dim_program (program_code text, name text, unit text);
create table marts.rpt_program_coverage (program_code text, region_code text, period text, decile int, is_complete bool,
    eligible int, enrolled int, eligible_enrolled int, excluded int, unknown_receipt int, included_in_error int,
    unknown_eligibility int);
insert into marts.dim_program values ('A', 'Besar', 'person'), ('B', 'Kecil', 'person'), ('C', 'Sembako', 'family');
insert into marts.rpt_program_coverage values ('A', '15.71', '2024-03', 1, true, 20, 10, 7, 13, 0, 3, 0),
    ('B', '15.71', '2024-03', 1, true, 20, 20, 10, 10, 0, 10, 0),
    ('C', '15.71', '2024-03', 1, true, 81, 36, 35, 46, 0, 0, 1);"""


def test_few_receipts_without_an_amount_do_not_withhold_the_rupiah(fresh_warehouse):
    with connect() as conn:
        conn.execute(_TABLES)
        blocks = _payments(World(conn, _CITY, Region("15", "Provinsi Antah", "province", "15"), 2024))
        conn.rollback()
    (table,) = [block for block in blocks if isinstance(block, Table)]
    large, small = table.rows
    assert large.cells[2:5] == [5000, FEWER, 9000000]
    assert small.cells[2:5] == [FEWER, FEWER, KEPT_BACK]


def test_both_counts_of_a_row_are_of_one_month_and_few_are_seen_in_every_month(fresh_warehouse):
    """A: in April 6,000, of whom 10 without an amount, in March 5,000, of whom 500. B: three were paid in March. C: two
    without an amount in May, whom only the rupiah of several programmes would tell.
    """
    with connect() as conn:
        conn.execute(
            _TABLES
            + """
            insert into marts.dim_program values ('C', 'Lain');
            delete from marts.rpt_program_payment;
            insert into marts.rpt_program_payment values
                ('A', '15.71', '2024-03', 5000, 500, 9000000, null),
                ('A', '15.71', '2024-04', 6000, 10, 11000000, null),
                ('B', '15.71', '2024-03', 3, 0, 600000, null),
                ('B', '15.71', '2024-04', 7000, 0, 1400000000, null),
                ('C', '15.71', '2024-04', 800, 300, 100000000, 90000000),
                ('C', '15.71', '2024-05', 700, 2, 130000000, 600000);
            create table marts.fct_program_enrollment (program_code text, region_code text, period text, segment text,
                combined_amount_idr bigint);"""
        )
        blocks = _payments(World(conn, _CITY, Region("15", "Provinsi Antah", "province", "15"), 2024))
        conn.rollback()
    (table,) = [block for block in blocks if isinstance(block, Table)]
    large, small, joined = (row.cells[1:] for row in table.rows)
    assert large == ["Maret 2024 – April 2024 (2 bulan)", 6000, 10, 20000000, Gap("tidak ada")]
    assert between("2024-06", "2024-06") == "Juni 2024"
    assert small[1:] == [7000, 0, KEPT_BACK, Gap("tidak ada")], (
        "from both months' sum April's would tell March's"
    )
    assert joined[1:] == [800, 300, 230000000, KEPT_BACK]
    assert [len(row.proofs) for row in table.rows] == [2, 2, 2], "every month is proved"


def test_rupiah_of_several_programmes_are_told_where_they_stand(fresh_warehouse):
    with connect() as conn:
        conn.execute(
            _TABLES
            + """
            insert into marts.dim_program values ('C', 'Lain');
            update marts.rpt_program_payment set recipients = 3396, recipients_without_amount = 3396, amount_idr = null;
            update marts.rpt_program_payment set combined_amount_idr = 12457000000 where program_code = 'A';
            insert into marts.rpt_program_payment values ('C', '15.71', '2024-03', 50, 50, null, null);
            create table marts.fct_program_enrollment (program_code text, region_code text, period text, segment text,
                combined_amount_idr bigint);
            insert into marts.fct_program_enrollment values ('A', '15.71.01', '2024-03', 'A dan B', 600000),
                ('B', '15.71.01', '2024-03', 'A dan B', null), ('C', '15.71.01', '2024-03', 'C', null);"""
        )
        blocks = _payments(World(conn, _CITY, Region("15", "Provinsi Antah", "province", "15"), 2024))
        conn.rollback()
    (table,) = [block for block in blocks if isinstance(block, Table)]
    assert [row.cells[4:] for row in table.rows] == [
        [Gap("hanya gabungan"), 12457000000],
        [Gap("hanya gabungan"), Gap("tercatat pada Besar")],
        [Gap("nominal tidak disebut"), Gap("tidak ada")],
    ]


def test_recipients_that_coverage_keeps_back_are_not_told_by_payments(fresh_warehouse):
    with connect() as conn:
        conn.execute(_TABLES)
        world = World(conn, _CITY, Region("15", "Provinsi Antah", "province", "15"), 2024)
        (table,) = [block for block in _payments(world, {"A", "B"}) if isinstance(block, Table)]
        conn.rollback()
    large, small = table.rows
    assert large.cells[2:5] == [KEPT_BACK, FEWER, KEPT_BACK]
    assert small.cells[2:5] == [FEWER, FEWER, KEPT_BACK]


def test_what_coverage_keeps_back_is_said(fresh_warehouse):
    """Three of ten recipients are not eligible: the seven follow from the others, so the ten would tell the three."""
    with connect() as conn:
        conn.execute(_COVERAGE)
        world = World(conn, _CITY, Region("15", "Provinsi Antah", "province", "15"), 2024)
        blocks, kept_back = _coverage(world)
        conn.rollback()
    (table,) = [block for block in blocks if isinstance(block, Table)]
    assert table.rows[0].cells[2:8] == [20, KEPT_BACK, 13, 0, FEWER, KEPT_BACK]
    assert table.rows[2].cells[2:8] == [81, KEPT_BACK, 46, 0, 0, KEPT_BACK], (
        "one family of unknown eligibility"
    )
    assert kept_back == {"A", "C"}
