"""A labelled province: the lists of five cities of Jakarta with the sample's faults, and who should receive and does.

People, families and faults are the sample's (``sample.city``, ``fault_rates.csv``), once for each city, moved to its
districts. Beside DTKS, payments and PBI-JK of the sample there are lists of KJP, KLJ and KPDJ, of people with
disabilities (PMKS), and of what officers found (verval), which reports most of the dead. Some families live in another
city than the registry says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sample import layouts
from sample.city import ALIVE, City, build_city
from sample.draws import Draws, Flags, Integers
from sample.faults import spoil
from sample.files import write_cover_letter, write_csv
from sample.households import AS_OF
from sample.layouts import Listing
from sample.places import CITY_CODE, villages
from sample.programmes import Programmes, enrol
from sample.words import Texts, texts
from simpul.regions import Regions

PROVINCE = "DKI JAKARTA"
REGENCIES = ("31.71", "31.72", "31.73", "31.74", "31.75")
PERIOD = "2024-06"
SCHOOL, ELDERLY = (6, 21), 60
DISABLED, ON_PMKS_LIST, DEATHS_FOUND, MOVED = 0.03, 0.85, 0.8, 0.01
# who receives of those who should, of others like them whom no registry lists, and of the listed just outside the age
RECEIVING = {"KJP": (0.66, 0.02, 0.03), "KLJ": (0.55, 0.04, 0.05), "KPDJ": (0.5, 0.05, 0.0)}
TITLES = {"KJP": "Kartu Jakarta Pintar Plus", "KLJ": "Kartu Lansia Jakarta", "KPDJ": "KPDJ"}
TEMPLATE = {
    "program": "program", "nik": "nik", "no_kk": "no_kk", "nama": "nama", "tanggal_lahir": "tanggal_lahir",
    "alamat": "alamat", "kode_desa": "kode_desa", "status": "status",
}  # fmt: skip
FAMILY_PROGRAMMES = ("PKH", "SEMBAKO")
PLACEHOLDERS = ("9" * 16, "1" * 16, "1234567890123456")  # of no city


@dataclass(frozen=True)
class Truth:
    """Of one programme in one city: units that should receive, that do, and that do and should."""

    program: str
    regency: str
    eligible: int
    enrolled: int
    rightly: int


def write_province(
    out: Path, people: int, seed: int, regencies: tuple[str, ...] = REGENCIES, province: str = PROVINCE
) -> list[Truth]:
    """Write the lists of ``people`` people in these cities under ``out/<agency>/`` and say what is true of them.

    ``province``: theirs, as the lists write it.
    """
    shares = np.bincount(np.arange(people) % len(regencies))
    cities = [_Town(n, regency, int(shares[n]), seed, len(regencies)) for n, regency in enumerate(regencies)]
    for town in cities:
        for name, listing in town.lists():
            listing = spoil(listing, replace(town.city, seed=town.city.seed * 7 + len(name)))
            elsewhere = town.lives_elsewhere[listing.person] & ("DTKS" not in name)
            for number, regency in enumerate(regencies):
                here = elsewhere & (town.goes_to[listing.person] == number)
                rows = ~elsewhere if number == town.number else here
                if rows.any():
                    _write(out, name, (regency, province), town, listing, rows)
            listing.columns.clear()
    return [told for town in cities for told in town.truth(cities)]


class _Town:
    def __init__(self, number: int, regency: str, people: int, seed: int, towns: int) -> None:
        self.number, self.regency = number, regency
        self.city: City = build_city(people, seed * 1000 + number)
        self.programmes: Programmes = enrol(self.city)
        family = self.city.people.family
        draws = Draws(self.city.seed, "province")
        self.disabled: Flags = draws.chance(DISABLED, people)
        families = int(family[-1]) + 1
        self.lives_elsewhere: Flags = draws.chance(MOVED, families)[family]
        goes = draws.below(towns - 1, families)
        self.goes_to: Integers = (goes + (goes >= number))[family]
        self.years = _age(self.city.people.born)
        self.alive: Flags = self.city.people.died == ALIVE
        self.receives: dict[str, Flags] = {}

    def lists(self) -> Iterator[tuple[str, Listing]]:
        city, people = self.city, len(self.city.people.nik)
        yield f"dinsos/DTKS {{}} {PERIOD}.csv", layouts.dtks(city, self.programmes)
        paid = layouts.kks_payment(city, self.programmes, stage=2, year=2024)
        kinds, family = paid.columns["jenis_bansos"], city.people.family
        for program in FAMILY_PROGRAMMES:
            named = np.array([program in kind for kind in kinds])
            self.receives[program] = np.isin(family, family[paid.person[named]])
        yield "dinsos/KKS Salur {} 2024-Q2.csv", paid
        insured = layouts.pbi_jk(city, self.programmes, PERIOD)
        active = insured.columns["keterangan"] == "AKTIF"
        self.receives["PBI_JK"] = np.isin(np.arange(people), insured.person[active])
        yield f"bpjs/PBI JK {{}} {PERIOD}.csv", insured
        for program in RECEIVING:
            self.receives[program] = chosen = self._recipients(program)
            yield (
                f"dinsos/{program} {{}} {PERIOD}.csv",
                self._named(np.flatnonzero(chosen), program=TITLES[program]),
            )
        draws = Draws(city.seed, "province lists")
        on_list = np.flatnonzero(self.disabled & draws.chance(ON_PMKS_LIST, people))
        yield (
            "dinsos/PMKS {} 2024.csv",
            self._told(on_list, jenis_pmks="Penyandang Disabilitas", tahun="2024"),
        )
        found = np.flatnonzero(self.programmes.dtks & ~self.alive & draws.chance(DEATHS_FOUND, people))
        yield (
            f"dinsos/Verval {{}} {PERIOD}.csv",
            self._told(found, registri="DTKS", hasil="meninggal", kelayakan="tidak layak"),
        )

    def _recipients(self, program: str) -> Flags:
        right, unlisted, outside = RECEIVING[program]
        meets, beside = self._meets(program), self._just_outside(program)
        rate = np.where(meets, np.where(self.programmes.dtks, right, unlisted),
                        np.where(beside & self.programmes.dtks, outside, 0.0))  # fmt: skip
        return Draws(self.city.seed, f"province {program}").chance(np.where(self.alive, rate, rate * 0.4))

    def _meets(self, program: str) -> Flags:
        return {
            "KJP": (self.years >= SCHOOL[0]) & (self.years <= SCHOOL[1]),
            "KLJ": self.years >= ELDERLY,
            "KPDJ": self.disabled,
        }.get(program, np.ones(len(self.years), dtype=bool))

    def _just_outside(self, program: str) -> Flags:
        return {
            "KJP": (self.years > SCHOOL[1]) & (self.years <= SCHOOL[1] + 3),
            "KLJ": (self.years < ELDERLY) & (self.years >= ELDERLY - 4),
        }.get(program, np.zeros(len(self.years), dtype=bool))

    def _named(self, person: Integers, **constant: str) -> Listing:
        city = self.city
        columns = layouts._person_columns(city, person, layouts.dmy("/"))
        kept = {name: columns[name] for name in ("nik", "no_kk", "nama", "tanggal_lahir", "alamat")}
        # as lists of members: the rates of PBI-JK
        return Listing(
            "bpjs.pbi_jk", TEMPLATE, person,
            kept | self._village(person) | _constant(len(person), status="aktif", **constant),
            np.zeros(len(person), dtype=bool),
        )  # fmt: skip

    def _told(self, person: Integers, **constant: str) -> Listing:
        columns = layouts._person_columns(self.city, person, layouts.dmy("/"))
        kept = {"nik": columns["nik"], "nama": columns["nama"]} | self._village(person)
        kept |= _constant(len(person), **constant)
        return Listing(
            "bpjs.pbi_jk", {name: name for name in kept}, person, kept, np.zeros(len(person), dtype=bool)
        )

    def _village(self, person: Integers) -> dict[str, Texts]:
        return {"kode_desa": villages().code[self.city.families.village[self.city.people.family[person]]]}

    def truth(self, towns: list[_Town]) -> Iterator[Truth]:
        """Of those who live in this city now."""
        for program in (*FAMILY_PROGRAMMES, "PBI_JK", *RECEIVING):
            counts = np.zeros(3, dtype=np.int64)
            for town in towns:
                lives_in = np.where(town.lives_elsewhere, town.goes_to, town.number)
                should, does = town.should(program), town.receives[program]
                here = lives_in == self.number
                if program in FAMILY_PROGRAMMES:
                    first = town.city.homes.start
                    should, does, here = should[first], does[first], here[first]
                counts += [(should & here).sum(), (does & here).sum(), (should & does & here).sum()]
            yield Truth(program, self.regency, *counts.tolist())

    def should(self, program: str) -> Flags:
        """Whether each person, or each person's family, is meant to receive; the dead are not."""
        listed = self.programmes.dtks & self.alive
        if program not in FAMILY_PROGRAMMES:
            return listed & self._meets(program)
        family, count = self.city.people.family, int(self.city.people.family[-1]) + 1
        of_family = np.bincount(family[listed], minlength=count) > 0
        if program == "PKH":
            component = (self.years <= SCHOOL[1]) | (self.years >= ELDERLY) | self.disabled
            of_family &= np.bincount(family[component & self.alive], minlength=count) > 0
        return of_family[family]


