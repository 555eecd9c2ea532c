"""What the chapters say of poverty figures: lines between surveys, quoted figures. Real Postgres."""

from __future__ import annotations

import re

import pytest

from simpul.database import connect
from simpul.pack.chapters import introduction, level, position
from simpul.pack.charts import drawn
from simpul.pack.model import Gap, Map, Missing, Picture, Table, Text
from simpul.pack.world import Region, World
from simpul.settings import get_settings

_CITY, _PROVINCE = (
    Region("15.71", "Kota Antah", "regency", "15"),
    Region("15", "Provinsi Antah", "province", "15"),
)
_TABLES = """
create table marts.dim_region (region_code text, name text, level text, province_code text, is_current bool,
    valid_from date, parent_region_code text);
insert into marts.dim_region values ('15', 'Antah', 'province', '15', true, '2000-01-01', '00'),
    ('15.71', 'Kota Antah', 'regency', '15', true, '2000-01-01', '15');
create table marts.fct_poverty (region_code text, year int, month int, period text, area text, p0_percent numeric,
    poor_people int, poverty_line_idr int, p1_index numeric, p2_index numeric, value_status text,
    p0_missing_reason text, is_quoted bool);
create table marts.fct_poverty_source (region_code text, year int, month int, period text, area text, indicator text,
    source_no int, sender text, standing text, is_quoted bool, is_contradicting bool, figure numeric,
    missing_reason text);
create table marts.fct_poverty_target (region_code text, place_key text, year int, indicator text,
    target_low numeric, target_high numeric);
create table marts.rpt_poverty_position (region_code text, region_name text, level text, province_code text, year int,
    month int, period text, p0_percent numeric, province_code_then text, province_p0_percent numeric,
    national_p0_percent numeric, gap_to_province_pp numeric, gap_to_national_pp numeric, is_above_province bool,
    rank_in_province int, ranked_regions int, regencies_total int, target_low numeric, target_high numeric,
    gap_to_target_pp numeric, next_target_year int, next_target_low numeric, next_target_high numeric,
    gap_to_next_target_pp numeric, is_quoted bool, change_pp numeric, change_people int, previous_period text,
    previous_people_period text, is_change_comparable bool);"""


@pytest.fixture
def conn(fresh_warehouse):
    with connect() as conn:
        conn.execute(_TABLES)
        yield conn
        conn.rollback()


def _told(conn, code: str, period: str, percent: float, sender: str | None = None) -> None:
    """A figure, told by BPS unless by somebody else."""
    year, month = map(int, period.split("-"))
    quoted = sender is not None
    conn.execute(
        "insert into marts.fct_poverty values (%s, %s, %s, %s, 'total', %s, 1000, 500000, 1, 1, 'final', null, %s)",
        (code, year, month, period, percent, quoted),
    )
    conn.execute(
        "insert into marts.fct_poverty_source select %s, %s, %s, %s, 'total', told, 1, %s, 'published', %s, false, 1"
        " from unnest(array['p0_percent', 'poor_people']) as told",
        (code, year, month, period, sender, quoted),
    )
    conn.execute(
        "insert into marts.rpt_poverty_position (region_code, region_name, level, province_code, year, month, period,"
        " p0_percent, province_code_then, is_quoted)"
        " values (%s, 'Antah', %s, '15', %s, %s, %s, %s, '15', %s)",
        (code, "regency" if "." in code else "province", year, month, period, percent, quoted),
    )  # fmt: skip


def _trend(conn, region: Region) -> Picture:
    return next(
        block for block in level.blocks(World(conn, region, _PROVINCE, 2024)) if isinstance(block, Picture)
    )


