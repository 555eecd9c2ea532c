"""From published figures of many marts to the cell in the delivered file, which is opened here by other means."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from typer.testing import CliRunner

from simpul import transform
from simpul.cli import app
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.landing.archive import relative_path
from simpul.pack import proving, words, write_pack
from simpul.release import catalog, marts_of, stored_in
from simpul.settings import get_settings
from simpul.trust.evidence import asked_of, declared, evidence_of, opened, sources
from simpul.trust.evidence.figure import find, published
from simpul.trust.evidence.many import find_many, list_many
from simpul.trust.evidence.page import page
from simpul.trust.evidence.rows import list_rows
from simpul.trust.lineage import names
from tests.pipeline import faces
from tests.trust import events

pytestmark = pytest.mark.slow

CITY = "12.74"
CHECKED = (
    "rpt_program_coverage", "rpt_program_payment", "rpt_program_overlap", "rpt_registry_crosswalk", "rpt_population",
    "rpt_nik_quality", "rpt_finding", "rpt_finding_program", "rpt_tkpk_compliance",
)  # fmt: skip


def query(statement: str, *values: object, role: str | None = None) -> list[tuple]:
    with connect(role=role, autocommit=True) as conn:
        return conn.execute(statement, values).fetchall()


@pytest.fixture(scope="module")
def world(city) -> Iterator[Path]:
    """Three releases; returns the truth."""
    with city(3) as there:
        yield there.truth


def ask(mart: str, where: str, column: str | None = None, **options: Any) -> dict[str, Any]:
    return evidence_of(asked_of(mart, [where], *([column] if column else []), **options))


def addresses(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [address for part in found["parts"] for address in part["addresses"]]


def table(found: dict[str, Any], address: dict[str, Any]) -> list[list[str]]:
    """The delivered file, as it lies in the inbox: not by the project's readers, and not from its archive."""
    (file,) = [one for one in found["files"] if one["file_id"] == address["file_id"]]
    path = next(get_settings().inbox.rglob(file["name"]))
    if path.suffix == ".xlsx":
        rows = openpyxl.load_workbook(path)[address["sheet"]].iter_rows(values_only=True)
        return [["" if cell is None else str(cell) for cell in row] for row in rows]
    text = path.read_text("utf-8-sig")
    return list(csv.reader(text.splitlines(), delimiter=";" if ";" in text.splitlines()[0] else ","))


def cells(found: dict[str, Any], address: dict[str, Any]) -> dict[str, str]:
    """The row of an address by its headings, of a file with one row of them."""
    rows = table(found, address)
    header = next(row for row in rows if len([cell for cell in row if cell]) > 3)
    return dict(zip(header, rows[address["row"] - 1], strict=False))


def check(found: dict[str, Any], measure: str) -> dict[str, Any]:
    (one,) = [one for part in found["parts"] for one in part["checks"] if one["measure"] == measure]
    return one


def nik_of(row: dict[str, str]) -> str:
    return next(row[name] for name in ("NIK", "Nomor NIK", "nik", "NIK PESERTA") if name in row)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


# ------------------------------------------------------------------------- figures of BPS, to the cell
def test_a_figure_of_bps_is_the_cell_in_its_file(world):
    found = ask("fct_poverty_figure", f"region_code={CITY} year=2017 month=3 area=total indicator=p0_percent")
    (address,) = addresses(found)
    rows = table(found, address)
    assert rows[address["row"] - 1][0] == "Kota Tanjung Balai"
    assert _number(rows[address["row"] - 1][1]) == float(found["figure"]["row"]["figure"])
    assert address["is_as_loaded"] is True and _number(address["cells"][0]["value"]) == 14.46
    assert address["is_as_published"] is True


def test_a_figure_that_was_altered_by_hand_is_not_what_its_cell_says(world):
    """Nor what was attached: `simpul verify` says so of the table, evidence of the figure."""
    verify = ["verify", "--json"]
    assert json.loads(CliRunner().invoke(app, verify).stdout)["findings"] == []
    where = f"region_code={CITY} year=2017 month=3 area=total"
    for mart, column, more in (
        ("fct_poverty_figure", "figure", " indicator=poor_people"),
        ("fct_poverty", "poor_people", ""),
    ):
        (stored,) = query(
            "select stored_in from audit.release_table where release_id = 3 and mart = %s", mart
        )
        change = (
            f"update release.{mart}__r{stored[0]} set {column} = {column} + %s"
            f" where region_code = %s and year = 2017 and month = 3 and area = 'total'"
            + (" and indicator = 'poor_people'" if more else "")
            + " returning 1"
        )
        (good,) = addresses(ask(mart, where + more, column="poor_people" if not more else None))
        query(change, 100, CITY)
        try:
            found = ask(mart, where + more, column="poor_people" if not more else None)
            said = CliRunner().invoke(app, verify)
            shown = CliRunner().invoke(app, ["evidence", "--mart", mart, "--where", where + more])
        finally:
            query(change, -100, CITY)
        (bad,) = addresses(found)
        assert (good["is_as_published"], bad["is_as_published"], bad["is_as_loaded"]) == (True, False, True)
        assert "bukan yang terbit" in page(found) and "not what is published" in shown.output
        (problem,) = json.loads(said.stdout)["findings"]
        assert problem["problem"].startswith(
            f"release.{mart}__r{stored[0]} was altered since it was attached"
        )
        assert said.exit_code == 1


