"""Headings of the registries, in every spelling, are recognised and only as what they are."""

from __future__ import annotations

import random

import pytest

from simpul.contract import load_contracts
from simpul.headings import heading_key, match_headings
from tests.contracts.registries import (
    DTSEN,
    LAYOUTS,
    P3KE_FAMILY,
    P3KE_FAMILY_2023,
    P3KE_LOCAL,
    P3KE_PERSON,
    PBDT,
    PBDT_TABLE,
)
from tests.contracts.test_layouts import DTKS, best, candidates

EACH = pytest.mark.parametrize(("layout", "headings"), LAYOUTS.items(), ids=LAYOUTS)


@EACH
def test_the_very_headings(layout: str, headings: list[str]) -> None:
    name, fit = best([headings])
    assert (name, fit.duplicates) == (layout, {})
    planning = [text for text in headings if text.startswith("Keluarga berencana")]
    assert list(fit.unknown.values()) == planning


@EACH
def test_nothing_else_fits(layout: str, headings: list[str]) -> None:
    """Not only the best: no other dataset comes into question."""
    assert {name.split()[0] for name in candidates([headings])} == {layout.split()[0]}


@EACH
def test_other_case_blanks_and_order(layout: str, headings: list[str]) -> None:
    shuffled = [*headings, "Catatan Desa"]
    random.Random(7).shuffle(shuffled)
    if (
        layout != "dinsos.pbdt2015 application"
    ):  # `HubKRT` and `Hub_KRT` are told apart by their very spelling
        spaced = [text.replace("_", " ").replace(" ", "  ").upper() for text in shuffled]
        assert best([spaced])[0] == layout
    lower = [text.lower() for text in shuffled]
    name, fit = best([lower])
    assert (name, fit.duplicates) == (layout, {})


def test_a_hundred_and_one_columns_by_position() -> None:
    """The village system reads by position: the household is column 2, the name 80, the NIK 81."""
    assert len(PBDT) == 101
    _, fit = best([PBDT])
    assert [fit.columns[name] + 1 for name in ("id_rumah_tangga", "nama", "nik")] == [2, 80, 81]
    assert fit.columns["telepon"] == 47 and fit.columns["aset_kapal"] == 46


def test_the_number_of_a_column_is_no_part_of_its_heading() -> None:
    contract = load_contracts()["dinsos.pbdt2015"]
    numbers = ["Nama KRT (13)", "Nama KRT(13)", "nama krt  (13) ".strip(), "Nama KRT"]
    for text in numbers:
        assert match_headings(contract, contract.editions[0], [text]).columns == {"nama_krt": 0}
    for text in ("Nama KRT (000)", "Nama KRT (P1)", "Nama KRT (1000)"):  # units and indices say something
        assert match_headings(contract, contract.editions[0], [text]).unknown == {0: text}


def test_two_headings_of_the_same_letters_are_told_apart_by_their_spelling() -> None:
    _, fit = best([PBDT_TABLE])
    assert fit.columns["hubungan_krt"] == PBDT_TABLE.index("HubKRT")
    assert fit.columns["hubungan_krt_2"] == PBDT_TABLE.index("Hub_KRT")


@pytest.mark.parametrize("headings", [P3KE_FAMILY, P3KE_FAMILY_2023, P3KE_PERSON])
def test_local_copies_of_p3ke(headings: list[str]) -> None:
    wanted = best([headings])[0]
    copy = [text.replace("Kemdagri", "Kemendagri").replace("Dimukta", "Dimuta") for text in headings]
    name, fit = best([["No", *copy, *P3KE_LOCAL]])
    assert (name, fit.unknown) == (wanted, {})


def test_a_family_file_that_also_names_members_is_still_one_thing() -> None:
    """The two lists of P3KE share most headings: what only one of them has decides."""
    assert {heading_key(text) for text in P3KE_FAMILY} & {heading_key(text) for text in P3KE_PERSON}
    assert best([[*P3KE_PERSON, "Kepala Keluarga"]])[0] == "dinsos.p3ke_person first"
    assert candidates([[text for text in P3KE_PERSON if text != "ID Individu"]]) == {}
    assert candidates([[text for text in P3KE_FAMILY if text != "Kepala Keluarga"]]) == {}


def test_members_of_dtks_are_not_a_cleaning_list() -> None:
    assert best([[*DTKS, "KET_TAMBAHAN", "IDARTBDT"]])[0] == "dinsos.dtks siks_ng"


def test_three_deciles_are_three_columns() -> None:
    _, fit = best([DTSEN])
    found = {name: DTSEN[position] for name, position in fit.columns.items() if name.startswith("desil")}
    assert found == {
        "desil_nasional": "desil_nasional",
        "desil_provinsi": "desil_provinsi",
        "desil_kabupaten": "desil_kabupaten_kota",
    }