def test_a_line_goes_from_march_to_march_and_breaks_where_a_march_is_missing(conn):
    for year in (2020, 2021, 2023, 2024):
        _told(conn, "15.71", f"{year}-03", 10)
    for period in ("2020-03", "2020-09", "2021-03", "2021-09", "2022-03", "2023-03", "2024-03"):
        _told(conn, "15", period, 8)
    picture = _trend(conn, _CITY)
    city, province = picture.chart.series["Kota Antah"], picture.chart.series["Provinsi Antah"]
    assert [*city] == [f"{year}-03" for year in range(2020, 2025)] and city["2022-03"] is None
    assert [*province] == ["2020-03", "2020-09", "2021-03", "2021-09", "2022-03", "2023-03", "2024-03"]
    assert None not in province.values()
    assert "tidak bagi kabupaten/kota" in picture.note


def test_a_year_without_a_figure_has_its_row_and_is_asked_for(conn):
    for year in (2015, 2017, 2018, 2021, 2022):
        _told(conn, "15.71", f"{year}-03", 10)
    conn.execute("update marts.fct_poverty set poor_people = null where year > 2020")
    conn.execute(  # of 2014 and 2019 another table came, without the percentage; of 2020 BPS printed none
        "insert into marts.fct_poverty select '15.71', year, 3, year || '-03', 'total', null, null, 500000, null, null,"
        " 'final', why, false from (values (2014, 'in_no_file'), (2019, 'in_no_file'), (2020, 'not_published'))"
        " as told (year, why)"
    )
    world = World(conn, _CITY, _PROVINCE, 2024)
    blocks = level.blocks(world)
    table = next(block for block in blocks if isinstance(block, Table))
    assert [(row.cells[0], row.cells[1].text) for row in table.rows if isinstance(row.cells[1], Gap)] == [
        (f"Maret {year}", "tidak terbit" if year == 2020 else "belum ada")
        for year in (2014, 2016, 2019, 2020, 2023, 2024)
    ]
    assert len(table.rows) == 11
    (said,) = [block.text for block in blocks if isinstance(block, Missing)]
    years = "tingkat kemiskinan tahun 2014, 2016, 2019, 2023, dan 2024"
    assert years in said and "terbaru: Maret 2022" in said
    assert "bps.poverty_regency" in said and "bps.poverty_province" not in said
    assert world.asked_for == {
        ("bps.poverty_regency",): [years, "jumlah penduduk miskin tahun 2021 dan 2022"],
    }


def test_a_map_says_why_its_regions_are_tiles_although_somebody_gave_borders(conn):
    _told(conn, "15.71", "2024-03", 10)
    maps = get_settings().home / "maps"
    maps.mkdir(parents=True)
    (maps / "jambi.geojson").write_text("no JSON")
    try:
        notes = [
            block.note for block in position.blocks(World(conn, _CITY, _PROVINCE, 2024))
            if isinstance(block, Picture) and isinstance(block.chart, Map)
        ]  # fmt: skip
    finally:
        (maps / "jambi.geojson").unlink()
        maps.rmdir()
    assert notes == [
        "Berkas batas wilayah jambi.geojson tidak terbaca, jadi setiap wilayah digambar sebagai kotak."
    ]


@pytest.mark.parametrize(
    ("delivered", "shown"),
    [
        (["2017-03", "2023-09", "2024-09"], "September 2024"),  # an old March does not go before it
        (["2023-03", "2024-03", "2024-09"], "Maret 2024"),
        (["2023-09", "2024-03"], "Maret 2024"),
        (["2024-03", "2025-03"], "Maret 2024"),  # after the year of the report
    ],
)
def test_regions_are_ranked_at_the_march_of_the_newest_year(conn, delivered, shown):
    for period in delivered:
        _told(conn, "15", period, 8)
        _told(conn, "15.71", period, 10)
    blocks = position.blocks(World(conn, _PROVINCE, _PROVINCE, 2024))
    titles = [
        block.title for block in blocks if isinstance(block, Table | Picture) and " menurut " in block.title
    ]
    assert len(titles) == 4 and all(title.endswith(shown) for title in titles), titles


def test_nobody_is_ranked_at_a_year_that_has_come_of_few(conn):
    _told(conn, "15", "2024-03", 8)
    for code in ("15.71", "15.01", "15.02"):
        _told(conn, code, "2023-03", 10)
    _told(conn, "15.71", "2024-03", 9)
    titles = [
        block.title
        for block in position.blocks(World(conn, _PROVINCE, _PROVINCE, 2024))
        if isinstance(block, Table | Picture) and " menurut " in block.title
    ]
    assert {title.rpartition(", ")[2] for title in titles if "kabupaten" in title.lower()} == {
        "Maret 2023"
    }, titles


