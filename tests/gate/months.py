"""Sound lists over 36 months, as files: they grow, are verified twice a year, are paid by the quarter, have holidays.

Nothing in them is wrong, so whatever a gate says of them is a false alarm. But for one thing: of every list one month
comes late, after the next, and until then it is missing; and one is sent again, a little corrected.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.landing.conftest import DTKS, KKS, PBI, as_csv

MONTHS = 36
FIRST_YEAR = 2022
KINDS = ("steady", "growing", "verified", "quarters", "school", "december", "short")
_DAY_ZERO = dt.date(1948, 2, 1)
_RECIPIENTS = ["program", "periode", "nik", "no_kk", "nama", "tanggal_lahir", "jenis_kelamin", "alamat", "Provinsi",
               "Kabupaten/Kota", "nominal", "status"]  # fmt: skip
_BPS_HEADING = (
    "Provinsi,Jumlah Penduduk Miskin - Maret (ribu) (Ribu),Jumlah Penduduk Miskin - September (ribu) (Ribu),"
    "Persentase Penduduk Miskin - Maret,Persentase Penduduk Miskin - September"
)


def sizes(
    kind: str, level: float, chance: random.Random, months: int = MONTHS
) -> Iterator[tuple[str, float]]:
    """(Month, how many) of one list whose kind says what its year is like."""
    for number in range(months):
        month = number % 12 + 1
        level *= chance.gauss(1.013 if kind == "growing" else 1.003, 0.008)
        if kind == "verified" and month in (3, 9):
            level *= chance.uniform(0.88, 0.97)
        swing = {
            "quarters": 1.0 if month % 3 == 0 else 0.35,
            "school": 0.6 if month in (7, 8) else 1.0,
            "december": 2.0 if month == 12 else 1.0,
        }.get(kind, 1.0)
        size = level * swing
        yield (
            f"{FIRST_YEAR + number // 12}-{month:02d}",
            max(1.0, round(size + chance.gauss(0, size**0.5))),
        )


@dataclass(frozen=True)
class Sent:
    """A file. ``kind``: ``in time``, ``late``, ``corrected``, or ``after a gap``: then the month before is missing."""

    name: str
    text: str
    kind: str = "in time"


AGES = {"KLJ": (dt.date(1935, 1, 1), 9_000), "PIP": (dt.date(2004, 1, 1), 4_000)}
"""Programme → the first day on which its people were born, and how many days. They are in no other list."""
CITIES = {"KOTA TANJUNG BALAI": "127401", "KOTA MEDAN": "127101"}
TANJUNGBALAI, MEDAN = CITIES


@dataclass(frozen=True)
class Series:
    """One list. ``layout``: of its files; ``city`` in them; ``kind``: what its year is like; ``level``: people in it.

    ``one_in``: of so many people a file holds one. The length of a short list jumps about by chance, a tenth and more
    in a list of a hundred; so files of a few hundred records can still be as steady as a list of thousands.
    """

    layout: str
    city: str
    kind: str
    level: float
    programme: str = ""
    one_in: int = 1

    def sent(self, seed: int, months: int) -> Iterator[tuple[int, Sent]]:
        """(Month from 0 in which it comes, file)."""
        chance = random.Random(f"{seed} {self}")
        step = 3 if self.layout == "kks" else 1
        all_ = list(sizes(self.kind, self.level * self.one_in, chance, months))[step - 1 :: step]
        late, corrected = chance.sample(range(max(4, len(all_) * 2 // 5), len(all_) - 1), 2)
        # the old and the pupils are nobody else: with one number they would be two people of one name and card
        apart = 4_000 * (1 + [*AGES].index(self.programme)) if self.programme in AGES else 0
        first = 10_000 * [*CITIES].index(self.city) + apart + chance.randrange(500)
        for number, (period, size) in enumerate(all_):
            people, month = (
                range(first + 2 * number, first + 2 * number + round(size / self.one_in)),
                (number + 1) * step - 1,
            )
            if number == late:
                yield month + step + 1, self._file(period, people, "late")
            else:
                yield month, self._file(period, people, "after a gap" if number == late + 1 else "in time")
            if number == corrected:
                yield month + 1, self._file(period, people[: -max(1, len(people) // 80)], "corrected")

    def _file(self, period: str, people: range, kind: str) -> Sent:
        year, month = int(period[:4]), int(period[5:])
        told = f"{year}-Q{(month + 2) // 3}" if self.layout == "kks" else period
        heading, rows = getattr(self, f"_{self.layout}")(people, year, month)
        again = " perbaikan" if kind == "corrected" else ""
        name = f"{self.layout} {self.city} {self.programme} {told}{again}.csv"
        return Sent(f"{_AGENCY[self.layout]}/{name}", as_csv(heading, rows), kind)

    def _dtks(self, people: range, year: int, month: int) -> tuple[list[str], list[list[str]]]:
        return DTKS, [
            [f"D{n:09d}", "SUMATERA UTARA", self.city, "", "CONTOH", f"JL CONTOH NO {n}", "II", "001", "002", one.card,
             one.nik, one.name, one.born, "MEDAN", one.sex, "NELAYAN", f"IBU {one.name}", "Kepala Keluarga", "Padan",
             "YA", "TIDAK", "-", "YA"]
            for n, one in map(_numbered, people)
        ]  # fmt: skip

    def _pbi(self, people: range, year: int, month: int) -> tuple[list[str], list[list[str]]]:
        return PBI, [
            [str(n), f"{n:016d}", "SUMATERA UTARA", self.city, "", "CONTOH", "001", "002", "LINGKUNGAN II",
             f"JL CONTOH NO {n}", f"{n + 1:013d}", f"{n + 7:013d}", one.name, one.born, "MEDAN", one.sex, one.nik,
             one.card, "KEPALA KELUARGA", f"IBU {one.name}", "AKTIF"]
            for n, one in map(_numbered, people)
        ]  # fmt: skip

    def _recipients(self, people: range, year: int, month: int) -> tuple[list[str], list[list[str]]]:
        return _RECIPIENTS, [
            [self.programme, f"{year}-{month:02d}", one.nik, one.card, one.name, one.born, one.sex,
             f"JL CONTOH NO {n}", "SUMATERA UTARA", self.city, "300000", "Aktif"]
            for n, one in (_numbered(n, *AGES.get(self.programme, ())) for n in people)
        ]  # fmt: skip

    def _kks(self, people: range, year: int, month: int) -> tuple[list[str], list[list[str]]]:
        stage, amounts = f"Tahap {(month + 2) // 3} Tahun {year}", (225_000, 600_000, 750_000, 975_000)
        return KKS, [
            [one.nik, one.name, f"6032{n:012d}", self.programme, stage,
             "600000" if self.programme == "SEMBAKO" else str(amounts[n % 4])]
            for n, one in map(_numbered, people)
        ]  # fmt: skip


_AGENCY = {"dtks": "dinsos", "pbi": "bpjs", "recipients": "dinsos", "kks": "dinsos"}
SERIES = (
    Series("dtks", TANJUNGBALAI, "verified", 160),
    Series("dtks", MEDAN, "steady", 220),
    Series("pbi", TANJUNGBALAI, "growing", 140),
    Series("pbi", MEDAN, "december", 110),
    Series("recipients", TANJUNGBALAI, "quarters", 120, "KLJ"),
    Series("recipients", TANJUNGBALAI, "school", 130, "PIP"),
    Series("recipients", MEDAN, "short", 60, "BLT DESA"),
    Series("recipients", MEDAN, "growing", 90, "KPDJ"),
    Series("kks", TANJUNGBALAI, "steady", 200, "PKH"),
    Series("kks", TANJUNGBALAI, "verified", 150, "SEMBAKO"),
)


@dataclass(frozen=True)
class Invented:
    """Somebody whose numbers agree with what is said of them."""

    nik: str
    card: str
    name: str
    born: str
    sex: str


def _numbered(n: int, since: dt.date = _DAY_ZERO, days: int = 20_000) -> tuple[int, Invented]:
    born = since + dt.timedelta(days=n * 41 % days)
    is_woman = n % 2 == 1
    area = CITIES[TANJUNGBALAI if n < 10_000 else MEDAN]
    nik = f"{area}{born.day + 40 * is_woman:02d}{born:%m%y}{n % 9_000 + 1:04d}"
    card = f"{area}{n // 4 % 28 + 1:02d}0115{n // 4 % 9_000 + 1:04d}"
    letters = "".join(chr(65 + n // 26**place % 26) for place in range(3))
    return n, Invented(nik, card, f"CONTOH {letters}", f"{born:%d-%m-%Y}", "P" if is_woman else "L")


def statistics(months: int) -> Iterator[tuple[int, Sent]]:
    """Tables of BPS: March in July, then the year with its September in the January after; poverty falls slowly."""
    chance = random.Random("bps")
    level = {"Sumatera Utara": (8.4, 15_000), "Banten": (6.2, 12_500), "Indonesia": (9.6, 275_000)}
    for start in range(0, months, 12):
        halves = []
        for _ in range(2):
            level = {name: (p0 * chance.uniform(0.98, 1.0), people) for name, (p0, people) in level.items()}
            halves.append(level)
        for month, is_whole in ((6, False), (12, True)):
            lines = [_BPS_HEADING]
            for name in level:
                told = [
                    (f"{p0 / 100 * people:.2f}", f"{p0:.2f}")
                    for p0, people in (half[name] for half in halves)
                ]
                march, september = told[0], told[1] if is_whole else ("...", "...")
                lines.append(",".join((name, march[0], september[0], march[1], september[1])))
            year = f"{FIRST_YEAR + start // 12}{' lengkap' if is_whole else ''}"
            name = f"bps/Jumlah dan Persentase Penduduk Miskin Menurut Provinsi, {year}.csv"
            yield start + month, Sent(name, "\n".join((*lines, "")))


def calendar(seed: int, series: Iterable[Series] = SERIES, months: int = MONTHS) -> dict[int, list[Sent]]:
    """Month from 0 → what comes in it; the last files come after ``months``."""
    comes: dict[int, list[Sent]] = {}
    for month, sent in (*(one for of in series for one in of.sent(seed, months)), *statistics(months)):
        comes.setdefault(month, []).append(sent)
    return dict(sorted(comes.items()))


def drop(inbox: Path, sent: Sent) -> Path:
    """Put it into the inbox; where it lies."""
    path = inbox / sent.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(sent.text, encoding="utf-8")
    return path