def test_every_published_figure_of_bps_is_what_its_cell_says(world):
    for region, year, month, area, indicator in query(
        "select region_code, year, month, area, indicator from marts.fct_poverty_figure where figure is not null"
        " order by md5(concat(region_code, year, month, area, indicator)) limit 12"
    ):
        where = f"region_code={region} year={year} month={month} area={area} indicator={indicator}"
        assert [one["is_as_published"] for one in addresses(ask("fct_poverty_figure", where))] == [True], (
            where
        )


def test_a_rank_is_followed_to_the_cells_of_all_that_are_ranked(world):
    ((year, month, ranked),) = query(
        "select year, month, ranked_regions from marts.rpt_poverty_position where region_code = %s"
        " and rank_in_province is not null order by ranked_regions desc, year desc limit 1", CITY,
    )  # fmt: skip
    found = ask(
        "rpt_poverty_position", f"region_code={CITY} year={year} month={month}", column="rank_in_province"
    )
    assert (
        ranked > 1
        and len({(one["file_id"], one["row"], one["column"]) for one in addresses(found)}) == ranked
    )
    assert check(found, "ranked_regions") == {
        "measure": "ranked_regions", "published": ranked, "counted": ranked, "difference": 0,
    }  # fmt: skip


def test_of_several_columns_is_listed_what_is_behind_any_of_them(world):
    """The change since the observation before is one more column: who does not ask for it is not told of its file."""
    ((year, month),) = query(
        "select year, month from marts.rpt_poverty_position where region_code = %s and change_pp is not null"
        " order by year desc limit 1", CITY,
    )  # fmt: skip
    where = f"region_code={CITY} year={year} month={month}"

    def cells(*columns: str) -> set[tuple[str, int, str]]:
        found = evidence_of(asked_of("rpt_poverty_position", [where], *columns))
        return {(one["file_id"], one["row"], one["column"]) for one in addresses(found)}

    own, national, change = cells("p0_percent"), cells("national_p0_percent"), cells("change_pp")
    assert cells("p0_percent", "national_p0_percent") == own | national
    assert change - own - national and not cells("p0_percent", "national_p0_percent") & (change - own)


def test_a_row_of_a_workbook_has_its_sheet_where_the_mart_does_not_say_it(world):
    ((file_id,),) = query(
        "select file_id from audit.file where file_name like '%%.xlsx' and structure ->> 'sheet' <> '' limit 1"
    )
    address = {"file_id": file_id, "sheet": None, "row": 5, "column": None}
    with connect() as conn:
        sources.files_of(conn, [address])
    assert address["sheet"]


def test_the_figures_of_a_row_come_from_the_files_of_each(world):
    where = f"region_code={CITY} year=2017 month=3 area=total"
    for column in ("p0_percent", "poverty_line_idr"):
        found = ask("fct_poverty", where, column=column)
        (address,) = addresses(found)
        assert _number(table(found, address)[address["row"] - 1][1]) == float(found["figure"]["value"])
    found = ask("fct_poverty", where)
    assert len(addresses(found)) == len(found["files"]) == 3


def test_a_gap_is_followed_to_both_of_its_cells(world):
    found = ask("rpt_poverty_position", f"region_code={CITY} year=2017 month=3", column="gap_to_province_pp")
    figures = {}
    for address in addresses(found):
        rows = table(found, address)
        header = next(row for row in rows if sum(map(bool, row)) > 1)
        position = header.index(address["column"]) if address["column"] in header else 1
        figures[address["told"][0]] = _number(rows[address["row"] - 1][position])
    assert set(figures) == {"this region", "its province"}
    gap = round(figures["this region"] - figures["its province"], 2)
    assert gap == float(found["figure"]["value"]) != 0


def test_a_cell_that_was_set_aside_is_shown_with_the_rule_it_broke(world):
    found = ask(
        "rpt_data_quality", "dataset=bps.poverty_province region_code=00 period=2022 dimension=logical"
    )
    failing = [one for one in addresses(found) if (one["told"] or [""])[0] == "poverty_line_range"]
    (address,) = failing
    rows = table(found, address)
    assert "505" in rows[address["row"] - 1]
    assert {"rule_code": "poverty_line_range", "severity": "fail", "column": address["column"]} in address[
        "broke"
    ]
    assert check(found, "failing")["difference"] == 0


