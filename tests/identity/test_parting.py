"""How many people carry one valid NIK."""

from __future__ import annotations

from datetime import date
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.identity import entries, resolving
from simpul.identity.normal import name
from simpul.identity.parting import MANY, Carrier, sides

BORN = date(1990, 3, 2)


def parts(*carriers: tuple[str | None, ...]) -> list[tuple[tuple[str, ...], bool]]:
    """Each carrier as name, birth date and, if told, mother and card."""
    found = sides(Carrier(str(n), born, name, *home) for n, (name, born, *home) in enumerate(carriers))
    return [(side.keys, side.owns_nik) for side in found]


@pytest.mark.parametrize(
    "other", ["AISYAH LUBIS", "AISJAH NURUL LUBIS", "A. NURUL LUBIS", "Hj. Aisyah Nurul, S.Pd", None]
)
def test_a_name_written_otherwise_is_one_person(other):
    assert parts(("AISYAH NURUL LUBIS", BORN), (other, None)) == [(("0", "1"), True)]


@pytest.mark.parametrize(
    ("whole", "short"),
    [
        ("THERESIA UBA SABON", "THER. UBA SABON"),
        ("MARIA NABUASA", "M. NABUASA"),
        ("BAIQ MAHNI", "BQ MAHNI"),
        ("SYAMSIAH DAENG TUTU", "SYAMSIAH DG TUTU"),
    ],
)
def test_a_shortened_word_is_no_other_person(whole, short):
    assert parts((whole, BORN), (short, None)) == [(("0", "1"), True)]
    assert len(parts((whole, BORN), (short.split()[0] + " TOHAP", None))) == 2


@pytest.mark.parametrize("born", [None, BORN])
@pytest.mark.parametrize("other", ["ROSMAWATI HARAHAP", "ROSMAWATI LUBIS"])
def test_a_relative_is_another_and_the_number_is_whose_date_bears_it_out(other, born):
    assert parts(("AISYAH NURUL LUBIS", BORN), (other, born)) == [(("0",), born is None), (("1",), False)]


def test_a_name_typed_wrongly_twice_is_no_other_person_unless_the_dates_differ():
    assert parts(("SUMARNI LUBIS", BORN), ("SUNATNI LUBIS", None)) == [(("0", "1"), True)]
    assert len(parts(("SUMARNI LUBIS", BORN), ("SUNATNI LUBIS", date(1961, 7, 8)))) == 2
    assert len(parts(("SITI AMINAH", BORN), ("SITI AMINATUN", None))) == 2


def test_two_names_that_are_both_mistyped_from_a_third_are_one_persons():
    third, badly = ("KARTIKASARI", BORN), (("KARTUKASSRI", None), ("LARTIKASADI", BORN))
    assert len(parts(*badly)) == 2
    assert parts(third, *badly) == [(("0", "1", "2"), True)]
    assert len(parts(("SITI", BORN), ("SITI AMINAH", None), ("SITI FATIMAH", None))) == 3, "a part of both"


def test_who_agrees_stays_together_though_another_does_not():
    assert parts(("AISYAH LUBIS", BORN), ("TOHAP", None), ("AISYAH N. LUBIS", None)) == [
        (("0", "2"), True),
        (("1",), False),
    ]


HOME, ELSEWHERE = ("ROSMAWATI", "1274010101100001"), ("SUKARTI", "1274020505090007")


@pytest.mark.parametrize("born", [None, BORN])
def test_a_namesake_from_another_home_was_given_the_wrong_number(born):
    hers, payment = ("SITI AMINAH", BORN, *HOME), ("SITI AMINAH", None)
    assert parts(hers, payment, ("SITI AMINAH", BORN, *HOME), ("SITI AMINAH", born, *ELSEWHERE)) == [
        (("0", "1", "2"), True),
        (("3",), False),
    ]


