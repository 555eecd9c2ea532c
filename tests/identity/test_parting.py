"""How many people carry one valid NIK."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.identity.parting import MANY, Carrier, sides

BORN = date(1990, 3, 2)


def parts(*carriers: tuple[str | None, date | None]) -> list[tuple[tuple[str, ...], bool]]:
    found = sides(Carrier(str(n), born, name) for n, (name, born) in enumerate(carriers))
    return [(side.keys, side.owns_nik) for side in found]


@pytest.mark.parametrize(
    "other", ["AISYAH LUBIS", "AISJAH NURUL LUBIS", "A. NURUL LUBIS", "Hj. Aisyah Nurul, S.Pd", None]
)
def test_a_name_written_otherwise_is_one_person(other):
    assert parts(("AISYAH NURUL LUBIS", BORN), (other, None)) == [(("0", "1"), True)]


@pytest.mark.parametrize("born", [None, BORN])
@pytest.mark.parametrize("other", ["ROSMAWATI HARAHAP", "ROSMAWATI LUBIS"])
def test_a_relative_is_another_and_the_number_is_whose_date_bears_it_out(other, born):
    assert parts(("AISYAH NURUL LUBIS", BORN), (other, born)) == [(("0",), born is None), (("1",), False)]


def test_a_name_typed_wrongly_twice_is_no_other_person_unless_the_dates_differ():
    assert parts(("SUMARNI LUBIS", BORN), ("SUNATNI LUBIS", None)) == [(("0", "1"), True)]
    assert len(parts(("SUMARNI LUBIS", BORN), ("SUNATNI LUBIS", date(1961, 7, 8)))) == 2
    assert len(parts(("SITI AMINAH", BORN), ("SITI AMINATUN", None))) == 2


def test_who_agrees_stays_together_though_another_does_not():
    assert parts(("AISYAH LUBIS", BORN), ("TOHAP", None), ("AISYAH N. LUBIS", None)) == [
        (("0", "2"), True),
        (("1",), False),
    ]


def test_a_default_number_is_nobodys():
    found = parts(*((f"{chr(65 + n % 26) * 4}{chr(65 + n // 26) * 3}", None) for n in range(MANY + 1)))
    assert len(found) == MANY + 1 and not any(owns for _, owns in found)


names = st.sampled_from(["AISYAH LUBIS", "AISYAH", "ROSMA LUBIS", "TOHAP", "A. LUBIS", None])


@given(st.lists(st.tuples(names, st.sampled_from([None, BORN])), max_size=7), st.randoms())
def test_the_order_of_carriers_changes_nothing(described, chance):
    carriers = [Carrier(str(n), born, name) for n, (name, born) in enumerate(described)]
    shuffled = chance.sample(carriers, len(carriers))
    assert sides(carriers) == sides(shuffled)
    assert sorted(key for side in sides(carriers) for key in side.keys) == sorted(c.key for c in carriers)