# ------------------------------------------------------------------------- forms
def test_a_form_is_followed_to_its_row_and_a_count_of_meetings_to_both(world):
    found = ask("fct_social_workforce", f"place_key={CITY} year=2024 kind=TAGANA")
    (address,) = addresses(found)
    assert cells(found, address)["Jumlah"] == "1.030" and found["figure"]["row"]["people"] == 1030
    assert {cell["heading"]: cell["value"] for cell in address["cells"]}["Jumlah"] == "1.030"
    found = ask("rpt_tkpk_compliance", f"place_key={CITY} year=2018")
    assert {cells(found, one)["agenda"] for one in addresses(found)} == {
        "Rakor I: LP2KD 2017 dan rencana 2018", "Rakor II"
    }  # fmt: skip
    assert check(found, "meetings") == {"measure": "meetings", "published": 2, "counted": 2, "difference": 0}


# ------------------------------------------------------------------------- counts of people, to rows
def test_who_is_excluded_is_listed_by_a_registry_and_named_by_no_payment(world):
    where = f"region_code={CITY} program_code=PKH decile=0 period=2024-06"
    found = ask("rpt_program_coverage", where, column="excluded", limit=10_000)
    one = check(found, "excluded")
    assert one["difference"] == 0 and one["counted"] == found["parts"][0]["units"] > 5
    by_unit: dict[str, set[str]] = {}
    for address in addresses(found):
        row = cells(found, address)
        by_unit.setdefault(address["unit"], set()).add("registry" if "ID DTKS" in row else "other")
        assert "PKH" not in row.get("Jenis Bansos", "") or "Tahap 1" in row["Tahap Salur"]
    assert all("registry" in kinds for kinds in by_unit.values())
    assert not [unit for unit in by_unit if "-" in unit], "no key of ours stands below nought"
    enrolled = ask("rpt_program_coverage", where, column="enrolled", limit=10_000)
    assert not {one["unit"] for one in addresses(enrolled)} & set(by_unit)


def test_every_file_behind_a_figure_is_shown_however_few_rows_are_listed(world):
    where = f"region_code={CITY} program_code=PKH decile=0 period=2024-06"
    said = []
    found = evidence_of(asked_of("rpt_program_coverage", [where], limit=50), progress=said.append)
    of_parts = {file_id for part in found["parts"] for file_id in part["file_ids"]}
    assert found["parts"][0]["total"] > 50 > len(of_parts) > 2
    assert {file["file_id"] for file in found["files"]} == of_parts and found["more_files"] == 0
    assert all(file["gates"] and file["archived"]["is_unaltered"] for file in found["files"])
    assert {one["file_id"] for one in found["parts"][0]["addresses"]} == set(found["parts"][0]["file_ids"])
    assert len(said) == len(found["parts"]) + 1
    # of a nation's figure there are thousands
    few = ask("rpt_program_coverage", where, limit=2)
    listed = [one["file_id"] for one in few["parts"][0]["addresses"]]
    assert len(listed) == len(set(listed)) == 2, "of every file some, before there are two of one"
    assert len(few["files"]) + few["more_files"] == len(of_parts) and few["more_files"] > 0


def test_a_count_of_recipients_is_followed_to_the_rows_that_name_the_programme(world):
    found = ask("rpt_program_payment", f"region_code={CITY} program_code=PKH period=2024-06", limit=10_000)
    assert check(found, "recipients")["difference"] == 0 and check(found, "amount_idr")["difference"] == 0
    named = [cells(found, address) for address in addresses(found)]
    assert {("PKH" in row["Jenis Bansos"], row["Tahap Salur"]) for row in named} == {
        (True, "Tahap 2 Tahun 2024")
    }
    alone = [row for row in named if row["Jenis Bansos"] == "PKH"]
    paid = sum(int(re.sub(r"\D", "", row["Nominal"])) for row in alone)
    difference = 3 * check(found, "amount_idr")["counted"] - paid
    assert alone and abs(difference) <= 2 * len(alone), (
        "a stage is three months, each a share in whole rupiah"
    )


def test_a_kind_of_number_is_followed_to_the_numbers(world):
    found = ask("rpt_nik_quality", f"place_key={CITY} dataset=dinsos.dtks period=2024-06 nik_status=missing")
    assert check(found, "records")["difference"] == 0 and addresses(found)
    assert {nik_of(cells(found, address)) for address in addresses(found)} <= {"", "-", "0", "NULL"}


def test_a_finding_is_followed_to_the_payment_and_to_the_reason(world):
    found = ask("rpt_finding", f"rule_code=DECEASED region_code={CITY} period=2024-06", limit=1000)
    assert check(found, "records")["difference"] == 0 and check(found, "added_amount_idr")["difference"] == 0
    (file_id, sheet, row, program) = query(
        "select file_id, sheet, row, program_code from marts.rpt_finding_row where rule_code = 'DECEASED'"
        " and period = '2024-06' and evidence_dataset = 'dinsos.verval_result' order by row limit 1"
    )[0]
    assert (file_id, row) in {(one["file_id"], one["row"]) for one in addresses(found)}
    one = ask(
        "rpt_finding_row",
        f"rule_code=DECEASED file_id={file_id} sheet={sheet} row={row} program_code={program} period=2024-06",
    )
    payment, reason = addresses(one)
    assert cells(one, reason)["hasil"] == "meninggal"
    assert nik_of(cells(one, payment)) == nik_of(cells(one, reason))


