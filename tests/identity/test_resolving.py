"""Who is the same person when NIKs are broken: found, kept apart, and the same whatever the order."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from bench.identity.listing import COLUMNS, SCHEMA
from bench.identity.populations import records
from simpul.identity import blocking, entries, resolving, scoring
from simpul.identity.comparisons import gamma_sql, labels
from simpul.identity.explaining import ONLY_ONE
from simpul.identity.profiles import OTHER, SLIP, TWO
from simpul.identity.scoring import Model, load_model

AISYAH = {
    "nik": "1274014203900001", "nik_status": "valid", "no_kk": "1274010101100001", "name": "AISYAH NURUL LUBIS",
    "sex": "female", "birth_date": date(1990, 3, 2), "mother_name": "ROSMAWATI HARAHAP",
    "address": "JL. SEHAT NO. 7", "village_region_code": "12.74.01.1001", "district_region_code": "12.74.01",
}  # fmt: skip
"""Everybody else in these tests is her with some other attributes. Nobody real: the serial is of no office's day."""


def resolve(records: pa.Table, decisions: pa.Table | None = None, model: Model | None = None) -> pa.Table:
    return resolving.resolve(records, decisions, model).records


def table(*described: dict[str, Any]) -> pa.Table:
    """Each stands in a list of its own, if none is named."""
    rows = [
        {
            **dict.fromkeys(COLUMNS),
            **AISYAH,
            "record_key": f"{row.get('dataset', n)}|{n}|2024",
            "dataset": "test",
            "source_key": str(n),
            **row,
        }
        for n, row in enumerate(described)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def people(*described: dict[str, Any], model: Model | None = None) -> dict[int, int]:
    """Place in ``described`` → cluster."""
    given = table(*described)
    found = resolve(given, model=model)
    clusters = dict(zip(found["record_key"].to_pylist(), found["cluster"].to_pylist(), strict=True))
    return {n: clusters[key] for n, key in enumerate(given["record_key"].to_pylist())}


def one_person(*described: dict[str, Any]) -> bool:
    return len(set(people(*described).values())) == 1


BROKEN = {"nik": None, "nik_status": "missing"}
CARDLESS = {"no_kk": None, "mother_name": None}
CUT = {"nik": "127401420390000", "nik_status": "wrong_length"}


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"name": "AISYAH NOERUL LUBIS", "birth_date": date(1990, 2, 3), "nik_status": "contradicts_birth_date"},
        BROKEN,
        BROKEN | {"name": "HJ. AISYAH N. LUBIS", "no_kk": None, "mother_name": "ROSMAWATI"},
        BROKEN | {"birth_date": date(1990, 1, 1), "name": "LUBIS AISYAH NURUL"},
        {"nik": "127401420390001", "nik_status": "wrong_length", "mother_name": None},
        {"nik": "1274014203900007"},
        {"name": "AIYSHA NURIL LIBUS", "no_kk": None, "mother_name": None, "address": None},
        {"name": "AISYAH WULANDARI", "no_kk": None, "mother_name": None},
        {"birth_date": date(1900, 1, 1), "nik_status": "contradicts_birth_date"},
        BROKEN | {"name": "AISYAH NURUL LU"},
        BROKEN | {"name": "AISYAH NURU", "mother_name": None},
        {"name": "AISYAH NURU"},
        BROKEN | CARDLESS | {"address": "Jalan Sehat 07 RT 01/02", "birth_date": date(1990, 3, 4)},
        BROKEN | CARDLESS | {"address": "JL SEHTA NO.7", "birth_date": date(1990, 3, 4)},
        CARDLESS | {"birth_date": date(1990, 7, 1), "nik_status": "contradicts_birth_date", "address": None,
                    "village_region_code": None, "district_region_code": None},
        CARDLESS | {"nik": "1274014230900001", "birth_date": None, "sex": None, "address": None},
    ],
    ids=["same", "slips", "no NIK", "less of everything", "1 January", "a digit lost", "a digit wrong",
         "mistyped over and over", "another second name at her address", "the date that forms are filled with",
         "cut off in the last word", "cut off within two", "cut off, with her NIK",
         "her address otherwise", "her address with a slip", "her NIK and a day that forms are filled with",
         "two digits of her birth swapped in the number, which alone tells it"],
)  # fmt: skip
def test_a_record_that_says_the_same_otherwise_is_hers(other):
    assert one_person({}, other)


