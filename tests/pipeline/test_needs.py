"""Only what has changed is built: a release shows what an earlier one stored, and says the same as a whole build.

One story in order. A whole build is held against what was built in two steps, each of which left alone what the other
built: as much is said of both as by a whole build after each.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from psycopg import sql

from sample.bps import write_bps_sample
from simpul import pipeline, release
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.ledger import Decision
from simpul.settings import get_settings
from tests.city import City

pytestmark = pytest.mark.slow

PEOPLE = (
    "person", "person_record", "dim_beneficiary", "fct_program_enrollment", "rpt_program_coverage", "rpt_finding",
    "rpt_finding_row", "worklist_finding",
)  # fmt: skip
POVERTY = ("fct_poverty", "fct_poverty_figure", "rpt_poverty_position", "dim_period")


@pytest.fixture(scope="module")
def delivered(city) -> Iterator[City]:
    """A city whose first release is published."""
    with city(1) as there:
        yield there


def land(**years: list[int]) -> None:
    """Tables of BPS for years that the city has not."""
    if years:
        write_bps_sample(get_settings().inbox, **years)
    assert {file["status"] for file in pipeline.land_inbox()} == {"landed"}


def stored(release_id: int) -> dict[str, int]:
    with connect() as conn:
        return release.stored_in(conn, release_id)


def hashes(release_id: int) -> dict[str, str]:
    with connect() as conn:
        (tables,) = conn.execute(
            "select tables from audit.release where release_id = %s", (release_id,)
        ).fetchone()
    return {mart: table["content_hash"] for mart, table in tables.items() if not table.get("volatile")}


def test_a_stewards_decision_changes_people_and_nothing_else(delivered):
    with connect() as conn:
        a, b = (
            key.split("|")[:2]
            for (key,) in conn.execute(
                """select min(record_key) from identity.link where record_key like 'dinsos.dtks|%%'
                group by person_id order by person_id limit 2"""
            )
        )
    path = delivered.settings.inbox / "review" / "keputusan.csv"
    path.parent.mkdir()
    path.write_text(
        "dataset_a,source_key_a,dataset_b,source_key_b,keputusan,alasan,petugas,tanggal\n"
        f"{a[0]},{a[1]},{b[0]},{b[1]},sama,diperiksa,petugas,2024-07-01\n"
    )
    land()
    done = pipeline.build("decided")
    places = stored(done.release_id)
    assert places["person"] == places["rpt_program_coverage"] == done.release_id == 2
    assert {places[mart] for mart in POVERTY} == {1}


def test_a_file_of_bps_builds_poverty_and_nothing_about_people(delivered):
    land(years=[2016])
    done = pipeline.build("bps")
    places = stored(3)
    assert {places[mart] for mart in PEOPLE} == {2}
    assert {places[mart] for mart in POVERTY} == {3}
    assert places.keys() == {mart.name for mart in pipeline.published_marts()}
    with connect() as conn:
        assert conn.execute("select to_regclass('release.person__r3')").fetchone() == (None,)
        left = "select count(*) from pg_class where relnamespace = 'candidate'::regnamespace and relkind in ('r', 'v')"
        assert conn.execute(left).fetchone() == (0,)
        for mart in pipeline.published_marts():
            row = conn.execute(
                sql.SQL(
                    "select count(*), min(_release_id), max(_release_id), count(distinct _as_of) from {}"
                ).format(sql.Identifier(mart.audience, mart.name))
            ).fetchone()
            assert row == (done.rows[mart.name], *((3, 3, 1) if row[0] else (None, None, 0))), mart.name
    assert release.content_hash(3) == done.content_hash

    whole = pipeline.build("whole", force=True)
    assert set(stored(whole.release_id).values()) == {whole.release_id}
    assert hashes(whole.release_id) == hashes(3)
    assert whole.content_hash == done.content_hash


def test_after_a_rollback_the_next_release_builds_on_what_is_shown_and_a_replaced_table_again(delivered):
    """What it says is held against a whole build below."""
    left = release.current()
    back = release.rollback()["release_id"]
    with connect() as conn:
        conn.execute("create table staging.other as select * from staging.stg_dinsos__kks_payment limit 1")
        conn.execute("drop table staging.stg_dinsos__kks_payment cascade")
        conn.execute("alter table staging.other rename to stg_dinsos__kks_payment")
    land(years=[2020])
    done = pipeline.build("after the rollback")
    with connect() as conn:
        assert conn.execute("select count(*) from staging.stg_dinsos__kks_payment").fetchone()[0] > 1
    places = stored(done.release_id)
    assert back < left < done.release_id
    assert places["fct_poverty"] == done.release_id and places["person"] <= back


def test_payment_lists_leave_poverty_where_it_is_and_what_was_not_tested_is_not_taken_for_built(delivered):
    """A list comes and another is withdrawn; the build dies before its end: the next one builds it."""
    with connect() as conn:
        (file_id,) = conn.execute(
            "select file_id from audit.file where dataset = 'dinsos.kks_payment' and status = 'landed' limit 1"
        ).fetchone()
    pipeline.withdraw(file_id, Decision("tester", "wrong list", "daftar salah"))
    shutil.copytree(delivered.later / "dinsos", delivered.settings.inbox / "dinsos", dirs_exist_ok=True)
    land()
    before = stored(release.current())
    opened = pipeline.step_open("dies")
    needs = pipeline.settle(pipeline.transform.PREPARE)
    assert "stg_dinsos__kks_payment" in needs.models and "stg_bps__poverty_province" not in needs.models
    assert pipeline.settle(pipeline.transform.PREPARE) == needs, "nobody has built it"
    release.note_built(needs.models, "a run that was taken over")
    assert pipeline.settle(pipeline.transform.PREPARE) == needs, "not the one who may say so"
    release.let_go(opened["release_id"])
    done = pipeline.build("goes on")
    assert done.release_id == opened["release_id"]
    places = stored(done.release_id)
    assert places["person"] == places["fct_program_enrollment"] == places["person_record"] == done.release_id
    # poverty as it was built after the rollback; the calendar covers payments too
    assert all(places[mart] == before[mart] < done.release_id for mart in POVERTY if mart != "dim_period")

    # what a kept release shows is kept, whichever release stored it
    retired = release.retire_old(days=0, months=0)["retired"]
    with connect() as conn:
        left = [
            number
            for (number,) in conn.execute("select release_id from audit.release where status = 'published'")
        ]
        kept = {
            name
            for (name,) in conn.execute(
                "select relname from pg_class where relnamespace = 'release'::regnamespace and relkind = 'r'"
            )
        }
        assert conn.execute("select count(*) from marts.fct_poverty").fetchone() == (
            done.rows["fct_poverty"],
        )
    assert {f"{mart}__r{number}" for mart, number in places.items()} <= kept
    assert kept == {f"{mart}__r{number}" for one in left for mart, number in stored(one).items()}
    assert len(retired) > 2 and not {"fct_poverty__r1", "person__r1"} & kept
    assert pipeline.build("whole", force=True).content_hash == done.content_hash


def test_a_release_whose_dashboard_would_break_is_not_begun(delivered, tmp_path, monkeypatch):
    """A column leaves a mart: its chart is named before anything is built, and the files wait for a mended project."""
    for folder in ("bi/superset", "dbt_project/models", "dbt_project/seeds"):
        shutil.copytree(get_settings().project_root / folder, tmp_path / folder)
    shutil.copy(get_settings().project_root / "dbt_project" / "metrics.yml", tmp_path / "dbt_project")
    models = tmp_path / "dbt_project/models/marts/coverage/_coverage__models.yml"
    kept = [line for line in models.read_text("utf-8").splitlines() if "{name: excluded," not in line]
    models.write_text("\n".join(kept), "utf-8")
    chart = "chart 'Sasaran dan penerima menurut program'"
    published = release.current()
    monkeypatch.setenv("SIMPUL_PROJECT_ROOT", str(tmp_path))
    get_settings.cache_clear()
    with pytest.raises(SimpulError, match=re.escape(chart)):
        pipeline.step_open("would break")
    monkeypatch.undo()
    get_settings.cache_clear()
    with connect() as conn:
        status, code, reason, reason_id = conn.execute(
            "select status, reason_code, reason, reason_id from audit.release order by release_id desc limit 1"
        ).fetchone()
    assert (status, code) == ("refused", "abandoned") and chart in reason and chart in reason_id
    assert release.current() == published
    assert pipeline.step_open("mended", force=True)["is_new"]
