"""One village where everybody has the same names: little in a record tells people apart.

Four in ten have one name, siblings are Siti Aminah and Siti Aminatun, children bear the grandfather's name, twins
differ in a letter, ten thousand people are born on 1 January 1970 by their papers, lists hold people twice. The clerk
writes by ear and guesses years.
"""

from __future__ import annotations

import numpy as np

from bench.identity.listing import Draft, ErrorModel, Source, blank, redated, rewritten
from bench.identity.naming import Naming
from bench.identity.world import World
from sample.draws import Draws, Integers
from sample.households import MALE
from sample.words import texts

WORLD = World(
    Naming({"desa": 1}, words=(60, 34, 6), front=0.3, top=6),
    districts={"33.02.14": 1},
    villages=1,
    elsewhere=0.03,
    first_of_january=0.2,
    block=10_000,
    twins=0.03,
    alike=0.25,
    same_name=0.06,
    moved=0.0,
)
_PAYS = ("no_kk", "sex", "birth_date", "birth_place", "mother_name", "address")
SOURCES = (
    Source("dinsos.dtks", "2024-06", 0.8, ("birth_place",), twice=0.03),
    Source("bpjs.pbi_jk", "2024-06", 0.7, ("birth_place",), twice=0.02),
    Source("dinsos.regsosek_person", "2022", 0.75, ("birth_place", "mother_name", "address"), twice=0.01),
    Source("dinsos.p3ke_person", "2023", 0.2, ("birth_place", "no_kk", "mother_name"), care=0.3, twice=0.02),
    Source("dinsos.kks_payment", "2024-Q1", 0.4, _PAYS, who="payee", care=0.03, twice=0.02),
    Source("dinsos.kks_payment", "2024-Q2", 0.4, _PAYS, who="payee", care=0.03, twice=0.02),
)
RATES = {
    "nik": {
        "nik_missing": 800, "nik_temporary": 400, "nik_of_namesake": 60, "nik_of_relative": 120, "nik_nines": 5,
        "nik_mistyped": 80, "nik_letter": 60,
    },
    "no_kk": {"kk_missing": 400, "kk_of_neighbour": 40, "kk_former": 300},
    "name": {
        "front_lost": 250, "front_short": 250, "only_first": 120, "by_ear": 300, "syllable_lost": 80, "of_father": 200,
        "turned": 40,
    },
    "birth_date": {"year_guessed": 250, "birth_missing": 150, "month_first": 150, "born_in_january": 200},
    "mother_name": {"mother_missing": 1000, "mother_front_lost": 500, "mother_by_ear": 300},
    "sex": {"sex_missing": 60},
    "village": {"village_missing": 50},
}  # fmt: skip
_FRONTS = {
    "MUHAMMAD": ("M.", "MUH", "MOH.", "MD"),
    "SITI": ("ST.", "ST", "S."),
    "NUR": ("N.", "NOR"),
    "ABDUL": ("ABD",),
}
_EAR = (
    ("AI", "E"),
    ("AH", "A"),
    ("IY", "I"),
    ("U", "O"),
    ("F", "P"),
    ("Z", "J"),
    ("KH", "K"),
    ("DH", "D"),
    ("SY", "S"),
)


def _nik_temporary(draft: Draft, rows: Integers, draws: Draws) -> None:
    """The village counts its own people from 00001, and begins again each year."""
    draft.nik[rows] = texts(
        f"0{33021420050 + n % 9:011d}{n:04d}" for n in draws.below(9_000, len(rows)).tolist()
    )


def _nik_of_relative(draft: Draft, rows: Integers, draws: Draws) -> None:
    draft.nik[rows] = draft.people.nik[draft.people.relative[draft.person[rows]]]


def _nik_of_namesake(draft: Draft, rows: Integers, draws: Draws) -> None:
    """The clerk looked the name up and took the first that fitted."""
    names, first = np.unique(draft.people.name.astype(str), return_index=True)
    wanted = np.searchsorted(names, draft.people.name[draft.person[rows]].astype(str))
    draft.nik[rows] = draft.people.nik[first[wanted]]


