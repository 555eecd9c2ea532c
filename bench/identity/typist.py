"""The typist's errors: numbers are mostly copied well, but names and dates are typed at speed from handwriting.

Neighbouring keys, letters that sound alike, old spelling, names turned round, cut off by the field's width or
shortened, titles and pilgrims' honours, blanks gone or come, mothers left out, months before days, 1 January, wrong
years.
"""

from __future__ import annotations

import numpy as np

from bench.identity.listing import Draft, ErrorModel, Source, blank, redated, rewritten
from bench.identity.naming import Naming
from bench.identity.world import World
from sample.draws import Draws, Integers
from sample.households import FEMALE, age
from sample.words import texts

WORLD = World(
    Naming(
        {"sunda": 5, "aceh": 4, "bugis": 3, "bali": 3, "betawi": 2, "jawa": 3}, words=(24, 58, 18), front=0.18
    ),
    districts={
        "36.02.01": 4,
        "36.02.14": 3,
        "15.71.03": 3,
        "15.71.05": 2,
        "11.71.02": 3,
        "73.71.08": 3,
        "51.71.04": 2,
    },
    elsewhere=0.2,
    first_of_january=0.12,
    twins=0.003,
    alike=0.03,
    moved=0.1,
)
_PAYS = ("no_kk", "sex", "birth_date", "birth_place", "mother_name", "address")
SOURCES = (
    Source("dinsos.dtks", "2024-06", 0.75, ("birth_place",)),
    Source("bpjs.pbi_jk", "2024-06", 0.6, ("birth_place",)),
    Source("bpjs.pbi_jk", "2025-03", 0.6, ("birth_place",)),
    Source("dinsos.pbdt2015", "2015", 0.4, ("birth_place", "address"), is_old=True, care=3.0),
    Source("dinsos.p3ke_person", "2023", 0.35, ("birth_place", "no_kk", "mother_name"), care=1.5),
    Source("dinsos.program_recipient", "2024-06", 0.35, ("mother_name", "birth_place"), who="adults"),
    Source("dinsos.kks_payment", "2024-Q2", 0.4, _PAYS, who="payee", care=0.4),
)
RATES = {
    "nik": {
        "nik_missing": 400, "nik_key": 150, "nik_swapped": 60, "nik_lost": 40, "nik_doubled": 30, "nik_letter": 30,
        "nik_serial_gone": 20, "nik_line_above": 60,
    },
    "no_kk": {"kk_missing": 200, "kk_key": 120, "kk_former": 400},
    "name": {
        "key_beside": 350, "key_swapped": 150, "key_lost": 150, "key_twice": 100, "two_slips": 40, "sounds_alike": 350,
        "old_spelling": 200, "turned": 120, "initials": 200, "front_short": 250, "cut_off": 60, "titled": 250,
        "blank_gone": 80, "blank_come": 60, "last_lost": 120, "small_letters": 200,
    },
    "birth_date": {
        "birth_missing": 80, "month_for_day": 150, "january": 300, "year_off": 120, "decade_off": 40, "day_off": 80,
        "month_off": 50,
    },
    "mother_name": {"mother_missing": 2500, "mother_key": 300, "mother_sound": 300, "mother_initials": 150},
    "sex": {"sex_wrong": 30, "sex_missing": 40},
    "village": {"village_missing": 150, "village_other": 100},
}  # fmt: skip
_ROWS = ("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
_BESIDE = {
    letter: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in _ROWS for at, letter in enumerate(row)
}
_SOUNDS = (
    ("V", "F"), ("F", "V"), ("PH", "F"), ("Y", "I"), ("IE", "I"), ("I", "Y"), ("Z", "S"), ("DZ", "Z"), ("CH", "H"),
    ("KH", "H"), ("Q", "K"), ("X", "KS"), ("TH", "T"), ("DH", "D"), ("SY", "SH"), ("NN", "N"), ("LL", "L"), ("D", "T"),
    ("AH", "A"), ("EE", "I"), ("P", "B"), ("UW", "U"), ("NG", "N"), ("K", "C"),
)  # fmt: skip
_OLD = (("U", "OE"), ("J", "DJ"), ("C", "TJ"), ("SY", "SJ"), ("NY", "NJ"), ("KH", "CH"), ("Y", "J"))
_SHORT = {
    "MUHAMMAD": ("M.", "MOH.", "MUH.", "MOCH.", "MHD.", "MOHAMAD", "MUHAMAD"), "SITI": ("ST.", "S.", "SITTI"),
    "ABDULLAH": ("ABD.",), "AHMAD": ("ACH.", "AKHMAD", "ACHMAD"), "TEUKU": ("T.",), "NUR": ("NR.", "NOOR"),
    "RADEN": ("R.",), "DAENG": ("DG.",), "ANDI": ("A.",), "CUT": ("C.",),
}  # fmt: skip
_TITLES = (("H. ", ""), ("", ", S.PD"), ("DRS. ", ""), ("IR. ", ""), ("", " SE"), ("ALM. ", ""), ("BPK ", ""))
_WOMENS_TITLES = (
    ("HJ. ", ""),
    ("", ", S.PD"),
    ("DRA. ", ""),
    ("IBU ", ""),
    ("", ", A.MD"),
    ("ALMH. ", ""),
    ("NY. ", ""),
)
WIDTH = 18


def _beside(name: str, die: int) -> str:
    places = [at for at, letter in enumerate(name) if letter in _BESIDE]
    if not places:
        return name
    at = places[die % len(places)]
    keys = _BESIDE[name[at]]
    return name[:at] + keys[(die >> 10) % len(keys)] + name[at + 1 :]


def _swapped(name: str, die: int) -> str:
    if len(name) < 3:
        return name
    at = die % (len(name) - 1)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _lost(name: str, die: int) -> str:
    at = die % len(name)
    return (name[:at] + name[at + 1 :]).strip() or name


def _twice(name: str, die: int) -> str:
    at = die % len(name)
    return name[:at] + name[at] + name[at:]


def _two_slips(name: str, die: int) -> str:
    return _lost(_beside(name, die), die >> 7)


def _exchange(pairs: tuple[tuple[str, str], ...], name: str, die: int) -> str:
    fitting = [(old, new) for old, new in pairs if old in name]
    if not fitting:
        return name
    old, new = fitting[die % len(fitting)]
    return name.replace(old, new, 1)


def _sounds_alike(name: str, die: int) -> str:
    return _exchange(_SOUNDS, name, die)


def _old_spelling(name: str, die: int) -> str:
    return _exchange(_OLD, name, die)


def _turned(name: str, die: int) -> str:
    words = name.split()
    by = 1 + die % max(1, len(words) - 1)
    return " ".join(words[by:] + words[:by])


def _initials(name: str, die: int) -> str:
    """One word, or all after the first, to their initials."""
    words = name.split()
    if len(words) < 2:
        return name
    if die >> 12 & 3 == 0:
        return " ".join([words[0], *(word[0] + "." for word in words[1:])])
    at = die % len(words)
    words[at] = words[at][0] + "."
    return " ".join(words)


def _front_short(name: str, die: int) -> str:
    head, _, rest = name.partition(" ")
    return f"{_SHORT[head][die % len(_SHORT[head])]} {rest}" if head in _SHORT and rest else name


def _titled(draft: Draft, rows: Integers, draws: Draws) -> None:
    """Titles are the adults'."""
    people, person = draft.people, draft.person[rows]
    woman, grown = (people.sex[person] == FEMALE).tolist(), (age(people.born[person]) > 24).tolist()
    written = []
    for name, is_woman, is_grown, die in zip(
        draft.name[rows], woman, grown, draws.below(7, len(rows)).tolist(), strict=True
    ):
        before, after = (_WOMENS_TITLES if is_woman else _TITLES)[die] if is_grown else ("", "")
        written.append(before + name + after)
    draft.name[rows] = texts(written)


def _blank_come(name: str, die: int) -> str:
    at = 2 + die % max(1, len(name) - 3)
    return " ".join((name[:at] + " " + name[at:]).split())


def _digit(number: str, die: int) -> str:
    """The key beside on the number row."""
    at = die % len(number)
    row = "1234567890"
    return number[:at] + row[(row.index(number[at]) + (1 if die >> 9 & 1 else -1)) % 10] + number[at + 1 :]


def _nik_line_above(draft: Draft, rows: Integers, draws: Draws) -> None:
    """The eye slipped: the number of whoever stands before, most often of the same family."""
    draft.nik[rows] = draft.people.nik[draft.person[np.maximum(rows - 1, 0)]]


def _kk_former(draft: Draft, rows: Integers, draws: Draws) -> None:
    draft.no_kk[rows] = draft.people.kk_once[draft.person[rows]]


def _village_other(draft: Draft, rows: Integers, draws: Draws) -> None:
    """The next village of the list, most often of the same district."""
    draft.village[rows] = (draft.village[rows] + 1) % len(draft.people.villages)


def _sex_wrong(draft: Draft, rows: Integers, draws: Draws) -> None:
    draft.sex[rows] = texts("male" if sex == "female" else "female" for sex in draft.sex[rows])


MODEL = ErrorModel(
    RATES,
    {
        "nik_missing": blank("nik"),
        "nik_key": rewritten("nik", _digit),
        "nik_swapped": rewritten("nik", _swapped),
        "nik_lost": rewritten("nik", _lost),
        "nik_doubled": rewritten("nik", _twice),
        "nik_letter": rewritten("nik", lambda nik, die: nik.replace("0", "O", 1 + die % 3)),
        "nik_serial_gone": rewritten("nik", lambda nik, die: nik[:12] + "0000"),
        "nik_line_above": _nik_line_above,
        "kk_missing": blank("no_kk"),
        "kk_key": rewritten("no_kk", _digit),
        "kk_former": _kk_former,
        "key_beside": rewritten("name", _beside),
        "key_swapped": rewritten("name", _swapped),
        "key_lost": rewritten("name", _lost),
        "key_twice": rewritten("name", _twice),
        "two_slips": rewritten("name", _two_slips),
        "sounds_alike": rewritten("name", _sounds_alike),
        "old_spelling": rewritten("name", _old_spelling),
        "turned": rewritten("name", _turned),
        "initials": rewritten("name", _initials),
        "front_short": rewritten("name", _front_short),
        "cut_off": rewritten("name", lambda name, die: name[:WIDTH].strip()),
        "titled": _titled,
        "blank_gone": rewritten("name", lambda name, die: name.replace(" ", "", 1)),
        "blank_come": rewritten("name", _blank_come),
        "last_lost": rewritten("name", lambda name, die: " ".join(name.split()[:-1]) or name),
        "small_letters": rewritten("name", lambda name, die: name.lower() if die & 1 else name.title()),
        "birth_missing": blank("born"),
        "month_for_day": redated(lambda y, m, d, draws: (y, d, m)),
        "january": redated(lambda y, m, d, draws: (y, np.ones_like(m), np.ones_like(d))),
        "year_off": redated(lambda y, m, d, draws: (y + 2 * draws.below(2, len(y)) - 1, m, d)),
        "decade_off": redated(lambda y, m, d, draws: (y + 20 * draws.below(2, len(y)) - 10, m, d)),
        "day_off": redated(lambda y, m, d, draws: (y, m, draws.between(1, 28, len(d)))),
        "month_off": redated(lambda y, m, d, draws: (y, m + 2 * draws.below(2, len(m)) - 1, d)),
        "mother_missing": blank("mother_name"),
        "mother_key": rewritten("mother_name", _beside),
        "mother_sound": rewritten("mother_name", _sounds_alike),
        "mother_initials": rewritten("mother_name", _initials),
        "sex_wrong": _sex_wrong,
        "sex_missing": blank("sex"),
        "village_missing": blank("village"),
        "village_other": _village_other,
    },
)
