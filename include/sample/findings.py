"""Payments that an auditor would find, a few of every kind, in small lists of their own: no other list changes.

Planted are families and people who get nothing else, so that what is found of them is known to the rupiah. The city
need not be faultless for that: its own lists have findings too, which nobody planted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from sample.city import ALIVE, City
from sample.draws import Flags, Integers
from sample.layouts import Listing, dtks_ids, rupiah, upper
from sample.places import CITY, PROVINCE, villages
from sample.programmes import Programmes
from sample.words import texts

SEMBAKO_IDR = 200_000
SECOND_IDR = 150_000  # what the second card of a family was paid
PREMIUM_IDR = 42_000  # class III; lists of the insured tell no amount
RECIPIENT_COLUMNS = ("program", "periode", "nik", "no_kk", "nama", "alamat", "kode_desa", "nominal")
RECIPIENT_HEADERS = dict(zip(RECIPIENT_COLUMNS, RECIPIENT_COLUMNS, strict=True))
VISIT_COLUMNS = (
    "registri",
    "id_sumber",
    "nik",
    "nama",
    "kode_desa",
    "tanggal_verval",
    "hasil",
    "kelayakan",
    "petugas",
)
VISIT_HEADERS = dict(zip(VISIT_COLUMNS, VISIT_COLUMNS, strict=True))
APBD_HEADERS = {
    "psnoka_bpjs": "PSNOKA", "nik": "NIK", "nama": "NAMA", "segmen": "SEGMEN", "bulan_iuran": "BULAN",
    "tahun_iuran": "TAHUN", "provinsi": "Provinsi", "kabupaten": "Kabupaten/Kota", "kecamatan": "Kecamatan",
    "desa": "Desa/Kelurahan",
}  # fmt: skip
MEMBER_HEADERS = {
    "psnoka_bpjs": "PSNOKA", "nik": "NIK", "nama": "NAMA", "segmen": "SEGMEN", "status_peserta": "STATUS",
    "provinsi": "Provinsi", "kabupaten": "Kabupaten/Kota", "kecamatan": "Kecamatan", "desa": "Desa/Kelurahan",
}  # fmt: skip
# segment of the insured → what must be found of aid paid to one; whom nobody employs is no finding
SEGMENTS = {"PNS DAERAH": ("PUBLIC_EMPLOYEE",), "PEGAWAI SWASTA": ("WAGE_EARNER",), "PEKERJA MANDIRI": ()}
NOW, BEFORE = "2024-06", "2023-06"
# kind of case → what the officer said, when, and whether aid is due
VISITS = {
    "CARD_HOLDER_DECEASED": ("meninggal", "2024-05-20", ""),
    "MOVED_AWAY": ("pindah", "2024-05-21", ""),
    "NOT_FOUND": ("tidak ditemukan", "2024-05-22", ""),
    "INACTIVE": ("ditemukan", "2024-05-23", "tidak layak"),
    "DECEASED": ("meninggal", "2024-05-24", ""),
    "A_YEAR_AGO": ("meninggal", "2023-05-10", ""),
}
# an heir has not been put on the card yet, and the family was due what it got; a low wage ends no claim
NOTHING_AT_RISK = {"CARD_HOLDER_DECEASED", "WAGE_EARNER"}


@dataclass(frozen=True)
class Finding:
    """What must be found of a row: by which rule, in which month, how much."""

    rule: str
    file: str
    row: int
    program: str
    period: str
    idr: int


@dataclass
class SmallList:
    """A list of a few rows on its way to become a file."""

    file: str
    dataset: str
    headers: dict[str, str]
    period: str
    is_in_letter: bool = True  # else the rows say of which period they are
    rows: list[dict[str, str]] = field(default_factory=list)
    people: list[int] = field(default_factory=list)

    @property
    def letter(self) -> str:
        """The period that a cover letter states, empty without one."""
        return self.period if self.is_in_letter else ""

    def add(self, person: int, cells: dict[str, str]) -> int:
        """Returns the row's number in the file, where the heading is row 1."""
        self.people.append(person)
        self.rows.append(cells)
        return len(self.rows) + 1

    def listing(self) -> Listing:
        columns = {name: texts(row[name] for row in self.rows) for name in self.headers}
        people = np.array(self.people, dtype=np.int64)
        return Listing(self.dataset, self.headers, people, columns, np.zeros(len(people), dtype=bool))


