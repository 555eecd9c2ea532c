"""Carriers of one NIK: how many people are they? One small story per test."""

from datetime import date
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from simpul.identity.names import Likeness, likeness, name_parts
from simpul.identity.sides import MANY, Carrier, sides

EIGHTY, NINETY = date(1980, 5, 1), date(1990, 5, 1)


def people(*carriers: Carrier) -> list[tuple[str, ...]]:
    return [side.keys for side in sides(carriers)]


def test_a_slip_in_the_date_does_not_part_a_person():
    assert people(Carrier("a", EIGHTY, "SITI AMINAH"), Carrier("b", NINETY, "Siti Aminah, Hj.")) == [
        ("a", "b")
    ]


def test_another_date_and_another_name_are_another_person():
    found = sides([Carrier("a", EIGHTY, "SITI AMINAH"), Carrier("b", NINETY, "BUDI SANTOSO")])
    assert [side.keys for side in found] == [("a",), ("b",)]
    assert [side.owns_nik for side in found] == [False, False]


def test_another_name_without_a_date_is_a_relative_until_proven_otherwise():
    found = sides([Carrier("child", EIGHTY, "SITI AMINAH"), Carrier("payment", None, "BUDI SANTOSO")])
    assert [(side.keys, side.owns_nik) for side in found] == [(("child",), True), (("payment",), False)]


def test_the_same_date_beside_a_trusted_nik_outweighs_the_name():
    assert people(Carrier("a", EIGHTY, "SITI"), Carrier("b", EIGHTY, "ROHANI")) == [("a", "b")]


def test_what_is_not_known_contradicts_nothing():
    assert people(Carrier("a", EIGHTY, "SITI AMINAH"), Carrier("b", NINETY, None)) == [("a", "b")]
    assert people(Carrier("a", EIGHTY, "SITI AMINAH"), Carrier("b", None, None)) == [("a", "b")]


def test_a_family_name_is_not_enough_for_a_doubted_record():
    carriers = (
        Carrier("a", EIGHTY, "ROHANA PANJAITAN"),
        Carrier("b", NINETY, "ADIT PANJAITAN", is_trusted=False),
    )
    assert people(*carriers) == [("a",), ("b",)]


def test_who_might_be_either_of_two_stands_alone():
    assert people(Carrier("a", EIGHTY, "SITI"), Carrier("b", NINETY, "BUDI"), Carrier("c", None, "RINA")) == [
        ("a",),
        ("b",),
        ("c",),
    ]


def test_company_is_kept_on_both_sides():
    found = people(
        Carrier("a", EIGHTY, "SITI AMINAH"),
        Carrier("b", NINETY, "BUDI SANTOSO"),
        Carrier("c", None, "AMINAH"),
        Carrier("d", NINETY, "B SANTOSO"),
    )
    assert found == [("a", "c"), ("b", "d")]


def test_a_chain_does_not_merge_its_ends():
    chain = (
        Carrier("a", date(1970, 1, 1), "SITI AMINAH"),
        Carrier("b", date(1980, 1, 1), "SITI NUR"),
        Carrier("c", date(1990, 1, 1), "NUR HAYATI"),
    )
    assert people(*chain) == [("a",), ("b",), ("c",)]


def test_a_doubted_record_joins_only_whom_it_agrees_with_and_never_owns_the_nik():
    doubted = Carrier("x", NINETY, "BUDI SANTOSO", is_trusted=False)
    found = sides([Carrier("a", EIGHTY, "SITI AMINAH"), Carrier("b", None, "SITI"), doubted])
    assert [(side.keys, side.owns_nik) for side in found] == [(("a", "b"), True), (("x",), False)]
    assert people(Carrier("a", EIGHTY, "BUDI"), doubted) == [("a", "x")]


def test_a_default_number_is_nobody():
    crowd = [Carrier(f"{n:03}", date(1900 + n, 1, 1), f"ORANG {'X' * n}A") for n in range(MANY + 1)]
    assert len(sides(crowd)) == MANY + 1 and not any(side.owns_nik for side in sides(crowd))


carriers = st.lists(
    st.builds(
        lambda birth, name, trusted: (birth, name, trusted),
        st.sampled_from([None, EIGHTY, NINETY, date(1970, 1, 1)]),
        st.sampled_from([None, "SITI", "SITI AMINAH", "NUR AMINAH", "BUDI", "BUDI NUR"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
).map(lambda rows: [Carrier(f"{n}", *row) for n, row in enumerate(rows)])


@given(carriers, st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(records, random):
    shuffled = list(records)
    random.shuffle(shuffled)
    assert sides(shuffled) == sides(records)


@given(carriers)
def test_every_record_is_on_one_side_and_no_side_contradicts_itself(records):
    found = sides(records)
    keys = [key for side in found for key in side.keys]
    assert (
        sorted(keys) == sorted(record.key for record in records) and sum(side.owns_nik for side in found) <= 1
    )
    by_key = {record.key: record for record in records}
    for side in found:
        for one, other in combinations([by_key[key] for key in side.keys], 2):
            same_date = one.birth_date is not None and one.birth_date == other.birth_date
            assert same_date or likeness(name_parts(one.name), name_parts(other.name)) != Likeness.NOTHING
