"""How NIKs and family card numbers go wrong."""

from __future__ import annotations

import numpy as np

from sample.households import FEMALE
from sample.places import villages
from sample.spot import Spot, constant, spoiler
from sample.words import Texts, texts

constant("", "nik_missing", "kk_missing")
constant("0", "nik_zero", "kk_zero")
constant("-", "nik_dash")
constant("NOKKS", "kk_text")


@spoiler
def _nik_placeholder(spot: Spot) -> Texts:
    return texts(["9999999999999999", "1234567890123456", "1111111111111111"])[spot.draws.below(3, len(spot))]


@spoiler
def _nik_15_digits(spot: Spot) -> list[str]:
    return [value[:at] + value[at + 1 :] for value, at in _with_place(spot)]


@spoiler
def _nik_17_digits(spot: Spot) -> list[str]:
    return [value[:at] + value[at] + value[at:] for value, at in _with_place(spot)]


@spoiler
def _nik_scientific(spot: Spot) -> list[str]:
    marks = spot.draws.chance(0.5, len(spot)).tolist()
    forms = (f"{int(value):.5E}" for value in spot.value)
    return [form.replace(".", ",") if comma else form for form, comma in zip(forms, marks, strict=True)]


@spoiler
def _nik_rounded(spot: Spot) -> list[str]:
    return [value[:15] + "0" for value in spot.value]


@spoiler
def _nik_letter(spot: Spot) -> list[str]:
    return [value[:6] + value[6:].replace("0", "O", 1).replace("1", "I", 1) for value in spot.value]


@spoiler
def _nik_apostrophe(spot: Spot) -> Texts:
    return "'" + spot.value


@spoiler
def _nik_blanks(spot: Spot) -> list[str]:
    forms = (
        "{0}{1}{2} ",
        " {0}{1}{2}",
        "{0}{1}{2}\N{NO-BREAK SPACE}",
        "{0}.{1}.{2}",
        "{0}-{1}-{2}",
        "{0} {1} {2}",
    )
    chosen = spot.draws.below(len(forms), len(spot)).tolist()
    return [forms[f].format(v[:6], v[6:12], v[12:]) for v, f in zip(spot.value, chosen, strict=True)]


@spoiler
def _nik_serial_0000(spot: Spot) -> list[str]:
    return [value[:12] + "0000" for value in spot.value]


@spoiler
def _nik_is_kk(spot: Spot) -> Texts:
    return spot.city.families.kk[spot.city.people.family[spot.person]]


@spoiler
def _nik_of_relative(spot: Spot) -> Texts:
    """The next member of the family, else the one before; people who live alone keep their own."""
    family = spot.city.people.family
    after, before = np.minimum(spot.person + 1, len(family) - 1), np.maximum(spot.person - 1, 0)
    other = np.where(family[after] == family[spot.person], after, before)
    other = np.where((family[other] == family[spot.person]) & (other != spot.person), other, spot.person)
    return spot.city.people.nik[other]


@spoiler
def _nik_temporary(spot: Spot) -> list[str]:
    codes = villages().code[spot.city.families.village[spot.city.people.family[spot.person]]]
    counters = spot.draws.between(1, 400, len(spot)).tolist()
    return [f"0{code.replace('.', '')}{counter:05d}" for code, counter in zip(codes, counters, strict=True)]


@spoiler
def _nik_other(spot: Spot) -> Texts:
    return spot.city.people.other_nik[spot.person]


@spoiler
def _nik_digit(spot: Spot) -> list[str]:
    return _one_digit_wrong(spot)


@spoiler
def _nik_sex(spot: Spot) -> list[str]:
    women = (spot.city.people.sex[spot.person] == FEMALE).tolist()
    return [
        f"{v[:6]}{int(v[6]) + (-4 if woman else 4)}{v[7:]}"
        for v, woman in zip(spot.value, women, strict=True)
    ]


@spoiler
def _kk_former(spot: Spot) -> Texts:
    return spot.city.families.former_kk[spot.city.people.family[spot.person]]


@spoiler
def _kk_digit(spot: Spot) -> list[str]:
    return _one_digit_wrong(spot)


def _with_place(spot: Spot) -> zip:
    """Each value with a place behind the region code."""
    return zip(spot.value, spot.draws.between(6, 15, len(spot)).tolist(), strict=True)


def _one_digit_wrong(spot: Spot) -> list[str]:
    plus = spot.draws.between(1, 9, len(spot)).tolist()
    return [f"{value[:at]}{(int(value[at]) + more) % 10}{value[at + 1 :]}"
            for (value, at), more in zip(_with_place(spot), plus, strict=True)]  # fmt: skip
