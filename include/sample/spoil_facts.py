"""How dates of birth, sexes, addresses and amounts go wrong."""

from __future__ import annotations

import numpy as np

from sample.households import FEMALE
from sample.places import villages
from sample.spot import Spot, constant, spoiler
from sample.words import Texts, numbers, texts

EXCEL_EPOCH = -25569  # day 0 of a spreadsheet, counted from 1970-01-01

constant("", "birth_missing", "sex_missing")
constant("-", "amount_missing")


@spoiler
def _birth_swapped(spot: Spot) -> list[str]:
    """Only days up to the twelfth can be mistaken for a month."""
    return [v[3:5] + v[2] + v[:2] + v[5:] if int(v[:2]) <= 12 else v for v in spot.value]


@spoiler
def _birth_january(spot: Spot) -> list[str]:
    return [f"01{v[2]}01{v[5:]}" for v in spot.value]


@spoiler
def _birth_year(spot: Spot) -> list[str]:
    """Not into the future, and 29 February stays a day that exists."""
    off = np.array([-1, 1, -10, 10])[spot.draws.below(4, len(spot))].tolist()
    return [(v[:6] if v[:2] != "29" else "28" + v[2:6]) + str(min(2024, int(v[6:]) + years))
            for v, years in zip(spot.value, off, strict=True)]  # fmt: skip


@spoiler
def _birth_day(spot: Spot) -> list[str]:
    return [
        f"{day:02d}{v[2:]}"
        for v, day in zip(spot.value, spot.draws.between(1, 28, len(spot)).tolist(), strict=True)
    ]


@spoiler
def _birth_impossible(spot: Spot) -> list[str]:
    return [f"31{v[2]}02{v[5:]}" for v in spot.value]


@spoiler
def _birth_other_separator(spot: Spot) -> list[str]:
    return [v.replace("-", "/") if "-" in v else v.replace("/", "-") for v in spot.value]


@spoiler
def _birth_with_time(spot: Spot) -> list[str]:
    return [v.replace("-", "/") + " 0:00:00" for v in spot.value]


@spoiler
def _birth_serial(spot: Spot) -> Texts:
    return numbers(spot.city.people.born[spot.person] - EXCEL_EPOCH)


@spoiler
def _birth_iso(spot: Spot) -> list[str]:
    return [f"{v[6:]}-{v[3:5]}-{v[:2]}" for v in spot.value]


@spoiler
def _sex_code(spot: Spot) -> Texts:
    women = (spot.city.people.sex[spot.person] == FEMALE).astype(int)
    return texts(["1", "2", "L", "P", "LAKI-LAKI", "PEREMPUAN"])[2 * spot.draws.below(3, len(spot)) + women]


@spoiler
def _sex_wrong(spot: Spot) -> list[str]:
    other = {"L": "P", "P": "L", "Laki-laki": "Perempuan", "Perempuan": "Laki-laki"}
    return [other[value] for value in spot.value]


@spoiler
def _place_moved(spot: Spot) -> Texts:
    places = villages()
    village = spot.draws.pick(places.weight, len(spot))
    spot.put("kecamatan", texts(name.upper() for name in places.district[village]))
    spot.put("alamat", texts(f"JL. SEHAT NO. {n}" for n in spot.draws.between(1, 90, len(spot)).tolist()))
    return texts(name.upper() for name in places.name[village])


@spoiler
def _place_spelling(spot: Spot) -> list[str]:
    forms = ("KEL. {}", "KELURAHAN {}", "{} ", " {}")
    chosen = spot.draws.below(len(forms), len(spot)).tolist()
    spelt = (value.replace("TANJUNGBALAI", "TANJUNG BALAI") for value in spot.value)
    return [forms[at].format(value) for value, at in zip(spelt, chosen, strict=True)]


@spoiler
def _address_missing(spot: Spot) -> str:
    spot.put("rt", "0")
    spot.put("rw", "")
    return ""


@spoiler
def _amount_form(spot: Spot) -> list[str]:
    forms = (lambda v: v.replace("Rp ", "Rp"), lambda v: v.replace("Rp ", "Rp. ") + ",-",
             lambda v: v.removeprefix("Rp ").replace(".", ""))  # fmt: skip
    return [forms[at](v) for v, at in zip(spot.value, spot.draws.below(3, len(spot)).tolist(), strict=True)]