@pytest.mark.parametrize(
    "other",
    [
        {"nik": "1274024203904417"},
        {"nik": "1274014203900002", "name": "ANNISA NURUL LUBIS"},
        {"nik": "1274014203900002", "name": "AISYAH NURU"},
        BROKEN | {"name": "ANNISA NURUL LUBIS"},
        BROKEN | {"birth_date": date(1994, 11, 20)},
        {"name": "ROSMAWATI HARAHAP", "birth_date": None, "sex": None, "mother_name": None, "no_kk": None},
        {"birth_date": date(1961, 7, 8), "nik_status": "contradicts_birth_date", "mother_name": "MASITAH"},
        {"name": "TOHAP MANURUNG", "no_kk": None, "mother_name": None},
        BROKEN | {"no_kk": None, "mother_name": "SITI", "address": None, "village_region_code": "12.74.05.1003",
                  "district_region_code": "12.74.05", "birth_date": date(1961, 7, 8)},
    ],
    ids=["two sound numbers", "her twin", "her twin, whose name is cut off", "her twin without NIK",
         "her sister of one name", "her mother with her NIK",
         "her mother of one name with her NIK", "a neighbour with her NIK", "a namesake"],
)  # fmt: skip
def test_a_record_of_somebody_else_is_not(other):
    assert not one_person({}, other)


RINA = {"name": "RINA SAFITRI", "nik": "1274014203900001"}


@pytest.mark.parametrize(
    ("one", "twin"),
    [
        (RINA, {"name": "RINI SAFITRI", "nik": "1274014203900002"}),
        (RINA, BROKEN | {"name": "RINI SAFITRI"}),
        (
            {"name": "DWI PUTRI", "nik": "1274014203900001"},
            {"name": "DWI PUTRA", "nik": "1274010203900001", "sex": "male"},
        ),
    ],
    ids=["serials side by side", "in one list, one without NIK", "a boy and a girl"],
)
def test_twins_whose_names_are_a_letter_apart_stay_two_and_somebody_looks(one, twin):
    """A twin's number is a slip from hers, and so is the name: what else makes two numbers one proves nothing here."""
    in_one_list = {"dataset": "dinsos.dtks"}
    assert len(set(people(one | in_one_list, twin | in_one_list).values())) == 2
    with_a_third = people(one | in_one_list, twin | in_one_list, BROKEN | {"name": one["name"]})
    assert with_a_third[0] != with_a_third[1]


@pytest.mark.parametrize(
    "other",
    [BROKEN, {"nik": "1274104203900001"}, {"nik": "1274014203900401"}],
    ids=["no NIK", "a slip of the district in the NIK", "a slip that makes no neighbour's serial"],
)
def test_a_slip_of_the_name_between_two_lists_is_one_person(other):
    assert one_person(RINA, other | {"name": "RINI SAFITRI"})


@pytest.mark.parametrize(
    "other",
    [
        {"nik": "1274014203900401", "name": "AISYAH N L"},
        {"nik": "1274104203900001", "name": "AISYAH NURUL LUBES", "no_kk": None, "mother_name": None},
    ],
    ids=["shortened", "a slip, and without card"],
)
def test_a_slip_of_the_number_that_no_twin_has_is_hers_whatever_the_form_of_the_name(other):
    assert one_person({}, other)


IN_JANUARY = {"nik": "1274014101700046", "birth_date": date(1970, 1, 1)}


