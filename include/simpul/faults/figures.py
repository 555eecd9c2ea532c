"""Faults in tables of BPS."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from simpul.faults.good import Good, Place
from simpul.faults.kinds import kind

YEARS = 3
"""So far the rule of the gate that holds a percentage against the year before looks back."""
_ROUNDED = 8  # figures; of fewer all may be whole
Figure = tuple[int, int, float]  # row, position, number


def _figures(good: Good) -> list[Figure]:
    """Figures of a table of BPS: row, position, number."""
    found = []
    for row in good.records if good.layout.is_melted else ():
        for position in good.layout.map.melted:
            text = good.text(row, position)
            if re.fullmatch(r"[0-9]+([.,][0-9]+)?", text):
                found.append((row, position, float(text.replace(",", "."))))
    return found


def _of(good: Good, indicator: str) -> list[Figure]:
    """The figures of one indicator."""
    told = good.layout.map.melted
    return [
        one
        for one in _figures(good)
        if indicator in told[one[1]].values()
        or (good.layout.edition.constants or {}).get("indikator") == indicator
    ]


def _percents(good: Good) -> list[Figure]:
    return _of(good, "p0")


def _change_one(
    good: Good, chance: random.Random, figures: list[Figure], made: Callable[[float], str]
) -> list[Place] | None:
    """Change one of some figures."""
    if not figures:
        return None
    row, position, number = chance.choice(figures)
    return [good.put(row, position, made(number))]


@kind("figure_no_number", "A figure is a word", "Angka berupa kata", "nilai_number", critical=True)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _change_one(good, chance, _figures(good), lambda number: "sembilan")


@kind(
    "figure_lost",
    "A figure is blank without a sign of BPS",
    "Angka kosong tanpa tanda BPS",
    "nilai_required",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if getattr(good.edition.melt, "blank", "lost") != "lost":
        return None
    return _change_one(good, chance, _figures(good), lambda number: "")


@kind(
    "percent_without_comma",
    "The decimal mark of a percentage is lost",
    "Tanda desimal persentase hilang",
    "p0_percent",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    told = [one for one in _percents(good) if one[2] > 1.01]
    return _change_one(good, chance, told, lambda number: str(round(number * 100)))


@kind(
    "region_twice",
    "A region stands twice with two figures",
    "Satu wilayah tertulis dua kali dengan dua angka",
    "figure_unique",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if not (figures := _figures(good)):
        return None
    row, position, number = chance.choice(figures)
    again = list(good.rows[row])
    again[position] = str(round(number * 1.1 + 0.01, 2))
    good.rows.insert(row + 1, again)
    return [good.place(row, position), good.place(row + 1, position)]


@kind(
    "percent_as_share",
    "Percentages are written as shares of one",
    "Persentase ditulis sebagai pecahan",
    "p0_step",
    "implied_population",
    "fgt_order",
    "province_within_regencies",
    "two_sources_agree",
    critical=True,
    door="publication",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if not (figures := _percents(good)):
        return None
    for row, position, number in figures:
        good.put(row, position, f"{number / 100:.4f}")
    return [good.place(None, figures[0][1])]


@kind(
    "digits_swapped",
    "Two digits of a percentage are swapped",
    "Dua digit persentase tertukar",
    "p0_step",
    "implied_population",
    "province_within_regencies",
    critical=True,
    door="publication",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    """``14.46`` → ``41.46``; only where the figure changes by half at least, for less is what may happen in a year, and
    where another year of the region is there to tell.
    """
    return _swap(good, chance, is_alone=False)


@kind(
    "digits_swapped_alone",
    "Two digits of a percentage are swapped, and no other year of the region is known",
    "Dua digit persentase tertukar, dan tidak ada tahun lain untuk wilayah itu",
    "p0_step",
    "implied_population",
    "province_within_regencies",
    "p0_of_regency",
    critical=True,
    door="publication",
    plausible=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    """21.67 percent of a regency of which nothing else is known could be so."""
    return _swap(good, chance, is_alone=True)


def _swap(good: Good, chance: random.Random, *, is_alone: bool) -> list[Place] | None:
    swapped = [
        (row, position, f"{str(number)[1]}{str(number)[0]}{str(number)[2:]}")
        for row, position, number in _percents(good)
        if number >= 10
        and str(number)[1].isdigit()
        and float(f"{str(number)[1]}{str(number)[0]}") > number * 1.5
    ]
    if not swapped:
        return None
    near = _observed_near(good)
    swapped = [one for one in swapped if (_region(good, one[0]) not in near) == is_alone]
    if not swapped:
        return None
    row, position, text = chance.choice(swapped)
    return [good.put(row, position, text)]


def _region(good: Good, row: int) -> str:
    return good.text(row, good.layout.map.columns.get("wilayah", 0)).casefold()


def _observed_near(good: Good) -> set[str]:
    """Regions of which another delivery of the folder holds a percentage, of at most `YEARS` before or after."""
    return {
        _region(other, row)
        for other in good.siblings()
        if abs(_year(other) - _year(good)) <= YEARS
        for row, _, _ in _percents(other)
    }


def _year(good: Good) -> int:
    years = {
        *(told["tahun"] for told in good.layout.map.melted.values() if "tahun" in told),
        *re.findall(r"\b(?:19|20)[0-9]{2}\b", good.path.name),
    }
    return int(max(years, default="0"))


@kind(
    "rows_slipped",
    "The figures stand one row too low",
    "Angka bergeser satu baris ke bawah",
    "p0_step",
    "implied_population",
    "province_within_regencies",
    "poverty_line_fell",
    "poor_within_nation",
    "two_sources_agree",
    "p1_p2_of_p0",
    critical=True,
    door="publication",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    if not good.layout.is_melted or len(good.records) < 5:
        return None
    for position in good.layout.map.melted:
        cells = [good.rows[row][position] for row in good.records]
        for row, value in zip(good.records, [cells[-1], *cells[:-1]], strict=True):
            good.put(row, position, value)
    return [good.place()]


_TOO_LARGE = (
    "poor_thousand_range", "poor_range", "poor_of_regency", "poor_within_province", "poor_within_nation",
    "poor_within_total",
)  # fmt: skip


@kind(
    "persons_for_thousands",
    "A count of persons stands in a column of thousands",
    "Jumlah jiwa tertulis pada kolom ribuan",
    *_TOO_LARGE,
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _change_one(good, chance, _of(good, "poor_thousand"), lambda number: str(round(number * 1000)))


@kind(
    "persons_for_thousands_all",
    "A column of thousands counts persons",
    "Kolom ribuan berisi jumlah jiwa",
    *_TOO_LARGE,
    "held",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _change_column(good, _of(good, "poor_thousand"), lambda number: str(round(number * 1000)))


def _persons(good: Good) -> list[Figure]:
    """Counts whose unit stands beside them and is no thousand; the last three digits say how exact they are."""
    position = good.layout.map.columns.get("satuan")
    return [
        (row, at, number)
        for row, at, number in _of(good, "poor")
        if position is not None
        and not re.search("000|ribu", good.text(row, position), re.IGNORECASE)
        and number % 1000
    ]


@kind(
    "thousands_for_persons",
    "A count in thousands stands where the unit says persons",
    "Jumlah dalam ribuan, padahal satuannya jiwa",
    "poor_whole",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _change_one(good, chance, _persons(good), lambda number: f"{number / 1000:.3f}")


@kind(
    "thousands_for_persons_all",
    "A column whose unit says persons counts thousands",
    "Kolom bersatuan jiwa berisi ribuan",
    "poor_whole",
    "held",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _change_column(good, _persons(good), lambda number: f"{number / 1000:.3f}")


def _change_column(good: Good, figures: list[Figure], made: Callable[[float], str]) -> list[Place] | None:
    """Change all figures that stand in the column of the first of them."""
    if not figures:
        return None
    position = figures[0][1]
    for row, at, number in figures:
        if at == position:
            good.put(row, at, made(number))
    return [good.place(None, position)]


@kind(
    "line_digits_swapped",
    "Two digits of a poverty line are swapped, to a third more than the year before",
    "Dua digit garis kemiskinan tertukar, menjadi sepertiga lebih dari tahun sebelumnya",
    "poverty_line_rose",
    "poverty_line_fell",
    critical=True,
    door="publication",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    """Less is what happened: Kerinci's line rose by 25 percent in 2024."""
    before = {
        _region(other, row): number
        for other in good.siblings()
        if _year(other) == _year(good) - 1
        for row, _, number in _of(other, "poverty_line")
    }
    swapped = []
    for row, position, _ in _of(good, "poverty_line"):
        text = good.text(row, position)
        text = f"{text[1]}{text[0]}{text[2:]}"
        is_province = good.text(row, good.layout.map.columns.get("wilayah", 0)).isupper()
        if not is_province and 1.35 * before.get(_region(good, row), 1e9) <= float(text) <= 2e6:
            swapped.append((row, position, text))
    if not swapped:
        return None
    row, position, text = chance.choice(swapped)
    return [good.put(row, position, text)]


