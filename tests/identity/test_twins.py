"""Like names of one birth in one home: one person misspelt, or twins, as the lists and the numbers say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

import pyarrow as pa
import pytest

from bench.identity.listing import COLUMNS, SCHEMA
from simpul.identity.resolving import resolve

FIRST, SECOND = "dinsos.dtks", "bpjs.pbi_jk"
FAMILIES = 150
GIVEN = (
    "AGUS",
    "BUDIMAN",
    "CAHYONO",
    "DARSONO",
    "EKOWATI",
    "FAUZIAH",
    "GUNAWAN",
    "HARTINI",
    "INDRAWAN",
    "JUMINTEN",
)
FAMILY = ("LUBIS", "HARAHAP", "SIREGAR", "NASUTION", "POHAN", "RITONGA", "SIMAMORA", "TAMBUNAN", "MARPAUNG")


class Lists:
    """Two lists of families with two children of different years, to which a test adds others.

    ``together``: both lists have both children; else each has one of them.
    """

    def __init__(self, families: int = FAMILIES, *, together: bool = True) -> None:
        self.rows: list[dict[str, Any]] = []
        self._row = count()
        for family in range(families):
            for child, its in enumerate((FIRST, SECOND)):
                person = self.person(family, child, f"{GIVEN[(family + child) % 10]} {FAMILY[family % 9]}")
                for dataset in (FIRST, SECOND) if together else (its,):
                    self.add(dataset, person)

    def person(self, family: int, child: int, name: str) -> dict[str, Any]:
        born = date(1985, 1, 5) + timedelta(days=1_000 * child + 17 * family)
        return {
            "nik": f"127401{born:%d%m%y}{4001 + 2 * family:04d}", "nik_status": "valid",
            "no_kk": f"12740101011{family:05d}", "name": name, "sex": "male", "birth_date": born,
            "mother_name": f"{GIVEN[family % 7]} {FAMILY[family % 5]}", "address": f"JL. MELATI NO. {family}",
            "village_region_code": "12.74.01.1001", "district_region_code": "12.74.01",
        }  # fmt: skip

    def add(self, dataset: str, person: dict[str, Any], **other: Any) -> int:
        """Place of the record."""
        number = next(self._row)
        row = dict.fromkeys(COLUMNS) | person | {"dataset": dataset, "source_key": str(number)} | other
        self.rows.append(row | {"record_key": f"{dataset}|{number}|2024"})
        return number

    def clusters(self) -> list[int]:
        given = pa.Table.from_pylist(self.rows, schema=SCHEMA)
        found = resolve(given).records
        cluster = dict(zip(found["record_key"].to_pylist(), found["cluster"].to_pylist(), strict=True))
        return [cluster[key] for key in given["record_key"].to_pylist()]


NO_NUMBER: dict[str, Any] = {"nik": None, "nik_status": "missing"}


def misspelt(lists: Lists, people: int) -> Iterator[tuple[int, int]]:
    """People of whom the second list has no number, and two letters of the name wrong."""
    for family in range(people):
        person = lists.person(family, 5, f"SUHARDIMAN {FAMILY[family % 9]}")
        yield (
            lists.add(FIRST, person),
            lists.add(SECOND, person, name=f"SUMARDIKAN {FAMILY[family % 9]}", **NO_NUMBER),
        )


def twins(lists: Lists, pairs: int) -> Iterator[tuple[int, int]]:
    """Side by side in the first list, each with a number."""
    for family in range(50, 50 + pairs):
        person = lists.person(family, 6, f"SUHARDIMAN {FAMILY[family % 9]}")
        number = str(int(person["nik"]) + 1)
        yield (
            lists.add(FIRST, person),
            lists.add(FIRST, person, name=f"SUMARDIKAN {FAMILY[family % 9]}", nik=number),
        )


def test_where_twins_are_rare_a_like_name_in_another_list_is_one_person_and_twins_stay_two():
    lists = Lists()
    one, two = list(misspelt(lists, 40)), list(twins(lists, 2))
    cluster = lists.clusters()
    assert all(cluster[a] == cluster[b] for a, b in one)
    assert all(cluster[a] != cluster[b] for a, b in two)


def test_two_parts_of_a_name_that_have_nothing_in_common_are_one_person_by_a_third_record():
    lists = Lists()
    list(misspelt(lists, 40))
    person = lists.person(60, 5, "HARTONO WIJAYA")
    whole = lists.add(FIRST, person)
    parts = [
        lists.add(dataset, person, name=name, **NO_NUMBER)
        for dataset, name in ((SECOND, "HARTONO"), ("dinsos.p3ke_person", "WIJAYA"))
    ]
    brothers = [lists.add(FIRST, lists.person(61, 5, name), **NO_NUMBER) for name in ("HARTONO", "WIJAYA")]
    cluster = lists.clusters()
    assert {cluster[part] for part in parts} == {cluster[whole]}
    assert cluster[brothers[0]] != cluster[brothers[1]]


@pytest.mark.parametrize(
    ("lists", "people"),
    [(Lists(together=False), 40), (Lists(0), 1)],
    ids=["brothers and sisters never meet", "there is nobody else"],
)
def test_where_the_lists_do_not_say_it_a_like_name_is_another(lists, people):
    one = list(misspelt(lists, people))
    cluster = lists.clusters()
    assert all(cluster[a] != cluster[b] for a, b in one)


@pytest.mark.parametrize(("twice", "pairs", "is_one"), [(90, 0, True), (90, 60, False)])
def test_who_stands_in_one_list_twice_is_one_person_where_hardly_any_two_such_are_twins(twice, pairs, is_one):
    lists = Lists()
    doubled = []
    for family in range(twice):
        person = lists.person(family, 5, f"SUHARDIMAN {FAMILY[family % 9]}")
        doubled.append(
            (
                lists.add(FIRST, person),
                lists.add(FIRST, person, name=f"SUHARDIKAN {FAMILY[family % 9]}", **NO_NUMBER),
            )
        )
    list(twins(lists, pairs))
    cluster = lists.clusters()
    assert {cluster[a] == cluster[b] for a, b in doubled} == {is_one}


MISWRITTEN = {
    "another name on the card": {"name": "PONIRIN"},
    "another date on the card": {"birth_date": date(1991, 11, 23)},
    "no date, and a word of the name": {"birth_date": None, "name": "NASUTION"},
    "another name in the home": {"name": "PONIRIN", "no_kk": None},
}


def called_otherwise(lists: Lists, said: dict[str, Any], people: int) -> Iterator[tuple[int, int]]:
    """People whom the second list, which has no number, knows otherwise."""
    for family in range(people):
        person = lists.person(family, 5, f"SU{GIVEN[family % 10]} {FAMILY[family // 10]}")
        known = (
            said | {"name": person["name"].split()[1]} if "birth_date" in said and "name" in said else said
        )
        yield lists.add(FIRST, person), lists.add(SECOND, person, **NO_NUMBER | known)


@pytest.mark.parametrize("said", MISWRITTEN.values(), ids=MISWRITTEN.keys())
@pytest.mark.parametrize("together", [True, False], ids=["brothers meet", "brothers never meet"])
def test_what_brothers_may_differ_in_is_one_person_where_lists_that_would_have_both_do_not(said, together):
    lists = Lists(together=together)
    known = list(called_otherwise(lists, said, 40))
    one = lists.person(100, 5, "SUHARDIMAN NASUTION")
    two = lists.add(FIRST, one), lists.add(FIRST, one, **NO_NUMBER | said)
    cluster = lists.clusters()
    assert {cluster[a] == cluster[b] for a, b in known} == {together}
    assert cluster[two[0]] != cluster[two[1]], "side by side in a list"


def test_who_fits_by_a_kind_that_is_one_person_here_fits_those_too_whom_the_other_vouches_for():
    """A part of the name and another date contradict each other; who has both in full says that they are one."""
    lists, date_off = Lists(), MISWRITTEN["another date on the card"]
    list(called_otherwise(lists, date_off, 40))
    person = lists.person(90, 5, "SUHARDIMAN NASUTION")
    three = [
        lists.add(FIRST, person),
        lists.add(SECOND, person, **NO_NUMBER | {"name": "SUHARDIMAN"}),
        lists.add("dinsos.p3ke_person", person, **NO_NUMBER | date_off),
    ]
    cluster = lists.clusters()
    assert len({cluster[record] for record in three}) == 1


@pytest.mark.parametrize("name", ["SUHARDIMAN {}", "{}"], ids=["full name", "one word"])
@pytest.mark.parametrize(("side_by_side", "is_one"), [(0, True), (8, False)])
def test_a_guessed_year_is_of_the_namesake_in_the_village_where_lists_hardly_have_two_such(
    name, side_by_side, is_one
):
    lists = Lists()
    called = [
        name.format(f"{one}{other}") for one in GIVEN for other in ("WATI", "NINGSIH", "RINI", "SARI", "DEWI")
    ]

    def guessed(family: int) -> tuple[dict[str, Any], dict[str, Any]]:
        person = lists.person(family, 5, called[family]) | {
            "village_region_code": f"12.74.01.{1002 + family}"
        }
        of_home = dict.fromkeys(("no_kk", "mother_name", "address"))
        return person, NO_NUMBER | of_home | {"birth_date": date(person["birth_date"].year - 2, 1, 1)}

    known = []
    for family in range(40):
        person, said = guessed(family)
        known.append((lists.add(FIRST, person), lists.add(SECOND, person, **said)))
    for family in range(40, 40 + side_by_side):
        person, said = guessed(family)
        lists.add(FIRST, person), lists.add(FIRST, person, **said)
    cluster = lists.clusters()
    assert {cluster[a] == cluster[b] for a, b in known} == {is_one}


def test_who_is_called_otherwise_is_not_taken_for_his_twin():
    """One line fits two people on the card equally well: it goes to neither."""
    lists = Lists()
    list(called_otherwise(lists, {"name": "PONIRIN"}, 40))
    one = lists.person(70, 5, "SUHARDIMAN NASUTION")
    other = one | {"nik": str(int(one["nik"]) + 1), "name": "DARMAWAN NASUTION"}
    held = [lists.add(FIRST, one), lists.add(FIRST, other)]
    line = lists.add(SECOND, one, name="PONIRIN", **NO_NUMBER)
    cluster = lists.clusters()
    assert len({cluster[place] for place in (*held, line)}) == 3


def test_a_payee_with_a_relatives_number_is_not_that_relative_for_the_card_they_share():
    """The birth date is the number's own, so it says nothing beside it."""
    lists = Lists()
    list(called_otherwise(lists, {"name": "PONIRIN"}, 40))
    head = lists.person(70, 5, "SUHARDIMAN NASUTION")
    held, paid = lists.add(FIRST, head), lists.add("dinsos.kks_payment", head, name="ROHANI", birth_date=None)
    cluster = lists.clusters()
    assert cluster[held] != cluster[paid]


