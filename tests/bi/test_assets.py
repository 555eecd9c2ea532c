"""Dashboards as files: rendered from their declaration, held against what is published, and holding no secret."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import psycopg
import pytest
import yaml
from typer.testing import CliRunner

from simpul.cli import app
from simpul.database import connect, warehouse_dsn
from simpul.identifying import FEW
from simpul.render import chart_problems, metrics, superset
from simpul.render.superset.bundle import built_datasets
from simpul.render.superset.declaration import Declared
from simpul.settings import elsewhere, get_settings

FIVE = {"Posisi kemiskinan", "Cakupan program", "Temuan", "Mutu data", "Verval & NIK"}


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    root = get_settings().project_root / "bi" / "superset"
    found = superset.superset_files(root, get_settings().dbt_dir)
    return {path.relative_to(root / "assets").as_posix(): text for path, text in found.items()}


@pytest.fixture(scope="module")
def assets(files) -> dict[str, dict]:
    return {path: yaml.safe_load(text) for path, text in files.items()}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A root with the declarations and dbt's models, to be altered."""
    root = get_settings().project_root
    for folder in ("bi/superset", "dbt_project/models/marts", "dbt_project/seeds", "include/contracts"):
        shutil.copytree(root / folder, tmp_path / folder)
    shutil.copy(root / "dbt_project" / "metrics.yml", tmp_path / "dbt_project")
    return tmp_path


def problems(root: Path) -> list[str]:
    return superset.problems(root / "bi" / "superset", root / "dbt_project")


def alter(path: Path, pattern: str, by: str) -> None:
    text = path.read_text(encoding="utf-8")
    changed, count = re.subn(pattern, by, text)
    assert count, pattern
    path.write_text(changed, encoding="utf-8")


# ------------------------------------------------------------------------------------------------------------ as files
def test_what_is_committed_is_what_is_rendered(files):
    folder = get_settings().project_root / "bi" / "superset" / "assets"
    there = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.yaml")}
    assert there == files, "run `simpul contracts render`"


def test_the_five_dashboards_and_every_asset_has_a_uuid_of_its_own(assets):
    titles = {asset["dashboard_title"] for path, asset in assets.items() if path.startswith("dashboards/")}
    assert titles == FIVE | {"Daftar kerja wilayah"}
    uuids = [asset["uuid"] for path, asset in assets.items() if path != "metadata.yaml"]
    assert len(set(uuids)) == len(uuids)


def test_no_password_and_no_address_stands_in_them(files):
    for path, text in files.items():
        assert not re.search(r"password|://(?!(bi_reader|nobody)@simpul/warehouse)|127\.0|localhost", text), (
            path
        )


def test_texts_are_in_both_languages_and_from_dbt(assets):
    coverage = assets["datasets/marts/coverage.yaml"]
    told = {column["column_name"]: column["description"] for column in coverage["columns"]}
    assert told["excluded"] == "Eligible and did not receive — Layak tetapi tidak menerima"
    for path, asset in assets.items():
        words = (
            [asset.get("description") or ""] if path != "metadata.yaml" and "databases/" not in path else []
        )
        words += [one["description"] for one in asset.get("metrics") or ()]
        assert all(re.fullmatch(r"(?s).+ — .+", one) for one in words), path


def test_a_share_is_worked_out_as_in_the_marts(assets):
    known = metrics.load_metrics(get_settings().dbt_dir / "metrics.yml")
    (share,) = [
        one["expression"]
        for one in assets["datasets/marts/coverage.yaml"]["metrics"]
        if one["metric_name"] == "overall_coverage_percent"
    ]
    assert (
        f"sum({known['coverage_percent'].part}) / nullif(sum({known['coverage_percent'].whole}), 0)" in share
    )
    # regions hold each other, and a month is no part of a year of people: no sum over them is ever shown
    assert share.startswith(
        "case when min(region_code) = max(region_code) and min(program_code) = max(program_code)"
    )


def test_a_share_that_no_mart_has_a_column_of_is_declared_once_too(assets):
    known = metrics.load_metrics(get_settings().dbt_dir / "metrics.yml")["valid_percent"]
    (share,) = [
        one
        for one in assets["datasets/marts/nik_quality.yaml"]["metrics"]
        if one["metric_name"] == "overall_valid_percent"
    ]
    assert share["expression"] == (
        "case when min(dataset) = max(dataset) and min(period) = max(period)"
        f" then round(100.0 * {known.part} / nullif({known.whole}, 0), 2) end"
    )
    assert share["description"].startswith(known.meaning[:40])


