"""Where people live, and where their number was first registered."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from sample.draws import Integers
from sample.words import Texts, texts

FOLDER = Path(__file__).parent
PROVINCE, CITY = "SUMATERA UTARA", "KOTA TANJUNG BALAI"
CITY_CODE = "12.74"

# How the city's people spread over its districts: roughly as in life, but no published figure and decisive for nothing.
DISTRICT_WEIGHTS = {
    "12.74.01": 21,
    "12.74.02": 18,
    "12.74.03": 27,
    "12.74.04": 41,
    "12.74.05": 40,
    "12.74.06": 31,
}


@dataclass(frozen=True)
class Villages:
    """The 31 kelurahan in the order of their Kemendagri codes."""

    code: Texts  # 12.74.01.1001
    name: Texts
    district_code: Texts
    district: Texts
    weight: Integers  # share of the city's families


@dataclass(frozen=True)
class RegistrationPlaces:
    """Districts outside the city where some of its people got their number; withdrawn codes among them."""

    prefix: Integers  # first six digits of a NIK
    place: Texts  # the birthplace people name
    weight: Integers


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def villages() -> Villages:
    """The villages of ``tanjungbalai_villages.csv``."""
    rows = sorted(_rows("tanjungbalai_villages.csv"), key=lambda row: row["village_code"])
    districts = [row["district_code"] for row in rows]
    weights = [DISTRICT_WEIGHTS[code] * 1000 // districts.count(code) for code in districts]
    return Villages(
        code=texts(row["village_code"] for row in rows),
        name=texts(row["village"] for row in rows),
        district_code=texts(districts),
        district=texts(row["district"] for row in rows),
        weight=np.array(weights),
    )


@cache
def registration_places() -> RegistrationPlaces:
    """The districts of ``registration_places.csv``."""
    rows = _rows("registration_places.csv")
    return RegistrationPlaces(
        prefix=np.array([int(row["code"].replace(".", "")) for row in rows]),
        place=texts(row["place"] for row in rows),
        weight=np.array([int(row["weight"]) for row in rows]),
    )
