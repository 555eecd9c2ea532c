"""The files of the sample: the agencies' layouts, the announced faults, the same bytes every time."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import yaml

from sample import layouts, write_sample
from sample.faults import COLUMNS, fault_rates
from sample.files import write_csv
from sample.spot import SPOILERS
from simpul.contract import load_contracts

ROOT = Path(__file__).resolve().parents[2]
DTKS = "dinsos/DTKS Kota Tanjungbalai Juni 2024.csv"
KKS_1 = "dinsos/KKS Salur Tahap 1 Tahun 2024.xlsx"
KKS_2 = "dinsos/KKS Salur Tahap 2 Tahun 2024.csv"
PBI = "bpjs/PBI JK 2024-06.csv"
NIK_COLUMN = {DTKS: 10, KKS_1: 0, KKS_2: 0, PBI: 16, "bpjs/PBI JK 2024-07.csv": 16}
# sha256 of the lists of 2,000 people, seed 1: the same on every Python, NumPy and platform
GOLDEN = "eb6124f420746f32faea7ca1e6b01a56e9608708cb6ffa5d76c5ea0ad4e2f0bc"
# Befall only some values: a mononym cannot lose its last word, a Christian is no Haji.
PARTIAL = re.compile(
    "nik_(rounded|letter|of_relative)|name_(initial|short|swapped|variant|title|father|case)|mother_short"
    "|birth_(swapped|day|year|january)|sex_code|place_moved|amount_form"
)


def _tree_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    files = [path for agency in ("dinsos", "bpjs") for path in (folder / agency).rglob("*") if path.is_file()]
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in files):
        digest.update(name.encode() + path.read_bytes())
    return digest.hexdigest()


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    hashes = []
    for number in ("1", "2"):
        out = tmp_path / number
        code = f"from sample import write_sample; from pathlib import Path; write_sample(Path({str(out)!r}), 2000, 1)"
        environment = os.environ | {"PYTHONPATH": str(ROOT / "include"), "PYTHONHASHSEED": number}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=120)
        hashes.append(_tree_hash(out))
    assert hashes[0] == hashes[1]
    assert hashes[0] == GOLDEN, (
        "the sample of 2,000 people, seed 1, is another than before: if that is meant, note its hash"
    )


def test_another_seed_is_another_city(tmp_path: Path) -> None:
    write_sample(tmp_path / "1", 300, 1)
    write_sample(tmp_path / "2", 300, 2)
    assert _tree_hash(tmp_path / "1") != _tree_hash(tmp_path / "2")


@pytest.mark.parametrize(
    ("dataset", "headers"),
    [
        ("dinsos.dtks", layouts.DTKS_HEADERS),
        ("dinsos.kks_payment", layouts.KKS_HEADERS),
        ("bpjs.pbi_jk", layouts.PBI_HEADERS),
    ],
)
def test_headings_are_those_of_the_contract(dataset: str, headers: dict[str, str]) -> None:
    contract = load_contracts()[dataset]
    declared = {column.column: column.header for column in contract.columns}
    assert headers == {name: declared[name] for name in headers}
    assert set(contract.editions[0].must) <= set(headers)


def test_every_file_is_rectangular_and_counted(written) -> None:
    for file, records in written.report.files.items():
        heading, *rows = written.rows(file)
        assert len(rows) == records > 0
        assert {len(row) for row in rows} == {len(heading)}


def test_layouts_of_the_agencies(written) -> None:
    dtks = (written.out / DTKS).read_bytes()
    assert dtks.startswith(b"ID DTKS,Provinsi,Kabupaten/Kota,") and dtks.count(b"\r\n") == dtks.count(b"\n")
    assert b'"JL. ' in dtks  # an address with a comma is quoted
    pbi = (written.out / PBI).read_text(encoding="utf-8").split("\n")
    assert pbi[0].count(";") == 20 and "\r" not in pbi[0]
    assert {re.fullmatch(r"[0-9]{13}", row[10]) is not None for row in written.rows(PBI)[1:]} == {True}
    payments = written.rows(KKS_2)[1:]
    assert {row[3] for row in payments} == {"PKH", "SEMBAKO", "PKH + SEMBAKO"}
    assert {row[4] for row in payments} == {"Tahap 2 Tahun 2024"}
    usual = [row for row in payments if re.fullmatch(r"Rp [0-9]{1,3}(\.[0-9]{3})+", row[5])]
    assert 0.97 < len(usual) / len(payments) < 1


def test_december_knows_who_left_who_joined_and_who_died(written) -> None:
    died = {row["person"] for row in written.people() if row["death_date"]}
    listed: dict[str, set[str]] = defaultdict(set)
    for record in written.records():
        listed[record["file"]].add(record["person"])
    june, december = listed[DTKS], listed[DTKS.replace("Juni", "Desember")]
    left, joined = june - december, december - june
    assert 0.05 < len(left - died) / len(june) < 0.07 and 0.01 < len(joined) / len(december) < 0.06
    assert 0.4 < len(left & died) / len(june & died) < 0.8
    names = [row[11] for row in written.rows(DTKS.replace("Juni", "Desember"))[1:]]
    noted = sum(re.match("ALMH?[. ]", name) is not None for name in names)
    assert (
        0.7 * len(december & died) <= noted <= len(december & died) + 2
    )  # a name may be spoilt, a record repeated


def test_the_readers_recognise_every_list(written) -> None:
    from simpul.period import parse_period
    from simpul.readers.source import Source

    expected = {DTKS: ("dinsos.dtks", "2024-06"), KKS_1: ("dinsos.kks_payment", "2024-Q1"),
                KKS_2: ("dinsos.kks_payment", "2024-Q2"), PBI: ("bpjs.pbi_jk", "2024-06")}  # fmt: skip
    for file, (dataset, period) in expected.items():
        source = Source.open(written.out / file)
        layout = source.recognise(load_contracts().values())
        source.close()
        assert (layout.contract.dataset, parse_period(Path(file).name)) == (dataset, period)
        assert not layout.extra


def test_the_cover_letter_counts_the_rows(written) -> None:
    letter = yaml.safe_load((written.out / f"{KKS_1}.yml").read_text(encoding="utf-8"))
    assert letter == {"period": "2024-Q1", "region_code": "12.74", "sender": "Dinas Sosial Kota Tanjungbalai",
                      "rows": written.report.files[KKS_1]}  # fmt: skip


def test_faults_are_as_frequent_as_announced(written) -> None:
    rates = {row["fault"]: row for row in fault_rates()}
    datasets = {
        DTKS: "dinsos.dtks",
        KKS_1: "dinsos.kks_payment",
        KKS_2: "dinsos.kks_payment",
        PBI: "bpjs.pbi_jk",
    }
    for file, dataset in datasets.items():
        records, counts = written.report.files[file], written.report.faults[file]
        for fault in counts.keys() & rates.keys():
            expected = records * int(rates[fault][dataset]) / 10_000
            slack = 5 * math.sqrt(expected) + 3
            least = 0.2 * expected if PARTIAL.fullmatch(fault) else expected
            assert least - slack <= counts[fault] <= expected + slack, (file, fault)
        assert 0.004 < counts["entered_twice"] / records < 0.008
        assert 0 < counts["copied_row"] < counts["entered_twice"] and counts["deceased"] > 0


def test_every_fault_has_a_rate_and_a_spoiler() -> None:
    assert {row["fault"] for row in fault_rates()} == set(SPOILERS)
    assert {row["axis"] for row in fault_rates()} == set(COLUMNS)
    for axis in COLUMNS:
        for dataset in ("dinsos.dtks", "dinsos.kks_payment", "bpjs.pbi_jk"):
            assert sum(int(row[dataset]) for row in fault_rates() if row["axis"] == axis) < 2_000


def test_the_truth_names_the_person_of_every_record(written) -> None:
    people, seen = written.people(), defaultdict(int)
    rows = {file: written.rows(file) for file in NIK_COLUMN}
    for record in written.records():
        seen[record["file"]] += 1
        if record["file"] not in rows or "nik_" in record["faults"]:
            continue
        cell = rows[record["file"]][int(record["row"]) - 1][NIK_COLUMN[record["file"]]]
        assert cell == people[int(record["person"])]["nik"]
    assert seen == written.report.files


def test_a_workbook_holds_rounded_numbers_as_numbers(written) -> None:
    rows = written.rows(KKS_1)
    rounded = [r for r in written.records() if r["file"] == KKS_1 and "nik_rounded" in r["faults"]]
    assert rounded
    for record in rounded:
        cell = rows[int(record["row"]) - 1][0]
        assert isinstance(cell, float) and cell % 10 == 0
        assert record["sheet"] == "Salur"


def test_a_fault_stands_in_the_next_delivery_too(written) -> None:
    cells: dict[str, dict[str, str]] = {}
    for file in (PBI, "bpjs/PBI JK 2024-07.csv"):
        rows = written.rows(file)
        records = [r for r in written.records() if r["file"] == file and "entered_twice" not in r["faults"]]
        cells[file] = {r["person"]: str(rows[int(r["row"]) - 1][11:18]) for r in records}
    june, july = cells.values()
    both = june.keys() & july.keys()
    assert 0.97 < len(both) / len(june) < 1
    assert sum(june[person] == july[person] for person in both) > 0.99 * len(both)


def test_the_correction_has_fewer_faults(written) -> None:
    corrected = written.report.faults["dinsos/KKS Salur Tahap 2 Tahun 2024 (perbaikan).csv"]
    before = written.report.faults[KKS_2]
    assert sum(corrected[f] for f in corrected if f.startswith("nik_")) < 0.5 * sum(
        before[f] for f in before if f.startswith("nik_")
    )


def test_without_faults_the_lists_are_sound(tmp_path: Path) -> None:
    report = write_sample(tmp_path / "out", 3000, 4, fault_scale=0)
    found = {fault: n for counts in report.faults.values() for fault, n in counts.items() if n}
    assert set(found) <= {"deceased", "entered_twice", "copied_row"}


def test_the_truth_may_not_be_landed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="truth"):
        write_sample(tmp_path, 10, 1, truth=tmp_path / "dinsos" / "truth")


def test_a_list_of_nobody_is_a_heading(tmp_path: Path) -> None:
    columns = {name: np.empty(0, dtype=object) for name in layouts.KKS_HEADERS}
    nobody = np.empty(0, dtype=int)
    empty = layouts.Listing("dinsos.kks_payment", layouts.KKS_HEADERS, nobody, columns, nobody > 0)
    write_csv(tmp_path / "x.csv", empty)
    assert (tmp_path / "x.csv").read_text() == "NIK,Nama,No KKS,Jenis Bansos,Tahap Salur,Nominal\n"


def test_the_command_writes_and_reports(tmp_path: Path) -> None:
    import typer
    from typer.testing import CliRunner

    from simpul.cli.sample import sample

    app = typer.Typer()
    app.command()(sample)
    folders = ["--out", str(tmp_path / "o"), "--truth", str(tmp_path / "t")]
    result = CliRunner().invoke(app, ["--people", "200", *folders, "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.output)
    assert (
        report["people"] == 200
        and (tmp_path / "o" / DTKS).exists()
        and (tmp_path / "t" / "records.csv").exists()
    )
    assert len(report["statistics"]) > 20


def test_planted_findings_stand_in_lists_of_their_own(tmp_path: Path) -> None:
    """Every kind, told row by row, in files that are read; no other file is another one for it."""
    from simpul.readers.source import Source

    plain = write_sample(tmp_path / "plain", 2000, 1)
    report = write_sample(tmp_path / "out", 2000, 1, truth=tmp_path / "truth", findings=True)
    planted = report.files.keys() - plain.files.keys()
    for file in plain.files:
        assert (tmp_path / "plain" / file).read_bytes() == (tmp_path / "out" / file).read_bytes()
    datasets = {}
    for file in planted:
        source = Source.open(tmp_path / "out" / file)
        layout = source.recognise(load_contracts().values())
        source.close()
        assert not layout.extra
        datasets[file] = layout.contract.dataset
    with (tmp_path / "truth" / "findings.csv").open(encoding="utf-8", newline="") as text:
        findings = list(csv.DictReader(text))
    with (tmp_path / "truth" / "records.csv").open(encoding="utf-8", newline="") as text:
        records = {(row["file"], row["row"]): row["dataset"] for row in csv.DictReader(text)}
    assert {file for file, _ in records} >= planted
    for finding in findings:
        assert records[finding["file"], finding["row"]] == datasets[finding["file"]]
    with (ROOT / "dbt_project" / "seeds" / "seed_finding_rule.csv").open(encoding="utf-8") as text:
        assert {row["rule"] for row in findings} == {row["rule_code"] for row in csv.DictReader(text)}


def test_a_hamlet_has_no_family_to_spare_for_every_finding(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"needs some 1,000 people"):
        write_sample(tmp_path, 100, 1, findings=True)