@pytest.mark.parametrize(
    ("file", "pattern", "by", "told"),
    [
        ("bi/superset/datasets.yml", r"sql: count\(\*\) filter \(where is_late\)",
         "sql: 100.0 * count(*) filter (where is_late) / count(*)", "dataset 'freshness', metric 'late' divides"),
        ("dbt_project/metrics.yml", "valid_percent:", "sound_percent:",
         "dataset 'nik_quality': no share 'valid_percent'"),
        ("dbt_project/models/marts/monitoring/_monitoring__models.yml", r"name: is_valid, ", "name: is_sound, ",
         "metric 'overall_valid_percent' needs rpt_nik_quality.is_valid, which is not published"),
    ],
)  # fmt: skip
def test_no_dashboard_has_a_share_of_its_own(copied, file, pattern, by, told):
    alter(copied / file, pattern, by)
    assert any(told in line for line in problems(copied)), problems(copied)


def test_every_dashboard_can_choose_a_region_and_a_release(assets):
    for path, asset in assets.items():
        if path.startswith("dashboards/"):
            asked = [
                one["targets"][0]["column"]["name"]
                for one in asset["metadata"]["native_filter_configuration"]
            ]
            assert "region_name" in asked and "_release_id" in asked, path


def test_a_filter_acts_on_each_chart_or_the_dashboard_says_on_which_it_does_not(assets):
    columns = {
        one["uuid"]: {column["column_name"] for column in one["columns"]}
        for path, one in assets.items()
        if path.startswith("datasets/")
    }
    left = {}
    for path, board in assets.items():
        if not path.startswith("dashboards/"):
            continue
        said = board["position"]["MARKDOWN-words"]["meta"]["code"]
        for one in board["metadata"]["native_filter_configuration"]:
            for place in board["position"].values():
                name = (
                    isinstance(place, dict)
                    and place["type"] == "CHART"
                    and place["id"].removeprefix("CHART-")
                )
                if name and name != "_last":
                    chart = assets[f"charts/{board['slug']}/{name}.yaml"]
                    is_left = place["meta"]["chartId"] in one["scope"]["excluded"]
                    has = one["targets"][0]["column"]["name"] in columns[chart["dataset_uuid"]]
                    assert has or is_left or one["name"] == "Rilis", (path, one["name"], name)
                    if is_left:
                        line = re.search(rf"^- \*\*{one['name']}\*\*: .*$", said, re.MULTILINE)
                        assert line and f"“{chart['slice_name']}”" in line[0], (path, one["name"], name)
                        left.setdefault((board["slug"], one["name"]), set()).add(name)
    assert ("temuan", "Program") not in left and ("temuan", "Wilayah") not in left
    assert left["cakupan-program", "Program"] == {"irisan"}


TOLD = """
    ('Asahan', '12.09', 2023, 3, 9.1), ('Asahan', '12.09', 2024, 3, 8.2),
    ('Batu Bara', '12.19', 2024, 3, 11.3), ('Batu Bara', '12.19', 2024, 9, 10.9),
    ('Karo', '12.06', 2024, 3, 9.9), ('Karo', '12.06', 2025, 3, 9.7),
    ('Toba', '12.12', 2021, 3, 20.5)"""


@pytest.mark.parametrize(
    ("which", "survey", "expected"),
    [
        # neither Batu Bara's September, nor the newest year, which has come of Karo alone, nor what is known of Toba in
        # another year stands beside the others' March
        ("true", "2024-03", {"Asahan": "8.2", "Batu Bara": "11.3", "Karo": "9.9", "Toba": None}),
        ("year = 2023", "2023-03", {"Asahan": "9.1"}),
        ("year = 2021", "2021-03", {"Toba": "20.5"}),
        # better a September than nothing
        ("month = 9", "2024-09", {"Batu Bara": "10.9"}),
    ],
)
def test_regions_are_compared_at_one_survey(assets, fresh_warehouse, which, survey, expected):
    figures = {
        one["metric_name"]: one["expression"]
        for one in assets["datasets/marts/poverty_below.yaml"]["metrics"]
    }
    given = f"(values {TOLD}) as given (name, region_code, year, month, p0_percent)"
    told = f"from {_surveyed(assets, given)} where {which}"
    with connect() as conn:
        shown = conn.execute(
            f"select name, ({figures['together_p0_percent']})::text {told} group by name"
        ).fetchall()
        ((month,),) = conn.execute(f"select {figures['survey_p0_percent']} {told}").fetchall()
    assert (dict(shown), month) == (expected, survey)