def test_a_number_that_a_desk_gives_to_everybody_makes_nobody_one_where_other_numbers_do():
    lists = Lists()
    nowhere = {"no_kk": None, "mother_name": None, "address": None}
    known = []
    for family in range(40):
        person = lists.person(family, 5, f"SU{GIVEN[family % 10]} {FAMILY[family // 10]}") | nowhere
        known.append((lists.add(FIRST, person), lists.add(SECOND, person, name="PONIRIN")))
    given = lists.person(90, 5, "WAGIYEM") | nowhere
    at_the_desk = [lists.add(FIRST, given, name=name) for name in ("AHMAD FAUZI", "TOHAP", "LIM MEI")]
    at_the_desk += [lists.add(SECOND, given, name=name) for name in ("SRI LESTARI", "MARJUKI", "KASIH")]
    cluster = lists.clusters()
    assert all(cluster[a] == cluster[b] for a, b in known)
    assert len({cluster[place] for place in at_the_desk}) == len(at_the_desk)


def test_twins_whose_numbers_contradict_the_dates_that_a_list_gives_stay_two():
    """Both have the day and the month the other way round in the list: no number is owned, the serials still tell."""
    lists = Lists()
    for family in range(40):
        person = lists.person(family, 5, f"SU{GIVEN[family % 10]} {FAMILY[family // 10]}")
        lists.add(FIRST, person)
        lists.add(FIRST, person, name=f"{person['name']}A", **NO_NUMBER)
    one = lists.person(90, 5, "ALFIN") | {"nik_status": "contradicts_birth_date"}
    other = one | {"name": "ALFAN", "nik": str(int(one["nik"]) + 1)}
    two = [lists.add(dataset, twin) for dataset in (FIRST, SECOND) for twin in (one, other)]
    cluster = lists.clusters()
    assert cluster[two[0]] == cluster[two[2]] != cluster[two[1]] == cluster[two[3]]


