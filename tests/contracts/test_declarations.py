"""Every declaration is valid, complete and bilingual; a mistake in one is told with file, line and what to write."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml

from simpul.contract import Contract, load_contracts, load_fields
from simpul.errors import ContractBreach
from simpul.render.schema import contract_schema, fields_schema
from simpul.settings import get_settings

FOLDER = get_settings().contracts_dir
CONTRACTS = load_contracts()
EACH = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.dataset)
FILES = sorted(FOLDER.glob("*/*.yml"))


def test_the_first_five_datasets_are_there() -> None:
    assert {
        "bps.poverty_province",
        "bps.poverty_regency",
        "dinsos.dtks",
        "dinsos.kks_payment",
        "bpjs.pbi_jk",
    } <= set(CONTRACTS)


@pytest.mark.parametrize(
    ("dataset", "columns"),
    [
        ("bps.poverty_province", "wilayah provinsi indikator daerah tahun bulan nilai"),
        ("bps.poverty_regency", "wilayah provinsi indikator daerah tahun bulan nilai"),
        (
            "dinsos.dtks",
            "id_dtks provinsi kabupaten kecamatan desa alamat dusun rt rw no_kk nik nama tanggal_lahir tempat_lahir"
            " jenis_kelamin pekerjaan nama_ibu_kandung hubungan_keluarga keterangan_padan bansos_bpnt bansos_pkh"
            " bansos_bpnt_ppkm pbi_jkn",
        ),
        ("dinsos.kks_payment", "nik nama no_kks jenis_bansos tahap_salur nominal"),
        (
            "bpjs.pbi_jk",
            "id id_dtks provinsi kabupaten kecamatan desa rt rw dusun alamat noka_bpjs psnoka_bpjs nama tanggal_lahir"
            " tempat_lahir jenis_kelamin nik no_kk hubungan_keluarga nama_ibu_kandung keterangan",
        ),
    ],
)
def test_columns_that_staging_reads_come_first_and_in_order(dataset: str, columns: str) -> None:
    names = columns.split()
    assert list(CONTRACTS[dataset].column_names[: len(names)]) == names


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_editors_agree_and_know_where_the_schema_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert named, "the first line tells editors which schema to check by"
    assert (path.parent / named[1]).is_file()
    schema = json.loads(fields_schema() if path.parent.name == "fields" else contract_schema())
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(text))


@EACH
def test_a_broken_number_never_costs_a_person_its_record(contract: Contract) -> None:
    for rule in contract.rules:
        if rule.column in ("nik", "no_kk", "no_kks", "noka_bpjs", "psnoka_bpjs"):
            assert rule.severity == "warn", rule.code


@EACH
def test_people_have_enough_rules_and_a_destroyed_column_holds_the_file(contract: Contract) -> None:
    if "nik" in contract.column_names:
        assert len(contract.rules) >= 10
        held = [rule.code for rule in contract.rules if rule.hold_above_percent]
        assert held == ["nik_scientific", "nik_rounded"]
        assert contract.personal_data != "none"


@EACH
def test_every_text_is_in_both_languages(contract: Contract) -> None:
    texts = [contract.title, contract.description, contract.grain]
    texts += [rule.reason for rule in contract.rules]
    texts += [edition.title for edition in contract.editions if edition.title]
    for text in texts:
        assert text.en.strip() and text.id.strip() and text.en != text.id


@EACH
def test_every_edition_says_what_it_is(contract: Contract) -> None:
    assert all(edition.title for edition in contract.editions)


@EACH
def test_rules_of_the_dictionary_hold_for_every_column_of_their_field(contract: Contract) -> None:
    """Whatever the contract calls the column: none is lost unless it is waived by name."""
    rules = {rule.code: rule for rule in contract.rules}
    for column in contract.columns:
        for rule in load_fields()[column.field].rules:
            codes = {rule.code, f"{rule.code}_{column.column}"}
            held = [rules[code] for code in codes & set(rules) if column.column in rules[code].mentions]
            assert held or codes & set(contract.waives), (column.column, rule.code)


def test_a_rule_of_a_field_is_about_the_column_that_the_contract_has() -> None:
    year = {rule.code: rule for rule in CONTRACTS["dinsos.lp2kd_indicator"].rules if "tahun" in rule.code}
    assert (year["tahun_year"].column, year["tahun_year"].severity) == ("tahun", "fail")
    assert year["tahun_year_tahun_realisasi"].column == "tahun_realisasi"
    assert year["tahun_required"].severity == "warn"  # its own
    assert "tahun_required_tahun_realisasi" not in year  # waived


def test_a_rule_that_asks_for_a_field_the_contract_lacks(folder: Path) -> None:
    said = complaint(folder, "waives: [nik_not_no_kk, ", "waives: [")
    line = line_of(folder, "field: nik,")
    assert (
        f"kks_payment.yml:{line} columns[0]: rule 'nik_not_no_kk' asks for a column of the field 'no_kk': add it, or"
        " waive the rule" in said
    )


@EACH
def test_a_clerk_is_told_of_headings_and_not_of_patterns(contract: Contract) -> None:
    for edition in contract.editions:
        for spoken in edition.must_headings:
            assert not re.search(r"[\\^$*?{}|]", spoken)


@EACH
def test_no_rule_holds_twice(contract: Contract) -> None:
    """Several columns may be of one field (four deciles); each has the field's rules, under codes of its own."""
    codes = [rule.code for rule in contract.rules]
    assert len(codes) == len(set(codes))


