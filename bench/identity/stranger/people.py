"""The people of the stranger's city, as they are: families with a card, and what the civil registry gave each."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

from sample import places


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN = {
    "L": _words("""
        Agus Budi Slamet Sutrisno Hendra Rudi Joko Bambang Dedi Eko Fajar Gunawan Hadi Irwan Junaidi Kurniawan
        Lukman Mulyadi Nasrul Oki Parlindungan Rahmat Syahrul Togar Usman Wahyu Yusuf Zulkifli Ahmad Ali Anwar
        Arifin Asep Ardi Benny Daniel David Edi Ferry Hasan Herman Ilham Imam Iskandar Jamal Jhon Khairul Mahmud
        Martua Monang Poltak Ramlan Ridwan Rizky Robert Roni Saiful Samsul Sahat Sofyan Suhardi Sugeng Sukirman
        Sulaiman Suparman Suryadi Taufik Tigor Tono Udin Wawan Yanto Zainal Bonar Effendi Darwis Fauzi Hotman
        Marulitua Sabar"""),
    "P": _words("""
        Siti Sri Dewi Rina Ani Nur Yanti Wati Lina Maria Fitri Ratna Indah Juliana Kartini Lestari Murni Nurhayati
        Rosmawati Sulastri Tuti Umi Yuni Zubaidah Aisyah Aminah Asnah Berliana Cahaya Delima Elvi Farida Gusnita
        Halimah Ida Jamilah Khadijah Laila Masitah Nirmala Paini Rahmah Risma Rohani Saadah Salmah Sari Sumiati
        Suriani Tiurma Ulfa Warni Yusra Zahara Lamria Rosdiana Duma Tetty Hotmaida Sondang Nurlela Mariani Sumarni
        Poniah"""),
}
HOUSES = _words("""
        Siregar Nasution Hutabarat Simanjuntak Lubis Harahap Sitorus Panjaitan Manurung Sinaga Tambunan Marpaung
        Saragih Damanik Purba Ginting Tarigan Sembiring Hasibuan Pohan Batubara Rangkuti Daulay Pane Ritonga Gultom
        Nainggolan Silalahi""")
SECOND = {
    "L": _words("""
        Wijaya Santoso Setiawan Hidayat Saputra Pratama Nugroho Susanto Hartono Prasetyo Wibowo Utomo Permana Kusuma
        Maulana Ramadhan Firmansyah Syahputra Abdullah Rahman Hakim Efendi Hamid Basri Ismail Ibrahim Salim"""),
    "P": _words("""
        Wulandari Anggraini Rahayu Handayani Puspita Utami Astuti Lestari Safitri Novita Oktavia Hasanah Khasanah
        Maharani Kusumawati Hidayati Rahmawati Ningsih Nasution Siregar Lubis Sitorus Manurung"""),
}
STREETS = (
    "Ahmad Yani", "Sudirman", "Veteran", "Teuku Umar", "Sisingamangaraja", "Pattimura", "Diponegoro", "Cokroaminoto",
    "Gereja", "Mesjid", "Pasar Baru", "Pahlawan", "Anggrek", "Melati", "Mawar", "Flamboyan", "Beringin", "Suprapto",
    "Imam Bonjol", "Asahan",
)  # fmt: skip
CULTURES = ("batak", "jawa", "melayu", "melayu")
ELSEWHERE = ("127101", "120901", "120915", "140101", "127303", "120704")
AS_OF = date(2025, 6, 1)
YEAR = 365.25


@dataclass
class Person:
    """One of the city; ``papers_born`` is the birth date by the papers, and by the NIK."""

    number: int
    family: int
    role: str
    sex: str
    born: date
    papers_born: date
    name: str
    mother: str
    father: str
    nik: str
    kk: str
    old_kk: str
    village: int
    street: str
    house: int
    rt: int
    dead: bool

    @property
    def age(self) -> float:
        """In years."""
        return (AS_OF - self.born).days / YEAR


@dataclass
class _Home:
    """What the members of a family have together."""

    number: int
    culture: str
    house_name: str
    village: int
    street: str
    house: int
    rt: int
    kk: str
    old_kk: str
    members: list[Person] = field(default_factory=list)


class City:
    """At least ``people`` people of Tanjungbalai, the same for the same seed; ``members``: family → its people."""

    def __init__(self, people: int, seed: int) -> None:
        self.draw = random.Random(f"stranger {seed}")
        self.villages = places.villages()
        self.people: list[Person] = []
        self.members: dict[int, list[Person]] = {}
        self._given_out: dict[str, int] = {}
        for family in count(1):
            if len(self.people) >= people:
                break
            self.members[family] = self._family(family)
        self.need = {family: self.draw.random() for family in self.members}

    # ------------------------------------------------------------------------------------------------- numbers, names
    def _number(self, district: str, day: int, when: date) -> str:
        stem = f"{district}{day:02d}{when.month:02d}{when.year % 100:02d}"
        self._given_out[stem] = self._given_out.get(stem, 0) + 1
        return f"{stem}{self._given_out[stem]:04d}"

    def _nik(self, born: date, sex: str, village: int) -> str:
        here = self.draw.random() >= 0.2
        district = self._district(village) if here else self.draw.choice(ELSEWHERE)
        return self._number(district, born.day + (40 if sex == "P" else 0), born)

    def _card(self, village: int, when: date) -> str:
        return self._number(self._district(village), when.day, when)

    def _district(self, village: int) -> str:
        return str(self.villages.district_code[village]).replace(".", "")

    def _name(self, sex: str, house: str, culture: str) -> str:
        draw = self.draw
        first = draw.choice(GIVEN[sex][: draw.choice([15, 40, 99])])
        if culture == "batak":
            words = [first, draw.choice(GIVEN[sex]) if draw.random() < 0.3 else "", house]
        elif culture == "jawa":
            words = [first, "" if draw.random() < 0.35 else draw.choice(SECOND[sex])]
        else:
            front = draw.choice(["Muhammad", "Abdul", ""] if sex == "L" else ["Siti", "Nur", ""])
            words = [front, first, draw.choice(SECOND[sex]) if draw.random() < 0.5 else ""]
        return " ".join(filter(None, dict.fromkeys(words)))

    def _anybody(self, sex: str) -> str:
        return self._name(sex, self.draw.choice(HOUSES), self.draw.choice(CULTURES))

    # -------------------------------------------------------------------------------------------------------- families
    def _family(self, number: int) -> list[Person]:
        draw = self.draw
        culture, house_name = draw.choice(CULTURES), draw.choice(HOUSES)
        village = draw.choices(range(len(self.villages.code)), weights=self.villages.weight.tolist())[0]
        issued = AS_OF - timedelta(days=draw.randint(30, 4000))
        kk = self._card(village, issued)
        old_kk = self._card(village, issued - timedelta(days=900)) if draw.random() < 0.4 else kk
        home = _Home(number, culture, house_name, village, draw.choice(STREETS), draw.randint(1, 180),
                     draw.randint(1, 9), kk, old_kk)  # fmt: skip
        age, kind = min(85.0, max(19.0, draw.gauss(44, 14))), draw.random()
        if kind < 0.1:
            self._add(home, "KEPALA KELUARGA", draw.choice("LP"), age)
            return home.members
        head = mother = self._add(home, "KEPALA KELUARGA", "L" if kind > 0.22 else "P", age)
        if head.sex == "L":
            mother = self._add(home, "ISTERI", "P", max(17.0, age - draw.uniform(-2, 9)))
        self._children(home, mother, head.name if head.sex == "L" else self._name("L", house_name, culture))
        if draw.random() < 0.12:
            self._add(home, "ORANG TUA", draw.choice("LPP"), min(96.0, age + draw.uniform(19, 30)))
        if draw.random() < 0.05:
            self._add(home, "FAMILI LAIN", draw.choice("LP"), draw.uniform(3, 60))
        return home.members

    def _children(self, home: _Home, mother: Person, father: str) -> None:
        draw = self.draw
        youngest, oldest = max(0.0, mother.age - 40), min(24.0, mother.age - 17)
        if oldest <= youngest:
            return
        for _ in range(min(7, int(draw.expovariate(0.45)))):
            sex, years, born = draw.choice("LP"), draw.uniform(youngest, oldest), None
            for _ in range(2 if draw.random() < 0.02 else 1):
                name, before = self._name(sex, home.house_name, home.culture), home.members[-1]
                if before.role == "ANAK" and before.sex == sex and draw.random() < 0.12:
                    name = f"{before.name.split()[0]} {draw.choice(GIVEN[sex])}"
                child = self._add(home, "ANAK", sex, years, name, mother.name, father, born)
                born, sex = child.born, sex if draw.random() < 0.6 else draw.choice("LP")

    def _add(self, home: _Home, role: str, sex: str, years: float, name: str = "", mother: str = "",
             father: str = "", born: date | None = None) -> Person:  # fmt: skip
        draw = self.draw
        if born is None:
            born = AS_OF - timedelta(days=int(years * YEAR) + draw.randint(0, 364))
            if years > 45 and draw.random() < 0.12:
                born = date(born.year, *draw.choice([(1, 1), (12, 31), (7, 1)]))
        papers = born
        if draw.random() < 0.015:
            papers = date(born.year + draw.choice([-1, 1]), born.month, min(born.day, 28))
        person = Person(
            len(self.people) + 1, home.number, role, sex, born, papers,
            name or self._name(sex, home.house_name, home.culture), mother or self._anybody("P"), father,
            self._nik(papers, sex, home.village), home.kk, home.old_kk, home.village, home.street, home.house, home.rt,
            dead=years > 55 and draw.random() < 0.06)  # fmt: skip
        self.people.append(person)
        home.members.append(person)
        return person