@pytest.mark.parametrize(
    ("hers", "other", "bits"),
    [
        ({}, {"nik": "1274014203900002"}, TWO),
        ({}, {"nik": "1274014203900004"}, TWO),
        ({}, {"nik": "1274014203900009"}, SLIP),
        ({}, {"nik": "1274014203900401"}, SLIP),
        ({}, {"nik": "1274014203900017"}, TWO),
        (IN_JANUARY, {"nik": "1274014101700946"}, TWO),
    ],
    ids=[
        "her twin's",
        "three serials on",
        "eight serials on",
        "a slip",
        "two slips",
        "a digit off among hundreds",
    ],
)
def test_what_another_serial_says_beside_her_birth(hers, other, bits):
    """Two valid numbers of one birth are two people's but for a slip that no neighbour in the register has; also where
    no birth date beside one of them makes it somebody's own.
    """
    with resolving.connect() as con:
        resolving.take(con, table(hers, hers | other | {"birth_date": None}))
        entries.make_entries(con, 2024)
        blocking.make_pairs(con)
        scoring.score(con, scoring.measure(con, load_model()))
        assert con.execute("select w_number from edge").fetchall() == [(bits,)]


@pytest.mark.parametrize(
    ("nik", "bits"), [("1274014203920002", 0), ("1274014203920001", OTHER)], ids=["two slips", "a slip"]
)
def test_numbers_that_differ_as_the_birth_dates_do_say_little_beside_them(nik, bits):
    """Two namesakes of one district, born on one day of two years, have numbers a digit or two apart."""
    with resolving.connect() as con:
        other = {"nik": nik, "nik_status": "contradicts_birth_date", "birth_date": date(1991, 3, 2)}
        resolving.take(con, table({}, other))
        entries.make_entries(con, 2024)
        blocking.make_pairs(con)
        scoring.score(con, scoring.measure(con, load_model()))
        assert con.execute("select w_number from edge").fetchall() == [(bits,)]


@pytest.mark.parametrize(
    ("nik", "born", "meant"),
    [
        ("1274014203900001", date(1990, 1, 1), "19900302"),
        ("1274014203900001", date(1990, 12, 31), "19900302"),
        ("1274014203900001", date(1990, 2, 3), "19900203"),
        ("1274014203910001", date(1990, 1, 1), "19900101"),
        ("1274014201900001", date(1990, 1, 1), "19900101"),
        ("1274017112900001", date(1990, 1, 1), "19900101"),
        ("1274017402900001", date(1990, 1, 1), "19900101"),
    ],
    ids=[
        "1 January",
        "31 December",
        "no such day",
        "another year",
        "a slip",
        "one of two such days",
        "no date",
    ],
)
def test_a_day_that_forms_are_filled_with_stands_for_the_one_in_the_number(nik, born, meant):
    """… of the same year; else it would be the birth date of whoever is registered on that day."""
    with resolving.connect() as con:
        resolving.take(
            con, table({"nik": nik, "nik_status": "contradicts_birth_date", "birth_date": born, "sex": None})
        )
        entries.make_entries(con, 2024)
        assert con.execute("select birth from entry").fetchall() == [(meant,)]
        assert con.execute("select birth_date from member").fetchall() == [(born,)]


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("SUTRISNO SIMANJUNTAK", "UDIN SIMANJUNTAK", "a word in common"),
        ("TITIN KHADIJAH SITORUS", "SUSI KHADIJAH SITORUS", "some letters"),
        ("RINI PURNAMASARI", "PUTRI PURNAMASARI", "some letters"),
        ("BAMBAG WAWAN AULAY", "BAMBANG WAWAN DAULAY", "alike"),
        ("MUHMAMMAD IBRAHIM", "MUHAMMAD I.", "alike"),
        ("BAMBMANG ANWAR", "BAMBANG", "alike"),
        ("I WAYAN SUMERTA", "I WAYAN SUDIANA", "some letters"),
        ("NI WAYAN SUMERTI", "WAYAN SUMERTI", "same words"),
        ("BAIQ MAHNI", "BQ MAHNI", "shortened"),
        ("SITI", "SATI AMINAH", "else"),
    ],
)
def test_names_are_alike_by_what_is_not_a_family_name(one, other, level):
    """Brothers and sisters have the family name in common: two that share it are not alike for that."""
    with resolving.connect() as con:
        resolving.take(con, table({"name": one}, BROKEN | {"name": other, "source_key": "other"}))
        entries.make_entries(con, 2024)
        sides = [f'(select columns(*) as "\\0_{side}" from entry) as {side}' for side in "lr"]
        asked = (
            f"select distinct {gamma_sql('name')} from {' join '.join(sides)} on unique_id_l <> unique_id_r"
        )
        assert con.execute(asked).fetchall() == [(labels("name").index(level),)]