def _mistype(nik: str, die: int) -> str:
    at = 10 + die % 6
    return f"{nik[:at]}{(int(nik[at]) + 1 + (die >> 9) % 9) % 10}{nik[at + 1 :]}"


def _letter(nik: str, die: int) -> str:
    return nik.replace("0", "O", 1 + die % 2) if die >> 8 & 1 else nik.replace("1", "l", 1)


def _kk_of_neighbour(draft: Draft, rows: Integers, draws: Draws) -> None:
    draft.no_kk[rows] = draft.people.kk[np.maximum(draft.person[rows] - draws.between(1, 9, len(rows)), 0)]


def _kk_former(draft: Draft, rows: Integers, draws: Draws) -> None:
    draft.no_kk[rows] = draft.people.kk_once[draft.person[rows]]


def _front_lost(name: str, die: int) -> str:
    head, _, rest = name.partition(" ")
    return rest if head in _FRONTS and rest else name


def _front_short(name: str, die: int) -> str:
    head, blank_between, rest = name.partition(" ")
    forms = _FRONTS.get(head, (head,))
    return f"{forms[die % len(forms)]}{blank_between}{rest}" if rest else name


def _by_ear(name: str, die: int) -> str:
    fitting = [(sound, written) for sound, written in _EAR if sound in name]
    if not fitting:
        return name
    sound, written = fitting[die % len(fitting)]
    return name.replace(sound, written, 1)


def _syllable_lost(name: str, die: int) -> str:
    """Aminah → Minah: how people are called."""
    parts = name.split()
    word = parts[-1]
    cut = next((n for n in range(1, len(word) - 3) if word[n] not in "AEIOU"), 0)
    return " ".join([*parts[:-1], word[cut:]])


def _of_father(draft: Draft, rows: Integers, draws: Draws) -> None:
    """Bin or binti, the head's first name: for those whose head is a man."""
    people, person = draft.people, draft.person[rows]
    start = np.searchsorted(people.family, people.family[person])
    fits = (people.sex[start] == MALE) & (people.role[person] == 2)
    links = texts([" BIN ", " BINTI "])[people.sex[person]]
    fathers = texts(name.upper().split()[0] for name in people.name[start])
    draft.name[rows] = np.where(fits, draft.name[rows] + links + fathers, draft.name[rows])


def _turned(name: str, die: int) -> str:
    head, _, rest = name.partition(" ")
    return f"{rest} {head}".strip()


MODEL = ErrorModel(
    RATES,
    {
        "nik_missing": blank("nik"),
        "nik_temporary": _nik_temporary,
        "nik_of_namesake": _nik_of_namesake,
        "nik_of_relative": _nik_of_relative,
        "nik_nines": rewritten("nik", lambda nik, die: "9" * 16),
        "nik_mistyped": rewritten("nik", _mistype),
        "nik_letter": rewritten("nik", _letter),
        "kk_missing": blank("no_kk"),
        "kk_of_neighbour": _kk_of_neighbour,
        "kk_former": _kk_former,
        "front_lost": rewritten("name", _front_lost),
        "front_short": rewritten("name", _front_short),
        "only_first": rewritten("name", lambda name, die: name.split()[0]),
        "by_ear": rewritten("name", _by_ear),
        "syllable_lost": rewritten("name", _syllable_lost),
        "of_father": _of_father,
        "turned": rewritten("name", _turned),
        "year_guessed": redated(lambda y, m, d, draws: (y + draws.between(-4, 4, len(y)), m, d)),
        "birth_missing": blank("born"),
        "month_first": redated(lambda y, m, d, draws: (y, m, np.ones_like(d))),
        "born_in_january": redated(lambda y, m, d, draws: (y, np.ones_like(m), np.ones_like(d))),
        "mother_missing": blank("mother_name"),
        "mother_front_lost": rewritten("mother_name", _front_lost),
        "mother_by_ear": rewritten("mother_name", _by_ear),
        "sex_missing": blank("sex"),
        "village_missing": blank("village"),
    },
)