@kind(
    "last_year_relabelled",
    "The table is last year's, under this year's name",
    "Tabelnya milik tahun lalu, dengan nama tahun ini",
    "delivery_figures_repeated",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    for other in good.siblings():
        is_alike = other.layout.edition.name == good.layout.edition.name and _undated(other) == _undated(good)
        if not is_alike or _year(other) != _year(good) - 1:
            continue
        theirs = {
            (_region(other, row), position): other.text(row, position) for row, position, _ in _figures(other)
        }
        mine = [
            (row, position) for row, position, _ in _figures(good) if (_region(good, row), position) in theirs
        ]
        if len(mine) < 10:  # of so few nobody can tell
            continue
        for row, position in mine:
            good.put(row, position, theirs[_region(good, row), position])
        return [good.place()]
    return None


def _undated(good: Good) -> list[str]:
    """The headings without their years."""
    return [re.sub(r"\b(?:19|20)[0-9]{2}\b", "", heading) for heading in good.layout.headings]


@kind(
    "depth_without_nought",
    "The comma of a P1 stands one digit too far left",
    "Koma angka P1 bergeser satu angka ke kiri",
    "p1_p2_of_p0",
    critical=True,
    door="publication",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    told = [one for one in _of(good, "p1") if one[2] > 0.3]
    return _change_one(good, chance, told, lambda number: f"{number / 10:.2f}")


@kind(
    "regency_as_dash",
    "A regency has a dash in a table of its province",
    "Angka satu kabupaten/kota dalam tabel provinsinya berupa tanda hubung",
    "figures_of_siblings",
    critical=True,
    door="publication",
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    return _change_one(good, chance, _of(good, "p1"), lambda number: "-")


@kind(
    "percents_rounded",
    "All percentages of the poor lost their decimals",
    "Semua persentase penduduk miskin kehilangan desimalnya",
    "delivery_figures_rounded",
    critical=True,
)
def _(good: Good, chance: random.Random) -> list[Place] | None:
    figures = _percents(good)
    if len(figures) < _ROUNDED or len({position for _, position, _ in figures}) > 1:
        return None
    return [good.put(row, position, str(round(number))) for row, position, number in figures]