def test_what_compares_regions_says_of_which_survey(assets):
    charts = {path: one for path, one in assets.items() if path.startswith("charts/posisi-kemiskinan/")}
    metrics = {
        path.split("/")[-1]: json.loads(one["query_context"])["queries"][0] for path, one in charts.items()
    }
    for name, survey in (
        ("peta.yaml", "periode_peta.yaml"),
        ("urutan.yaml", "periode_urutan.yaml"),
        ("sejajar.yaml", "periode_sejajar.yaml"),
    ):
        # beside it a chart may have the order of its rows
        assert [one for one in metrics[name]["metrics"] if isinstance(one, str)] == ["together_p0_percent"]
        assert metrics[survey]["metrics"] == ["survey_p0_percent"]
        assert metrics[name]["filters"] == metrics[survey]["filters"]
    assert {"col": "month", "op": "==", "val": 3} in metrics["tahunan.yaml"]["filters"]
    (region,) = [
        one
        for one in assets["dashboards/posisi-kemiskinan.yaml"]["metadata"]["native_filter_configuration"]
        if one["name"] == "Wilayah"
    ]
    declared = Declared(get_settings().project_root / "bi" / "superset").dashboards
    (names,) = [list(one.charts) for one in declared if one.slug == "posisi-kemiskinan"]
    assert {names[number - 1] for number in region["scope"]["excluded"]} == {"peta", "petak", "periode_peta"}


def _surveyed(assets: dict, given: str) -> str:
    """Rows of ``region_code``, ``year``, ``month`` and ``p0_percent`` as the dataset has them, surveys in order."""
    sql = assets["datasets/marts/poverty_below.yaml"]["sql"]
    (counted,) = re.findall(r"from \((select \*, .*) from marts\.rpt_poverty_position\)", sql)
    (survey,) = re.findall(r"^ +(.*) as p0_percent_survey", sql, re.MULTILINE)
    return f"""(
        select mart.*, {survey} as p0_percent_survey from (
            {counted} from {given},
            lateral (select year || to_char(month, '"-"FM00') as period, left(region_code, 2) as province_code,
                case length(region_code) when 2 then 'province' else 'regency' end as level) as named
        ) as mart) as rows"""


def _expression(asset: dict, metric: str) -> str:
    (found,) = [one["expression"] for one in asset["metrics"] if one["metric_name"] == metric]
    return found


def _drawn_by_superset() -> set[str]:
    """The codes of the areas that its map of Indonesia has."""
    (package,) = get_settings().bi_venv.glob("lib/python*/site-packages/superset")
    (borders,) = [
        found
        for path in (package / "static" / "assets").glob("*.geojson")
        if '"ID-JK"' in (found := path.read_text("utf-8"))
    ]
    return {one["properties"]["ISO"] for one in json.loads(borders)["features"]}


@pytest.mark.skipif(not get_settings().bi_venv.is_dir(), reason="no Superset: `make bi`")
def test_no_area_of_the_map_has_the_figure_of_another_province(assets, fresh_warehouse):
    """Superset draws Kalimantan Timur, Papua and Papua Barat undivided: what has their codes today is a part of it."""
    (words,) = re.findall(
        r"case when mart\.region_code .*? end(?= as iso_code)",
        assets["datasets/marts/poverty_below.yaml"]["sql"],
    )
    seed = (get_settings().dbt_dir / "seeds" / "seed_region.csv").read_text("utf-8").splitlines()
    today = {line.split(",")[0] for line in seed[1:] if line.split(",")[3] == "province"}
    with connect() as conn:
        asked = f"""select code, period, ({words}) from (
            select code, code as region_code, period from unnest(%s::text[]) as code, unnest(%s::text[]) as period
            ) as mart"""
        rows = conn.execute(asked, (sorted(today), ["2012-03", "2022-03", "2022-09", "2024-03"])).fetchall()
    drawn = _drawn_by_superset()
    painted = {
        period: {code for code, of, iso in rows if of == period and iso in drawn}
        for period in ("2012-03", "2022-03", "2022-09", "2024-03")
    }
    assert len(today) == 38 and len(drawn) == 33
    assert painted["2012-03"] == today - {"65", "93", "94", "95", "96"}
    assert painted["2022-03"] == painted["2012-03"] - {"64"}
    assert painted["2022-09"] == painted["2022-03"] - {"91"}
    assert painted["2024-03"] == painted["2022-09"] - {"92"}, "none of what was divided"