BARE = NO_NUMBER | dict.fromkeys(["no_kk", "sex", "birth_date", "mother_name"])
PAID = "dinsos.program_recipient"
SYLLABLES = ("BA", "DI", "KU", "LO", "ME", "NA", "PI", "RU", "SO", "TE")


def called(number: int) -> str:
    """A name of two words that nobody else has, nor one like it."""
    drawn = [SYLLABLES[int(digit, 16) % 10] for digit in sha256(str(number).encode()).hexdigest()]
    return f"{''.join(drawn[:4])}NG {''.join(drawn[4:7])}L"


def village_list(lists: Lists, known: int, unknown: int) -> list[tuple[int, int]]:
    """A list of names, the village and a hamlet: of ``known`` people of a registry, and of ``unknown`` whom nobody else
    has.

    Returns:
        Place in the registry and in the list, of the known.
    """
    pairs = []
    for number in range(known + unknown):
        person = lists.person(number, 5, called(number))
        line = lists.add(PAID, person, **BARE, address=f"DSN {SYLLABLES[number % 10]}")
        if number < known:
            pairs.append((lists.add(FIRST, person), line))
    return pairs


@pytest.mark.parametrize(("unknown", "is_one"), [(3, True), (90, False)], ids=["all known", "half unknown"])
def test_a_bare_line_is_the_one_person_of_its_village_with_that_full_name_where_most_are_known(
    unknown, is_one
):
    """One person in fourteen has a namesake there."""
    lists = Lists()
    pairs = village_list(lists, 80, unknown)
    cluster = lists.clusters()
    assert {cluster[a] == cluster[b] for a, b in pairs} == {is_one}


