"""One large clean delivery: the list of insured people (bpjs.pbi_jk) as Kemensos writes it, all of it invented.

The sample's generator makes a city with its faults; a benchmark needs any number of rows, none of them broken, quickly.
Numbers come from the sample's unissued range, so they obey the grammar and belong to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sample import identifiers
from sample.draws import Draws, Flags, Integers
from sample.layouts import PBI_HEADERS, ROLES
from sample.places import CITY, PROVINCE, villages
from sample.words import Texts, lookup, pick_words, texts

HEADINGS = [heading for heading in PBI_HEADERS.values() if heading != "id"]
"""20 columns: the contract's, without the running number."""
NAME = "PBI_JK_TANJUNGBALAI_2024-06.csv"
"""The period is read from the name."""
_CHUNK = 50_000
_FIRST_DAY, _DAYS = -7305, 25_568  # 1950-01-01 and 70 years on


def write_delivery(path: Path, rows: int, *, seed: int = 1) -> int:
    """Write ``rows`` records (about 210 bytes each), always the same; returns the size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii", newline="") as file:
        file.write(";".join(HEADINGS) + "\r\n")
        for columns in _chunks(rows, seed):
            file.writelines(map("%s\r\n".__mod__, map(";".join, zip(*columns, strict=True))))
    return path.stat().st_size


def change_one_byte(path: Path, number: int) -> None:
    """Make it another delivery, so that nothing is skipped as already known: digits of the first record's address."""
    with path.open("r+b") as file:
        start = file.read(4096).index(b" NO ") + len(b" NO ")
        file.seek(start)
        file.write(b"%03d" % (number % 1000))


def write_malformed(clean: Path, path: Path, every: int = 100) -> int:
    """A copy of a delivery of which one record in ``every`` cannot be read: a field is missing, or a quote stays open.

    Returns:
        How many.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with clean.open("rb") as lines, path.open("wb") as file:
        for number, line in enumerate(lines):
            if number and number % every == 0:
                count += 1
                line = line.replace(b";", b"", 1) if count % 2 else line.replace(b";GG NO", b';"GG NO', 1)
            file.write(line)
    return count


def _chunks(rows: int, seed: int) -> Iterator[list[list[str]]]:
    born = _FIRST_DAY + Draws(seed, "bench born").below(_DAYS, rows)
    village = Draws(seed, "bench village").pick(villages().weight, rows)
    is_female = Draws(seed, "bench sex").chance(0.5, rows)
    prefix = identifiers.numbers_of(villages().district_code)[village]
    day = identifiers.day_digits(born, 40 * is_female)
    nik = identifiers.issue(prefix, day, identifiers.FIRST_NIK)
    for start in range(0, rows, _CHUNK):
        part = slice(start, min(start + _CHUNK, rows))
        person = np.arange(part.start, part.stop)
        draws = Draws(seed, f"bench {start}")
        yield _columns(person, born[part], village[part], is_female[part], prefix[part], nik[part], draws)


def _columns(
    person: Integers, born: Integers, village: Integers, is_female: Flags, prefix: Integers, nik: Integers, draws: Draws
) -> list[list[str]]:  # fmt: skip
    count = len(person)
    places = villages()
    names, family = np.char.upper, person // 4

    def constant(value: str) -> list[str]:
        return [value] * count

    def shown(form: str, values: Integers) -> list[str]:
        return [form % value for value in values.tolist()]

    def words(name: str) -> list[str]:
        return names(pick_words(draws, name, count).astype(str)).tolist()

    def of_village(values: Texts) -> list[str]:
        return names(values.astype(str))[village].tolist()

    sex = np.where(is_female, texts(["P"]), texts(["L"]))
    return [
        _every_other(shown("1274%012d", person)), constant(PROVINCE), constant(CITY), of_village(places.district),
        of_village(places.name), shown("%03d", draws.between(1, 9, count)), shown("%03d", draws.between(1, 5, count)),
        constant(""), shown("GG NO %03d", draws.between(1, 999, count)),
        shown("%013d", 9_000_000_000 + family), shown("%013d", 9_500_000_000 + person),
        [f"{first} {clan}" for first, clan in zip(words("muslim_male"), words("clan_mandailing"), strict=True)],
        lookup(born, _dmy).tolist(), words("birthplaces"), sex.tolist(), shown("%d", nik),
        shown("%d", (prefix * 1_000_000 + 10_115) * 10_000 + 9001 + family % 900),
        [role.upper() for role in ROLES[draws.below(len(ROLES), count)]], words("muslim_female"), constant("AKTIF"),
    ]  # fmt: skip


def _every_other(values: list[str]) -> list[str]:
    """Half of the people are not in the welfare registry: empty cells are part of every delivery."""
    values[1::2] = [""] * (len(values) // 2)
    return values


def _dmy(day: int) -> str:
    year, month, date = str(np.datetime64(day, "D")).split("-")
    return f"{date}/{month}/{year}"