def test_every_province_is_a_tile_of_one_survey(assets, fresh_warehouse):
    asked = _expression(assets["datasets/marts/poverty_below.yaml"], "tiles_p0_percent")
    told = """(values ('12', 2024, 3, 8.04), ('12', 2023, 3, 9.0), ('95', 2024, 3, 32.5), ('91', 2024, 9, 17.0),
        ('12.74', 2024, 3, 99.0), ('65', 2023, 3, 6.4)) as given (region_code, year, month, p0_percent)"""
    with connect() as conn:
        ((drawn,),) = conn.execute(f"select {asked} from {_surveyed(assets, told)}").fetchall()
    tiles = dict(re.findall(r'#111">(\w+)<br>([^<]+)</div>', drawn))
    assert len(tiles) == 38 and {name: figure for name, figure in tiles.items() if figure != "–"} == {
        "Sumut": "8,04", "Papeg": "32,50"
    }  # fmt: skip
    shades = {
        figure: float(shade)
        for shade, figure in re.findall(r"rgba\(217,72,1,([0-9.]+)\)[^>]*>\w+<br>([^<]+)<", drawn)
    }
    assert 0 < shades["8,04"] < shades["32,50"] < 0.7, "the highest of the provinces is the darkest"


def test_of_many_regions_the_lowest_newest_score_is_shown(assets, fresh_warehouse):
    """None is passed over and none is added up; an older period does not count, however low."""
    asked = _expression(assets["datasets/marts/quality.yaml"], "lowest_score")
    told = """(values ('12.74', '2024-05', 40.0), ('12.74', '2024-06', 99.0), ('12.71', '2024-Q1', 97.5),
        ('12.71', '2024-06', null)) as given (region_code, period, score),
        lateral (select {dataset} as dataset, 'logical' as dimension) as named"""
    with connect() as conn:
        ((one,),) = conn.execute(f"select {asked} from {told.format(dataset=repr('dinsos.dtks'))}").fetchall()
        ((mixed,),) = conn.execute(f"select {asked} from {told.format(dataset='region_code')}").fetchall()
    assert (float(one), mixed) == (97.5, None)


def test_a_quotation_is_not_told_as_a_figure_of_bps(assets, fresh_warehouse):
    """The governor's 7.67 of September 2021 is the last known of Jambi; the number of people is BPS's own."""
    dataset = assets["datasets/marts/poverty_position.yaml"]
    figures = {one["metric_name"]: one["expression"] for one in dataset["metrics"]}
    (words,) = re.findall(r"case mart\.is_quoted::text .*? end(?= as is_quoted_words)", dataset["sql"])
    with connect() as conn:
        told = conn.execute(
            f"""select {figures["p0_origin"]}, {figures["people_origin"]} from (
                select mart.*, {words} as is_quoted_words from (values
                    ('15', '2021-03', 8.09, 293860, false), ('15', '2021-09', 7.67, null, true)
                ) as mart (region_code, period, p0_percent, poor_people, is_quoted)) as told"""
        ).fetchall()
    assert told == [("Memuat kutipan, bukan tabel BPS", "Tabel BPS")]
    charts = "charts/posisi-kemiskinan/"
    assert {"p0_origin", "people_origin"} <= set(assets[f"{charts}terakhir.yaml"]["params"]["metrics"])
    assert "is_quoted_words" in assets[f"{charts}rincian.yaml"]["params"]["all_columns"]


def test_the_trend_breaks_at_a_year_that_was_not_delivered_and_says_so(assets):
    """Superset 6.1 joins nothing over an empty figure, whatever `connectNulls` says: only rows that are not there."""
    trend = assets["charts/posisi-kemiskinan/tren.yaml"]
    assert "connectNulls" not in trend["params"]
    english, _, indonesian = trend["description"].partition(" — ")
    assert "September is not published" in english and "breaks where a year was not delivered" in english
    assert (
        "September tidak diterbitkan untuk kabupaten/kota" in indonesian
        and "terputus bila suatu tahun" in indonesian
    )


