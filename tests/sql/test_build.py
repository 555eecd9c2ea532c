"""The whole project built on the embedded database from a handful of rows; every person in them is invented."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simpul import database, pipeline, transform
from simpul.cli import app
from simpul.contract import load_contracts
from simpul.errors import SimpulError
from simpul.seeds import ensure_reference
from simpul.settings import Settings
from tests.sql.conftest import build_candidate, load_files

pytestmark = pytest.mark.slow

# names and numbers that stand nowhere in the project, so that they can be searched for
ZUBAIDAH, BUDI, ANI = "1274015203910017", "1274010507870012", "1274016006810013"
KK = "1274010101110011"
PLACE = {"provinsi": "SUMATERA UTARA", "kabupaten": "KOTA TANJUNGBALAI", "kecamatan": "DATUK BANDAR"}

BANTEN_2023 = {  # P0 in March, as BPS published it; four regions stand above the province
    "BANTEN": "6.17", "Pandeglang": "9.27", "Lebak": "8.68", "Tangerang": "6.93", "Serang": "4.85",
    "Kota Tangerang": "5.89", "Kota Cilegon": "3.98", "Kota Serang": "6.20", "Kota Tangerang Selatan": "2.57",
}  # fmt: skip


def _figure(wilayah: str, nilai: str, **more: str) -> dict[str, str]:
    return {"wilayah": wilayah, "indikator": "p0", "daerah": "total", "bulan": "3", "nilai": nilai, **more}


FILES = {
    "bps.poverty_province": {
        "bps-province": ("2023", "00", [_figure("Indonesia", "9.36"), _figure("Banten", "6.17"),
                                        _figure("Banten", "...", bulan="9"), _figure("Papua Selatan", "...")]),
    },
    "bps.poverty_regency": {
        "bps-regency": ("2023", "00", [_figure(name, figure, provinsi="BANTEN", tahun="2023")
                                       for name, figure in BANTEN_2023.items()]),
        # an old table, and one that landed before landing refused the future
        "bps-old": ("2005", "00", [_figure("Pandeglang", "11.30", provinsi="BANTEN", tahun="2005")]),
        "bps-mistyped": ("2042", "00", [_figure("Lebak", "8.68", provinsi="BANTEN", tahun="2042")]),
    },
    "reference.region": {
        "villages": ("2025-06", "00", [
            {"kode": "12.74.05.1001", "nama": "Sijambi", "kode_kecamatan": "12.74.05", "tingkat": "village",
             "keputusan": "Kepmendagri 300.2.2-2430 Tahun 2025", "tanggal_keputusan": "2025-06-23"},
        ]),
    },
    "dinsos.dtks": {
        "dtks": ("2024-06", "12.74", [
            # a family of two with one card
            {"id_dtks": "1", "nik": ZUBAIDAH, "no_kk": KK, "nama": "ZUBAIDAH LUBIS", "tanggal_lahir": "12-03-1991",
             "jenis_kelamin": "Perempuan", "alamat": "JL. SEHAT 1", "desa": "SIJAMBI", **PLACE},
            {"id_dtks": "2", "nik": "", "no_kk": KK, "nama": "ANAK ZUBAIDAH", "tanggal_lahir": "01-05-2024",
             "jenis_kelamin": "L", "alamat": "JL. SEHAT 1", "desa": "SIJAMBI", **PLACE},
            # listed, and paid by nobody
            {"id_dtks": "3", "nik": ANI, "no_kk": "1274010101100002", "nama": "ANI", "tanggal_lahir": "20/06/1981",
             "jenis_kelamin": "P", "alamat": "JL. SEHAT 2", "desa": "SIJAMBI", **PLACE},
        ]),
        # replaced before the release opened: nobody may read it
        "dtks-old": ("2024-06", "12.74", [{"id_dtks": "1", "nik": ZUBAIDAH, "nama": "ZUBAEDAH", **PLACE}]),
    },
    "dinsos.regsosek_person": {
        # registered, which says nothing of need
        "regsosek": ("2022", "12.74", [
            {"nik": BUDI, "nama": "BUDI", "jenis_kelamin": "1", "keberadaan": "1", "kartu_identitas": "5"},
        ]),
    },
    "dinsos.kks_payment": {
        "kks": ("2024-Q2", "12.74", [
            {"nik": ZUBAIDAH, "nama": "ZUBAIDAH L", "no_kks": "6013", "jenis_bansos": "PKH + SEMBAKO",
             "tahap_salur": "Tahap 2 Tahun 2024", "nominal": "Rp 1.350.000"},
            # not listed
            {"nik": BUDI, "nama": "BUDI", "no_kks": "6014", "jenis_bansos": "SEMBAKO",
             "tahap_salur": "Tahap 2 Tahun 2024", "nominal": "Rp 600.000"},
            # … and paid a second time in the stage
            {"nik": BUDI, "nama": "BUDI", "no_kks": "6014", "jenis_bansos": "SEMBAKO",
             "tahap_salur": "Tahap 2 Tahun 2024", "nominal": "Rp 400.000"},
            # nobody can say whether listed
            {"nik": "1,27401E+15", "nama": "TUTI", "no_kks": "6015", "jenis_bansos": "SEMBAKO",
             "tahap_salur": "Tahap 2 Tahun 2024", "nominal": "-"},
        ]),
    },
    "dinsos.program_recipient": {
        "penerima": ("2024-06", "12.74", [
            {"nik": BUDI, "nama": "BUDI", "program": "Kartu Lansia Jakarta 2024", "nominal": "Rp 300.000"},
            # the card's payment once more, and by number alone
            {"nik": BUDI, "nama": "BUDI", "program": "BPNT", "nominal": "200000"},
            {"nik": BUDI, "program": "Pelatihan Vokasi"},
            # listed in Tanjungbalai, on a list of Jakarta
            {"nik": ZUBAIDAH, "nama": "ZUBAIDAH LUBIS", "program": "KJP"},
        ]),
    },
    "dinsos.verval_budget": {
        # a code without its dot: that of either system, as the name beside it says
        "verval": ("2024", "12", [
            {"kode_wilayah": "1272", "nama_wilayah": name, "tahun": "2024", "registri": "DTKS", "dianggarkan": "ya"}
            for name in ("Kota Tanjungbalai", "Kota Pematangsiantar")
        ]),
    },
    "dinsos.poverty_target": {
        "rpjmd": ("2023", "36", [
            {"kode_wilayah": "36", "nama_wilayah": "Banten", "tahun": "2023", "indikator": "Persentase penduduk miskin",
             "target_bawah": "5,84", "dokumen": "RPJMD"},
            {"kode_wilayah": "36.01", "nama_wilayah": "Kabupaten Pandeglang", "tahun": "2023",
             "indikator": "Angka Kemiskinan", "target_bawah": "9,0", "target_atas": "9,5", "dokumen": "RPJMD"},
            # another indicator is no target of this one
            {"kode_wilayah": "36", "nama_wilayah": "Banten", "tahun": "2023", "indikator": "Kemiskinan ekstrem",
             "target_bawah": "0", "dokumen": "RPJMD"},
        ]),
    },
    "bpjs.pbi_apbd": {
        "apbd": ("2024-06", "12.74", [
            {"psnoka_bpjs": "0000000000002", "nik": BUDI, "nama": "BUDI", "segmen": "APBD"},
        ]),
    },
    "bpjs.member": {
        "member": ("2024-06", "12.74", [
            {"psnoka_bpjs": "0000000000001", "nik": ZUBAIDAH, "nama": "ZUBAIDAH LUBIS", "status_peserta": "0",
             "segmen": "PBI JAMINAN KESEHATAN", "jenis_kelamin": "2", "tanggal_lahir": "1991-03-12 00:00:00"},
        ]),
    },
    "bpjs.pbi_jk": {
        "pbi": ("2024-06", "12.74", [
            {"psnoka_bpjs": "0000000000001", "nik": ZUBAIDAH, "no_kk": KK, "nama": "ZUBAIDAH LUBIS",
             "tanggal_lahir": "12/03/1991", "jenis_kelamin": "P", "nama_ibu_kandung": "FATIMAH",
             "keterangan": "AKTIF", **PLACE},
        ]),
    },
}  # fmt: skip


def _load(connection) -> None:
    """The files, and what the landing gate set aside of them."""
    load_files(connection, FILES, unread=["dtks-old"])

    # a poverty line of 505 rupiah: the landing gate has set it aside
    connection.execute(
        """update audit.file set structure = '{"columns": {"Provinsi": "wilayah"}}' where file_id = 'bps-province';
        insert into quarantine.row (file_id, "row", "column", field, rule_code, reason, reason_id, raw)
        values ('bps-province', 2, 'Garis Kemiskinan - Maret (Rp)', 'nilai', 'poverty_line_range', '-', '-',
            '{"Provinsi": "Indonesia", "Indikator": "poverty_line", "Daerah": "total", "Bulan": "3"}')"""
    )


@pytest.fixture(scope="module")
def built(cloned_ready, tmp_path_factory) -> Iterator[Settings]:
    with cloned_ready(tmp_path_factory.mktemp("built")) as settings:
        with database.connect() as connection:
            _load(connection)
        build_candidate()
        yield settings


@pytest.fixture
def ask(built):
    def answer(query: str) -> list[tuple]:
        with database.connect() as connection:
            return connection.execute(query).fetchall()

    return answer


def test_banten_2023_stands_as_the_article_says(ask):
    above = ask(
        "select region_name, p0_percent::text, province_p0_percent::text, national_p0_percent::text"
        " from candidate.rpt_poverty_position where year = 2023 and month = 3 and is_above_province"
        " order by rank_in_province"
    )
    assert above == [
        ("Kabupaten Pandeglang", "9.27", "6.17", "9.36"),
        ("Kabupaten Lebak", "8.68", "6.17", "9.36"),
        ("Kabupaten Tangerang", "6.93", "6.17", "9.36"),
        ("Kota Serang", "6.20", "6.17", "9.36"),
    ]


def test_targets_of_planning_documents_stand_beside_what_came_true(ask):
    assert ask(
        "select region_code, target_low::text, target_high::text, gap_to_target_pp::text"
        " from candidate.rpt_poverty_position where year = 2023 and month = 3 and target_low is not null"
        " order by region_code"
    ) == [("36", "5.84", "5.84", "0.33"), ("36.01", "9.0", "9.5", "-0.23")]


def test_a_delivered_village_is_a_region(ask):
    assert ask(
        "select region_code, name, parent_region_code, province_code, valid_from::text, is_current"
        " from candidate.dim_region where level = 'village'"
    ) == [("12.74.05.1001", "Sijambi", "12.74.05", "12", "2025-06-23", True)]


def test_a_code_without_dots_on_a_form_is_what_its_name_says(ask):
    assert ask(
        "select region_code_sent, region_name_sent, region_code, region_status"
        " from intermediate.int_form_region where region_code_sent = '1272' order by region_name_sent"
    ) == [
        ("1272", "Kota Pematangsiantar", "12.72", "resolved"),
        ("1272", "Kota Tanjungbalai", "12.74", "resolved"),
    ]
    assert ask("select count(*) from staging.stg_dinsos__verval_budget") == [(2,)]


def test_lists_of_regions_are_built_when_they_change_and_only_then(ask):
    """Costs two short runs of dbt; runs on the candidate that the other tests read."""
    assert not ensure_reference()
    with database.connect() as connection:
        connection.execute("delete from audit.release_input where file_id = 'villages'")
    assert ensure_reference()
    assert ask("select count(*) from intermediate.int_village") == [(0,)]
    assert not ensure_reference()
    with database.connect() as connection:
        connection.execute("insert into audit.release_input values (1, 'villages')")
    assert ensure_reference()
    assert ask("select count(*) from intermediate.int_village") == [(1,)]


def test_what_stands_ready_needs_nothing_and_is_no_trouble(built):
    said: list[str] = []
    pipeline.make_ready(said.append)
    assert said == ["the dbt project and the reference data"]


def test_the_manifest_is_parsed_once(built):
    manifest = transform.ensure_manifest()
    before = manifest.stat().st_mtime_ns
    assert transform.manifest_path().stat().st_mtime_ns == before
    assert json.loads(manifest.read_text())["metadata"]["adapter_type"] == "postgres"


def test_no_period_stops_a_build_and_the_calendar_covers_them_all(ask):
    assert ask("select min(period), max(period), count(*) from candidate.dim_period") == [
        ("2005-01", "2043-12", 468)
    ]
    assert ask("select year from candidate.rpt_poverty_position where year not in (2023) order by 1") == [
        (2005,),
        (2042,),
    ]


def test_a_figure_that_is_missing_is_told_with_its_reason_and_address(ask):
    assert ask(
        "select region_code, month, missing_reason, file_id, row from candidate.fct_poverty_figure"
        " where figure is null order by region_code"
    ) == [
        ("00", 3, "quarantined", "bps-province", 2),
        ("36", 9, "not_published", "bps-province", 4),
        ("93", 3, "not_published", "bps-province", 5),
    ]
    assert ask("select count(*) from candidate.fct_poverty where month = 9 or region_code = '93'") == [(0,)]


def test_the_golden_record_is_put_together_from_five_lists(ask):
    assert ask(
        "select name, name_source, mother_name, mother_name_source, birth_date::text, sex, region_code, sources_count,"
        f" has_conflicting_name from candidate.person where nik = '{ZUBAIDAH}'"
    ) == [
        (
            "ZUBAIDAH LUBIS",
            "dinsos.dtks",
            "FATIMAH",
            "bpjs.pbi_jk",
            "1991-03-12",
            "female",
            "12.74.05.1001",
            5,
            True,
        )
    ]


def test_every_record_without_a_valid_nik_is_on_the_worklist(ask):
    assert ask(
        "select dataset, row, name, nik_as_sent, nik_status, suggested_nik, region_code,"
        " reason ~ 'spreadsheet|no NIK', reason_id ~ 'Lembar kerja|tidak ada' from candidate.worklist_nik_repair"
        " order by 1"
    ) == [
        ("dinsos.dtks", 3, "ANAK ZUBAIDAH", None, "missing", None, "12.74.05.1001", True, True),
        ("dinsos.kks_payment", 5, "TUTI", "1,27401E+15", "scientific_notation", None, "12.74", True, True),
    ]


def test_coverage_of_sembako_in_june(ask):
    assert ask(
        "select region_code, in_scope, eligible, enrolled, eligible_enrolled, excluded, included_in_error,"
        " unknown_eligibility, coverage_percent::text, inclusion_error_percent::text"
        " from candidate.rpt_program_coverage where program_code = 'SEMBAKO' and period = '2024-06' order by 1"
    ) == [
        # Zubaidah's family is covered, Ani's is not; Budi is registered, but not listed; of Tuti nobody can say
        ("00", 4, 2, 3, 1, 1, 1, 1, "50.00", "33.33"),
        ("12", 4, 2, 3, 1, 1, 1, 1, "50.00", "33.33"),
        ("12.74", 4, 2, 3, 1, 1, 1, 1, "50.00", "33.33"),
        ("12.74.05", 2, 2, 1, 1, 1, 0, 0, "50.00", "0.00"),
    ]


def test_a_programme_of_one_region_is_for_those_who_live_there(ask):
    assert ask(
        "select in_scope, eligible, enrolled, eligible_enrolled, excluded, included_in_error"
        " from candidate.rpt_program_coverage where program_code = 'KJP' and region_code = '00' and enrolled > 0"
    ) == [(0, 0, 1, 0, 0, 1)]


def test_a_sum_tells_of_how_many_regencies_it_speaks(ask):
    """One city has sent its lists: its province and the nation are no more than that. KJP exists in Jakarta only."""
    assert ask(
        "select distinct program_code, region_code, regencies_with_lists, regencies_total, is_complete"
        " from candidate.rpt_program_coverage where program_code in ('SEMBAKO', 'KJP') and period = '2024-06'"
        " and length(region_code) <= 5 order by 1, 2"
    ) == [
        ("KJP", "00", 0, 6, False),
        ("KJP", "12", 0, 0, True),
        ("KJP", "12.74", 0, 0, True),
        ("SEMBAKO", "00", 1, 514, False),
        ("SEMBAKO", "12", 1, 33, False),
        ("SEMBAKO", "12.74", 1, 1, True),
    ]


def test_every_registry_has_its_members(ask):
    assert ask(
        "select registry, period, status, count(*) from candidate.fct_registry_membership group by 1, 2, 3 order by 1"
    ) == [("DTKS", "2024-06", "listed", 3), ("REGSOSEK", "2022", "listed", 1)]


def test_before_the_first_registry_nothing_is_said(ask):
    assert ask(
        "select distinct eligible, excluded, included_in_error, coverage_percent from candidate.rpt_program_coverage"
        " where period < '2024-06'"
    ) == [(None, None, None, None)]


def test_every_rupiah_is_there_once(ask):
    assert ask(
        "select program_code, sum(amount_idr)::bigint, sum(combined_amount_idr)::bigint"
        " from candidate.fct_program_enrollment where program_code not like 'PBI%' group by 1 order by 1"
    ) == [
        ("KJP", None, None),
        ("KLJ", 300_000, None),
        ("PKH", None, 1_350_000),
        ("SEMBAKO", 1_000_000, None),
        ("VOKASI", None, None),
    ]


def test_the_insured_are_counted_by_who_pays(ask):
    assert ask(
        "select program_code, segment, status, nik from candidate.fct_program_enrollment as enrollment"
        " join candidate.person using (person_id) where program_code like 'PBI%' order by 1"
    ) == [
        ("PBI_APBD", "PBI APBD", "active", BUDI),
        ("PBI_JK", "PBI JAMINAN KESEHATAN", "active", ZUBAIDAH),
    ]


def test_the_unknown_datasets_are_silent_and_the_known_have_dates(ask):
    found = dict(ask("select dataset, last_period from candidate.rpt_freshness"))
    assert found.keys() == load_contracts().keys()
    assert found["dinsos.dtks"] == "2024-06"


def test_tables_and_columns_explain_themselves_in_two_languages(ask):
    silent = ask(
        """select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum >= 0
        where c.relnamespace = 'candidate'::regnamespace and c.relkind = 'r' and not a.attisdropped
            and coalesce(col_description(c.oid, a.attnum), '') !~ '.+ — .+'"""
    )
    assert silent == []
    assert (
        ask(
            "select relname from pg_class where relnamespace = 'candidate'::regnamespace and relkind = 'r'"
            " and coalesce(obj_description(oid), '') !~ '.+ — .+'"
        )
        == []
    )


def test_every_row_is_stamped_and_keyed_by_its_release(ask):
    tables = [name for (name,) in ask("select tablename from pg_tables where schemaname = 'candidate'")]
    assert set(tables) == {mart.name for mart in pipeline.published_marts()}
    for table in tables:
        assert ask(f"select count(*) from candidate.{table} where _release_id <> 1") == [(0,)]
        assert ask(
            "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]"
            f" where i.indisprimary and i.indrelid = 'candidate.{table}'::regclass"
        ) == [("_release_id",)]


def test_unit_tests_of_the_project(built):
    outcome = transform.run_dbt(["test_type:unit"], command="test", unit_tests=True)
    assert outcome.success, outcome.explain()
    assert len(outcome.results) >= 15


def test_a_build_that_fails_a_test_says_so_where_people_look(ask):
    """In the register, `simpul releases` and `simpul status`: which test, of what, how many rows, what to do."""
    name = "nobody_is_lost_between_eligible_and_enrolled"

    def judge(change: int) -> transform.DbtOutcome:
        with database.connect() as connection:
            connection.execute("update audit.release set owner_run = 'test'")
            connection.execute(
                "update candidate.rpt_program_coverage set enrolled = enrolled + %s where region_code = '12.74'"
                " and program_code = 'SEMBAKO' and period = '2024-06'",
                (change,),
            )
        told_before = ask("select reason from audit.release")
        outcome = transform.run_dbt([name], command="test")
        pipeline.tell_built(outcome, "somebody else")
        assert ask("select reason from audit.release") == told_before
        pipeline.tell_built(outcome, "test")
        return outcome

    assert not judge(1).success
    [(en, id_)] = ask("select reason, reason_id from audit.release")
    assert f"test {name} of rpt_program_coverage finds 1 rows" in en and "gate-closed.md" in en
    assert f"uji {name} pada rpt_program_coverage menemukan 1 baris" in id_ and "tarik berkas" in id_
    for command in ("releases", "status"):
        told = CliRunner().invoke(app, [command]).output
        assert f"release 1 could not be built: {en}" in told, told
    assert json.loads(CliRunner().invoke(app, ["status", "--json"]).output)["trouble"]["reason_id"] == id_
    assert judge(-1).success
    assert ask("select reason, reason_id from audit.release") == [(None, None)]
    assert "could not be built" not in CliRunner().invoke(app, ["status"]).output


@pytest.fixture
def broken_project(built, monkeypatch, tmp_path) -> Path:
    """A copy of the project in which a cast meets names: PostgreSQL quotes the cell it cannot read."""
    project = tmp_path / "dbt_project"
    shutil.copytree(built.dbt_dir, project, ignore=shutil.ignore_patterns("target", "logs"))
    model = project / "models" / "staging" / "dinsos" / "stg_dinsos__dtks.sql"
    model.write_text(model.read_text().replace("{{ clean_text('nama') }} as name", "nama::int::text as name"))
    monkeypatch.setattr(type(built), "dbt_dir", property(lambda self: project))
    return project


def _traces(*folders: Path) -> str:
    return "".join(
        path.read_text(errors="replace")
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix not in (".msgpack", ".csv")
        # what linking keeps holds names on purpose, its owner's alone (ADR 0038)
        and not path.name.startswith("linking.duckdb")
    )


def test_a_failing_model_is_named_and_no_cell_is_quoted(built, broken_project, caplog):
    """The cell must reach neither the outcome nor a log nor a file."""
    with caplog.at_level(logging.DEBUG):
        outcome = transform.run_dbt(["stg_dinsos__dtks"])
    assert not outcome.success
    assert [result.name for result in outcome.failing] == ["stg_dinsos__dtks"]
    assert "invalid input syntax for type integer" in outcome.explain()
    told = outcome.explain() + caplog.text + repr(outcome) + _traces(built.work)
    for value in ("ZUBAIDAH", "LUBIS", ZUBAIDAH, BUDI, ANI, KK):
        assert value not in told


def test_dbt_run_by_others_quotes_no_cell_either(built, broken_project, tmp_path):
    """As Airflow or a person would run it: the plugin that dbt finds on the path cleans errors at their source."""
    (tmp_path / "target").mkdir()
    # most of the project is read already
    shutil.copy2(built.work / "dbt" / "partial_parse.msgpack", tmp_path / "target")
    command = [sys.executable, "-m", "dbt.cli.main", "--debug", "build", "--select", "stg_dinsos__dtks"]
    folders = [
        "--project-dir",
        broken_project,
        "--target-path",
        tmp_path / "target",
        "--log-path",
        tmp_path / "logs",
        # as Airflow says them: said otherwise, the whole project would be read anew
        *("--profile", transform.PROFILE, "--target", transform.TARGET),
    ]
    path = os.pathsep.join((str(built.project_root / "include"), str(built.project_root)))
    ended = subprocess.run(
        [*command, *map(str, folders)],
        env={**os.environ, **transform.environment(), "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    told = ended.stdout + ended.stderr + _traces(tmp_path / "target", tmp_path / "logs")
    assert ended.returncode == 1
    assert "invalid input syntax for type integer" in told
    for value in ("ZUBAIDAH", "LUBIS", ZUBAIDAH, BUDI, ANI, KK):
        assert value not in told


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("stg_wrong.sql", "select * from {{ ref('nowhere') }}", "depends on a node named 'nowhere'"),
        ("_wrong.yml", "unit_tests: [{name: stg_x, description: meant for models}]", "_wrong.yml"),
    ],
)
def test_a_mistake_in_the_project_is_told_before_anything_runs(
    built, monkeypatch, tmp_path, name, text, told
):
    """With the words of the project: no cell was read, and without them nobody can mend it."""
    project = tmp_path / "dbt_project"
    shutil.copytree(built.dbt_dir, project, ignore=shutil.ignore_patterns("target", "logs"))
    (project / "models" / "staging" / name).write_text(text)
    monkeypatch.setattr(type(built), "dbt_dir", property(lambda self: project))
    with pytest.raises(SimpulError, match=told):
        transform.ensure_manifest()
