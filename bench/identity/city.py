"""The sample's own city, with the faults of ``sample/fault_rates.csv``, several times over in regions of their own.

The listings are the sample's; what staging makes of their cells is done here: digits of numbers, dates and sexes in all
their spellings, villages by their names.
"""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from bench.identity.listing import Draft, Source, finish
from bench.identity.status import MISSING
from bench.identity.world import ALIVE, People
from sample import layouts
from sample.city import City, build_city
from sample.faults import spoil
from sample.households import CHILD
from sample.layouts import Listing
from sample.places import CITY_CODE, villages
from sample.programmes import enrol, half_a_year_later
from sample.words import Texts, texts
from simpul.regions import name_key

REGENCIES = (CITY_CODE, "12.71", "13.71", "14.71", "16.71", "18.71")
_PAYS = ("no_kk", "sex", "birth_date", "birth_place", "mother_name", "address")
SOURCES = (
    Source("dinsos.dtks", "2024-06", 1),
    Source("dinsos.kks_payment", "2024-Q1", 1, _PAYS, has_village=False),
    Source("dinsos.kks_payment", "2024-Q2", 1, _PAYS, has_village=False),
    Source("bpjs.pbi_jk", "2024-06", 1),
    Source("bpjs.pbi_jk", "2024-07", 1),
    Source("dinsos.dtks", "2024-12", 1),
)
SEX = {"L": "male", "P": "female", "1": "male", "2": "female"}
_NOISE = str.maketrans("", "", " \t\n\r\N{NO-BREAK SPACE}\u200b\ufeff'`’.-")
_DATE = re.compile(r"(\d{1,4})[-/](\d{1,2})[-/](\d{1,4})")


def write(people: int, seed: int) -> tuple[pa.Table, pa.Table]:
    """Records and truth of ``people`` people in up to six cities."""
    shares = np.bincount(np.arange(people) % len(REGENCIES))
    cities = [build_city(int(share), seed * 1000 + n) for n, share in enumerate(shares)]
    everybody = _together([_people(city, regency) for city, regency in zip(cities, REGENCIES, strict=True)])
    lists = [_lists(city) for city in cities]
    first = np.cumsum([0, *(len(city.people.nik) for city in cities)])
    chunks = []
    for place, source in enumerate(SOURCES):
        parts = []
        for n, city in enumerate(cities):
            listing = spoil(lists[n][place], city)
            parts.append(_draft(source, listing, everybody, REGENCIES[n], n, int(first[n])))
            listing.columns.clear()
        chunks.append(finish(_joined(parts), seed))
    records, truth = zip(*chunks, strict=True)
    return pa.concat_tables(records), pa.concat_tables(truth)


def _lists(city: City) -> list[Listing]:
    programmes = enrol(city)
    later = half_a_year_later(city, programmes)
    return [
        layouts.dtks(city, programmes),
        layouts.kks_payment(city, programmes, stage=1, year=2024),
        layouts.kks_payment(city, programmes, stage=2, year=2024),
        layouts.pbi_jk(city, programmes, "2024-06"),
        layouts.pbi_jk(city, programmes, "2024-07"),
        layouts.dtks(city, later, notes_deaths=True),
    ]


def _people(city: City, regency: str) -> People:
    people, families = city.people, city.families
    family = people.family
    follows = (family[1:] == family[:-1]) & (people.born[1:] == people.born[:-1]) & (people.role[1:] == CHILD)
    return People(
        family=family,
        role=people.role,
        sex=people.sex,
        born=people.born,
        died=np.where(people.died == np.iinfo(np.int64).max, ALIVE, people.died),
        name=people.name,
        mother=people.mother,
        nik=_moved(people.nik, regency),
        other_nik=_moved(people.other_nik, regency),
        relative=np.arange(len(family)),
        kk=_moved(families.kk, regency)[family],
        kk_once=_moved(families.former_kk, regency)[family],
        village=families.village[family],
        village_once=families.village[family],
        address=families.address[family],
        address_once=families.address[family],
        is_twin=np.r_[False, follows] | np.r_[follows, False],
        villages=texts(code.replace(CITY_CODE, regency, 1) for code in villages().code),
    )