def test_a_bare_line_of_two_namesakes_is_neither():
    lists = Lists()
    village_list(lists, 80, 3)
    one = lists.person(200, 5, "WIRANTO KUSUMA")
    held = [lists.add(FIRST, one), lists.add(FIRST, lists.person(201, 6, "WIRANTO KUSUMA"))]
    line = lists.add(PAID, one, **BARE, address="DSN TENGAH")
    cluster = lists.clusters()
    assert len({cluster[place] for place in (*held, line)}) == 3


def test_where_many_lines_are_of_people_whom_nobody_knows_and_many_are_called_alike_none_is_the_namesake():
    """A weight alone would join: one village of few people, a rare name."""
    lists = Lists(20)
    for number in range(60):
        name = called(number).split()[0]
        lists.add(FIRST, lists.person(number, 5, name))
        lists.add(FIRST, lists.person(number, 7, name))
    pairs = []
    for number in range(100, 220):
        person = lists.person(number, 5, called(number).split()[0])
        line = lists.add(PAID, person, **BARE, address=None)
        if number < 140:
            pairs.append((lists.add(FIRST, person), line))
    cluster = lists.clusters()
    assert not any(cluster[a] == cluster[b] for a, b in pairs)


@pytest.mark.parametrize(("datasets", "is_one"), [((FIRST,), True), ((FIRST, SECOND), False)])
def test_two_numbers_a_slip_apart_are_two_people_where_lists_of_two_agencies_have_both(datasets, is_one):
    """A slip is copied from list to list of one agency; twins stand everywhere."""
    lists = Lists()
    one = lists.person(90, 5, "M ABDUL RAMADHAN")
    number = f"{one['nik'][:-1]}{(int(one['nik'][-1]) + 5) % 10}"
    other = one | {"name": "ALDI ABDUL RAMADHAN", "nik": number}
    places = [lists.add(dataset, twin) for dataset in datasets for twin in (one, other)]
    cluster = lists.clusters()
    assert (cluster[places[0]] == cluster[places[1]]) == is_one


def test_a_newborn_without_a_name_is_the_child_of_that_day_on_the_card_unless_there_are_two():
    lists = Lists()
    list(called_otherwise(lists, {"name": "BY NY SURTI"}, 40))
    one = lists.person(90, 5, "ALFIN PRATAMA")
    held = [lists.add(FIRST, one)]
    newborn = lists.add(SECOND, one, name="BAYI NY ROHANI", **NO_NUMBER)
    two = lists.person(91, 5, "DAVA PRATAMA")
    twin = two | {"nik": str(int(two["nik"]) + 1), "name": "DAVI PRATAMA"}
    both = [
        lists.add(FIRST, two),
        lists.add(FIRST, twin),
        lists.add(SECOND, two, name="BY NY TINI", **NO_NUMBER),
    ]
    cluster = lists.clusters()
    assert cluster[held[0]] == cluster[newborn]
    assert len({cluster[place] for place in both}) == 3