def test_personal_columns_are_marked() -> None:
    fields = load_fields()
    for contract in CONTRACTS.values():
        for column in contract.columns:
            if column.field in ("nik", "no_kk", "nama", "alamat", "tanggal_lahir", "no_kks", "nominal"):
                assert (column.personal or fields[column.field].personal) != "none"


STAGING = Path(__file__).parents[2] / "dbt_project" / "models" / "staging"


def _filled() -> Iterator[tuple[str, str, str]]:
    """(dataset, column of staging that a build demands, column of raw that it is made of, where it is of one)."""
    for path in STAGING.glob("*/_*__models.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            tests = [test for test in model.get("data_tests", ()) if "unique_combination" in test]
            filled = [
                name for test in tests for name in test["unique_combination"]["arguments"].get("filled", ())
            ]
            sql = (path.parent / f"{model['name']}.sql").read_text(encoding="utf-8")
            for name in filled:
                cell = rf"^ *(?:{{{{ \w+\('(\w+)'\) }}}}|btrim\((\w+)\))(?:::\w+)? as {name},?$"
                for made in re.findall(cell, sql, re.MULTILINE):
                    yield model["name"].removeprefix("stg_").replace("__", "."), name, "".join(made)


def test_what_a_build_demands_a_rule_of_landing_has_demanded_before() -> None:
    """Else one blank cell of one form would stop every release, without file, sheet and row."""
    asked = list(_filled())
    assert len(asked) >= 15
    for dataset, name, column in asked:
        rules = [rule for rule in CONTRACTS[dataset].rules if rule.severity == "fail"]
        assert any(
            (rule.kind == "required" and rule.column == column)
            or f"{{{column}}} is not null" in (rule.sql or "")
            for rule in rules
        ), (dataset, name, column)


# --------------------------------------------------------------------------------------------------- friendly errors
@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "contracts"
    shutil.copytree(FOLDER, copy)
    return copy


def complaint(folder: Path, old: str, new: str, file: str = "dinsos/kks_payment.yml") -> str:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContractBreach) as caught:
        load_contracts(folder)
    return str(caught.value)


def line_of(folder: Path, text: str, file: str = "dinsos/kks_payment.yml") -> int:
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_a_misspelt_key(folder: Path) -> None:
    said = complaint(folder, "cadence: quarterly", "cadense: quarterly")
    line = line_of(folder, "cadense")
    assert f"dinsos/kks_payment.yml:{line} cadense: unknown key 'cadense', did you mean 'cadence'?" in said
    assert "key 'cadence' is missing" in said
    assert "contract.schema.json" in said


def test_a_misspelt_key_deep_inside(folder: Path) -> None:
    said = complaint(folder, "    severity: warn", "    severty: warn")
    line = line_of(folder, "severty")
    assert (
        f"dinsos/kks_payment.yml:{line} rules[0].severty: unknown key 'severty', did you mean 'severity'?"
        in said
    )


def test_an_unknown_value(folder: Path) -> None:
    said = complaint(folder, "cadence: quarterly", "cadence: now and then")
    assert f"kks_payment.yml:{line_of(folder, 'now and then')} cadence:" in said
    assert "'quarterly'" in said


def test_a_field_that_the_dictionary_lacks(folder: Path) -> None:
    said = complaint(folder, "{field: nominal,", "{field: nominale, name: nominal,")
    line = line_of(folder, "nominale")
    assert f"dinsos/kks_payment.yml:{line} columns[5].field: 'nominale' is not in the dictionary" in said


def test_a_bad_regex(folder: Path) -> None:
    said = complaint(folder, "'^[-–—]$'", "'^[-–—$'", "bps/poverty_regency.yml")
    assert "bps/poverty_regency.yml:" in said and "editions[0].footer[1]: not a regular expression" in said


def test_a_regex_that_postgresql_reads_otherwise(folder: Path) -> None:
    said = complaint(
        folder,
        '    pattern: "(?:19|20)[0-9]{2}"',
        '    pattern: "(?P<y>[0-9]{4})"',
        "bps/poverty_regency.yml",
    )
    assert "'(?P' means something else in PostgreSQL" in said