@dataclass(frozen=True)
class Planted:
    """The lists that hold them, and what must be found."""

    lists: tuple[SmallList, ...]
    findings: tuple[Finding, ...]


def plant(city: City, programmes: Programmes, insured: Integers) -> Planted:
    """A few findings of every kind, more of each in a larger city.

    Args:
        city: who lives there.
        programmes: who is listed and who gets what.
        insured: people whose premium the state pays in June 2024, as its list tells.

    Raises:
        ValueError: the city is too small to have a family for every kind.
    """
    return _Planter(city, programmes).plant(insured)


class _Planter:
    """Writes each case into the lists that tell it."""

    def __init__(self, city: City, programmes: Programmes) -> None:
        self.city, self.programmes = city, programmes
        self.now = SmallList(
            f"dinsos/Penerima Sembako susulan {NOW}.csv", "dinsos.program_recipient", RECIPIENT_HEADERS, NOW
        )
        self.before = SmallList(
            f"dinsos/Penerima Sembako susulan {BEFORE}.csv",
            "dinsos.program_recipient",
            RECIPIENT_HEADERS,
            BEFORE,
        )
        self.visits = SmallList(
            "dinsos/Hasil verval 2024-05.csv", "dinsos.verval_result", VISIT_HEADERS, "2024-05"
        )
        self.insured_now = SmallList(
            f"bpjs/PBI APBD {NOW}.csv", "bpjs.pbi_apbd", APBD_HEADERS, NOW, is_in_letter=False
        )
        self.insured_before = SmallList(
            f"bpjs/PBI APBD {BEFORE}.csv", "bpjs.pbi_apbd", APBD_HEADERS, BEFORE, is_in_letter=False
        )
        self.members = SmallList(f"bpjs/Peserta JKN {NOW}.csv", "bpjs.member", MEMBER_HEADERS, NOW)
        self.findings: list[Finding] = []

    def plant(self, insured: Integers) -> Planted:
        listed, unlisted = self._families()
        alone, count = np.unique(insured, return_counts=True)
        of_the_state = iter(alone[(count == 1) & (self.city.people.died[alone] == ALIVE)].tolist())
        for _ in range(max(1, min(5, len(self.city.people.family) // 30_000))):
            try:
                self._one_of_each(listed, unlisted, of_the_state)
            except StopIteration:
                raise ValueError("a city with planted findings needs some 1,000 people") from None
        lists = (self.now, self.before, self.visits, self.insured_now, self.insured_before, self.members)
        return Planted(lists, tuple(self.findings))

    def _one_of_each(
        self, listed: Iterator[int], unlisted: Iterator[int], of_the_state: Iterator[int]
    ) -> None:
        for rule in ("CARD_HOLDER_DECEASED", "MOVED_AWAY", "NOT_FOUND"):
            head = next(listed)
            self._visit(head, rule)
            self._pay(head, rule)
        # whom the officer struck off, and whom the next edition did not list again
        head = next(unlisted)
        self._visit(head, "INACTIVE")
        self._pay(head, "INACTIVE")
        # who has no sound number may be listed under another
        self._pay(next(unlisted), "NIK_MISSING", nik="")
        head = next(unlisted)
        self._pay(head, "NIK_INVALID", nik=self.city.people.nik[head][:-1])
        self._pay(next(unlisted), "NOT_IN_REGISTRY")
        # two people on one number; the second is on no list
        head = next(listed)
        self._pay(head, "NIK_SHARED")
        self._pay(next(unlisted), "NIK_SHARED", "NOT_IN_REGISTRY", nik=self.city.people.nik[head])
        # two of one family
        head = next(listed)
        self._pay(head)
        self._pay(head + 1, "PAID_TWICE", idr=SECOND_IDR)
        # the card of somebody known to be dead, and still no heir on it a year later: nothing at risk is paid again
        head = next(listed)
        self._visit(head, "A_YEAR_AGO")
        self._pay(head, "CARD_HOLDER_DECEASED", into=self.before)
        self._pay(head, "CARD_HOLDER_DECEASED")
        # the region may pay for whom it likes, but not for the dead, and not in two years
        person = next(unlisted)
        self._visit(person, "DECEASED")
        self._insure(person, "DECEASED")
        person = next(unlisted)
        self._visit(person, "A_YEAR_AGO")
        self._insure(person, "DECEASED", into=self.insured_before)
        self._insure(person, "DECEASED", "PAID_AGAIN")
        self._insure(next(of_the_state), "PBI_TWICE_FUNDED")
        for segment, rules in SEGMENTS.items():
            head = next(unlisted)
            self._employ(head, segment)
            self._pay(head, "NOT_IN_REGISTRY", *rules)

    def _families(self) -> tuple[Iterator[int], Iterator[int]]:
        """Heads of families of two or more that get nothing: the first two are listed, or nobody is."""
        people, programmes = self.city.people, self.programmes
        count = len(self.city.families.kk)
        head = self.city.homes.start
        second = np.minimum(head + 1, len(people.family) - 1)
        alive = people.died == ALIVE
        plain = (
            (people.family[second] == people.family[head])
            & (alive[head] & alive[second])
            & ~programmes.sembako
            & (programmes.pkh_idr == 0)
            & ~_any_of(programmes.pbi, people.family, count)
        )
        listed = programmes.dtks[head] & programmes.dtks[second]
        unlisted = ~_any_of(programmes.dtks, people.family, count)
        return iter(head[plain & listed].tolist()), iter(head[plain & unlisted].tolist())

    def _pay(
        self,
        person: int,
        *rules: str,
        nik: str | None = None,
        idr: int = SEMBAKO_IDR,
        into: SmallList | None = None,
    ) -> None:
        into = into or self.now
        family = self.city.people.family[person]
        row = into.add(person, {
            "program": "Program Sembako", "periode": into.period,
            "nik": self.city.people.nik[person] if nik is None else nik,
            "no_kk": self.city.families.kk[family], "nama": self._name(person),
            "alamat": upper(self.city.families.address[[family]])[0],
            "kode_desa": self._village(person, "code"), "nominal": rupiah(idr),
        })  # fmt: skip
        self._found(into, row, "SEMBAKO", idr, rules)

    def _insure(self, person: int, *rules: str, into: SmallList | None = None) -> None:
        into = into or self.insured_now
        year, month = into.period.split("-")
        row = into.add(person, {
            "psnoka_bpjs": f"{9_700_000_000 + person:013d}", "nik": self.city.people.nik[person],
            "nama": self._name(person), "segmen": "PBI APBD", "bulan_iuran": month, "tahun_iuran": year,
            **self._place(person),
        })  # fmt: skip
        self._found(into, row, "PBI_APBD", PREMIUM_IDR, rules)

    def _employ(self, person: int, segment: str) -> None:
        self.members.add(person, {
            "psnoka_bpjs": f"{9_800_000_000 + person:013d}", "nik": self.city.people.nik[person],
            "nama": self._name(person), "segmen": segment, "status_peserta": "AKTIF", **self._place(person),
        })  # fmt: skip

    def _place(self, person: int) -> dict[str, str]:
        return {
            "provinsi": PROVINCE, "kabupaten": CITY, "kecamatan": self._village(person, "district").upper(),
            "desa": self._village(person, "name").upper(),
        }  # fmt: skip

    def _found(self, of: SmallList, row: int, program: str, idr: int, rules: tuple[str, ...]) -> None:
        self.findings += (
            Finding(rule, of.file, row, program, of.period, 0 if rule in NOTHING_AT_RISK else idr)
            for rule in rules
        )

    def _visit(self, person: int, case: str) -> None:
        found, day, due = VISITS[case]
        self.visits.add(person, {
            "registri": "DTKS", "id_sumber": dtks_ids(self.programmes.dtks_id[[person]])[0],
            "nik": self.city.people.nik[person], "nama": self._name(person),
            "kode_desa": self._village(person, "code"), "tanggal_verval": day, "hasil": found, "kelayakan": due,
            "petugas": "Petugas 1",
        })  # fmt: skip

    def _name(self, person: int) -> str:
        return upper(self.city.people.name[[person]])[0]

    def _village(self, person: int, attribute: str) -> str:
        return getattr(villages(), attribute)[self.city.families.village[self.city.people.family[person]]]


def _any_of(people: Flags, family: Integers, families: int) -> Flags:
    return np.bincount(family[people], minlength=families) > 0