def test_visits_are_followed_to_what_the_officers_wrote(world):
    (registry, moved) = query(
        "select registry, moved from marts.fct_verval where place_key = %s and year = 2024 and moved > 0",
        CITY,
    )[0]
    found = ask("fct_verval", f"place_key={CITY} year=2024 registry={registry}", column="moved")
    assert check(found, "moved")["difference"] == 0
    assert [cells(found, one)["hasil"] for one in addresses(found)] == ["pindah"] * moved


def test_all_files_are_named_however_few_rows_are_listed(world):
    where = f"place_key={CITY} year=2024 registry=DTKS"
    few, whole = (ask("fct_verval", where, limit=limit) for limit in (1, 1_000_000))
    files = {address["file_id"] for address in addresses(whole)}
    assert {file_id for part in few["parts"] for file_id in part["file_ids"]} == files
    assert len(addresses(few)) < len(addresses(whole)) == sum(part["total"] for part in few["parts"])


def test_every_count_adds_up_to_what_is_published(world):
    """Each measure of each mart, on rows that nobody chose."""
    for mart in CHECKED:
        with connect(autocommit=True) as conn:
            keys = [
                column for (column,) in conn.execute(
                    "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and"
                    " a.attnum = any(i.indkey) where i.indrelid = ('release.' || %s)::regclass and i.indisprimary"
                    " and a.attname <> '_release_id'", (mart,),
                )
            ]  # fmt: skip
            rows = conn.execute(
                f"select {', '.join(f'{key}::text' for key in keys)} from marts.{mart}"
                f" order by md5(concat_ws('|', {', '.join(keys)})) limit 8"
            ).fetchall()
        assert rows, mart
        for row in rows:
            found = ask(
                mart, " ".join(f"'{key}={value}'" for key, value in zip(keys, row, strict=True)), limit=1
            )
            checks = [one for part in found["parts"] for one in part["checks"]]
            assert checks and not [one for one in checks if one["difference"]], (mart, row)


# ------------------------------------------------------------------------- one person's record
def test_one_person_is_followed_to_every_row_and_is_one_person_in_truth(world):
    truth = list(csv.DictReader((world / "records.csv").open()))
    person_of = {(row["file"].split("/")[-1], row["sheet"], int(row["row"])): row["person"] for row in truth}
    ((person_id, records),) = query(
        "select person_id, records_count from marts_person.person where nik_status = 'valid'"
        " order by records_count desc, person_id limit 1"
    )
    found = ask("dim_beneficiary", f"person_id={person_id}")
    names = {file["file_id"]: file["name"] for file in found["files"]}
    told = [(names[one["file_id"]], one["sheet"] or "", one["row"]) for one in addresses(found)]
    assert len(told) == records > 2
    assert len({person_of[place] for place in told if place in person_of}) == 1
    assert all(one["is_as_loaded"] and one["hidden"] for one in addresses(found))


def test_a_table_about_persons_is_not_open_to_auditors_and_tells_no_name_to_stewards(world):
    with pytest.raises(SimpulError, match="not open to the role auditor"):
        ask("person", "person_id=1")
    row = ask("person", "person_id=1", role="steward")["figure"]["row"]
    assert row["name"] == row["nik"] == row["birth_date"] == "•••" and row["person_id"] == 1
    with pytest.raises(SimpulError, match="names a person"):
        ask("person", "nik=1274066804606319", role="steward")


# ------------------------------------------------------------------------- releases
def test_of_an_older_release_it_is_said_what_is_no_longer_kept(world):
    where = f"region_code={CITY} program_code=PBI_JK decile=0 period=2024-06"
    now, then = (ask("rpt_program_coverage", where, release=number, limit=10_000) for number in (2, 1))
    assert not now["parts"][0]["notes"] and check(now, "eligible")["difference"] == 0
    (note,) = then["parts"][0]["notes"]
    assert "no longer kept" in note[0] and "tidak lagi tersimpan" in note[1]
    assert [one["measure"] for one in then["parts"][0]["checks"]] == ["enrolled"]
    assert then["release"]["release_id"] == 1 and not then["release"]["is_current"]
    made_from = query("select file_id from audit.release_input where release_id = 1")
    assert {file["file_id"] for file in then["files"]} <= {file_id for (file_id,) in made_from}


def test_visits_of_an_older_release_are_found_whatever_year_their_file_is_of(world):
    (part,) = (part for part in declared()["fct_verval"] if part.kept)
    assert "year" not in part.kept
    told = query(
        "select place_key, year, registry from release.fct_verval where _release_id = 1 and verified > 0"
    )
    for place_key, year, registry in told:
        found = ask("fct_verval", f"place_key={place_key} year={year} registry={registry}", release=1)
        assert addresses(found), (place_key, year, registry)