def _age(born: Integers) -> Integers:
    """Completed years on the sample's day, to the day."""
    day = born.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    date = (day - month.astype("datetime64[D]")).astype(np.int64)
    months, now = month.astype(np.int64), np.datetime64(AS_OF, "D").astype("datetime64[M]").astype(np.int64)
    into = AS_OF - np.datetime64(AS_OF, "D").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return (now - months - (date > into)) // 12


def _constant(count: int, **values: str) -> dict[str, Texts]:
    return {name: np.full(count, value, dtype=object) for name, value in values.items()}


def _write(out: Path, name: str, where: tuple[str, str], town: _Town, listing: Listing, rows: Flags) -> None:
    """One list of one city (its code, its province's name), its numbers those of the city that gave them."""
    regency, province = where
    columns = {column: values[rows] for column, values in listing.columns.items()}
    regions = Regions.load()
    districts = sorted(r.region_code for r in regions if r.parent_region_code == regency and r.is_current)[:6]
    names = {r.region_code: r.name.upper() for r in regions if r.region_code in (regency, *districts)}
    # a small city has fewer districts than the sample's: some then hold the people of two
    sampled = sorted(set(villages().district_code))
    old = {code: districts[n % len(districts)] for n, code in enumerate(sampled)}
    if "kecamatan" in columns:
        by_name = dict(zip((d.upper() for d in villages().district), villages().district_code, strict=True))
        columns["kecamatan"] = texts(names[old[by_name[one]]] for one in columns["kecamatan"])
        columns["provinsi"] = np.full(int(rows.sum()), province, dtype=object)
        columns["kabupaten"] = np.full(int(rows.sum()), names[regency], dtype=object)
    if "kode_desa" in columns:
        columns["kode_desa"] = texts(old[code[:8]] + code[8:] for code in columns["kode_desa"])
    for column in ("nik", "no_kk", "id_dtks"):
        if column in columns:
            columns[column] = texts(_moved(value, town) for value in columns[column])
    for column, front in (("no_kks", "60"), ("psnoka_bpjs", "0"), ("noka_bpjs", "0")):
        if column in columns:
            digits = town.regency.replace(".", "")
            columns[column] = texts(front + digits + value[len(front) + 4 :] for value in columns[column])
    path = out / name.format(names[regency].title().replace("Administrasi ", ""))
    already = path.exists()
    part = Listing(listing.dataset, listing.headers, listing.person[rows], columns, listing.again[rows])
    if already:
        extra = path.with_suffix(".part")
        write_csv(extra, part)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(extra.read_text(encoding="utf-8").splitlines(keepends=True)[1:])
        extra.unlink()
    else:
        write_csv(path, part)
    period = name.removesuffix(".csv").split()[-1]
    write_cover_letter(path, {"period": period, "region_code": regency})


def _moved(number: str, town: _Town) -> str:
    """A number of the sample's city as this one would have given it; other offices gave each city others.

    What a list does to a number (blanks, an apostrophe, a letter for a digit) stays: one person is of one city in all.
    """
    places = [place for place, sign in enumerate(number) if sign.isalnum()]
    plain = "".join(number[place] for place in places)
    new, own = town.regency.replace(".", ""), CITY_CODE.replace(".", "")
    if plain.startswith(own):
        front = new
    elif 15 <= len(plain) <= 17 and plain.isdigit() and plain[0] != "0" and plain not in PLACEHOLDERS:
        front = f"{plain[:4]}{(int(plain[4:6]) + 20 * town.number) % 100:02d}"
    else:
        return number
    signs = list(number)
    for place, sign in zip(places, front, strict=False):
        signs[place] = sign
    return "".join(signs)