def test_good_and_bad_colours_mean_the_same_figure_everywhere(assets):
    heatmaps = [
        one for one in assets.values() if one.get("params", {}).get("linear_color_scheme") == "schemeRdYlGn"
    ]
    assert len(heatmaps) == 3
    assert all(one["params"]["value_bounds"] == [80, 100] for one in heatmaps)


def test_every_line_leads_over_rows_that_are_there(assets):
    """A chart over time is drawn with columns, or its dataset has a row for every year."""
    of_dataset = {asset["uuid"]: asset for path, asset in assets.items() if path.startswith("datasets/")}
    lines = [one for one in assets.values() if one.get("viz_type") == "echarts_timeseries_line"]
    assert lines
    for chart in lines:
        assert "generate_series" in of_dataset[chart["dataset_uuid"]]["sql"], chart["slice_name"]


# tables that are short by what they hold: one region, the programmes, the rules, the releases that are kept
SHORT = {
    "Periode peta",
    "Periode di bawahnya",
    "Periode sejajar",
    "Angka terakhir dan periodenya",
    "Sasaran dan penerima menurut program",
    "Aturan, penjelasan, dan dasar hukum",
    "Rilis yang dapat dipilih",
    "Kemiskinan menurut provinsi, satu petak tiap provinsi (%)",
}


def test_no_table_is_cut_without_a_word(assets):
    """38 regencies × two registries × two years are 152 rows of one province."""
    for path, asset in assets.items():
        if asset.get("viz_type") == "table" and asset["slice_name"] not in SHORT:
            (query,) = json.loads(asset["query_context"])["queries"]
            assert asset["params"]["row_limit"] == query["row_limit"] == 10_000, path
            assert asset["params"]["page_length"] > 0, path
        elif asset.get("viz_type") == "table":
            assert asset["params"]["page_length"] == 0, path


# ----------------------------------------------------------------------------------------------- held against the marts
def test_all_charts_can_be_drawn(copied):
    assert problems(copied) == []


def test_a_column_that_is_removed_breaks_the_check_and_names_the_charts(copied):
    alter(
        copied / "dbt_project/models/marts/coverage/_coverage__models.yml",
        r"      - \{name: excluded, .*\n",
        "",
    )
    found = problems(copied)
    assert (
        "dashboard 'Cakupan program', chart 'Sasaran dan penerima menurut program': metric 'total_excluded' needs"
        " rpt_program_coverage.excluded, which is not published" in found
    )
    assert any("'Galat eksklusi menurut program dan desil (%)'" in line for line in found)


@pytest.mark.parametrize(
    ("models", "column"),
    [
        ("poverty/_poverty__models.yml", "dim_region.parent_region_code"),
        ("poverty/_poverty__models.yml", "dim_region.level"),
        ("coverage/_coverage__models.yml", "dim_program.name"),
    ],
)
def test_a_column_of_a_table_that_only_gives_names_breaks_it_too(copied, models, column):
    mart, name = column.split(".")
    alter(
        copied / "dbt_project/models/marts" / models,
        rf"(?s)(  - name: {mart}\n.*?)      - \{{name: {name},.*?\n(?=      - )",
        r"\1",
    )
    found = problems(copied)
    assert any(f"needs {column}, which is not published" in line and "chart '" in line for line in found)


def test_a_mart_that_is_no_longer_published_breaks_it_too(copied):
    alter(
        copied / "dbt_project/models/marts/monitoring/_monitoring__models.yml",
        r"name: rpt_freshness",
        "name: gone",
    )
    assert [line for line in problems(copied) if "'Terlambat'" in line] == [
        "dashboard 'Mutu data', chart 'Terlambat': metric 'late' needs rpt_freshness.is_late, which is not published"
    ]