def test_a_figure_that_was_carried_over_says_who_stored_it(world):
    where = f"region_code={CITY} program_code=PKH decile=0 period=2024-06"
    found = ask("rpt_program_coverage", where, column="excluded", limit=3)
    release = found["release"]
    assert (release["release_id"], release["stored_in"], release["is_carried"]) == (3, 2, True)
    assert not found["parts"][0]["notes"] and check(found, "excluded")["difference"] == 0
    assert release["is_ledger_whole"] and release["is_code_of_today"]
    assert {"release.opened", "release.attached", "release.published"} <= {
        one["kind"] for one in release["events"]
    }
    assert release["gates"] and all(rule["passed"] or rule["severity"] == "warn" for rule in release["gates"])
    (first,) = query("select hash from audit.ledger where kind = 'release.published' and subject = '3'")
    assert first[0] in {one["hash"] for one in release["events"]}


def test_the_file_tells_sender_letter_counts_and_what_it_replaced(world):
    (wanted,) = query("select file_id from audit.file where superseded_by is not null limit 1")
    (newer,) = query("select superseded_by from audit.file where file_id = %s", wanted[0])
    (row,) = query("select period, region_code from audit.file where file_id = %s", newer[0])
    found = ask("rpt_program_payment", f"region_code={CITY} program_code=PKH period=2024-06", limit=1000)
    (file,) = [one for one in found["files"] if one["file_id"] == newer[0]]
    assert file["supersedes"] == [wanted[0]] and file["sender"] and file["letter"]["sha256"]
    assert file["rows_read"] == file["rows_loaded"] + file["rows_quarantined"] and file["gates"]
    assert row[0] == file["period"] == "2024-Q2"


def test_a_waiver_is_told_with_both_its_people(world):
    where = f"place_key={CITY} year=2024 kind=TAGANA"
    (file,) = ask("fct_social_workforce", where)["files"]
    (number,) = query(
        "insert into audit.waiver (door, scope, rule_code, until, asked_by, why_id, approved_by, approved_at)"
        " values ('landing', 'dinsos.social_workforce', %s, '2027-01-01', 'ani', 'menunggu', 'budi', now())"
        " returning waiver_id",
        file["gates"][0]["rule_code"],
    )[0]
    point = "update audit.gate_result set waiver_id = {} where file_id = %s and rule_code = %s returning 1"
    query(point.format(number), file["file_id"], file["gates"][0]["rule_code"])
    try:
        found = ask("fct_social_workforce", where)
    finally:
        query(point.format("null"), file["file_id"], file["gates"][0]["rule_code"])
    (waiver,) = [one["waiver"] for one in found["files"][0]["gates"] if one["waiver"]]
    assert (waiver["asked_by"], waiver["approved_by"], waiver["why_id"]) == ("ani", "budi", "menunggu")
    assert "disetujui budi" in page(found)


def test_a_row_that_broke_a_rule_of_the_publication_gate_says_so_and_others_do_not(world):
    broken = query(
        """select distinct on (1, 2) rule_code, address ->> 'table', address - 'table', release_id
        from audit.gate_failure join audit.release_pointer using (release_id)
        where door = 'publication' order by 1, 2, 3"""
    )
    asked = [one for one in broken if one[1] in declared()]
    assert asked, "the sample has rows that a rule warns of"
    for code, mart, address, release_id in asked:
        with connect() as conn:
            columns = {one.name for one in catalog.attributes(conn, catalog.RELEASE, mart)}
            names = [
                name for name in catalog.primary_key(conn, catalog.RELEASE, mart) if name != "_release_id"
            ]
            key = {name: told for name, told in address.items() if name in columns}
            ((row,),) = conn.execute(
                f"select to_jsonb(mart) from release.{mart} as mart"
                " where _release_id = %s and to_jsonb(mart) @> %s limit 1",
                (stored_in(conn, release_id).get(mart, release_id), Jsonb(key)),
            ).fetchall()
        where = [f"{name}={'' if row[name] is None else row[name]}" for name in names]
        found = evidence_of(asked_of(mart, where, role="steward"))
        (note,) = [note for note in found["release"]["notes"] if code in note[0]]
        assert code in note[1] and note[0].startswith("this row" if {*names} <= {*key} else "a group")
        assert code in page(found)
    other = ask("rpt_tkpk_compliance", f"place_key={CITY} year=2018")
    assert other["release"]["notes"] == []


def test_an_altered_archive_is_seen(world):
    found = ask("fct_social_workforce", f"place_key={CITY} year=2024 kind=TAGANA")
    path = Path(found["files"][0]["archived"]["path"])
    before = path.read_bytes()
    path.chmod(0o640)
    try:
        path.write_bytes(before.replace(b"1.030", b"9.030"))
        altered = ask("fct_social_workforce", f"place_key={CITY} year=2024 kind=TAGANA")
    finally:
        path.write_bytes(before)
        path.chmod(0o440)
    assert found["files"][0]["archived"]["is_unaltered"] is True
    assert altered["files"][0]["archived"]["is_unaltered"] is False
    assert addresses(altered)[0]["is_as_loaded"] is None and addresses(altered)[0]["cells"] == []