def _together(parts: list[People]) -> People:
    """One population of several, with families, relatives and villages counted on."""
    offsets = {
        "family": np.cumsum([0, *(int(part.family[-1]) + 1 for part in parts)]),
        "relative": np.cumsum([0, *(len(part) for part in parts)]),
        "village": np.cumsum([0, *(len(part.villages) for part in parts)]),
    }
    offsets["village_once"] = offsets["village"]
    joined = {}
    for field in fields(People):
        values = [getattr(part, field.name) for part in parts]
        if field.name in offsets:
            values = [value + more for value, more in zip(values, offsets[field.name], strict=False)]
        joined[field.name] = np.concatenate(values)
    return People(**joined)


def _draft(source: Source, listing: Listing, people: People, regency: str, number: int, first: int) -> Draft:
    columns, count = listing.columns, len(listing)

    def cells(name: str) -> Texts:
        return columns[name] if name in columns else np.full(count, "", dtype=object)

    draft = Draft(
        source=source,
        people=people,
        person=listing.person + first,
        again=listing.again,
        nik=_moved(texts(digits(cell) for cell in cells("nik")), regency),
        no_kk=_moved(texts(digits(cell) for cell in cells("no_kk")), regency),
        name=texts(clean(cell) for cell in cells("nama")),
        sex=texts(SEX.get(cell[:1].upper()) for cell in cells("jenis_kelamin")),
        born=np.array([day(cell) for cell in cells("tanggal_lahir")], dtype=np.int64),
        birth_place=texts(clean(cell) for cell in cells("tempat_lahir")),
        mother_name=texts(clean(cell) for cell in cells("nama_ibu_kandung")),
        address=texts(clean(cell) for cell in cells("alamat")),
        village=_villages(cells("desa"), number),
        faults=listing.faults,
    )
    # copied to the letter, the list's own number included: staging keeps one of them
    return draft.kept(~np.isin(np.arange(count), listing.faults["copied_row"]))


def _joined(parts: list[Draft]) -> Draft:
    first = np.cumsum([0, *map(len, parts)])
    faults: dict[str, list[np.ndarray]] = {}
    for part, start in zip(parts, first, strict=False):
        for fault, rows in part.faults.items():
            faults.setdefault(fault, []).append(rows + start)
    columns = [f.name for f in fields(Draft) if f.name not in ("source", "people", "faults")]
    return Draft(
        source=parts[0].source,
        people=parts[0].people,
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in columns},
        faults={fault: np.concatenate(rows) for fault, rows in faults.items()},
    )


def _villages(names: Texts, number: int) -> np.ndarray:
    """Position of each village among those of all cities; -1 where the name is none of them."""
    known = {name_key(name): place for place, name in enumerate(villages().name)}
    keys = {name: known.get(name_key(name), -1) for name in set(names)}
    found = np.array([keys[name] for name in names], dtype=np.int64)
    return np.where(found < 0, -1, found + number * len(known))


def _moved(values: Texts, regency: str) -> Texts:
    """Numbers of the sample's city as another would have given them."""
    new, old = regency.replace(".", ""), CITY_CODE.replace(".", "")
    if new == old:
        return values
    return texts(
        new + v[4:] if v and v.startswith(old) else f"0{new}{v[5:]}" if v and v.startswith(f"0{old}") else v
        for v in values
    )


def clean(cell: str) -> str | None:
    """As the macro clean_text."""
    text = " ".join(cell.split())
    return None if text in ("", "-", "NULL") else text


def digits(cell: str) -> str | None:
    """As the macro nik_digits."""
    text = cell.removesuffix(".0").translate(_NOISE)
    return text if text.strip("0") else None


def day(cell: str) -> int:
    """A date in any of the lists' spellings as days from 1970-01-01; `MISSING` where there is none."""
    if cell.isdigit():
        return (date(1899, 12, 30) + timedelta(int(cell)) - date(1970, 1, 1)).days
    found = _DATE.match(cell)
    if not found:
        return MISSING
    one, month, three = map(int, found.groups())
    year, number = (one, three) if len(found[1]) == 4 else (three, one)
    try:
        return (date(year, month, number) - date(1970, 1, 1)).days
    except ValueError:
        return MISSING