def test_a_column_declared_twice(folder: Path) -> None:
    said = complaint(
        folder, "  - {field: nominal,", "  - {field: nik, header: NIK lain}\n  - {field: nominal,"
    )
    line = line_of(folder, "NIK lain")
    assert f"dinsos/kks_payment.yml:{line} columns[5]: 'nik' is declared twice among the columns" in said


def test_a_column_that_nothing_declares(folder: Path) -> None:
    said = complaint(folder, "key: [nik, ", "key: [nic, ")
    assert f"dinsos/kks_payment.yml:{line_of(folder, 'key: [nic')} key: no column 'nic' is declared" in said


def test_a_heading_where_a_column_is_meant(folder: Path) -> None:
    said = complaint(folder, "key: [nik, ", "key: [jenisbansos, ")
    assert (
        "no column 'jenisbansos' is declared: the column headed 'Jenis Bansos' is called 'jenis_bansos'"
        in said
    )
    said = complaint(folder, "key: [jenisbansos, ", "key: [jenis_banso, ")
    assert "no column 'jenis_banso' is declared, did you mean 'jenis_bansos'?" in said
    said = complaint(folder, "key: [jenis_banso, ", "key: [Jenis Bansos, ")
    assert "'Jenis Bansos' is no name (small letters, digits and _)" in said and "not by its heading" in said


def test_a_column_that_a_rule_makes_up(folder: Path) -> None:
    said = complaint(folder, 'sql: "{nik} is null', 'sql: "{nikk} is null')
    assert "rules[3]: no column 'nikk' is declared" in said


def test_a_rule_without_its_parameters(folder: Path) -> None:
    said = complaint(
        folder, "    kind: unique\n    columns: [nik, no_kks, jenis_bansos, tahap_salur]", "    kind: unique"
    )
    assert "rule 'payment_unique' of kind 'unique' lacks its parameters" in said


def test_a_key_written_twice(folder: Path) -> None:
    said = complaint(folder, "cadence: quarterly", "cadence: quarterly\ncadence: monthly")
    assert "kks_payment.yml:" in said and "key 'cadence' is written twice" in said


def test_broken_yaml(folder: Path) -> None:
    said = complaint(folder, "title:\n", "title: [\n")
    assert re.search(r"kks_payment\.yml:\d+: ", said)


def test_a_file_in_the_wrong_place(folder: Path) -> None:
    (folder / "bps").joinpath("dtks.yml").write_bytes((folder / "dinsos" / "dtks.yml").read_bytes())
    with pytest.raises(ContractBreach, match=r"bps/dtks.yml: dataset is 'dinsos.dtks'"):
        load_contracts(folder)


def test_a_mistake_in_the_dictionary(folder: Path) -> None:
    said = complaint(folder, "  type: money", "  type: rupiah", "fields/programme.yml")
    assert f"fields/programme.yml:{line_of(folder, 'rupiah', 'fields/programme.yml')} nominal.type:" in said


def test_a_field_in_two_themes(folder: Path) -> None:
    (folder / "fields" / "zz.yml").write_text("nik: {type: code, title: {en: a, id: b}}", encoding="utf-8")
    with pytest.raises(
        ContractBreach, match=r"fields/zz.yml: field 'nik' is already declared in another theme"
    ):
        load_contracts(folder)


def test_a_contract_may_state_a_rule_of_the_dictionary_its_own_way(folder: Path) -> None:
    path = folder / "dinsos" / "kks_payment.yml"
    own = (
        "\n  - {code: nama_letters, kind: required, column: nama, severity: warn, dimension: structural,"
        " reason: {en: own, id: sendiri}}\n"
    )
    path.write_text(path.read_text(encoding="utf-8").rstrip() + own, encoding="utf-8")
    rules = [
        rule for rule in load_contracts(folder)["dinsos.kks_payment"].rules if rule.code == "nama_letters"
    ]
    assert [rule.kind for rule in rules] == ["required"]


def test_a_waiver_of_a_rule_that_is_not_there(folder: Path) -> None:
    said = complaint(folder, "waives: [", "waives: [nik_presnt, ")
    line = line_of(folder, "nik_presnt")
    assert f"dinsos/kks_payment.yml:{line} waives: no field of the contract has a rule 'nik_presnt'" in said


def test_a_column_that_a_title_makes_up(folder: Path) -> None:
    file = "dinsos/program_recipient.yml"
    said = complaint(folder, "(?P<sasaran>.+)", "(?P<sasran>.+)", file)
    assert "titles[1]: no column 'sasran' is declared" in said
    assert "must_any: no column 'nmaa' is declared" in complaint(
        folder, "must_any: [nik, nama]", "must_any: [nik, nmaa]", file
    )


def test_rules_that_are_waived_do_not_hold() -> None:
    contract = CONTRACTS["dinsos.program_recipient"]
    codes = {rule.code for rule in contract.rules}
    assert not codes & set(contract.waives)
    assert {"nik_present", "nik_sixteen_digits", "program_required", "nominal_money"} <= codes
