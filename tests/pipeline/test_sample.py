"""The sample through the whole pipeline: what BPS printed wrongly never gets out, and eligibility ends."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.errors import InsufficientPrivilege

from simpul import pipeline
from simpul.database import connect
from simpul.errors import ContractBreach
from simpul.ledger import Decision
from simpul.settings import get_settings
from tests.pipeline.analysts_page import examples

pytestmark = pytest.mark.slow

PROVINCES_2022 = "Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, 2022.csv"
JUNE, DECEMBER = (f"DTKS Kota Tanjungbalai {month} 2024.csv" for month in ("Juni", "Desember"))


def query(statement: str, *values: object) -> list[tuple]:
    with connect(autocommit=True) as conn:
        return conn.execute(statement, values).fetchall()


@pytest.fixture(scope="module")
def published(city) -> Iterator[Path]:
    """Three releases of a small city; returns the truth."""
    with city(3) as there:
        yield there.truth


# ---------------------------------------------------------------------------------------------------------------- BPS
def test_a_line_of_505_is_set_aside_with_its_address_and_never_published(published):
    path = next(get_settings().inbox.rglob(PROVINCES_2022))
    lines = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    number = next(i for i, line in enumerate(lines, 1) if line[0] == "Indonesia")
    column = next(name for name, cell in zip(lines[0], lines[number - 1], strict=True) if cell == "505")
    assert query(
        'select q."row", q."column", q.rule_code, q.status from quarantine."row" q join audit.file f using (file_id)'
        " where f.file_name = %s",
        PROVINCES_2022,
    ) == [(number, column, "poverty_line_range", "open")]
    assert query(
        "select figure, missing_reason, row, source_column from marts.fct_poverty_figure"
        " where region_code = '00' and year = 2022 and month = 3 and indicator = 'poverty_line_idr'"
    ) == [(None, "quarantined", number, column)]
    assert query(
        "select poverty_line_idr, p0_percent::text from marts.fct_poverty where region_code = '00' and year = 2022"
        " and month = 3"
    ) == [(None, "9.54")]
    assert query("select count(*) from marts.fct_poverty where poverty_line_idr < 100000") == [(0,)]


def test_the_repeated_value_of_2017_is_flagged_and_sound_years_are_not(published):
    assert (
        query(
            "select address ->> 'region_code', address ->> 'year', address ->> 'month' from audit.gate_failure"
            " where door = 'publication' and rule_code = 'implied_population'"
        )
        == [("00", "2017", "3")] * 3
    ), "once in each release"


def test_an_old_table_is_published(published):
    assert query(
        "select year, p0_percent::text from marts.rpt_poverty_position where region_code = '36.01' and year < 2010"
        " order by 1"
    ) == [(2005, "10.2"), (2009, "10.2")]


# ---------------------------------------------------------------------------------------------------------- analysts
def test_the_examples_of_the_analysts_page_say_what_it_says(published):
    asked = examples()
    with connect(role="bi_reader", autocommit=True) as conn:
        told = {
            name: conn.execute(block).fetchall()
            for name, block in asked.items()
            if "set simpul" not in block
            and "restatement(1, 2)" not in block  # tests/pipeline/test_bi_reader.py
        }
        for statement in asked["releases: one that is kept"].split(";")[:2]:
            kept = conn.execute(statement)
        assert kept.fetchone()[0] > 0
    [(_, families, without, is_complete)] = told["coverage: families"]
    [(people, people_without)] = told["coverage: people in those families"]
    assert is_complete and 0 < without < families < people and without <= people_without < people
    districts = dict(told["coverage: districts and nobody knows where"])
    assert districts["unknown"] > 0 and len(districts) > 5
    assert [(sum(districts.values()),)] == query(
        "select sum(enrolled) from marts.rpt_program_coverage"
        " where program_code = 'SEMBAKO' and region_code = '12.74' and period = '2024-06'"
    )
    [(both, both_families, only_both)] = told["overlap: both, whatever else"]
    assert 0 < only_both < both and both_families > 0
    assert {row[0] for row in told["registries: one and not the other"]} == {"DTKS", "none"}
    paid = {row[0]: row for row in told["sums: people, families and payments of a city"]}
    [(recipients, amount)] = query(
        "select count(*), sum(amount_idr)::bigint from marts.fct_program_enrollment where program_code = 'SEMBAKO'"
        " and period = '2024-06' and status = 'active' and left(region_code, 5) = '12.74'"
    )
    assert paid["SEMBAKO"][2:4] == (recipients, amount)
    [(known, in_families)] = query(
        "select count(*), count(distinct coalesce(family_id, -person_id)) from marts.dim_beneficiary"
        " where is_deceased is not true"
    )
    everywhere = query("select sum(people), sum(families) from marts.rpt_population where region_code = '00'")
    assert everywhere == [(known, in_families)] and paid["SEMBAKO"][4] <= known
    ranks = told["position: of how many"]
    assert [row[2] for row in ranks] == sorted(row[2] for row in ranks)
    assert {row[3:] for row in ranks} == {(len(ranks), 8)}, "Banten has eight regencies and cities"
    assert ("poverty_line_idr", None, "quarantined") in [
        row[:3] for row in told["figures: why there is none"]
    ]
    at_risk = {row[0]: (int(row[3]), int(row[4])) for row in told["findings: each rupiah once"]}
    assert at_risk["DECEASED"] == (84_000, 84_000) and at_risk["PAID_AGAIN"] == (0, 42_000)
    assert at_risk["CARD_HOLDER_DECEASED"] == (0, 0), "their families were due what they got"
    naive = (
        "select count(*) from fct_registry_membership m where registry = 'DTKS' and period = '2024-06' and not exists"
        " (select from fct_program_enrollment e where e.person_id = m.person_id and program_code = 'SEMBAKO'"
        " and e.period = '2024-06')"
    )
    with connect(role="bi_reader") as conn:
        assert conn.execute(naive).fetchone()[0] > people_without, "the join that the page warns of"


# --------------------------------------------------------------------------------------------------------- worklists
def test_the_worklist_of_broken_numbers_is_for_those_who_may_see_persons(published):
    """Row by row what `person_record` says is not valid; a caseworker without a region sees none of it."""
    worklist = "select count(*) from marts_person.worklist_nik_repair"
    broken = query("select count(*) from marts_person.person_record where nik_status <> 'valid'")
    with connect(role="steward") as conn:
        assert conn.execute(worklist).fetchall() == broken
    with connect(role="caseworker") as conn:
        assert conn.execute(worklist).fetchall() == [(0,)]
    for role in ("bi_reader", "auditor"):
        with connect(role=role) as conn, pytest.raises(InsufficientPrivilege):
            conn.execute(worklist)


# ------------------------------------------------------------------------------------------------------------ linkage
def test_the_linkage_report_of_the_release_says_what_the_auditor_reads(published):
    [(release_id,)] = query("select release_id from audit.release_pointer")
    report = get_settings().reports / f"releases/{release_id}/linkage/index.html"
    page = report.read_text(encoding="utf-8")
    with connect(role="auditor") as conn:
        told = dict(
            conn.execute(
                "select part, sum(value)::bigint from audit.linkage_figure where release_id = %s"
                " and figure in ('total', 'rule') group by 1",
                (release_id,),
            ).fetchall()
        )
    [(records, persons)] = query("select count(*), count(distinct person_id) from marts_person.person_record")
    assert (told["records"], told["persons"]) == (records, persons)
    [(by_nik, single)] = query(
        "select count(*) filter (where match_kind = 'nik'), count(*) filter (where match_kind = 'single')"
        " from marts_person.person_record"
    )
    kept = ("item", "alone", "alone_nik", "alone_shared")
    assert told["nik"] == by_nik and sum(told.get(rule, 0) for rule in kept) == single
    for figure in ("records", "persons", "nik", "alone_nik"):
        assert f">{told[figure]:,}<".replace(",", ".") in page, figure
    assert "NIK tersusun benar" in page, "the meaning of a status comes from its seed"
    assert not re.search(r"(?<!\d)\d{16}(?!\d)", page)


# ------------------------------------------------------------------------------------------------------------ silence
def test_silence_alarms_though_no_release_is_made(published, caplog):
    """The lists of 2024 are late today. Where none was, a day goes by and one is: nothing is built, and it shows."""
    # an officer's visits and lists of recipients come when they come
    freshness = (
        "select dataset, is_late from marts.rpt_freshness where region_code = '12.74'"
        " and dataset in ('bpjs.pbi_jk', 'dinsos.dtks', 'dinsos.kks_payment') order by 1"
    )
    assert {is_late for _, is_late in query(freshness)} == {True}
    moved = (
        "update release.rpt_freshness set is_late = false,"
        " expected_by = (now() at time zone 'Asia/Jakarta')::date + %s"
    )
    with connect() as conn:
        conn.execute(moved, (0,))
    assert {is_late for _, is_late in query(freshness)} == {False}
    assert pipeline.step_maintain()["late"] == []
    with connect() as conn:
        conn.execute(moved + " where dataset = 'dinsos.dtks'", (-1,))
    assert query(freshness)[1] == ("dinsos.dtks", True)
    with connect(role="bi_reader") as conn:
        assert conn.execute(freshness).fetchall()[1] == ("dinsos.dtks", True)
    with pytest.raises(
        ContractBreach, match=r"1 deliveries are overdue: dinsos\.dtks of 12\.74 after 2024-12"
    ):
        pipeline.step_maintain()
    assert "dinsos.dtks of 12.74 after 2024-12 is late" in caplog.text
    ((subject, detail),) = query("select subject, detail from audit.ledger where kind = 'delivery.late'")
    assert subject == "dinsos.dtks of 12.74 after 2024-12" and re.fullmatch(
        r"\d{4}-\d\d-\d\d", detail.pop("expected_by")
    )
    assert detail == {"dataset": "dinsos.dtks", "region_code": "12.74", "last_period": "2024-12"}
    assert pipeline.step_maintain()["late"] == ["dinsos.dtks of 12.74 after 2024-12"]  # it called once
    release = query("select release_id from audit.release_pointer")[0][0]
    with connect() as conn:  # what that release knew
        conn.execute("select set_config('simpul.release_id', %s, false)", (str(release),))
        assert {is_late for _, is_late in conn.execute(freshness)} == {False}


# ----------------------------------------------------------------------------------------------------------- findings
def planted(truth: Path) -> list[dict[str, str]]:
    with (truth / "findings.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def spoilt(truth: Path, *faults: str, of_family: bool = False) -> set[tuple[str, int]]:
    """Rows of lists that have such a fault, or stand for somebody of whose family a row has it."""
    with (truth / "people.csv").open(encoding="utf-8", newline="") as text:
        family = {row["person"]: row["family"] for row in csv.DictReader(text)}
    with (truth / "records.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    has = [any(fault.startswith(faults) for fault in row["faults"].split()) for row in rows]
    families = {family[row["person"]] for row, is_it in zip(rows, has, strict=True) if is_it and of_family}
    return {
        (Path(row["file"]).name, int(row["row"]))
        for row, is_it in zip(rows, has, strict=True)
        if is_it or family[row["person"]] in families
    }


def reported_dead(truth: Path) -> set[str]:
    """People of the truth whose rows say that they died."""
    rows = {
        (row["file"], row["row"])
        for row in planted(truth)
        if row["rule"] in ("DECEASED", "CARD_HOLDER_DECEASED")
    }
    with (truth / "records.csv").open(encoding="utf-8", newline="") as text:
        return {row["person"] for row in csv.DictReader(text) if (row["file"], row["row"]) in rows}


def test_what_was_planted_in_payments_is_found_with_its_rupiah(published):
    """And nothing else in the lists that hold it; of the rules that the rest of the city gives no case for, nowhere."""
    truth = {
        (row["rule"], Path(row["file"]).name, int(row["row"]), row["program"], row["period"], int(row["idr"]))
        for row in planted(published)
    }
    small_lists = {file for _, file, *_ in truth}
    with connect(role="auditor", autocommit=True) as conn:
        found = conn.execute(
            "select rule_code, f.printable_name, row, program_code, finding.period, amount_at_risk_idr"
            " from marts.rpt_finding_row finding join audit.file f using (file_id)"
        ).fetchall()
    assert {row for row in found if row[1] in small_lists} == truth
    by_chance = {row[:3] for row in found if row[1] not in small_lists}
    said = {
        "NOT_IN_REGISTRY": None,  # who is listed late
        "PAID_TWICE": None,  # who is entered twice
        "NIK_MISSING": spoilt(
            published, "nik_missing", "nik_zero", "nik_dash", "nik_placeholder", "nik_temporary"
        ),
        "NIK_INVALID": spoilt(published, "nik_", "birth_", "sex_"),
        "NIK_SHARED": spoilt(published, "nik_of_relative", of_family=True),
    }
    assert {rule for rule, *_ in by_chance} <= said.keys()
    assert {row for row in by_chance if said[row[0]] is not None and row[1:] not in said[row[0]]} == set()
    assert {rule for rule, *_ in truth} == {
        rule for (rule,) in query("select rule_code from staging.seed_finding_rule")
    }


def test_the_report_of_findings_leads_to_rows_without_naming_anybody(published):
    """From a figure to the rows as the auditors' page says it; and each row is one of the file in the archive."""
    text = (get_settings().project_root / "docs" / "for-auditors.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    figure, rows = (
        next(b for b in blocks if f"-- {name}" in b) for name in ("temuan: angka", "temuan: baris")
    )
    with connect(role="auditor", autocommit=True) as conn:
        [told] = [row for row in conn.execute(figure).fetchall() if row[0] == "DECEASED"]
        behind = conn.execute(rows).fetchall()
    assert sum(row[-1] for row in behind) == told[-1] == 84_000
    assert told[-2] == "expected"
    for name, _, row, archive_path, *_ in behind:
        cells = (get_settings().archive / archive_path).read_text("utf-8").splitlines()[row - 1]
        assert "PBI APBD" in cells, name
    worklist = "select count(*) from marts_person.worklist_finding"
    with connect(role="steward") as conn:
        assert conn.execute(worklist).fetchall() == query("select count(*) from marts.rpt_finding_row")
    for role in ("bi_reader", "auditor"):
        with connect(role=role) as conn, pytest.raises(InsufficientPrivilege):
            conn.execute(worklist)