# ------------------------------------------------------------------------- errors
@pytest.mark.parametrize(
    ("mart", "where", "said"),
    [
        ("rpt_program_coverag", "region_code=12.74", "did you mean rpt_program_coverage"),
        ("rpt_program_coverage", "region=12.74", "has no column 'region'"),
        ("rpt_program_coverage", "region_code=99.99", "another region_code .*12.74"),
        ("rpt_program_coverage", "region_code=12.74 program_code=PKH period=1999", "with another period .*2024"),
        ("rpt_program_coverage", "region_code=99.99 program_code=PKX", "leave a condition out"),
        ("rpt_program_coverage", "region_code=12.74 decile=three", "not of the kind"),
        ("rpt_program_coverage", "region_code", "column=value"),
        ("rpt_program_coverage", "region_code=12.74 program_code=PKH", "they differ in .*period"),
        ("rpt_program_coverage", "region_code='12.74; drop table x'", "no row"),
    ],
)  # fmt: skip
def test_a_question_that_names_no_figure_says_why(world, mart, where, said):
    with pytest.raises(SimpulError) as error:
        ask(mart, where)
    assert re.search(said, str(error.value)), str(error.value)


def test_a_release_that_is_not_kept_is_refused(world):
    with pytest.raises(SimpulError, match="release 99 cannot be read"):
        ask("dim_program", "program_code=PKH", release=99)
    with pytest.raises(SimpulError, match="no column 'exclude'"):
        ask("dim_program", "program_code=PKH", column="exclude")


def test_of_what_no_file_says_the_reason_is_told(world):
    found = ask("dim_program", "program_code=PKH")
    assert found["parts"][0]["is_none"] and "seed_program.csv" in found["parts"][0]["title"][0]


# ------------------------------------------------------------------------- nothing of a person
def test_no_number_and_no_name_of_a_person_gets_out(world, tmp_path):
    people = list(csv.DictReader((world / "people.csv").open()))
    secrets = {one[key] for one in people for key in ("nik", "other_nik", "no_kk") if one[key]}
    secrets |= {one["name"].upper() for one in people if " " in one["name"]}
    (row,) = query(
        "select file_id, row from marts_person.worklist_finding where sheet is null order by row limit 1"
    )
    (pair,) = query("select file_id_a, row_a, file_id_b, row_b from marts_person.worklist_review limit 1")
    (uncovered,) = query(
        "select person_id, program_code from marts_person.worklist_uncovered order by 1 limit 1"
    )
    questions = [
        (
            "rpt_program_coverage",
            f"region_code={CITY} program_code=PBI_JK decile=0 period=2024-06",
            "auditor",
        ),
        ("rpt_registry_crosswalk", f"region_code={CITY} registries=DTKS", "auditor"),
        ("dim_beneficiary", "person_id=1", "auditor"),
        ("person", "person_id=1", "steward"),
        ("worklist_finding", f"file_id={row[0]} row={row[1]} period=2024-06", "steward"),
        ("worklist_review", "file_id_a={} row_a={} file_id_b={} row_b={}".format(*pair), "steward"),
        ("worklist_uncovered", "person_id={} program_code={}".format(*uncovered), "steward"),
    ]
    for mart, where, role in questions:
        try:
            found = ask(mart, where, role=role, limit=2000)
        except SimpulError as error:  # several rules found the same payment
            assert error.code == "several", (mart, str(error))
            text = str(error)
        else:
            assert addresses(found), mart
            text = json.dumps(found, default=str, ensure_ascii=False) + page(found)
        text = text.upper()
        leaked = [secret for secret in secrets if secret in text]
        assert not leaked, f"{mart} tells {len(leaked)} numbers or names"


def test_many_rows_at_once_are_proved_as_one_by_one(world):
    """Of every mart, of rows with all that stands behind them, of single columns and of several."""
    seen = set()
    with opened(None, "steward") as (asker, conn, release_id):
        for mart, parts in declared().items():
            told = published(conn, mart)
            key = [name for name in catalog.primary_key(conn, catalog.RELEASE, mart) if name != "_release_id"]
            if set(key) & set(told.hidden):
                continue
            columns = sql.SQL(", ").join(map(sql.Identifier, key))
            rows = asker.execute(
                sql.SQL("select {} from {} order by {} limit 7").format(
                    columns, catalog.name(told.audience, mart), columns
                )
            ).fetchall()
            wheres = [
                {name: "" if value is None else str(value) for name, value in zip(key, row, strict=True)}
                for row in rows
            ]
            if not wheres:
                continue
            alone = [find(asker, mart, where, "steward") for where in wheres]
            together = find_many(asker, mart, wheres, "steward")
            assert together == alone, mart
            for part in parts:
                last = list(told.types)[-4:]
                for asked in ([], *([column] for column in last), last):
                    one_by_one = [list_rows(conn, part, figure, asked, 50, release_id) for figure in alone]
                    at_once = list_many(conn, part, together, asked, 50, release_id)
                    assert list(map(_behind, at_once)) == list(map(_behind, one_by_one)), (mart, asked)
                    seen |= {mart} if any(one["addresses"] for one in at_once) else set()
        with pytest.raises(SimpulError, match="no row of rpt_tkpk_compliance is so"):
            find_many(asker, "rpt_tkpk_compliance", [{"place_key": "12.74", "year": "1901"}], "steward")
        with pytest.raises(SimpulError, match="rows of fct_poverty are so, and evidence is of one"):
            find_many(asker, "fct_poverty", [{"region_code": CITY}], "steward")
    assert len(seen) > 15, seen


