"""Files that are in no repository, made from every fixture: known layouts are recognised, nothing is guessed wrong.

Every case is seeded by its name, so a failure can be run again alone. `tests/landing/unseen.py` makes the files.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from simpul import landing
from simpul.contract import load_contracts
from simpul.headings import needed_columns
from simpul.readers.reasons import Held
from simpul.readers.rivals import is_slip
from simpul.readers.source import Source
from tests.fixtures.expectations import Expected, load_expectations
from tests.landing import unseen
from tests.landing.unseen import Unseen

TABLES = [one for one in load_expectations() if one.path.suffix != ".json"]
VARIANTS = 3  # of every fixture, each with several changes at once
SLIPS = 4
RECOGNISED = 0.93  # of tables with one misspelt heading; 0.958 of 708 were, the others held
MIXTURES = 60


@pytest.fixture(scope="module")
def seed() -> Callable[[Expected], Unseen]:
    seeds: dict[Path, Unseen] = {}

    def read(one: Expected) -> Unseen:
        if one.path not in seeds:
            seeds[one.path] = unseen.seed_of(one)
        return seeds[one.path]

    return read


def test_every_layout_is_tried() -> None:
    declared = {
        (contract.dataset, edition.name)
        for contract in load_contracts().values()
        for edition in contract.editions
        if edition.format != ("json",)
    }
    assert declared == {(one.dataset, one.edition) for one in TABLES}


@pytest.mark.parametrize("one", TABLES, ids=str)
def test_a_known_layout_is_recognised_however_it_is_written(seed, tmp_path, one: Expected) -> None:
    for number in range(VARIANTS):
        file = unseen.varied(seed(one), random.Random(f"{one} {number}"))
        try:
            layout = file.recognise(tmp_path)
        except Held as held:
            pytest.fail(f"{number} {file.did}: {held.reason}")
        assert (layout.contract.dataset, layout.edition.name) == (one.dataset, one.edition), file.did
        assert layout.map.columns.keys() == file.columns, file.did


@pytest.mark.parametrize("change", unseen.HARMLESS, ids=lambda change: change.__name__)
def test_every_change_is_really_made(seed, change) -> None:
    rng = random.Random(change.__name__)
    assert any(change(seed(one), rng) != seed(one) for one in TABLES)


def test_a_misspelt_heading_is_read_right_or_holds_the_file(seed, tmp_path) -> None:
    """Never taken for another layout, and seldom held."""
    wrong, held, tried = [], 0, 0
    for one in TABLES:
        places = list(unseen.misspelt(seed(one)))
        for number in range(SLIPS if places else 0):  # numbers only
            rng = random.Random(f"rate {one} {number}")
            file = unseen.with_typo(seed(one), rng.choice(places), rng)
            tried += 1
            try:
                layout = file.recognise(tmp_path)
            except Held as reason:
                assert reason.reason_id
                held += 1
                continue
            found = layout.map.columns.items() <= seed(one).recognise(tmp_path).map.columns.items()
            if (layout.contract.dataset, layout.edition.name) != (one.dataset, one.edition) or not found:
                wrong.append((str(one), file.did))
    print(f"{tried - held} of {tried} tables with a misspelt heading recognised, {len(wrong)} wrong")
    assert not wrong
    assert tried > 200 and tried - held >= RECOGNISED * tried


@pytest.mark.parametrize(
    ("headings", "column"),
    [
        (["No", "NIKK", "Nama", "Alamat", "Program"], "nik"),
        (["No", "NKI", "Nama", "Alamat", "Program"], "nik"),
        (["No", "NIK", "Nama", "Alamt", "Program"], "alamat"),
        (["No", "NIP", "Nama", "Alamat", "Program"], None),  # of an official
        (["No", "NIK", "Nama", "No KKS", "Program"], None),  # a card's number is not that of the family
        (["No", "NIK", "Nama", "Alamt", "Almat", "Program"], None),  # which of the two?
    ],
)
def test_only_what_can_be_nothing_else_is_read_as_misspelt(tmp_path, headings, column) -> None:
    path = tmp_path / "daftar"
    path.write_text(",".join(headings) + "\n" + ",".join("x" for _ in headings) + "\n", encoding="utf-8")
    layout = Source.open(path).recognise(load_contracts().values())
    assert layout.contract.dataset == "dinsos.program_recipient"
    assert (layout.slip is not None) == (column is not None)
    assert column is None or column in layout.map.columns


def is_list(one: Expected) -> bool:
    """One heading per column and no figure under it that becomes a record of its own."""
    edition = load_contracts()[one.dataset].edition(one.edition)
    return edition.header_rows == 1 and edition.melt is None


@pytest.mark.parametrize("one", [one for one in TABLES if is_list(one)], ids=str)
def test_a_misspelt_heading_that_is_needed_is_read_right_or_told(seed, tmp_path, one: Expected) -> None:
    file = seed(one)
    layout = file.recognise(tmp_path)
    rng = random.Random(f"needed {one}")
    places = [layout.map.columns[name] for name in needed_columns(layout.contract, layout.edition)]
    headings = file.rows[file.header_row - 1]
    place = rng.choice([n for n in places if sum(char.isalpha() for char in headings[n]) >= 3] or [0])
    wrong = unseen.with_typo(file, (file.header_row - 1, place), rng)
    try:
        found = wrong.recognise(tmp_path)
    except Held as held:
        assert one.dataset in held.reason and one.dataset in held.reason_id
        assert wrong.rows[file.header_row - 1][place].strip() in held.reason
    else:  # read as what was meant, or another spelling that the contract knows
        assert place in found.map.columns.values() and found.edition == layout.edition


def test_columns_of_two_tables_side_by_side_are_neither_or_one_of_them(seed, tmp_path) -> None:
    rng = random.Random("mixed")
    flat = [seed(one) for one in TABLES if seed(one).edition.header_rows == 1]
    for _ in range(MIXTURES):
        one, other = rng.sample(flat, 2)
        file = unseen.mixed(one, other, rng)
        may_be = {one.dataset, other.dataset}
        if (
            "dinsos.kks_payment" in may_be
        ):  # half a list of payments is a list of recipients: person and programme
            may_be.add("dinsos.program_recipient")
        try:
            layout = file.recognise(tmp_path)
        except Held:
            continue
        assert layout.contract.dataset in may_be, (one.dataset, *file.did)


def test_an_answer_of_the_webapi_is_recognised_however_it_is_written(tmp_path) -> None:
    (one,) = [one for one in load_expectations() if one.path.suffix == ".json"]
    body = json.loads(one.path.read_text(encoding="utf-8"))
    turned = dict(reversed(body.items()))
    for text in (
        json.dumps(turned, indent=4),
        "\ufeff" + json.dumps(body),
        json.dumps(body, ensure_ascii=True),
    ):
        path = tmp_path / "unduhan"
        path.write_text(text, encoding="utf-8")
        source = Source.open(path)
        layout = source.recognise(load_contracts().values())
        assert (layout.contract.dataset, layout.edition.name) == (one.dataset, one.edition)


@pytest.mark.parametrize(
    ("text", "meant", "answer"),
    [
        ("persentl", "persentil", True),
        ("persenttil", "persentil", True),
        ("persentol", "persentil", True),
        ("pesrentil", "persentil", True),
        ("persentil", "persentil", False),
        ("persen", "persentil", False),
        ("esrpentil", "persentil", False),
        ("kuartal1", "kuartal2", False),
        ("usia712", "usia713", False),
        ("noo", "no", False),
        ("nikk", "nik", True),
    ],
)
def test_a_slip_is_one_letter(text: str, meant: str, answer: bool) -> None:
    assert is_slip(text, meant) is answer


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("PBI JK 2024-06.csv", ("other_case", "other_order", "more_columns")),
        ("DTKS Tanjungbalai 2024-06.csv", ("other_blanks", "rows_on_top", "other_format", "more_sheets")),
        ("P3KE Lebak individu 2023.xlsx", ("other_order", "more_sheets")),
        (
            "Persentase Penduduk Miskin Menurut Kabupaten_Kota di Banten, 2021.csv",
            ("rows_on_top", "other_bytes"),
        ),
        ("Anggaran verval Jambi 2020-2021.csv", ("other_case", "other_order", "other_bytes")),
    ],
)
def test_it_also_lands(seed, fresh_warehouse, name: str, changes: tuple[str, ...]) -> None:
    (one,) = [one for one in TABLES if one.path.name == name]
    file = seed(one)
    for change in changes:
        file = getattr(unseen, change)(file, random.Random(f"{name} {change}"))
    folder = fresh_warehouse.inbox / one.dataset.split(".")[0]
    folder.mkdir(parents=True, exist_ok=True)
    path = file.write(folder)
    letter = one.path.with_name(name + ".yml")
    if letter.exists():
        shutil.copyfile(letter, path.with_name(path.name + ".yml"))
    outcome = landing.land(path)
    assert outcome.status == "loaded", outcome.reason
    assert (outcome.dataset, outcome.rows_read) == (one.dataset, one.read)