# -------------------------------------------------------------------------------------------------------- eligibility
def test_who_left_the_registry_or_died_is_not_eligible_in_december(published):
    """The people of each list: who is dead the truth says, which records are one person's the warehouse."""
    with (published / "people.csv").open(encoding="utf-8", newline="") as text:
        people = {row["person"]: row for row in csv.DictReader(text)}
    with (published / "records.csv").open(encoding="utf-8", newline="") as text:
        person_of = {(Path(row["file"]).name, row["row"]): row["person"] for row in csv.DictReader(text)}
    listed: dict[str, set[int]] = defaultdict(set)
    dead, reported, of_reports = set(), set(), reported_dead(published)
    for file, row, number in query(
        "select file_name, row::text, person_id from marts_person.person_record join audit.file using (file_id)"
    ):
        listed[file].add(number)
        person = person_of.get((file, row))
        if person in of_reports:  # whom an officer found dead in May
            reported.add(number)
        elif file == DECEMBER and people[person_of[file, row]]["death_date"]:
            dead.add(number)
    assert listed[JUNE] - listed[DECEMBER] and listed[DECEMBER] - listed[JUNE] and dead
    found = dict(
        query(
            "select day, count(*) from (values (date '2024-06-30'), ('2024-11-30'), ('2024-12-31')) as moment (day)"
            " join intermediate.int_coverage_unit as unit on unit.unit = 'person'"
            " and coalesce(unit.deceased_since > day, true) and exists (select"
            " from unnest(string_to_array(split_part(unit.kind, '|', 1), ';')) as said"
            " where split_part(said, '~', 2)::daterange @> day) group by 1"
        )
    )
    in_june, in_november, in_december = (found[day] for day in sorted(found))
    assert in_june == in_november == len(listed[JUNE] - reported) < len(listed[JUNE])
    assert in_december == len(listed[DECEMBER] - dead - reported)


# ------------------------------------------------------------------------------------------------------- what is lost
def test_a_release_without_the_people_is_refused_until_somebody_says_why(published):
    """From the tables of BPS alone: everybody who was known would be gone."""
    before = query("select release_id from audit.release_pointer")
    inputs = [
        row[0] for row in query("select file_id from audit.file where agency = 'bps' and status = 'landed'")
    ]
    with pytest.raises(ContractBreach, match=r"person\.rows_lost.*--reason"):
        pipeline.build("engineer", inputs=inputs)
    assert query("select release_id from audit.release_pointer") == before
    why = Decision(why="a look at BPS alone")
    assert pipeline.build("engineer", inputs=inputs, force=True, decision=why).status == "published"
    assert query("select count(*) from marts.dim_beneficiary") == [(0,)]