@pytest.mark.parametrize(
    ("pattern", "by", "told"),
    [
        ("latest_change_pp", "latest_chnage_pp", "metric 'latest_chnage_pp' is not in dataset"),
        ("dataset: poverty_below", "dataset: poverty_bellow", "there is no dataset 'poverty_bellow'"),
        ("column: year", "column: yeer", "filter 'Tahun': column 'yeer' is not in dataset"),
        ("is_needed: true, not_for", "is_needed: true, below: [Warna], not_for", "there is no filter 'Warna'"),
        ("  - \\[rincian\\]\n", "", "chart 'Angka per pengamatan': stands not once in the layout"),
        ("      - rank_in_province\n", "      - source_file_id\n", "column 'source_file_id' has no label"),
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_is_named(copied, pattern, by, told):
    alter(copied / "bi/superset/dashboards/posisi-kemiskinan.yml", pattern, by)
    assert any(told in line for line in problems(copied))


def test_what_must_not_be_added_up_is_not_stacked(copied):
    alter(
        copied / "bi/superset/dashboards/cakupan-program.yml",
        r"(metrics: \[uncovered_units\]\n)",
        r"\1    options: {stack: Stack}\n",
    )
    assert problems(copied) == [
        "dashboard 'Cakupan program', chart 'Belum menerima menurut alasan dan program': series of 'program_name' must"
        " not be added up, so it is not stacked"
    ]


COVERED = """(values
    ('12', 'PKH', '2024-06', 30, 600), ('12', 'PKH', '2024-07', 1, 7), ('12', 'PBI_APBD', '2024-06', 1, 20),
    ('12', 'PBI_APBD', '2024-07', 1, 15), ('12', 'PIP', '2024-05', 20, 500), ('12', 'PIP', '2024-06', 10, 250))"""


def test_each_programme_stands_in_its_newest_month_unless_a_month_is_chosen(assets, fresh_warehouse):
    """A small list that is later than all others empties nothing; one regency of thirty is no month of a province."""
    coverage = assets["datasets/marts/coverage.yaml"]
    (joined,) = re.findall(r"(?s)(left join lateral .*?as choice \(month_choice\))", coverage["sql"])
    told = joined.replace("marts.rpt_program_coverage", "rpt")
    recipients = _expression(coverage, "total_enrolled")
    with connect() as conn:
        shown = {
            choice: set(
                conn.execute(
                    f"""with rpt (region_code, program_code, period, regencies_with_lists, enrolled) as {COVERED}
                    select program_code, min(period), {recipients} from (
                        select mart.*, month_choice from rpt as mart {told}) as told
                    where %s::text is null or month_choice = %s group by program_code""",
                    (choice, choice),
                ).fetchall()
            )
            for choice in ("Terbaru", "2024-07", None)
        }
    assert shown["Terbaru"] == {
        ("PKH", "2024-06", 600), ("PBI_APBD", "2024-07", 15), ("PIP", "2024-06", 250)
    }  # fmt: skip
    assert shown["2024-07"] == {("PKH", "2024-07", 7), ("PBI_APBD", "2024-07", 15)}
    assert {figure for *_, figure in shown[None]} == {None}, "months are never added up"


def test_a_month_is_offered_below_its_region(assets):
    region, month, *_ = assets["dashboards/cakupan-program.yaml"]["metadata"]["native_filter_configuration"]
    assert (region["name"], month["name"], month["cascadeParentIds"]) == ("Wilayah", "Bulan", [region["id"]])


def test_the_commands_fail_before_anything_is_published(copied):
    alter(
        copied / "dbt_project/models/marts/finding/_finding__models.yml",
        "(- |\\{)name: added_amount_idr",
        r"\1name: added_rupiah",
    )
    with elsewhere(project_root=str(copied), home=str(copied / "home")):
        for words in (["bi", "check"], ["bi", "import"], ["contracts", "check"], ["contracts", "render"]):
            done = CliRunner().invoke(app, words)
            assert done.exit_code == 1, words
            told = done.output + str(done.exception or "")
            assert "dashboard 'Temuan', chart 'Rupiah berisiko (Rp)'" in told, words


def test_what_was_changed_and_not_rendered_is_not_imported(copied):
    alter(
        copied / "bi/superset/dashboards/temuan.yml",
        "title: Rupiah berisiko menurut program",
        "title: Rupiah",
    )
    with elsewhere(project_root=str(copied), home=str(copied / "home")):
        done = CliRunner().invoke(app, ["bi", "import"])
    assert done.exit_code == 1
    assert "bi/superset/assets/charts/temuan/program.yaml: differs from line" in done.output + str(
        done.exception
    )


def test_what_was_deleted_and_not_rendered_is_not_imported(copied):
    (copied / "bi/superset/dashboards/temuan.yml").unlink()
    with elsewhere(project_root=str(copied), home=str(copied / "home")):
        done = CliRunner().invoke(app, ["bi", "import"])
    assert done.exit_code == 1
    assert "bi/superset/assets/dashboards/temuan.yaml: nothing declares it" in done.output + str(
        done.exception
    )


@pytest.mark.parametrize("lost", ["datasets.yml", "dashboards"])
def test_where_no_dashboards_are_declared_the_check_says_so_and_a_release_is_begun(copied, lost):
    (copied / "bi" / "superset" / lost).rename(copied / "elsewhere")
    with elsewhere(project_root=str(copied), home=str(copied / "home")):
        done = CliRunner().invoke(app, ["bi", "check"])
        assert done.exit_code == 1 and "no dashboards are declared here" in done.output + str(done.exception)
        assert chart_problems() == [], "what `pipeline.step_open` asks"


def test_a_changed_word_of_dbt_shows_in_the_dataset(copied):
    alter(
        copied / "dbt_project/models/marts/coverage/_coverage__models.yml",
        "Eligible and did not receive — Layak tetapi tidak menerima",
        "Left out — Terlewat",
    )
    found = built_datasets(Declared(copied / "bi" / "superset"), copied / "dbt_project")
    assert found["coverage"].columns["excluded"].description == "Left out — Terlewat"
    assert found["coverage"].metrics["total_excluded"].description.startswith("Left out — Terlewat")


@pytest.mark.parametrize("column", ["families", "uncovered", "amount_idr"])
def test_of_few_persons_there_is_no_figure(fresh_warehouse, column):
    """The metric as Superset asks it; rupiah count nobody."""
    root = get_settings().project_root
    found = built_datasets(Declared(root / "bi" / "superset"), root / "dbt_project")
    name = {"families": "overlap", "uncovered": "uncovered", "amount_idr": "payment"}[column]
    asked = found[name].metrics[f"total_{column}"]
    # of a programme's month as of any other: nobody is told twice, whatever is chosen
    mixed = [*found[name].spec.apart, *(["month_choice"] if found[name].spec.months else [])]
    of = ", ".join(f"1 as {one}" for one in mixed)
    with connect() as conn:
        shown = [
            conn.execute(
                f"select {asked.sql} from (select {of}, unnest(%s::int[]) as {column}) as told", ([*parts],)
            ).fetchone()[0]
            for parts in ((0,), (1,), (2, 2), (2, 3), ())
        ]
    assert shown == ([0, None, None, 5, None] if column != "amount_idr" else [0, 1, 4, 5, None])
    assert ("tidak ditampilkan" in asked.description) == (column != "amount_idr")


# ---------------------------------------------------------------------------------------------- tools of one's own
def test_the_guide_tells_each_driver_how_to_read_one_release(fresh_warehouse):
    """The ODBC driver sends `ConnSettings` when it connects, and passes over the `options` of libpq without a word."""
    text = (get_settings().project_root / "docs" / "bi.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| (\w+) .*\| `(\w+)=([^`]+)` \|$", text, re.MULTILINE)
    assert {driver: keyword for driver, keyword, _ in said} == {
        "psqlODBC": "ConnSettings",
        "libpq": "options",
    }
    assert text.count("simpul.release_id") == len(said) + 1, "the third is of SQL"
    (statement, options) = (words for _, _, words in said)
    asked = "select current_setting('simpul.release_id', true)"
    with psycopg.connect(warehouse_dsn(), options=options) as conn:
        assert conn.execute(asked).fetchall() == [("7",)]
    with psycopg.connect(warehouse_dsn()) as conn:
        conn.execute(statement)
        assert conn.execute(asked).fetchall() == [("7",)]


def test_a_moment_is_told_by_the_clock_of_the_country(assets):
    """Superset shows what has a time zone in UTC: a release of seven in the morning would be of the day before."""
    moments = [
        (one["sql"], column["column_name"])
        for path, one in assets.items()
        if path.startswith("datasets/")
        for column in one["columns"]
        if column["type"] == "TIMESTAMP"
    ]
    assert len(moments) >= 2
    for sql, name in moments:
        assert f"mart.{name} at time zone 'Asia/Jakarta' as {name}" in sql


def test_what_is_written_for_few_people_is_what_few_are():
    """Where a declaration of a dashboard says it itself."""
    folder = Path(__file__).parents[2] / "bi" / "superset"
    told = "".join(
        path.read_text("utf-8") for path in [*folder.glob("dashboards/*.yml"), folder / "datasets.yml"]
    )
    hidden = re.findall(r"not between 1 and (\d+)", told)
    assert hidden and set(hidden) == {str(FEW - 1)} and f'families: ">= {FEW}"' in told