@pytest.mark.parametrize(
    ("hers", "other", "is_hers"),
    [
        ("ERNAWATI SIMANJUNTAK", {"name": "WATI", "no_kk": None, "mother_name": None, "address": None}, True),
        (
            "ERNAWATI SIMANJUNTAK",
            {"name": "TOHAP", "no_kk": None, "mother_name": None, "address": None},
            False,
        ),
        ("MARIA ULFAH", {"name": "M. ULFAH", "no_kk": None, "mother_name": None}, True),
    ],
    ids=["what she is called", "a neighbour's name", "an initial that is mostly Muhammad's"],
)
def test_her_number_and_birth_are_hers_under_what_she_is_called(hers, other, is_hers):
    assert one_person({"name": hers}, other) == is_hers


@pytest.mark.parametrize(
    ("other", "is_hers"),
    [
        ({"name": "AISAH NOERUL LUBIS", "nik": "1274014203900031"}, True),
        (BROKEN | {"name": "AISYA NURUL LUBIS"}, True),
        ({"name": "AISYIN NURUL LUBIS", "nik": "1274014203900002"}, False),
    ],
    ids=[
        "heard alike, a digit wrong",
        "heard alike, without a number",
        "a twin's name and the serial after hers",
    ],
)
def test_who_stands_twice_in_one_list_is_told_from_twins_by_ear_and_serial(other, is_hers):
    one = {"dataset": "a", "record_key": "a|1|2024", "source_key": "1"}
    assert one_person(one, {"dataset": "a", "record_key": "a|2|2024", "source_key": "2", **other}) == is_hers


def test_her_number_on_her_card_is_hers_under_a_misspelt_name_beside_a_slip_of_the_date():
    other = {"nik_status": "contradicts_birth_date", "name": "NURAL LUPIS", "birth_date": date(1990, 3, 12)}
    assert one_person({"name": "NURUL LUBIS"}, other)
    assert not one_person({"name": "NURUL LUBIS"}, other | {"name": "HOTMA LUBIS"})


def test_two_badly_written_records_of_hers_are_one_beside_her():
    """Alone they contradict each other: 2 March of 1991 and 3 February of 1990."""
    badly = (BROKEN | {"birth_date": date(1991, 3, 2)}, BROKEN | {"birth_date": date(1990, 2, 3)})
    assert not one_person(*badly)
    assert one_person({}, *badly)


def test_on_the_day_that_forms_are_filled_with_a_slip_of_the_number_needs_the_name_in_full():
    """Hundreds share it, so that many have numbers a digit apart."""
    other = IN_JANUARY | {"nik": "1274014101700946"}
    assert one_person(IN_JANUARY, other)
    assert not one_person(IN_JANUARY, other | {"name": "AISYAH N L"})


@pytest.mark.parametrize(
    ("one", "twin", "between"),
    [
        (
            BROKEN | {"name": "AISYAH DAMANIK", "sex": "female"},
            BROKEN | {"name": "AISYAN D", "sex": "male"},
            BROKEN | {"name": "AISYAH DAMANI", "sex": None},
        ),
        (BROKEN | {"name": "SITI AMINAH"}, BROKEN | {"name": "SITI FATIMAH"}, BROKEN | {"name": "SITI"}),
        (
            {"name": "AHMAD FIKRI SITORUS"},
            {"name": "HARIADI ALI SITORUS", "nik": "1274014203900002"},
            {"name": "HARIADI ALI SITORUS"},
        ),
        (
            CUT | {"birth_date": date(1990, 3, 2)},
            CUT | {"birth_date": date(1961, 7, 8), "mother_name": "MASITAH"},
            CUT | {"birth_date": None, "mother_name": None},
        ),
    ],
    ids=["no sex", "a part of both names", "her twin's number", "her mother's number and name, and no date"],
)
def test_who_fits_two_people_for_what_it_does_not_say_is_no_witness(one, twin, between):
    found = people(one, twin, between)
    assert found[0] != found[1]


