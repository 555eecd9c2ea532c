"""Faults of a file as a whole: its columns, its length, its period, its bytes."""

from __future__ import annotations

import random
import re

from simpul.faults.good import Good, Place
from simpul.faults.kinds import kind
from simpul.gate.of_programme import programmes_named
from simpul.period import parse_period


@kind(
    "column_missing",
    "A column that must be there is gone",
    "Kolom wajib hilang",
    "held",
    "delivery_of_other_dataset",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    must = [c.column for c in good.contract.columns if c.required and c.column in good.layout.map.columns]
    if not must or good.layout.is_melted:
        return None
    position = good.layout.map.columns[chance.choice(must)]
    place = good.place(None, position)
    for row in good.rows[good.layout.header_row - 1 :]:
        del row[position : position + 1]
    return [place]


@kind("heading_twice", "Two columns have one heading", "Dua kolom berjudul sama", "held", critical=True)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    positions = [p for p in good.layout.map.columns.values() if p < len(good.heading)]
    if len(positions) < 3 or good.layout.is_melted:
        return None
    one, other = chance.sample(positions, 2)
    good.heading[one] = good.heading[other]
    return [good.place(None, one)]


@kind(
    "headings_swapped",
    "The headings of NIK and name are swapped",
    "Judul kolom NIK dan nama tertukar",
    "held",
    "nama_letters",
    "nik_sixteen_digits",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    nik, name = good.position("nik"), good.position("nama")
    if nik is None or name is None:
        return None
    good.heading[nik], good.heading[name] = good.heading[name], good.heading[nik]
    return [good.place(None, nik)]


@kind(
    "row_shifted",
    "The cells of a row are shifted by one",
    "Sel satu baris bergeser satu kolom",
    "nik_present",
    "nik_sixteen_digits",
    "nama_letters",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if good.layout.is_melted or good.position("nik") is None:
        return None
    row = chance.choice(good.records)
    good.rows[row] = ["", *good.rows[row][:-1]]
    return [good.place(row)]


@kind(
    "cut_off",
    "The file was cut off in the middle",
    "Berkas terpotong di tengah",
    "held",
    "delivery_shrunk",
    "delivery_size",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    content = good.content()
    good.replaced = content[: len(content) * chance.randrange(20, 60) // 100]
    return [good.place()]


@kind(
    "half_missing",
    "Half of the records are missing",
    "Separuh rekaman hilang",
    "held",
    "delivery_shrunk",
    "delivery_size",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if len(good.records) < 30:
        return None
    gone = set(chance.sample(good.records, int(len(good.records) * 0.5)))
    good.rows = [row for number, row in enumerate(good.rows) if number not in gone]
    return [good.place()]


@kind(
    "records_twice",
    "A block of records stands twice",
    "Satu blok rekaman tertulis dua kali",
    "held",
    "record_unique",
    "nik_unique",
    "payment_unique",
    "psnoka_unique",
    "figure_unique",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if len(good.records) < 20 or not any(rule.kind == "unique" for rule in good.contract.rules):
        return None
    start = chance.randrange(len(good.records) - 10)
    block = good.records[start : start + 10]
    good.rows[block[-1] + 1 : block[-1] + 1] = [list(good.rows[row]) for row in block]
    return [good.place(row) for row in block]


@kind(
    "month_before_again",
    "The rows of the month before were sent again",
    "Baris bulan sebelumnya dikirim lagi",
    "delivery_repeated",
    "held",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    mine = parse_period(good.path.stem, good.contract.period.form)
    if "file_name" not in good.contract.period.sources or good.contract.period.column or mine is None:
        return None
    for before in good.siblings():
        theirs = parse_period(before.path.stem, good.contract.period.form)
        if theirs and theirs < mine and before.path.suffix == good.path.suffix:
            good.replaced = before.path.read_bytes()
            return [good.place()]
    return None


@kind(
    "period_disagrees",
    "The name of the file says another period than its rows",
    "Nama berkas menyebut periode lain dari isinya",
    "held",
    "delivery_period_named",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    sources = good.contract.period.sources
    year = re.search(r"20\d\d", good.name)
    stated = {good.contract.period.column, *(good.contract.period.columns_year_month or ())}
    if "content" not in sources or year is None or not stated & good.layout.map.columns.keys():
        return None
    good.name = good.name.replace(year[0], str(int(year[0]) - 1))
    return [good.place()]


@kind(
    "other_agency",
    "The file lies in another agency's folder",
    "Berkas berada di folder instansi lain",
    "held",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    others = [agency for agency in ("bps", "dinsos", "bpjs") if agency != good.contract.agency]
    good.name = f"../{chance.choice(others)}/{good.name}"
    return [good.place()]


@kind(
    "fewer_than_letter",
    "The file holds fewer records than its letter says",
    "Isi berkas kurang dari jumlah di surat pengantar",
    "held",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if good.letter is not None or good.layout.is_melted:
        return None
    good.letter = f"records: {len(good.records) + chance.randint(1, 5)}\n"
    return [good.place()]


@kind(
    "bytes_broken",
    "Bytes in the middle of the file are broken",
    "Byte di tengah berkas rusak",
    "held",
    "nul_byte",
    "field_count",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    content = bytearray(good.content())
    start = len(content) // 2
    content[start : start + 40] = bytes(40)
    good.replaced = bytes(content)
    return [good.place()]


@kind(
    "named_after_another_programme",
    "The file is named after another programme than its records",
    "Nama berkas menyebut program lain daripada isinya",
    "delivery_programme_named",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if not (named := programmes_named(good.name)) or len(named) > 1:
        return None
    (one,) = named
    other = chance.choice(sorted({"PKH", "BST", "KPDJ"} - named))
    renamed = re.sub(rf"(?<![A-Za-z]){one}(?![A-Za-z])", other, good.name, flags=re.IGNORECASE)
    good.name = renamed
    return [good.place(None)] if programmes_named(renamed) == {other} else None


@kind(
    "title_of_another_month",
    "The title above the table says a month of the year before",
    "Judul di atas tabel menyebut bulan tahun sebelumnya",
    "delivery_period_titled",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    period = parse_period(good.name)
    if period is None or len(period) != len("2024-06") or good.layout.titles or good.layout.is_melted:
        return None
    month = chance.choice(("JANUARI", "FEBRUARI", "MARET"))
    title = [f"DAFTAR PER {month} {int(period[:4]) - 1}"]
    good.rows.insert(0, [*title, *[""] * (len(good.heading) - 1)])
    return [good.place(1)]
