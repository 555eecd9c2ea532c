"""The registrar's errors: names are written well, numbers are not.

A third of the registries' records has no number, wives stand with their husbands', children with their mothers', a desk
used one number for several people, a spreadsheet cut digits off, the family card stands in the number's column, people
have two numbers, and digits are swapped or mistyped where nothing shows it.
"""

from __future__ import annotations

from bench.identity.listing import Draft, ErrorModel, Source, blank, redated, rewritten
from bench.identity.naming import Naming
from bench.identity.world import World
from sample.draws import Draws, Integers
from sample.words import texts

WORLD = World(
    Naming({"betawi": 4, "sunda": 4, "jawa": 3, "bugis": 1}, words=(22, 60, 18), front=0.14),
    districts={"31.72.01": 5, "31.72.02": 4, "31.75.06": 4, "32.75.03": 5, "32.16.06": 3},
    elsewhere=0.3,
    twins=0.004,
    alike=0.02,
    married=0.45,
    moved=0.12,
)
DESK_CARD = "3172011501159999"
"""A desk's own card, given to everybody who forgot theirs: hundreds of members."""
_PAYS = ("no_kk", "sex", "birth_date", "birth_place", "mother_name", "address")
SOURCES = (
    Source("dinsos.dtsen", "2025-Q2", 0.85, ("birth_place", "mother_name")),
    Source("dinsos.dtks", "2024-06", 0.6, ("birth_place",)),
    Source("bpjs.pbi_jk", "2024-06", 0.55, ("birth_place",), care=0.5),
    Source("dinsos.pbdt2015", "2015", 0.4, ("birth_place", "address"), is_old=True, care=1.3),
    Source("bpjs.member", "2024-06", 0.35, ("birth_place", "mother_name", "address"), care=0.3),
    Source("dinsos.regsosek_person", "2022", 0.5, ("birth_place", "mother_name", "address")),
    Source("dinsos.kks_payment", "2024-Q2", 0.35, _PAYS, who="payee", care=0.06),
    Source("bpjs.pbi_apbd", "2024-06", 0.2, _PAYS, care=0.06, has_village=False),
)
RATES = {
    "nik": {
        "nik_missing": 3000, "nik_temporary": 200, "nik_of_relative": 180, "nik_shared": 60, "nik_rounded": 150,
        "nik_is_kk": 120, "nik_second": 40, "nik_swapped": 30, "nik_mistyped": 60, "nik_15_digits": 50,
    },
    "no_kk": {"kk_missing": 600, "kk_former": 500, "kk_mistyped": 80, "kk_of_desk": 60},
    "name": {"name_slip": 150, "name_initial": 100, "name_first_words": 80},
    "birth_date": {"birth_missing": 60, "birth_swapped": 40, "birth_mistyped": 50},
    "mother_name": {"mother_missing": 500, "mother_first_word": 200},
    "village": {"village_missing": 100},
}  # fmt: skip


def _nik_temporary(draft: Draft, rows: Integers, draws: Draws) -> None:
    code = draft.people.villages[draft.village[rows]]
    counter = draws.between(1, 900, len(rows)).tolist()
    draft.nik[rows] = texts(f"0{c.replace('.', '')}{n:05d}" for c, n in zip(code, counter, strict=True))


def _nik_of_relative(draft: Draft, rows: Integers, draws: Draws) -> None:
    draft.nik[rows] = draft.people.nik[draft.people.relative[draft.person[rows]]]


def _nik_shared(draft: Draft, rows: Integers, draws: Draws) -> None:
    """Three or four records of people with nothing in common get the number of one of them."""
    owners = draft.person[rows][draws.below(len(rows) // 3 + 1, len(rows))] if len(rows) else rows
    draft.nik[rows] = draft.people.nik[owners]


def _nik_is_kk(draft: Draft, rows: Integers, draws: Draws) -> None:
    draft.nik[rows] = draft.no_kk[rows]


def _nik_second(draft: Draft, rows: Integers, draws: Draws) -> None:
    draft.nik[rows] = draft.people.other_nik[draft.person[rows]]


def _swap(nik: str, die: int) -> str:
    """Two digits of the serial, or of the district, change places: the number stays well-formed."""
    at = (3, 4, 12, 13, 14)[die % 5]
    return nik[:at] + nik[at + 1] + nik[at] + nik[at + 2 :]


def _mistype(nik: str, die: int) -> str:
    """Another digit in the serial (or the district): nothing shows it."""
    at = (4, 5, 12, 13, 14, 15, 15, 15)[die % 8]
    return nik[:at] + str((int(nik[at]) + 1 + (die >> 8) % 9) % 10) + nik[at + 1 :]


def _any_digit(number: str, die: int) -> str:
    at = die % len(number)
    return number[:at] + str((int(number[at]) + 1 + (die >> 8) % 9) % 10) + number[at + 1 :]


def _slip(name: str, die: int) -> str:
    """A letter left out or written twice, not at the beginning."""
    if len(name) < 4:
        return name
    at = 1 + die % (len(name) - 1)
    return name[:at] + name[at + 1 :] if die >> 20 & 1 else name[:at] + name[at] + name[at:]


def _initial(name: str, die: int) -> str:
    parts = name.split()
    if len(parts) > 1:
        parts[-1] = parts[-1][0]
    return " ".join(parts)


def _kk_former(draft: Draft, rows: Integers, draws: Draws) -> None:
    draft.no_kk[rows] = draft.people.kk_once[draft.person[rows]]


MODEL = ErrorModel(
    RATES,
    {
        "nik_missing": blank("nik"),
        "nik_temporary": _nik_temporary,
        "nik_of_relative": _nik_of_relative,
        "nik_shared": _nik_shared,
        "nik_rounded": rewritten("nik", lambda nik, die: nik[:15] + "0"),
        "nik_is_kk": _nik_is_kk,
        "nik_second": _nik_second,
        "nik_swapped": rewritten("nik", _swap),
        "nik_mistyped": rewritten("nik", _mistype),
        "nik_15_digits": rewritten("nik", lambda nik, die: nik[:15]),
        "kk_missing": blank("no_kk"),
        "kk_former": _kk_former,
        "kk_of_desk": rewritten("no_kk", lambda kk, die: DESK_CARD),
        "kk_mistyped": rewritten("no_kk", _any_digit),
        "name_slip": rewritten("name", _slip),
        "name_initial": rewritten("name", _initial),
        "name_first_words": rewritten("name", lambda name, die: " ".join(name.split()[:2])),
        "birth_missing": blank("born"),
        "birth_swapped": redated(lambda year, month, day, draws: (year, day, month)),
        "birth_mistyped": redated(
            lambda year, month, day, draws: (year, month, day + draws.below(9, len(day)) - 4)
        ),
        "mother_missing": blank("mother_name"),
        "mother_first_word": rewritten("mother_name", lambda name, die: name.split()[0]),
        "village_missing": blank("village"),
    },
)