def test_who_fits_both_numbers_of_one_person_comes_to_the_one_that_more_records_have():
    """… though the other has her name to the letter."""
    often = [{"name": "AISYAH NURUL LUBES"}] * 3
    found = people(*often, {"nik": "1274024203904417"}, BROKEN)
    assert found[4] == found[0] != found[3]


def test_a_birth_date_that_is_still_to_come_moves_nobody_into_another_century():
    old = BROKEN | {"birth_date": date(1930, 3, 2)}
    line = BARE | {"nik": "1274014203300001", "nik_status": "valid"}
    unborn = {
        "nik": "1274010101700009",
        "name": "TOHAP MANURUNG",
        "birth_date": date(2098, 1, 1),
        "sex": "male",
    }
    found = people(old, line, unborn)
    assert found[0] == found[1]


@pytest.mark.parametrize("unlearned", [("birth",), ("home", "place", "regency"), ("name", "sex", "number")])
def test_what_was_not_learned_weighs_nothing_and_still_tells_people_apart(unlearned):
    model = load_model()
    kept = [name for name in model.profile.comparisons if name not in unlearned]
    splink = {
        **model.settings,
        "comparisons": [its for its in model.settings["comparisons"] if its["output_column_name"] in kept],
    }
    less = Model(model.profile.only(kept), splink)
    for other in ({"name": "ANNISA NURUL LUBIS"}, {"birth_date": date(1994, 11, 20)}):
        assert len(set(people({}, BROKEN | other, model=less).values())) == 2, other


@pytest.mark.parametrize("name", ["village", "typist"])
def test_a_stranger_who_comes_changes_nobody_else(name):
    drawn = records(name, 1_200, 9).records
    stranger = {
        **dict.fromkeys(COLUMNS),
        **AISYAH,
        "record_key": "a stranger",
        "dataset": "test",
        "source_key": "0",
    }
    with_her = pa.concat_tables([drawn, pa.Table.from_pylist([stranger], schema=drawn.schema)])
    before, after = (_partition(resolve(table)) for table in (drawn, with_her))
    assert before == after - {frozenset({"a stranger"})}


SLID = {"nik_status": "contradicts_birth_date", "birth_date": date(1961, 7, 19)}
"""A column of birth dates slid by some rows: hers is her neighbour's, of another generation."""


@pytest.mark.parametrize(
    ("other", "is_she"),
    [
        (SLID, True),
        (SLID | {"no_kk": None, "address": None}, True),
        (SLID | {"mother_name": None}, True),
        (SLID | {"mother_name": "MASITAH"}, False),
        (SLID | {"mother_name": None, "no_kk": None}, False),
        (SLID | {"name": "AISYAH"}, False),
        (SLID | {"sex": "male"}, False),
    ],
    ids=[
        "all else",
        "her mother",
        "her card",
        "another mother",
        "an address",
        "half of her name",
        "another sex",
    ],
)
def test_her_number_and_name_under_a_date_of_another_generation_is_she_where_father_and_son_would_differ(
    other, is_she
):
    assert one_person({}, {"birth_date": date(1990, 3, 2)}, other) == is_she


