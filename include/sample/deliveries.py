"""A whole sample: every agency's deliveries of one city, as a tree that can be copied into an inbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sample import layouts
from sample.bps import write_bps_sample
from sample.city import City, build_city
from sample.faults import spoil
from sample.files import write_cover_letter, write_csv, write_xlsx
from sample.findings import Finding, plant
from sample.layouts import Listing
from sample.places import CITY_CODE
from sample.programmes import Programmes, enrol, half_a_year_later
from sample.truth import write_findings, write_truth

PEOPLE = 175_000
SENDER = "Dinas Sosial Kota Tanjungbalai"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Delivery:
    """A file of a sample. Rows count from the heading, which is row 1, as a spreadsheet shows them."""

    file: str  # path under the sample's folder, with /
    listing: Listing
    sheet: str = ""  # only a workbook has one
    delimiter: str = ","
    newline: str = "\n"
    letter: str = ""  # the period that a cover letter beside the file states


@dataclass(frozen=True)
class SampleReport:
    """What was written: records per list of people, how many of them have which fault, and the tables of BPS."""

    people: int
    families: int
    files: dict[str, int] = field(default_factory=dict)
    faults: dict[str, dict[str, int]] = field(default_factory=dict)
    statistics: list[str] = field(default_factory=list)


BPS_YEARS = (2015, 2017, 2018, 2021, 2022, 2023, 2024, 2025)
"""Both column sets, BPS's own slips of 2017, 2018 and 2022, and the years of the articles."""


def write_sample(
    out: Path,
    people: int = PEOPLE,
    seed: int = 1,
    *,
    truth: Path | None = None,
    later: Path | None = None,
    fault_scale: float = 1.0,
    findings: bool = False,
    progress: Progress = lambda step: None,
) -> SampleReport:
    """Write the deliveries of a synthetic city under ``out/<agency>/``.

    Args:
        out: folder to write to; ready to be copied to an inbox, or to be one.
        people: size of the city.
        seed: the same people and seed give the same bytes, everywhere.
        truth: folder for ``people.csv`` and ``records.csv``, which say who each record really is. Never inside ``out``.
        later: folder for what comes later: a corrected payment list, the next month's PBI-JK, and December's DTKS.
        fault_scale: 0 writes sound files, 1 the faults of ``fault_rates.csv``, 2 twice as many.
        findings: also write small lists with payments that auditors would find, a few of every kind; with ``truth``, a
            ``findings.csv`` says which rows they are and how many rupiah.
        progress: called with the name of each step that is done; a file's step is its name.

    Raises:
        ValueError: fewer people than one, too few for planted findings, or the truth would lie where it is landed.
    """
    if truth and truth.resolve().is_relative_to(out.resolve()):
        raise ValueError("the truth must not lie inside the sample: it would be landed with it")
    city = build_city(people, seed)
    programmes = enrol(city)
    progress("people")
    report = SampleReport(people, len(city.families.kk))
    written = []
    found: list[Finding] = []
    now = _now(city, programmes, found if findings else None)
    for folder, deliveries in ((out, now), (later, _later(city, programmes))):
        if folder is None:
            continue
        for delivery, scale in deliveries:
            listing = delivery.listing
            if scale is not None:
                spoil(listing, city, scale * fault_scale)
            _write(folder, delivery)
            report.files[delivery.file] = len(listing)
            report.faults[delivery.file] = {fault: len(rows) for fault, rows in listing.faults.items()}
            listing.columns.clear()  # the texts of a large city are heavy, and the truth needs only who and what
            written.append(delivery)
            progress(delivery.file)
    report.statistics.extend(
        path.relative_to(out).as_posix() for path in write_bps_sample(out, years=BPS_YEARS)
    )
    progress("bps")
    if truth:
        write_truth(truth, city, programmes, written)
        if findings:
            write_findings(truth / "findings.csv", found)
        progress("truth")
    return report


def _now(
    city: City, programmes: Programmes, found: list[Finding] | None
) -> Iterator[tuple[Delivery, float | None]]:
    """The deliveries on the desk at the end of June 2024, each with the scale of its faults (None: as it is).

    With ``found``, planted findings too, which it collects.
    """
    listing = layouts.dtks(city, programmes)
    yield Delivery("dinsos/DTKS Kota Tanjungbalai Juni 2024.csv", listing, newline="\r\n"), 1
    listing = layouts.kks_payment(city, programmes, stage=1, year=2024)
    yield Delivery("dinsos/KKS Salur Tahap 1 Tahun 2024.xlsx", listing, sheet="Salur", letter="2024-Q1"), 1
    listing = layouts.kks_payment(city, programmes, stage=2, year=2024)
    yield Delivery("dinsos/KKS Salur Tahap 2 Tahun 2024.csv", listing, letter="2024-Q2"), 1
    listing = layouts.pbi_jk(city, programmes, "2024-06")
    insured = listing.person[listing.columns["keterangan"] == "AKTIF"]
    yield Delivery("bpjs/PBI JK 2024-06.csv", listing, delimiter=";"), 1
    if found is not None:
        planted = plant(city, programmes, insured)
        found += planted.findings
        for small in planted.lists:
            yield Delivery(small.file, small.listing(), letter=small.letter), None


def _later(city: City, programmes: Programmes) -> Iterator[tuple[Delivery, float | None]]:
    """What comes later: the bank corrects most of what was wrong with the second payment; DTKS of December."""
    listing = layouts.kks_payment(city, programmes, stage=2, year=2024)
    yield Delivery("dinsos/KKS Salur Tahap 2 Tahun 2024 (perbaikan).csv", listing, letter="2024-Q2"), 0.3
    yield Delivery("bpjs/PBI JK 2024-07.csv", layouts.pbi_jk(city, programmes, "2024-07"), delimiter=";"), 1
    listing = layouts.dtks(city, half_a_year_later(city, programmes), notes_deaths=True)
    yield Delivery("dinsos/DTKS Kota Tanjungbalai Desember 2024.csv", listing, newline="\r\n"), 1


def _write(folder: Path, delivery: Delivery) -> None:
    path, listing = folder / delivery.file, delivery.listing
    if delivery.sheet:
        _as_typed(listing)
        write_xlsx(path, listing, delivery.sheet)
    else:
        write_csv(path, listing, delimiter=delivery.delimiter, newline=delivery.newline)
    if delivery.letter:
        facts = {"period": delivery.letter, "region_code": CITY_CODE, "sender": SENDER, "rows": len(listing)}
        write_cover_letter(path, facts)


def _as_typed(listing: Listing) -> None:
    """In a workbook the NIK that lost its last digit is a number, not a text."""
    rows = listing.faults.get("nik_rounded", np.empty(0, dtype=np.int64))
    listing.columns["nik"][rows] = [int(value) for value in listing.columns["nik"][rows]]