def _behind(told: dict[str, Any]) -> tuple[Any, ...]:
    return (
        told["title"], sorted(map(str, told["addresses"])), told["total"], sorted(told["file_ids"]), told["notes"],
        told["is_none"],
    )  # fmt: skip


def test_an_altered_file_is_seen_although_it_was_hashed_before(world):
    """A file of the archive is read once per process: not when its size and time of change were put back."""
    file_id, sha256 = query(
        "select file_id, sha256 from audit.file where status = 'landed' order by 1 limit 1"
    )[0]
    path = get_settings().archive / relative_path(sha256)

    def is_unaltered() -> bool:
        with connect() as conn:
            told = {"file_id": file_id, "sheet": None, "row": None, "column": None}
            return sources.files_of(conn, [told])[file_id]["archived"]["is_unaltered"]

    before, kept = path.stat(), path.read_bytes()
    assert is_unaltered() and is_unaltered()
    path.chmod(0o640)
    try:
        path.write_bytes(bytes([kept[0] ^ 1]) + kept[1:])
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert path.stat().st_mtime_ns == before.st_mtime_ns and path.stat().st_size == before.st_size
        assert not is_unaltered()
    finally:
        path.write_bytes(kept)
        path.chmod(before.st_mode)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert is_unaltered()


def test_a_pack_counts_people_and_tells_of_none(world, tmp_path):
    """Coverage, payments, findings, numbers: as in the marts, by lists that evidence names too, nobody told apart."""
    pack = faces.read(write_pack(CITY, 2024, "3", tmp_path).files)
    (counted,) = query(
        """select period, sum(eligible), sum(eligible_enrolled), sum(excluded) from rpt_program_coverage
        where region_code = %s and program_code = 'PBI_JK' and left(period, 4) = '2024'
        group by period order by period desc limit 1""",
        CITY,
        role="bi_reader",
    )
    row = pack.row("Penerima Bantuan Iuran Jaminan Kesehatan (APBN) (orang)", words.month(counted[0]))
    assert row[2:5] == [words.told("count", count) for count in counted[1:]]
    of_people = {number for number, (call, _) in pack.calls().items() if call[3] in proving.COUNTED}
    assert {pack.calls()[number][0][3] for number in of_people} >= {
        "rpt_program_coverage", "rpt_program_payment", "rpt_finding", "rpt_nik_quality",
    }  # fmt: skip
    for cells in pack.rows:
        if (proof := re.fullmatch(r"\[(\d+).*\]", cells[-1])) and int(proof[1]) in of_people:
            few = [n for n, cell in enumerate(cells) if re.fullmatch("[1-4]", cell)]
            assert few in ([], [2]) and (not few or cells[1] in ("tinggi", "sedang", "rendah")), (
                "but for months of a finding"
            )
    call, behind = pack.calls()[int(row[-1].strip("[]"))]
    found = json.loads(CliRunner().invoke(app, [*call[1:], "--json"]).stdout)
    named = {pack.sources()[code][1] for code in pack.codes(behind)}
    assert found["files"] and {file["name"] for file in found["files"]} <= named
    # the quality of numbers is counted in one kind of list: no other is named, and none of it left out
    for call, behind in (
        pack.calls()[number] for number in of_people if "rpt_nik_quality" in pack.calls()[number][0]
    ):
        found = json.loads(CliRunner().invoke(app, [*call[1:], "--json"]).stdout)
        kinds = {pack.sources()[code][2] for code in pack.codes(behind)}
        named = {pack.sources()[code][1] for code in pack.codes(behind)}
        assert len(kinds) == 1 and f"({found['figure']['row']['dataset']})" in kinds.pop()
        assert {file["name"] for file in found["files"]} <= named
    people = list(csv.DictReader((world / "people.csv").open()))
    secrets = {one[key] for one in people for key in ("nik", "other_nik", "no_kk") if one[key]}
    secrets |= {one["name"].upper() for one in people if " " in one["name"]}
    text = faces.one_line(faces.everything(pack).upper())
    # Ang Meng is in "yang mengenai"; what stands nowhere, not even in a word, need not be sought word by word
    there = [
        secret for secret in secrets if secret in text or re.escape(secret) != secret.replace(" ", r"\ ")
    ]
    assert not [secret for secret in there if re.search(rf"\b{secret}\b", text)]