def test_of_a_province_no_column_stands_that_does_not_apply(conn):
    for code in ("15", "15.71"):
        _told(conn, code, "2024-03", 8)
    conn.execute(
        "update marts.rpt_poverty_position set rank_in_province = 6, ranked_regions = 33, regencies_total = 33"
    )
    tables = {
        region: next(
            block
            for block in position.blocks(World(conn, region, _PROVINCE, 2024))
            if isinstance(block, Table)
        )
        for region in (_CITY, _PROVINCE)
    }
    province = tables[_PROVINCE]
    assert [column.heading for column in province.columns] == [
        "Periode", "Wilayah (%)", "Nasional (%)", "Selisih thd. nasional (poin)",
    ]  # fmt: skip
    assert province.note is None and not [cell for cell in province.rows[0].cells if isinstance(cell, Gap)]
    assert tables[_CITY].rows[0].cells[-1] == "6 dari 33" and "Peringkat 1" in tables[_CITY].note
    conn.execute("update marts.rpt_poverty_position set ranked_regions = 30")
    table = position._own_position(World(conn, _CITY, _PROVINCE, 2024))[0]
    assert table.rows[0].cells[-1] == "6 dari 30 (seluruhnya 33)"


def test_a_quoted_figure_is_never_told_as_one_of_bps(conn):
    governor = "(kutipan Pemprov Antah, bukan tabel BPS)"
    _told(conn, "15", "2021-03", 8.09)
    _told(conn, "15", "2021-09", 7.67, "Pemprov Antah")
    world = World(conn, _PROVINCE, _PROVINCE, 2021)
    assert [row.cells[0] for row in introduction._poverty(world)] == [
        f"Persentase penduduk miskin {governor}", f"Jumlah penduduk miskin {governor}",
    ]  # fmt: skip
    said = next(block.text for block in level.blocks(world) if isinstance(block, Text))
    assert "sebesar 7,67 persen atau 1.000 jiwa (kutipan Pemprov Antah, bukan tabel BPS)." in said
    table = next(block for block in position.blocks(world) if isinstance(block, Table))
    assert [row.cells[0] for row in table.rows] == [f"September 2021 {governor}", "Maret 2021"]
    conn.execute("update marts.fct_poverty_source set is_quoted = false where indicator = 'p0_percent'")
    world = World(conn, _PROVINCE, _PROVINCE, 2021)
    share, people = introduction._poverty(world)
    assert share.cells[0] == "Persentase penduduk miskin" and people.cells[0].endswith(governor)
    (said, *_) = [block.text for block in level.blocks(world) if isinstance(block, Text)]
    assert "sebesar 7,67 persen atau 1.000 jiwa (kutipan" in said
    conn.execute("update marts.fct_poverty_source set is_quoted = not is_quoted where month = 9")
    world = World(conn, _PROVINCE, _PROVINCE, 2021)
    (said, *_) = [block.text for block in level.blocks(world) if isinstance(block, Text)]
    assert "sebesar 7,67 persen (kutipan Pemprov Antah, bukan tabel BPS) atau 1.000 jiwa." in said


