"""Superset itself, once: its own API as people of different rights use it, over two releases of a small city."""

from __future__ import annotations

import copy
import io
import json
import re
import shutil
import sqlite3
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg
import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Jsonb
from typer.testing import CliRunner

from bench.dashboards import asked_at_once, open_at_once
from bench.republish import republish
from bench.superset_api import DASHBOARDS, MONTH, Api, first_seen
from simpul import pipeline, vault
from simpul.cli import app
from simpul.contract import load_contracts
from simpul.database import connect, warehouse_dsn
from simpul.errors import StackError
from simpul.ledger import Decision
from simpul.settings import get_settings
from simpul.stack import processes, services, superset
from simpul.trust import caseworkers, grants
from tests.bi.recorded import Recorded, comparable, comparable_map, rows_of
from tests.browser import Eyes, chromium, eyes  # noqa: F401 - a fixture
from tests.compose.reading import compose
from tests.conftest import free_port
from tools.looking import TALL, WORDS, choose, export, log_in, open_dashboard

pytestmark = [pytest.mark.stack, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
CITY = "12.74"
CASEWORKERS = {"petugas_utara": "12.74.02", "petugas_selatan": "12.74.01"}
PLANNER = "perencana"  # becomes one


LATER = "2024-07"
_VISITS = {
    "verified": 20,
    "found": 12,
    "not_found": 4,
    "moved": 2,
    "deceased": 1,
    "duplicate": 1,
    "ineligible": 3,
}
_OTHER = {"region_code": "12.71", "place_key": "12.71"}
# What one city alone does not show: a second regency, a second registry, an older month. Mart, rows, what is other.
_NEIGHBOURS = (
    ("fct_verval", "true", _OTHER | _VISITS),
    ("fct_verval", "true", {"registry": "P3KE"} | _VISITS),
    ("rpt_uncovered", "region_code = '00'", {"period": "2024-05", "uncovered": 5}),
    ("rpt_nik_quality", "period = '2024-06'", {"period": "2024-Q1"}),
    # one programme's list of a later month, before any other
    ("rpt_program_coverage", f"program_code = 'PBI_APBD' and period = '{MONTH}'", {"period": LATER}),
    (
        "rpt_program_overlap",
        f"programs = 'PBI_APBD' and period = '{MONTH}'",
        {"period": LATER, "programs_with_lists": "PBI_APBD"},
    ),
    # Papua before and after it was divided
    *(
        (
            "rpt_poverty_position",
            "region_code = '12' and period = (select max(period) from marts.rpt_poverty_position"
            " where region_code = '12' and month = 3 and p0_percent is not null)",
            {"region_code": "91", "province_code": "91", "region_name": "Papua", "p0_percent": 26} | when,
        )
        for when in ({}, {"year": 2021, "period": "2021-03"})
    ),
    # of one province a later September
    (
        "rpt_poverty_position",
        "region_code = '12' and month = 3 and year = (select max(year) from marts.rpt_poverty_position"
        " where region_code = '12' and month = 3 and p0_percent is not null)",
        {"year": 2029, "month": 9, "period": "2029-09", "p0_percent": 99},
    ),
)


@pytest.fixture(scope="module")
def two_releases(city) -> Iterator[None]:
    """As delivered, and the same rows once more; of the first, one payment is another. The second has `_NEIGHBOURS`."""
    with city(1):
        assert republish(pipeline.published_marts(), 1) == 2
        with connect() as conn:
            conn.execute(
                "update release.rpt_program_payment__r1 set amount_idr = 7 where program_code = 'PKH' and period = %s",
                (MONTH,),
            )
            for mart, which, other in _NEIGHBOURS:
                conn.execute(
                    f"""insert into release.{mart}__r2 select (jsonb_populate_record(told, %s)).*
                    from release.{mart}__r2 as told where {which}""",
                    (Jsonb(other),),
                )
        yield


@pytest.fixture(scope="module")
def running(two_releases) -> Iterator[dict]:
    """Superset with two caseworkers of two districts; returns what bringing the assets in has told."""
    if not (ROOT / ".venv-bi" / ".ready").exists():
        subprocess.run(["make", ".venv-bi/.ready"], cwd=ROOT, check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMPUL_BI_PORT", str(free_port()))
        get_settings.cache_clear()
        try:
            for name, region in CASEWORKERS.items():
                caseworkers.ensure(name)
                with connect() as conn:
                    grants.grant(conn, name, region, Decision("tester", "test", "uji"))
            superset.keep_people(CASEWORKERS)
            yield superset.up()
        finally:
            superset.down()
            for name in (*CASEWORKERS, PLANNER):
                with connect(autocommit=True) as conn:
                    conn.execute(f"drop role if exists {name}")
                for secret in (name, f"superset_{name}"):
                    vault.path(secret).unlink(missing_ok=True)
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def admin(running) -> Api:
    return Api("admin")


def test_it_is_told_by_the_stack(running, admin):
    assert running["removed"] == {}
    status = services.status()
    assert status.superset == {"address": superset.address(), "state": "healthy"}
    assert superset.up() is None, "nothing has changed"


ALONE = "Wilayah sejajar, dari yang termiskin (%)"
"""The one chart that has nothing to show of Indonesia, with which a dashboard begins."""


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_every_chart_has_rows_as_bi_reader_and_none_an_error(admin, slug):
    filters, charts = first_seen(slug), admin.charts(slug)
    assert set(filters) == set(charts)
    for title, chart in charts.items():
        rows = admin.rows(chart, filters[title])
        assert bool(rows) == (title != ALONE), title
        if not rows:
            continue
        assert admin.readers(chart, filters[title]) == {"bi_reader"}, title
        metrics = [one for one in admin.context(chart)["queries"][0]["metrics"] or [] if isinstance(one, str)]
        if metrics:  # what they are told by is never empty: a chart without a figure is
            assert any(row[metric] is not None for row in rows for metric in metrics), f"{title}: no figure"
        else:
            assert any(value is not None for row in rows for value in row.values()), title


def _sums(rows: list[dict], by: str, figure: str) -> dict[str, int]:
    told: dict[str, int] = {}
    for row in rows:
        if row[figure] is not None:
            told[row[by]] = told.get(row[by], 0) + row[figure]
    return told


def test_a_programme_is_chosen_in_every_chart_of_the_findings(admin):
    charts, filters = admin.charts("temuan"), first_seen("temuan")
    with connect(role="bi_reader") as conn:
        found = conn.execute(
            """select mart.program_code, program.name, title_id, sum(added_amount_idr)::bigint
            from marts.rpt_finding_program as mart join marts.dim_program as program using (program_code)
            where region_code = '00' group by 1, 2, 3 having sum(added_amount_idr) > 0"""
        ).fetchall()
    title, by_rule = "Rupiah berisiko (Rp)", "Rupiah berisiko menurut temuan"
    (all_of_it,) = admin.rows(charts[title], filters[title])
    assert len({code for code, *_ in found}) > 1
    assert all_of_it["total_added_amount_idr"] == sum(amount for *_, amount in found)
    for name in {name for _, name, *_ in found}:
        chosen = {"col": "program_name", "op": "IN", "val": [name]}
        expected = {rule: amount for _, of, rule, amount in found if of == name}
        (told,) = admin.rows(charts[title], [*filters[title], chosen])
        assert told["total_added_amount_idr"] == sum(expected.values())
        rows = admin.rows(charts[by_rule], [*filters[by_rule], chosen])
        shown = {row["title_id"]: row["total_added_amount_idr"] for row in rows}
        assert {rule: amount for rule, amount in shown.items() if amount} == expected
    nothing = {"col": "program_name", "op": "IN", "val": ["tidak ada"]}
    for one in set(charts) - {"Rilis yang dapat dipilih"}:
        rows = admin.rows(charts[one], [*filters[one], nothing])
        assert not any(value for row in rows for value in row.values()), one


def test_the_newest_months_of_regencies_are_added_up_whatever_month_is_chosen(admin):
    title = "Belum menerima menurut alasan dan program"
    rows = admin.rows(admin.charts("cakupan-program")[title], first_seen("cakupan-program")[title])
    with connect(role="bi_reader") as conn:
        expected = conn.execute(
            """select name, sum(uncovered)::bigint from marts.rpt_uncovered join marts.dim_program using (program_code)
            where region_code = '00' group by 1"""
        ).fetchall()
    assert _sums(rows, "program_name", "uncovered_units") == dict(expected)
    table = admin.rows(
        admin.charts("cakupan-program")["Apa yang harus dilakukan"],
        first_seen("cakupan-program")["Apa yang harus dilakukan"],
    )
    assert {row["months"] for row in table} == {f"2024-05 s.d. {MONTH}"}


def test_a_later_month_of_one_small_programme_empties_no_chart(admin):
    charts, filters = admin.charts("cakupan-program"), first_seen("cakupan-program")
    table, sets = "Sasaran dan penerima menurut program", "Siapa menerima program apa (keluarga)"
    shown = admin.rows(charts[table], filters[table])
    months = {row["program_name"]: row["period"] for row in shown}
    assert len(shown) == len(months) > 2 and sorted(months.values()) == [*[MONTH] * (len(months) - 1), LATER]
    assert [row["period"] for row in shown if row["overall_exclusion_error_percent"] is not None] == [
        MONTH
    ] * 3
    assert {row["month_lists"][:7] for row in admin.rows(charts[sets], filters[sets])} == {MONTH}
    chosen = [one | {"val": [LATER]} if one["col"] == "month_choice" else one for one in filters[table]]
    assert [row["period"] for row in admin.rows(charts[table], chosen)] == [LATER]


def test_provinces_are_compared_at_one_survey(admin):
    charts, filters = admin.charts("posisi-kemiskinan"), first_seen("posisi-kemiskinan")
    with connect(role="bi_reader") as conn:
        ((newest,),) = conn.execute(
            "select max(period) from marts.rpt_poverty_position where level = 'province' and month = 3"
            " and p0_percent is not null"
        ).fetchall()
        expected = conn.execute(
            "select region_name, p0_percent from marts.rpt_poverty_position where level = 'province' and period = %s"
            " and p0_percent is not null", (newest,)
        ).fetchall()  # fmt: skip
    assert expected
    ranked = "Wilayah di bawahnya, dari yang termiskin (%)"
    rows = admin.rows(charts[ranked], filters[ranked])
    shown = {row["subregion_name"]: row["together_p0_percent"] for row in rows}
    assert {name: figure for name, figure in shown.items() if figure is not None} == {
        name: float(figure) for name, figure in expected
    }
    drawn = admin.rows(charts["Peta kemiskinan menurut provinsi (%)"])
    assert sorted(
        row["together_p0_percent"] for row in drawn if row["together_p0_percent"] is not None
    ) == sorted(float(figure) for _, figure in expected)
    for title, survey in (
        ("Periode peta", newest),
        ("Periode di bawahnya", newest),
        ("Periode sejajar", "belum ada angka wilayah pembanding"),  # of Indonesia
    ):
        assert admin.rows(charts[title], filters[title]) == [{"survey_p0_percent": survey}]


def test_a_city_stands_beside_its_siblings_and_the_nation_beside_nobody(two_releases):
    asset = yaml.safe_load((ROOT / "bi/superset/assets/datasets/marts/poverty_beside.yaml").read_text())
    asked = f"select distinct subregion_name from ({asset['sql']}) as beside where region_name = %s"
    with connect(role="bi_reader") as conn:
        siblings = conn.execute(
            """select distinct dim_region.name from marts.rpt_poverty_position
            join marts.dim_region using (region_code)
            where dim_region.is_current and dim_region.level = 'regency' and dim_region.parent_region_code = '12'"""
        ).fetchall()
        assert set(conn.execute(asked, ("Kota Tanjungbalai",))) == {*siblings} > {("Kota Tanjungbalai",)}
        assert conn.execute(asked, ("Indonesia",)).fetchall() == []


def test_a_year_that_was_not_delivered_has_a_row_without_figures_in_the_trend(admin):
    """Of the province March 2029 is told and the years before it are not."""
    chart = admin.charts("posisi-kemiskinan")["Tren terhadap provinsi, nasional, dan target (%)"]
    region = [{"col": "region_name", "op": "IN", "val": ["Sumatera Utara"]}]
    told = {_year(row["day"]): row["latest_p0_percent"] for row in admin.rows(chart, region)}
    assert sorted(told) == list(range(min(told), 2030))
    with connect() as conn:
        delivered = conn.execute(
            "select distinct year from marts.rpt_poverty_position where region_code = '12' and p0_percent is not null"
        ).fetchall()
    assert {year for year, figure in told.items() if figure is not None} == {year for (year,) in delivered}
    assert None in told.values()


def _year(day: int | str) -> int:
    return datetime.fromtimestamp(day / 1000, UTC).year if isinstance(day, int | float) else int(str(day)[:4])


def test_months_of_a_list_are_never_added_up(admin):
    title = "NIK bermasalah menurut sebab, periode terbaru tiap daftar"
    rows = admin.rows(admin.charts("verval-nik")[title], first_seen("verval-nik")[title])
    with connect(role="bi_reader") as conn:
        expected = conn.execute(
            """select dataset, sum(records)::bigint from (
                select dataset, nik_status, sum(records) as records from marts.rpt_nik_quality as told
            where not is_valid and period is distinct from '2024-Q1' and not exists (
                select from marts.rpt_nik_quality as later where later.period > told.period and later.period !~ 'Q'
                    and (later.dataset, later.place_key) = (told.dataset, told.place_key))
                group by 1, 2) as shown
            where records >= 5 group by 1  -- of few nothing is told"""
        ).fetchall()
    titles = {name: contract.title.id for name, contract in load_contracts().items()}
    told = {titles[dataset]: records for dataset, records in expected}
    assert told and _sums(rows, "dataset_words", "records_newest") == told


def test_visits_of_regencies_are_added_up_and_registries_are_not(admin):
    rows = admin.rows(admin.charts("verval-nik")["Hasil kunjungan menurut tahun dan registri"])
    with connect(role="bi_reader") as conn:
        expected = conn.execute(
            "select year, registry, sum(found)::bigint from marts.fct_verval group by 1, 2 order by 1, 2"
        ).fetchall()
        (regencies,) = conn.execute("select count(distinct place_key) from marts.fct_verval").fetchone()
    assert sorted((row["year"], row["registry"], row["total_found"]) for row in rows) == expected
    assert regencies > 1 and len({registry for _, registry, _ in expected}) > 1


def test_a_dashboard_is_opened_by_two_at_once_as_the_bench_opens_it(running):
    users = [Api(superset.ADMIN) for _ in range(2)]
    questions = asked_at_once(users[0], "temuan", "Kota Tanjungbalai")
    opened = open_at_once(users, questions)
    assert len(questions) > len(users[0].charts("temuan")), "the values of its filters too"
    for answers, whole in opened:
        assert len(answers) == len(questions) and max(answers) <= whole < sum(answers)


@pytest.fixture
def a_nation(two_releases) -> Iterator[int]:
    """Twenty lists of every regency and city in three dimensions, newest and older; returns how many regencies."""
    with connect() as conn:
        (regencies,) = conn.execute(
            "select count(*) from marts.dim_region where level = 'regency' and is_current"
        ).fetchone()
        conn.execute(
            """insert into release.rpt_data_quality__r2 select (jsonb_populate_record(
                null::release.rpt_data_quality__r2, to_jsonb(told) || jsonb_build_object(
                'dataset', 'test.list_' || list, 'region_code', dim_region.region_code,
                'province_code', left(dim_region.region_code, 2), 'dimension', of_dimension, 'period', of_period,
                'failing', 3,
                'score', case when dim_region.region_code = '31.71' and of_period = '2024-06' then 60 + list
                    when of_period = '2024-05' then 10 else 99 end))).*
            from (select * from release.rpt_data_quality__r2 limit 1) as told,
                marts.dim_region, generate_series(1, 20) as list,
                unnest('{logical,structural,analytical}'::text[]) as of_dimension,
                unnest('{2024-05,2024-06}'::text[]) as of_period
            where dim_region.level = 'regency' and dim_region.is_current"""
        )
    yield regencies
    with connect() as conn:
        conn.execute("delete from release.rpt_data_quality__r2 where dataset like 'test.%'")


def test_a_nation_s_lists_are_not_cut_without_a_word(admin, a_nation):
    """514 × 20 × 3 are 30,840 cells: the pictures show the worst region of each list, and all lists."""
    charts, lists = admin.charts("mutu-data"), {f"test.list_{number}" for number in range(1, 21)}
    assert a_nation > 500
    shown = admin.rows(charts["Nilai mutu terendah per dimensi (%)"])
    ours = {(row["dataset_words"], row["dimension_words"]): row["lowest_score"] for row in shown}
    assert {dataset for dataset, _ in ours} > lists and len(ours) < 150
    assert {ours[name, "Logika"] for name in lists} == {60.0 + number for number in range(1, 21)}
    told = admin.rows(charts["Nilai mutu terendah per periode (logika, %)"])
    assert {row["dataset_words"] for row in told} > lists
    assert {
        row["lowest_score"] for row in told if row["period"] == "2024-05" and row["dataset_words"] in lists
    } == {10}
    # and of one region its own
    city = [{"col": "region_name", "op": "IN", "val": ["Kota Tanjungbalai"]}]
    shown = admin.rows(charts["Nilai mutu terendah per dimensi (%)"], city)
    assert {row["lowest_score"] for row in shown if row["dataset_words"] in lists} == {99}
    # a table holds the worst, and above it stands that there may be more
    title = "Pelanggaran menurut kumpulan data dan dimensi"
    rows = admin.rows(charts[title])
    assert len(rows) == 10_000 and [row["total_failing"] for row in rows] == sorted(
        (row["total_failing"] for row in rows), reverse=True
    )
    for slug in ("mutu-data", "verval-nik"):
        assert "paling banyak 10.000 baris" in admin.get(f"dashboard/{slug}")["position_json"]


def test_the_reader_is_bi_reader(admin):
    """Superset knows no other way to the marts: what it may not see, it does not see."""
    (database,) = [one for one in admin.all("database") if one["database_name"] == "Simpul"]

    def ask(statement: str) -> httpx.Response:
        body = {"database_id": database["id"], "sql": statement, "runAsync": False}
        return _session(admin).http.post(f"{admin.address}/sqllab/execute/", json=body)

    assert ask("select count(*) > 0 as known from dim_region").json()["data"] == [{"known": True}]
    for refused in ("marts_person.person", "audit.file", "release.person"):
        assert "permission denied for schema" in ask(f"select count(*) from {refused}").text, refused


def test_a_release_that_is_chosen_is_read_and_one_that_is_not_kept_is_an_error(admin):
    chart = admin.charts("cakupan-program")["Rupiah yang disalurkan menurut bulan"]
    where = [
        {"col": "region_name", "op": "IN", "val": ["Kota Tanjungbalai"]},
        {"col": "period", "op": "IN", "val": [MONTH]},
        {"col": "program_code", "op": "IN", "val": ["PKH"]},
    ]

    def paid(*release: int) -> list[int]:
        chosen = [{"col": "_release_id", "op": "IN", "val": list(release)}] if release else []
        return [row["total_amount_idr"] for row in admin.rows(chart, [*where, *chosen])]

    assert paid(1) == [7]
    assert paid(2) == paid() and paid()[0] > 7
    # a name that says the same in another filter chooses nothing
    spoken = {"col": "program_name", "op": "!=", "val": "_release_id = 1"}
    assert admin.rows(chart, [*where, spoken])[0]["total_amount_idr"] > 7
    answer = admin.ask(admin.context(chart, [*where, {"col": "_release_id", "op": "IN", "val": [99]}]))
    assert answer.status_code == 400 and "release 99 cannot be read" in answer.text
    listed = admin.rows(admin.charts("temuan")["Rilis yang dapat dipilih"])
    assert [(row["_release_id"], row["is_pointed_words"]) for row in listed] == [(2, "Ya"), (1, "Tidak")]


def test_two_regions_are_never_added_up(admin):
    chart = admin.charts("temuan")["Rupiah berisiko (Rp)"]
    (nation,) = admin.rows(chart, [{"col": "region_name", "op": "IN", "val": ["Indonesia"]}])
    (both,) = admin.rows(
        chart, [{"col": "region_name", "op": "IN", "val": ["Indonesia", "Kota Tanjungbalai"]}]
    )
    assert nation["total_added_amount_idr"] > 0 and both["total_added_amount_idr"] is None


@pytest.mark.parametrize("name", CASEWORKERS)
def test_a_caseworker_sees_the_persons_of_his_region_alone(running, name):
    _sees_his_own_alone(name)


@pytest.fixture
def as_in_containers(running, tmp_path) -> Iterator[Path]:
    """`bi-secrets`, `bi-init` and `bi`: a home of their own, nothing known but what is handed over; its folder."""
    handed, home, port = tmp_path / "handover", tmp_path / "superset", free_port()
    handed.mkdir()
    home.mkdir()
    (command,) = (one["command"] for name, one in compose()["services"].items() if name == "bi-secrets")
    command = [str(handed) if word == "/handover" else word for word in command]
    assert CliRunner().invoke(app, command).exit_code == 0
    env = superset.environment() | {"SIMPUL_BI_SECRETS": str(handed)}
    env |= {"SIMPUL_BI_HOME": str(home), "SUPERSET_HOME": str(home)}
    del env["SIMPUL_BI_PEOPLE"]  # the container knows no such variable
    programs = get_settings().bi_venv / "bin"
    load = ROOT / "bi" / "superset" / "load.py"
    subprocess.run([programs / "python", load], env=env, cwd=home, check=True, capture_output=True)
    server = subprocess.Popen(
        [programs / "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4", "--no-control-socket",
         "superset.app:create_app()"], env=env, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMPUL_BI_PORT", str(port))
        get_settings.cache_clear()
        try:
            _wait_for(port)
            yield handed
        finally:
            server.terminate()
            server.wait(20)
    get_settings.cache_clear()


def _wait_for(port: int) -> None:
    end = time.monotonic() + 120
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).raise_for_status()
            return
        except httpx.HTTPError:
            assert time.monotonic() < end
            time.sleep(0.5)


def test_a_caseworker_in_the_containers_sees_the_persons_of_his_region_alone(as_in_containers):
    for name in CASEWORKERS:
        _sees_his_own_alone(name)
    gone, other = sorted(CASEWORKERS)
    (as_in_containers / "people.txt").unlink()
    (as_in_containers / "people.txt").write_text(
        f"{other}\n"
    )  # as `bi user --remove` and `bi-secrets` leave it
    api = Api(gone)
    asked = api.ask(api.context(api.charts("daftar-kerja")["Yang belum menerima"]))
    assert asked.status_code != 200 and "person_id" not in asked.text, "at once, without a new start"
    _sees_his_own_alone(other)


def _sees_his_own_alone(name: str) -> None:
    api = Api(name)
    with connect(role="steward") as conn:
        expected = dict(
            conn.execute(
                "select person_id, region_code from marts_person.worklist_uncovered where region_code like %s",
                (f"{CASEWORKERS[name]}%",),
            ).fetchall()
        )
    charts = api.charts("daftar-kerja")
    rows = api.rows(charts["Yang belum menerima"])
    assert rows and {row["person_id"] for row in rows} == set(expected)
    assert all(CASEWORKERS[name] in row["region_name"] for row in rows)
    # a filter can ask for the neighbour's, the database gives nothing
    (other,) = set(CASEWORKERS) - {name}
    assert (
        api.rows(
            charts["Yang belum menerima"],
            [{"col": "region_name", "op": "LIKE", "val": f"%{CASEWORKERS[other]}%"}],
        )
        == []
    )
    assert api.ask(api.context(charts["Yang belum menerima"]), result_format="csv").status_code == 403, (
        "no file of persons"
    )
    # and the marts stay his to read
    assert api.rows(api.charts("temuan")["Jenis temuan"])


def _session(api: Api) -> Api:
    """With what Superset asks of a request that changes something."""
    api.http.headers["X-CSRFToken"] = api.get("security/csrf_token/")
    return api


def test_a_planner_becomes_a_caseworker_and_takes_no_file_along_leaves_and_may_come_back(admin):
    """Made by the guide with the readers' role, which may export; a right is asked of the user, whatever the table.

    One story: each step of it brings everything into Superset once more.
    """
    name, region, other = PLANNER, CASEWORKERS["petugas_utara"], "petugas_selatan"
    password = vault.read_or_create(f"superset_{name}")
    roles = {one["name"]: one["id"] for one in admin.get("security/roles/?q=(page_size:100)")}
    made = _session(admin).http.post(
        f"{admin.address}/security/users/",
        json={"username": name, "first_name": name, "last_name": name, "email": f"{name}@localhost", "active": True,
              "password": password, "roles": [roles["Simpul Pembaca"]]},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    reader = Api(name)
    chart = reader.charts("temuan")["Jenis temuan"]
    assert reader.ask(reader.context(chart), result_format="csv").status_code == 200, (
        "figures are his to take"
    )
    done = CliRunner().invoke(app, ["bi", "user", name])
    assert done.exit_code == 0, done.output
    assert f"{name} sees persons and has no other role in Superset any more: Simpul Pembaca" in done.output
    with connect() as conn:
        grants.grant(conn, name, region, Decision("tester", "test", "uji"))
    api = Api(name)
    asked = api.context(api.charts("daftar-kerja")["Yang belum menerima"])
    assert api.ask(asked).json()["result"][0]["rowcount"] > 0
    for kind in ("csv", "xlsx"):
        assert api.ask(asked, result_format=kind).status_code == 403
    _leaves_and_comes_back(name, region, other)


def _leaves_and_comes_back(name: str, region: str, other: str) -> None:
    """Logs in no more, and may come back."""
    url = f"http://127.0.0.1:{get_settings().bi_port}/api/v1/security/login"
    old = {"username": name, "password": vault.read(f"superset_{name}"), "provider": "db"}
    words = ["bi", "user", name, "--remove", "--reason", "moved", "--reason-id", "pindah"]
    parts = conninfo_to_dict(warehouse_dsn()) | {"user": name, "password": vault.read(name)}
    with psycopg.connect(**parts) as inside:
        inside.execute("select 1")
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        with pytest.raises(psycopg.OperationalError):
            inside.execute("select 1")
        inside.close()
    assert httpx.post(url, json=old, trust_env=False).status_code == 401
    assert vault.read(name) is None and vault.read(f"superset_{name}") is None
    with connect() as conn:
        held = [one["region_code"] for one in grants.grants(conn) if one["role_name"] == name]
        told = conn.execute(
            "select detail ->> 'region_code', detail ->> 'why_id' from audit.ledger"
            " where kind = 'access.revoked' and subject = %s", (name,)
        ).fetchall()  # fmt: skip
        (may,) = conn.execute("select rolcanlogin from pg_roles where rolname = %s", (name,)).fetchone()
    assert (held, told, may) == ([], [(region, "pindah")], False)
    assert Api(other).rows(Api(other).charts("daftar-kerja")["Yang belum menerima"])
    assert CliRunner().invoke(app, ["bi", "user", "nobody_known", "--remove", "--reason", "x"]).exit_code == 1

    assert CliRunner().invoke(app, ["bi", "user", name]).exit_code == 0
    with connect() as conn:
        grants.grant(conn, name, region, Decision("tester", "test", "uji"))
    assert httpx.post(url, json=old, trust_env=False).status_code == 401, "with another password"
    assert Api(name).rows(Api(name).charts("daftar-kerja")["Yang belum menerima"])


def test_the_administrator_stays_who_that_is(admin):
    """Not as a caseworker's name, nor by a caseworker's role (below): nobody could open Superset again."""
    kept = vault.read("superset_admin")
    for words in (["bi", "user", "admin"], ["bi", "user", "admin", "--remove", "--reason", "test"]):
        assert CliRunner().invoke(app, words).exit_code == 1
    assert "admin" not in superset.people() and vault.read("superset_admin") == kept


def test_nobody_else_sees_a_person(admin):
    for title, chart in admin.charts("daftar-kerja").items():
        if title != "Rilis yang dapat dipilih":
            answer = admin.ask(admin.context(chart))
            assert answer.status_code == 403 and "Data orang tidak dibuka" in answer.text, title
    # but the page gets what it needs for the headings of the table that everybody may see
    told = admin.http.get(f"{admin.address}/dashboard/daftar-kerja/datasets")
    assert told.status_code == 200 and "Nomor rilis" in told.text


def test_a_page_asks_no_other_host_and_values_are_not_kept(admin):
    answer = admin.http.get(f"http://127.0.0.1:{get_settings().bi_port}/login/")
    policy = answer.headers["Content-Security-Policy"]
    assert "http" not in policy and "default-src 'self'" in policy
    marker = "Siti Nurhaliza 1274015505900001"
    chart = admin.charts("temuan")["Jenis temuan"]
    assert admin.rows(chart, [{"col": "title_id", "op": "==", "val": marker}]) == [{"rules": 0}]
    kept = (get_settings().bi / "superset.db").read_bytes() + (
        get_settings().logs / "superset.log"
    ).read_bytes()
    for name in (get_settings().bi).glob("superset.db-*"):
        kept += name.read_bytes()
    assert marker.encode() not in kept and vault.read("bi_reader").encode() not in kept


def test_no_script_that_is_sent_knows_the_usage_pixel(admin):
    """Pages have it built in: were it asked for, the policy would stop it and the browser would say so."""
    (package,) = (ROOT / ".venv-bi").glob("lib/python*/site-packages/superset")
    having = [
        path for path in (package / "static" / "assets").glob("*.js") if b"scarf.sh" in path.read_bytes()
    ]
    assert having, "Superset has no pixel any more: FLASK_APP_MUTATOR can go"
    for path in having:
        sent = admin.http.get(f"http://127.0.0.1:{get_settings().bi_port}/static/assets/{path.name}")
        assert sent.status_code == 200 and "scarf.sh" not in sent.text and "data:image/svg+xml" in sent.text


# dashboard → a filter, its value, and a chart whose rows are others then (the sample's city has all the nation has)
CHOSEN = {
    "temuan": ("Berat", "Tinggi", "Rupiah berisiko menurut temuan"),
    "posisi-kemiskinan": ("Wilayah", "Kota Tanjungbalai", "Angka terakhir dan periodenya"),
    "cakupan-program": ("Program", "Program Keluarga Harapan", "Sasaran dan penerima menurut program"),
    "mutu-data": ("Wilayah", "Kota Tanjungbalai", "Pelanggaran menurut kumpulan data dan dimensi"),
    "verval-nik": ("Wilayah", "Kota Tanjungbalai", "Status NIK menurut wilayah, daftar, dan periode"),
}


@pytest.mark.parametrize(
    "slug", [slug if slug == "temuan" else pytest.param(slug, marks=pytest.mark.proof) for slug in CHOSEN]
)
def test_a_dashboard_in_a_browser(running, chromium, slug):  # noqa: F811
    """Every chart is drawn, what is chosen changes what is exported, nothing is asked of another host."""
    filter_name, value, exported = CHOSEN[slug]
    with _window(chromium, "admin") as window:
        asked = Recorded(window.page)
        charts = open_dashboard(window.page, slug)
        assert charts.count() == len(Api("admin").charts(slug))
        assert not window.page.get_by_role("alert").all_inner_texts()
        _asks_what_we_ask(slug, asked)
        before = export(window.page, exported)
        choose(window.page, filter_name, value)
        after = export(window.page, exported)
        assert len(after.splitlines()) > 1 and after != before
        assert not window.page.get_by_role("alert").all_inner_texts()
        assert not window.wrong


@pytest.mark.proof
def test_what_was_divided_has_no_colour_on_the_map_and_is_a_tile(running, chromium):  # noqa: F811
    """Superset draws the whole of old Papua: today's has a figure, which is of a part of it."""
    painted = """() => [...document.querySelectorAll('.superset-legacy-chart-country-map path')]
        .filter(path => path.__data__ && path.__data__.properties)
        .map(path => [path.__data__.properties.ISO, getComputedStyle(path).fill])"""
    with _window(chromium, "admin") as window:
        open_dashboard(window.page, "posisi-kemiskinan")
        tiles = window.page.locator('[data-test="chart-grid-component"]', has_text="satu petak tiap provinsi")
        told = dict(text.split("\n") for text in tiles.locator("td div div").all_inner_texts())
        assert len(told) == 38 and told["Papua"] == "26,00" and told["Papeg"] == "–" and told["Sumut"] != "–"
        now = dict(window.page.evaluate(painted))
        assert len(now) == 33 and now["ID-PA"] == now["ID-KI"] == "none" != now["ID-SU"]
        choose(window.page, "Tahun", "2021")
        assert dict(window.page.evaluate(painted))["ID-PA"] != "none", "then it was one province"


def _asks_what_we_ask(slug: str, asked: Recorded, user: str = "admin") -> None:
    """Every chart of an opened dashboard has rows, and its query and the filters' are those that our API asks.

    So what is tested and measured without a browser is what a person waits for.
    """
    api = Api(user)
    columns = {
        one["id"]: {column["column_name"] for column in api.get(f"dataset/{one['id']}")["columns"]}
        for one in api.all("dataset")
    }
    recorded, filters = asked.of_charts(), first_seen(slug)
    charts = api.charts(slug)
    assert set(recorded) == set(charts.values())
    for title, chart in charts.items():
        answer, question = recorded[chart]
        context = api.context(chart, filters[title])
        (ours,) = context["queries"]
        known = columns[context["datasource"]["id"]]
        assert answer.status == 200 and (rows_of(answer) > 0) == (title != ALONE), title
        theirs = comparable_map(question, known) if "viz_type" in question else comparable(question, known)
        assert theirs == comparable(ours, known), title
    offered = [(one["datasource"]["id"], comparable(one)) for one in asked.of_filters()]
    for one in api.options(slug):
        (ours,) = one["queries"]
        assert (one["datasource"]["id"], comparable(ours)) in offered, ours["columns"]


def test_filters_of_the_dashboard_of_persons_say_whom_they_are_for(running, chromium):  # noqa: F811
    """To an admin, who reads no persons: not that the network failed."""
    with _window(chromium, "admin") as window:
        open_dashboard(window.page, "daftar-kerja")
        window.page.get_by_text("Data orang tidak dibuka").first.wait_for()
        assert window.page.get_by_text(WORDS["Network error"]).count() == 0


@pytest.mark.proof
def test_the_dashboard_of_persons_in_a_browser(running, chromium):  # noqa: F811
    """A caseworker sees the charts, chooses a programme, and finds nothing to download."""
    user = next(iter(CASEWORKERS))
    with _window(chromium, user) as window:
        asked = Recorded(window.page)
        charts = open_dashboard(window.page, "daftar-kerja")
        assert charts.count() == len(Api(user).charts("daftar-kerja"))
        _asks_what_we_ask("daftar-kerja", asked, user)
        choose(window.page, "Program", "Program Keluarga Harapan")
        assert not window.page.get_by_role("alert").all_inner_texts()
        charts.last.get_by_role("button", name=WORDS["More Options"]).click()
        window.page.get_by_text(WORDS["View as table"], exact=True).wait_for()
        assert window.page.get_by_text(WORDS["Export to .CSV"]).count() == 0
        assert not window.wrong


@contextmanager
def _window(chromium, user: str) -> Iterator[Eyes]:  # noqa: F811
    """Logged in, where nothing but this Superset can be asked."""
    with eyes(chromium, only=f"http://127.0.0.1:{get_settings().bi_port}/", viewport=TALL) as window:
        log_in(window.page, user)
        yield window


def _server() -> int:
    refs, _ = processes.read_refs(get_settings().run_dir / "superset.json")
    return refs["superset"].pid


def test_a_database_that_was_deleted_or_put_back_is_brought_up_to_date_and_importing_again_leaves_the_same(
    admin,
):
    """What was brought in stands in the database itself, which is made anew or is older without a word.

    With a caseworker's role the administrator stays who that is.
    """
    roles = {one["name"]: one["id"] for one in admin.get("security/roles/?q=(page_size:100)")}
    (me,) = [one for one in admin.get("security/users/?q=(page_size:100)") if one["username"] == "admin"]
    given = _session(admin).http.put(
        f"{admin.address}/security/users/{me['id']}",
        json={"roles": [roles["Admin"], roles["Simpul Petugas"]]},
    )
    assert given.status_code == 200, given.text
    before, exported = _everything(admin), _exported(admin)
    database = get_settings().bi / "superset.db"
    older = database.with_name("older.db")
    with closing(sqlite3.connect(database)) as conn:
        conn.execute("vacuum into ?", (str(older),))
    with closing(sqlite3.connect(older)) as conn:
        conn.execute("update simpul_brought_in set stamp = 'of an older release'")
        conn.execute("update dashboards set dashboard_title = 'Temuan lama' where slug = 'temuan'")
        conn.commit()
    assert superset.bring_in() is None, "nothing has changed"
    superset.down()
    for name in database.parent.glob("superset.db*"):
        name.unlink()
    assert superset._brought_in(get_settings()) is None, "so a new one is filled, as the first was"
    older.rename(database)
    told = superset.up()
    assert told is not None, "put back from a backup"
    assert (told["removed"], told["closed"]) == ({}, [])
    admin = Api("admin")
    titles = {one["dashboard_title"] for one in admin.all("dashboard")}
    assert "Temuan" in titles and "Temuan lama" not in titles
    assert superset.up() is None
    assert _everything(admin) == before
    assert _exported(admin) == exported


@pytest.mark.proof  # two minutes: Superset starts four times
def test_another_version_or_key_ends_the_server_before_anything_is_migrated(admin, tmp_path, monkeypatch):
    """`make bi` installs the packages of another lock: the old server must not read what the new one has migrated."""
    venv, before = tmp_path / "venv", _server()
    venv.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (venv / name).symlink_to(get_settings().bi_venv / name)
    (venv / ".ready").write_text("apache-superset==another")
    root = tmp_path / "root"
    shutil.copytree(ROOT / "bi", root / "bi")
    with monkeypatch.context() as patch:
        patch.setenv("SIMPUL_BI_VENV", str(venv))
        get_settings.cache_clear()
        with patch.context() as broken:
            broken.setattr(superset, "_folder", lambda _settings: root / "bi" / "superset")
            (root / "bi" / "superset" / "load.py").write_text("raise SystemExit('not migrated')")
            with pytest.raises(StackError, match="not migrated"):
                superset.bring_in()
        assert superset.state() is None, "ended, not left over another database"
        assert superset.up() is not None
        renewed = _server()
        assert renewed != before and superset.up() is None and _server() == renewed
        assert superset.bring_in(force=True) is not None and _server() == renewed, "the same version goes on"
        key = vault.path("superset_secret_key")
        kept = key.read_text()
        key.write_text("another key, of forty letters and some more\n")
        try:
            superset.up()
            assert _server() != renewed, "it signs with the new one"
        finally:
            key.write_text(kept)
    get_settings.cache_clear()
    superset.up()


def _exported(api: Api) -> dict[str, dict]:
    """What Superset's own export holds, by UUID: what somebody would take to another one."""
    answer = api.http.get(f"{api.address}/assets/export/").raise_for_status()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as folder:
        read = [yaml.safe_load(folder.read(name)) for name in folder.namelist() if name.endswith(".yaml")]
    return {one["uuid"]: one for one in read if "uuid" in one}


def _comparable(asset: dict) -> dict:
    """Of an asset of ours or of an export what does not depend on the numbers that things have in a database."""
    asset = {name: value for name, value in copy.deepcopy(asset).items() if name != "is_managed_externally"}
    if "viz_type" in asset:
        asset["params"].pop("datasource")
        context = json.loads(asset["query_context"])
        asset["query_context"] = {name: context[name] for name in ("queries", "result_format", "result_type")}
    for kind, name in (("columns", "column_name"), ("metrics", "metric_name")):
        if kind in asset:
            asset[kind] = {one[name]: one for one in asset[kind]}
    if "position" in asset:
        places = [one["meta"] for one in asset["position"].values() if "chartId" in str(one)]
        numbers = {place.pop("chartId"): place["uuid"] for place in places}
        asset["metadata"].pop("default_filters", None)  # a form of before that is not exported
        for one in asset["metadata"]["native_filter_configuration"]:
            one["scope"]["excluded"] = sorted(numbers[number] for number in one["scope"]["excluded"])
    return asset


def _lost(ours: object, theirs: object, path: str = "") -> Iterator[str]:
    """Where ``theirs`` does not hold what ``ours`` says; it may say more."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name, value in ours.items():
            yield from _lost(value, theirs.get(name, "nothing"), f"{path}/{name}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _lost(one, other, f"{path}/{number}")
    elif ours != theirs:
        yield f"{path}: {ours!r} is {theirs!r}"


def _everything(api: Api) -> set[tuple[str, str, str]]:
    """Kind, UUID and title of all assets."""
    kinds = {
        "dashboard": "dashboard_title",
        "chart": "slice_name",
        "dataset": "table_name",
        "database": "database_name",
    }
    return {(kind, one["uuid"], one[title]) for kind, title in kinds.items() for one in api.all(kind)}


def test_what_is_declared_is_there_a_change_shows_and_what_is_gone_is_removed(running, tmp_path, monkeypatch):
    admin = Api("admin")
    before, exported = _everything(admin), _exported(admin)
    declared = {
        one["uuid"]: one
        for path in (ROOT / "bi" / "superset" / "assets").rglob("*.yaml")
        if "uuid" in (one := yaml.safe_load(path.read_text("utf-8")))
    }
    assert set(declared) == set(exported)
    for number, asset in declared.items():
        title = next(value for key, value in asset.items() if key.endswith(("title", "name")))
        assert not list(_lost(_comparable(asset), _comparable(exported[number]))), title

    root = tmp_path / "root"
    shutil.copytree(ROOT / "bi", root / "bi")
    assets = root / "bi" / "superset" / "assets"
    page = assets / "charts" / "temuan" / "jenis.yaml"
    page.write_text(
        page.read_text("utf-8").replace("slice_name: Jenis temuan", "slice_name: Banyaknya jenis"), "utf-8"
    )
    page = assets / "dashboards" / "temuan.yaml"
    page.write_text(
        re.sub("dashboard_title: Temuan", "dashboard_title: Temuan audit", page.read_text("utf-8")), "utf-8"
    )
    (assets / "dashboards" / "verval-nik.yaml").unlink()
    shutil.rmtree(assets / "charts" / "verval-nik")
    monkeypatch.setattr(superset, "_folder", lambda _settings: root / "bi" / "superset")
    told = superset.bring_in()
    assert told["removed"]["dashboard"] == ["Verval & NIK"] and len(told["removed"]["slice"]) == 6
    after = _everything(admin)
    assert {one[0:2] for one in after} < {one[0:2] for one in before}, "the same, but for what was removed"
    titles = {title for _, _, title in after}
    assert {"Banyaknya jenis", "Temuan audit"} <= titles and not {"Jenis temuan", "Verval & NIK"} & titles