# ------------------------------------------------------------------------- terminal and page
def test_the_command_prints_both_languages_json_and_a_page_without_a_network(world, tmp_path):
    where = f"region_code={CITY} program_code=PKH decile=0 period=2024-06"
    out = tmp_path / "bukti" / "excluded.html"
    words = [
        "evidence",
        "--mart",
        "rpt_program_coverage",
        "--where",
        where,
        "--column",
        "excluded",
        "--limit",
        "5",
    ]
    told = CliRunner().invoke(app, [*words, "--out", str(out)])
    assert told.exit_code == 0, told.output
    for text in (
        "Angka / Figure",
        "terbit / published",
        "utuh / unaltered",
        "Rilis 3 / Release 3",
        "utuh / whole",
    ):
        assert text in told.stdout
    found = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert found["figure"]["value"] == found["parts"][0]["units"] and len(addresses(found)) == 5
    html = out.read_text()
    assert "Bukti angka" in html and "Evidence of a figure" in html and 'lang="en"' in html
    assert not re.findall(r"(?:src|href)=\"(?!#|data:)[^\"]+\"|url\(|@import|<script", html), (
        "it needs a network"
    )


# ------------------------------------------------------------------------- as OpenLineage events
@pytest.mark.parametrize(
    ("mart", "where"),
    [
        ("fct_poverty_figure", f"region_code={CITY} year=2017 month=3 area=total indicator=p0_percent"),
        ("rpt_tkpk_compliance", f"place_key={CITY} year=2018"),
        ("rpt_program_coverage", f"region_code={CITY} program_code=PKH decile=0 period=2024-06"),
        ("rpt_finding", f"rule_code=DECEASED region_code={CITY} period=2024-06"),
    ],
)
def test_lineage_leads_to_the_files_that_evidence_names(world, mart, where):
    """Also where the newest release shows rows that an earlier one stored."""
    found = ask(mart, where, limit=10_000)
    told = events.read(get_settings().lineage_dir)
    behind = events.behind(told, names.table(found["figure"]["audience"], mart))
    files = {
        facets["simpul_deliveredFile"]["sha256"]: facets
        for facets in behind.values()
        if "simpul_deliveredFile" in facets
    }
    assert found["files"] and {file["sha256"] for file in found["files"]} <= files.keys()
    anchors = {
        facets["simpul_rowAnchor"]["fileId"]: facets["simpul_rowAnchor"]
        for facets in behind.values()
        if "simpul_rowAnchor" in facets
    }
    assert {file["file_id"] for file in found["files"]} <= anchors.keys()
    assert {(one["file_id"], one["sheet"]) for one in addresses(found)} <= {
        (anchor["fileId"], anchor.get("sheet")) for anchor in anchors.values()
    }


def test_events_of_releases_are_whole_and_tell_the_ledger_and_no_person(world, tmp_path):
    told = events.read(get_settings().lineage_dir)
    for event in told:
        events.check(event)
    published = [one for one in told if one["job"]["name"] == "release.publish.fct_poverty"]
    told_by = {one["run"]["facets"]["simpul_release"]["ledgerHash"] for one in published}
    assert told_by == {
        hash for (hash,) in query("select hash from audit.ledger where kind = 'release.published'")
    }
    # what the third release carried over was built once, and is read from where it was stored
    assert len([one for one in told if one["job"]["name"] == "dbt.rpt_program_coverage"]) == 2 * 2
    linking = next(one for one in told if one["job"]["name"] == "identity.link" and one["inputs"])
    assert [one["name"].partition(".")[2] for one in linking["inputs"]] == [
        "intermediate.int_person_record", "staging.stg_review__link_decision"
    ]  # fmt: skip
    assert [one["name"].partition(".")[2] for one in linking["outputs"]] == [
        "identity.doubtful_pair", "identity.link", "identity.nik_suggestion"
    ]  # fmt: skip
    text = json.dumps(told)
    for (value,) in query("select nik from marts_person.person where nik is not null limit 200"):
        assert value not in text
    done = CliRunner().invoke(app, ["lineage", "--out", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    again = events.read(tmp_path)
    assert events.behind(again, names.table("marts", "fct_poverty_figure")).keys() & {
        names.archived(sha256) for (sha256,) in query("select sha256 from audit.file where dataset ^@ 'bps.'")
    }


def test_every_mart_says_where_its_rows_come_from_or_why_not(world):
    """Also those that hold nothing here: their SQL is asked all the same."""
    marts = marts_of(json.loads(transform.ensure_manifest().read_text(encoding="utf-8")))
    assert {mart.name for mart in marts} == set(declared())
    for mart in marts:
        for part in declared()[mart.name]:
            columns = {column.name for column in mart.columns}
            named = {column for one in part.address for column in one.values()}
            asked = set(
                re.findall(r"the\('(\w+)'\)", "".join(filter(None, (part.rows, part.records, part.kept))))
            )
            assert named | asked <= columns, mart.name