@pytest.mark.parametrize(
    ("line", "is_he"),
    [
        ({}, True),
        ({"nik": None, "nik_status": "missing"}, False),
        ({"nik": "5107021411790002"}, False),
    ],
    ids=["his number", "his card alone", "another number on his card"],
)
def test_who_is_called_after_a_child_is_known_by_his_number_and_never_the_child(line, is_he):
    """Men Sukerti and Pan Sukerti are Sukerti's mother and father."""
    father = {
        "nik": "5107020902810001",
        "name": "I PUTU SUASTIKA",
        "sex": "male",
        "birth_date": date(1981, 2, 9),
    }
    child = {"nik": "5107025203050001", "name": "NI WAYAN SUKERTI", "birth_date": date(2005, 3, 12)}
    called = father | {"name": "PAN SUKERTI", "sex": None, "birth_date": None, "mother_name": None} | line
    found = people(father | {"mother_name": "NI KOMANG"}, child | {"mother_name": "NI LUH"}, called)
    assert found[0] != found[1] and found[2] != found[1]
    assert (found[2] == found[0]) == is_he
    assert one_person(called | BROKEN, called), "the same name of that kind is a name"


@pytest.mark.parametrize("called", ["WAGIYEM", "SUMARSONO"])
def test_who_is_called_by_one_word_is_not_who_is_called_so_at_another_address(called):
    """Nobody else of the village is in a list under that name; but many are called so."""
    known = {"name": called, "address": "DUSUN BARAT RT 006 RW 001"}
    line = BARE | {"name": called}
    assert not one_person(known, line | {"address": "UJUNG RT 03/02"})
    assert not one_person(known | {"name": f"{called}."}, line | {"address": "UJUNG RT 03/02"})


BARE = BROKEN | dict.fromkeys(("no_kk", "sex", "birth_date", "mother_name", "address"))
VILLAGES = 150


@pytest.mark.parametrize(
    ("place", "is_hers"),
    [
        ({}, True),
        ({"village_region_code": "12.74.09.1081", "district_region_code": "12.74.09"}, False),
        ({"village_region_code": None, "district_region_code": None, "regency_region_code": "13.71"}, False),
    ],
    ids=["her village", "another's village", "another regency"],
)
def test_a_line_with_a_name_and_a_place_is_hers_where_nobody_else_of_the_place_has_the_name(place, is_hers):
    """What a line does not say is not held against it: where only the place can agree, it counts in full."""
    names = [
        f"{a}{b}" for a in ("WAGI", "SUPRI", "SUMAR", "HARTO") for b in ("YEM", "NAH", "TIN", "JAN", "KEM")
    ]
    others = [
        {"name": f"{names[n % 20]} {names[n // 20 % 20]} {names[(n * 7 + n // 400) % 20]}",
         "nik": f"12740115{n % 12 + 1:02d}70{n:04d}",
         "birth_date": date(1970, n % 12 + 1, 15), "sex": "male", "no_kk": f"127401010110{n:04d}",
         "mother_name": names[n % 19], "address": f"JL. {n}",
         "village_region_code": f"12.74.{n % VILLAGES // 10 + 1:02d}.{1001 + n % VILLAGES}",
         "district_region_code": f"12.74.{n % VILLAGES // 10 + 1:02d}"}
        for n in range(1_500)
    ]  # fmt: skip
    found = people({}, BARE | place, *others)
    assert (found[0] == found[1]) == is_hers


@pytest.mark.parametrize(
    ("misspelt", "is_compared"),
    [("AISYEH NORUL LUBIS", True), ("AISYAH NURUL RUBIS", False)],
    ids=["vowels", "a consonant"],
)
def test_a_line_with_a_misspelt_name_and_a_place_is_compared(misspelt, is_compared):
    line = BROKEN | CARDLESS | {"name": misspelt, "birth_date": None, "sex": None, "address": None}
    with resolving.connect() as con:
        resolving.take(con, table({}, line))
        entries.make_entries(con, 2024)
        blocking.make_pairs(con)
        assert con.execute("select count(*) = 1 from pair").fetchall() == [(is_compared,)]