@pytest.mark.parametrize(
    "home",
    [
        (ELSEWHERE[0], HOME[1]),  # a stepmother
        (HOME[0], ELSEWHERE[1]),  # who married has a card of her own
        (ELSEWHERE[0], "1274010101100012"),  # mistyped
        ("ROSMAWTI HARAHAP", ELSEWHERE[1]),
        (None, ELSEWHERE[1]),
        (ELSEWHERE[0], None),
    ],
)
def test_who_shares_a_card_or_a_mother_is_no_stranger(home):
    assert parts(("SITI AMINAH", BORN, *HOME), ("SITI AMINAH", None, *home)) == [(("0", "1"), True)]


def test_of_two_homes_equally_told_none_is_a_strangers():
    assert parts(("SITI AMINAH", BORN, *HOME), ("SITI AMINAH", BORN, *ELSEWHERE)) == [(("0", "1"), True)]
    between = ("SITI AMINAH", BORN, HOME[0], ELSEWHERE[1])  # she took her card along
    assert len(parts(("SITI AMINAH", None, *HOME), between, ("SITI AMINAH", None, *ELSEWHERE))) == 1


def test_a_default_number_is_nobodys():
    found = parts(*((f"{chr(65 + n % 26) * 4}{chr(65 + n // 26) * 3}", None) for n in range(MANY + 1)))
    assert len(found) == MANY + 1 and not any(owns for _, owns in found)


names = st.sampled_from(["AISYAH LUBIS", "AISYAH", "ROSMA LUBIS", "TOHAP", "A. LUBIS", None])


homes = st.sampled_from([HOME, ELSEWHERE, (HOME[0], ELSEWHERE[1]), (None, HOME[1]), (None, None)])


@given(st.lists(st.tuples(names, st.sampled_from([None, BORN]), homes), max_size=7), st.randoms())
def test_the_order_of_carriers_changes_nothing(described, chance):
    carriers = [Carrier(str(n), born, name, *home) for n, (name, born, home) in enumerate(described)]
    shuffled = chance.sample(carriers, len(carriers))
    assert sides(carriers) == sides(shuffled)
    assert sorted(key for side in sides(carriers) for key in side.keys) == sorted(c.key for c in carriers)


def test_whom_a_slip_tells_apart_nobody_asks_about():
    """What the query leaves out because two spellings are a slip apart would be one person by `sides`, too."""
    random = Random(7)
    words = ("SITI", "NUR", "AMINAH", "ABDUL", "RAHMAN", "ANI", "SURYANTO", "B", "WAHYUDI", "SRI")

    def spelt(name: list[str]) -> str:
        letters = list(" ".join(name))
        for _ in range(random.choice((0, 1, 1, 1, 2))):
            place = random.randrange(len(letters) + 1)
            letters[place : place + random.choice((0, 1, 1, 1, 2))] = random.choice(("", "A", "Z", " ", "RA"))
        return "".join(letters).strip() or "X"

    carriers = {}
    for number in range(4000):
        names = [random.sample(words, random.choice((1, 2, 3))) for _ in range(random.choice((1, 1, 2)))]
        carriers[f"{number:016}"] = [
            Carrier(
                f"{number}/{place}",
                random.choice((None, date(1980, 1, 2), date(1980, 2, 1))),
                spelt(random.choice(names)),
                random.choice((None, "SUMIATI", "ROHANI")),
                random.choice((None, "1", "2")),
            )
            for place in range(random.choice((2, 2, 3)))
        ]
    rows = [
        {"number": number, **one._asdict(), "mother_name": one.mother}
        for number, some in carriers.items()
        for one in some
    ]
    with resolving.connect() as con:
        con.register("carrier", pa.Table.from_pylist(rows))
        entries.take_names(con, "carrier")
        con.execute(
            """create table spoken as
            select number, key as record_key, birth_date, c.name, n.same, mother_name, m.sound as mother, card as no_kk
            from carrier c left join name n on n.name = c.name left join name m on m.name = mother_name"""
        )
        asked = {number for number, *_ in con.execute(entries._DOUBTFUL).fetchall()}
    left_out = carriers.keys() - asked
    are_spelt_otherwise = [
        number for number in left_out if len({name(one.name).words for one in carriers[number]}) > 1
    ]
    assert len(are_spelt_otherwise) > 200
    assert len(asked) > 1000
    for number in left_out:
        assert [side.owns_nik for side in sides(carriers[number])] == [True], carriers[number]