def test_a_quotation_is_marked_in_trend_ranking_and_map(conn):
    conn.execute(
        "insert into marts.dim_region values ('15.01', 'Desa Lain', 'regency', '15', true, '2000-01-01', '15')"
    )
    for code, period, percent, sender in (
        ("15", "2023-03", 8.0, None), ("15", "2024-03", 7.5, "Pemprov Antah"),
        ("15.71", "2023-03", 10.0, "Walikota"), ("15.71", "2024-03", 9.0, "Walikota"), ("15.01", "2024-03", 11.0, None),
    ):  # fmt: skip
        _told(conn, code, period, percent, sender)
    conn.execute(
        "update marts.rpt_poverty_position set province_p0_percent = 7.5, region_name = case region_code"
        " when '15.01' then 'Desa Lain' else region_name end where region_code like '15.%' and period = '2024-03'"
    )
    trend = _trend(conn, _CITY)
    assert trend.chart.quoted == {"Kota Antah": ["2023-03", "2024-03"], "Provinsi Antah": ["2024-03"]}
    assert trend.note.endswith(
        "* Kutipan, bukan tabel BPS: Kota Antah Maret 2023 (Walikota), Kota Antah Maret 2024 (Walikota), dan"
        " Provinsi Antah Maret 2024 (Pemprov Antah)."
    )
    blocks = position.blocks(World(conn, _CITY, _PROVINCE, 2024))
    own = next(block for block in blocks if isinstance(block, Table))
    assert own.note.endswith("* Kutipan, bukan tabel BPS: Provinsi Antah Maret 2024 (Pemprov Antah).")
    bars, tiles = (block for block in blocks if isinstance(block, Picture))
    assert list(bars.chart.quoted) == ["Antah", "Provinsi Antah"]
    assert bars.note == "* Kutipan, bukan tabel BPS: Antah (Walikota) dan Provinsi Antah (Pemprov Antah)."
    assert list(tiles.chart.quoted) == ["15.71"]
    assert tiles.note == "* Kutipan, bukan tabel BPS: Kota Antah (Walikota)."
    for picture, marked, plain in (
        (trend, "9,00*", "11,00*"),
        (bars, "9,00*", "11,00*"),
        (tiles, "9,00*", "11,00*"),
    ):
        svg, _ = drawn(picture.chart)
        assert marked in svg and plain not in svg
    assert "7,50*" in drawn(bars.chart)[0] and "Kutipan, bukan tabel BPS" in drawn(trend.chart)[0]


def test_a_figure_is_proved_by_the_columns_that_are_shown(conn):
    """A change since the observation before is shown nowhere, so the file of that observation is no source."""
    for period in ("2023-03", "2024-03"):
        for code in ("15", "15.71"):
            _told(conn, code, period, 10)
    world = World(conn, _CITY, _PROVINCE, 2024)
    told: dict[str, set[str]] = {}
    for block in position.blocks(world):
        for proof in getattr(block, "proofs", ()):
            told.setdefault(type(block).__name__, set()).update(proof.columns)
    assert told["Picture"] == {"p0_percent", "gap_to_province_pp", "gap_to_national_pp"}
    assert told["Table"] == told["Picture"] | {"rank_in_province"}
    trend = _trend(conn, _CITY)
    assert {proof.columns for proof in trend.proofs if proof.mart == "fct_poverty"} == {("p0_percent",)}


def test_the_newest_number_of_people_is_told_where_the_newest_survey_has_none(conn):
    for year in (2017, 2023):
        _told(conn, "15.71", f"{year}-03", 12.21)
    conn.execute("update marts.fct_poverty set poor_people = null where year = 2023")
    share, people = introduction._poverty(World(conn, _CITY, _PROVINCE, 2024))
    assert [share.cells[3], *people.cells] == [
        "Maret 2023", "Jumlah penduduk miskin (belum ada untuk Maret 2023)", 1000, "jiwa", "Maret 2017",
    ]  # fmt: skip
    assert [proof.columns for row in (share, people) for proof in row.proofs] == [
        ("p0_percent",),
        ("poor_people",),
    ]
    conn.execute("update marts.fct_poverty set poor_people = null")
    (_, people) = introduction._poverty(World(conn, _CITY, _PROVINCE, 2024))
    assert people.cells == ["Jumlah penduduk miskin", Gap(), "jiwa", Gap()] and not people.proofs


def test_figures_of_bps_have_no_star(conn):
    for year in (2023, 2024):
        _told(conn, "15.71", f"{year}-03", 10)
    trend = _trend(conn, _CITY)
    assert "*" not in trend.note and "*" not in re.sub(r"(?s)<style.*?</style>", "", drawn(trend.chart)[0])