def test_what_several_lines_say_of_one_card_is_one_persons():
    """PKH and Sembako of one card, without NIK: each would be the other's rival for who is called so there."""
    line = BROKEN | {
        "dataset": "dinsos.kks_payment", "no_kk": None, "mother_name": None, "address": None, "sex": None,
        "birth_date": None,
    }  # fmt: skip
    card = "6032981234567890"
    lines = [line | {"source_key": f"{card}|{programme}"} for programme in ("pkh", "sembako")]
    assert one_person({}, *lines)
    shared = [line | {"source_key": f"{card}|pkh#{sharer}"} for sharer in ("1a2b", "3c4d")]
    assert len(set(people(*shared).values())) == 2  # a number of several people is nobody's


def test_a_line_is_hers_where_her_namesake_stands_in_its_list_already():
    namesake = {"nik": "1274011507680004", "birth_date": date(1968, 7, 15), "no_kk": "1274010101100402", "sex": "male",
                "mother_name": "WAGIYEM"}  # fmt: skip
    paid = {"dataset": "dinsos.kks_payment"}
    line, his = BARE | paid, BARE | paid | {"nik": namesake["nik"], "nik_status": "valid"}
    alone, beside = people({}, namesake, line), people({}, namesake, line, his)
    assert alone[2] not in (alone[0], alone[1])
    assert beside[2] == beside[0] and beside[3] == beside[1]
    found = resolving.resolve(table({}, namesake, line, his))
    (told,) = [row for row in found.records.to_pylist() if row["record_key"] == "dinsos.kks_payment|2|2024"]
    assert told["match_kind"] == "probabilistic" and told["match_probability"] == ONLY_ONE
    sentence = found.sentences.to_pylist()[told["sentence_no"]]
    assert sentence["explanation"].startswith(
        "Linked to the only person whom it fits: one has no usable NIK; same name"
    )
    assert sentence["explanation_id"].startswith("Dihubungkan dengan satu-satunya orang yang cocok: ")


def test_a_record_between_two_people_joins_one_of_them_or_none():
    """A~B~C: the one in the middle fits both, and they are known to be two."""
    found = people({}, {"nik": "1274024203904417"}, BROKEN)
    assert found[0] != found[1]


def test_a_desks_default_number_makes_nobody_one():
    names = ["AHMAD FAUZI", "TOHAP MANURUNG", "WAGIYEM", "SRI LESTARI", "LIM MEI"]
    described = [{"name": name, "no_kk": None, "mother_name": None} for name in names]
    assert len(set(people(*described).values())) == len(names)


def test_ten_thousand_born_on_one_day_in_one_village_do_not_explode():
    """The same names over and over, no other attribute: nobody can tell them apart, and nobody tries."""
    names = [f"{a} {b}" for a, b in combinations(["SITI", "NUR", "AMINAH", "MUHAMMAD", "AHMAD", "SRI"], 2)]
    block = {
        "birth_date": date(1970, 1, 1),
        "nik": None,
        "nik_status": "missing",
        "no_kk": None,
        "mother_name": None,
    }
    rows = [
        {**dict.fromkeys(COLUMNS), **AISYAH, **block, "name": names[n % len(names)], "record_key": f"{n}",
         "dataset": "test", "source_key": str(n), "address": None}
        for n in range(10_000)
    ]  # fmt: skip
    with resolving.connect() as con:
        resolving.take(con, pa.Table.from_pylist(rows, schema=SCHEMA))
        entries.make_entries(con, 2024)
        blocking.make_pairs(con)
        ((pairs,),) = con.execute("select count(*) from pair").fetchall()
    assert pairs <= 10_000 * blocking.MOST


def test_the_order_of_records_changes_nothing():
    drawn = records("typist", 1_400, seed=31).records
    shuffled = np.random.default_rng(5).permutation(drawn.num_rows)
    assert _partition(resolve(drawn.take(pa.array(shuffled)))) == _partition(resolve(drawn))


def _partition(clusters: pa.Table) -> frozenset[frozenset[str]]:
    of: dict[int, set[str]] = {}
    for key, cluster in zip(clusters["record_key"].to_pylist(), clusters["cluster"].to_pylist(), strict=True):
        of.setdefault(cluster, set()).add(key)
    return frozenset(frozenset(keys) for keys in of.values())
