"""Names of people as they are compared: what agencies add, shorten and respell is undone, what was meant stays.

``Hj. Siti Aminah, S.Pd binti Oemar`` → words SITI AMINAH, father UMAR. Nothing here decides who is who: `levels` says
how much two names have in common, and linking what that is worth. Mothers' names are names.

A million different names take about 7.5 s on one core: words are few, so what is known of a word is kept.
"""

from __future__ import annotations

import gc
import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import NamedTuple

DECEASED = frozenset({"ALM", "ALMH", "ALMARHUM", "ALMARHUMAH"})
CHILD_OF = frozenset({"BIN", "BINTI", "BINTE", "BT", "BTE", "BTI"})

# titles that are no part of any name, wherever they stand
_TITLES = DECEASED | {
    "HJ", "HJH", "HAJI", "HAJJAH", "DRS", "DRA", "DRG", "PROF", "SDR", "SDRI", "SDRA", "TN", "NY", "BPK",
    "UST", "USTAD", "USTADZ", "USTADZAH", "TGK", "TEUNGKU", "KYAI", "KIAI", "RR", "RADEN",
}  # fmt: skip
# … and those that may be, elsewhere than in front
# (what a village calls somebody: CEU YATI, MBAH KARTO)
IN_FRONT = (
    _TITLES
    | {"H", "R", "DR", "IR", "NN", "RA", "RD", "KH", "BAPAK", "IBU", "PAK", "BU"}
    | {"MAK", "EMAK", "CEU", "MBAH", "MBOK", "NENEK", "KAKEK"}
)
# a child without a name yet: BY NY NABILA is Nabila's, and whoever compared her name would take the child for her
_UNNAMED = frozenset({"BY", "BAYI", "JANIN"})
# what somebody is called after a child (Bali, Lombok, Batak): PAN SUKERTI is not Sukerti but the father, whose own name
# is not told. Not INA, which many women are called.
TEKNONYMS = frozenset({"PAN", "MEN", "AMAQ", "INAQ", "AMA", "NAI", "OMPU", "OPPU"})
# degrees: with their dots, blanks or without; of two letters only with the dot or behind the name
_DEGREES = (
    "S.PD.I", "S.PD.SD", "S.PD", "M.PD.I", "M.PD", "S.AG", "M.AG", "S.KOM", "M.KOM", "S.SOS", "S.IP", "S.I.KOM", "M.SI",
    "M.KES", "M.HUM", "S.KM", "S.KEP", "S.KED", "S.FARM", "S.HUT", "S.PT", "S.SI", "S.TP", "S.STP", "S.ST", "S.PSI",
    "S.AP", "S.H.I", "S.E.I", "S.TH.I", "S.TR.KEB", "A.MD.KEB", "A.MD.KEP", "A.MD", "A.MA.PD", "M.SC", "B.SC", "PH.D",
)  # fmt: skip
_SHORT_DEGREES = ("S.E", "S.H", "S.T", "S.P", "M.M", "M.H", "M.T")
_DEGREE = re.compile(
    r"(?<=[^A-Z])(?:"
    + "|".join(degree.replace(".", r"[. ]{0,2}") for degree in _DEGREES)
    + "|"
    + "|".join(degree.replace(".", r"\.") for degree in _SHORT_DEGREES)
    + r")(?![A-Z])"
)
BEHIND = frozenset(degree.replace(".", "") for degree in (*_DEGREES, *_SHORT_DEGREES))

MUHAMMAD = "MUHAMMAD"
# in the spelling of today: MOCHAMAD and MOKHAMAD are MOHAMAD
_MUHAMMADS = frozenset(
    {"MUHAMMAD", "MOHAMMAD", "MOHAMAD", "MUHAMAD", "MUHAMMED", "MOHAMMED", "MOHAMED", "MUHAMED", "MUHAMAT"}
    | {"MUHAMMAT", "MOHAMAT", "MOHAMMAT", "MOHD", "MUHD", "MOH", "MUH", "MHD"}
)
# short forms in front of a name (ACH in the spelling of today)
_FIRST = {
    "M": MUHAMMAD,
    "MD": MUHAMMAD,
    "ST": "SITI",
    "STI": "SITI",
    "AH": "AHMAD",
    "ABD": "ABDUL",
    "ABDL": "ABDUL",
}
# what stands in Bali in front of a man's or a woman's name, and is left out as often: I is no initial
ARTICLES = frozenset({"I", "NI"})
# … and short forms behind them, where M is any name and MD no Muhammad
_BALI = {short: whole for short, whole in _FIRST.items() if short != "M"} | {
    "MD": "MADE",
    "WYN": "WAYAN",
    "KT": "KETUT",
    "NYM": "NYOMAN",
    "PT": "PUTU",
    "GD": "GEDE",
    "KD": "KADEK",
}

_IS_M = re.compile("[^a-z]*M[. ]", re.IGNORECASE)
_BEGUN = re.compile(r"\b([A-Z])[A-Z]+[.](?=.*[A-Z])")

_PLAIN = dict.fromkeys(range(128), " ")
_PLAIN |= {code: chr(code) for code in range(ord("A"), ord("Z") + 1)}
_PLAIN |= {ord(mark): "" for mark in "'`0123456789"}

# Spelling before 1972 and its remains. Both sides are folded, so a fold need not be right, only the same.
_OLD = (
    ("OE", "U"),
    ("OO", "U"),
    ("DJ", "J"),
    ("TJ", "C"),
    ("SJ", "SY"),
    ("CH", "H"),
    ("KH", "H"),
    ("PH", "F"),
)
_LETTERS = str.maketrans("VY", "FI")
_DOUBLED = re.compile(r"(.)\1+")
_SOUNDS = (("SY", "S"), ("DZ", "S"), ("TS", "S"), ("X", "KS"), ("UW", "U"), ("AE", "AI"))
_SOUND = str.maketrans("ZJFVQCYO", "SSPPKKIU", "H")
_LAST_SOUND = {"D": "T", "B": "P"}
_SPOKEN = re.compile("[AEIOU]|..Y$")
_BEGINNING = 4  # letters
_MOSTLY = 0.75  # of the letters


class Name(NamedTuple):
    """A name taken apart.

    ``words`` in their order, initials as single letters; ``father``: what stood behind bin or binti.
    """

    words: tuple[str, ...]
    father: tuple[str, ...] = ()
    is_reported_deceased: bool = False

    @property
    def is_mononym(self) -> bool:
        return len(self.words) == 1

    @property
    def is_teknonym(self) -> bool:
        """It names a child of who is meant; beside a name of any other kind it says nothing."""
        return len(self.words) > 1 and self.words[0] in TEKNONYMS


NOBODY = Name(())


@lru_cache(1 << 16)
def name(text: str | None) -> Name:
    """Take a name apart; `NOBODY` where no letter is left, or it is that of a newborn's mother."""
    if not text:
        return NOBODY
    capitals = _capitals(text)
    spelt = [modern(word) for word in capitals.translate(_PLAIN).split()]
    if _SPECIAL.isdisjoint(spelt) and "." not in capitals and not any(map(_is_unspoken, spelt)):
        return Name(tuple(spelt))
    without_degrees = _DEGREE.sub(" ", capitals).translate(_PLAIN).split()
    spelt = [modern(word) for word in without_degrees] or spelt
    if spelt and spelt[0] in _UNNAMED:
        return NOBODY
    is_deceased = not DECEASED.isdisjoint(spelt)
    own, father = _parted(spelt)
    return Name(_words(own), _words(father), is_deceased)


def readings(text: str | None) -> tuple[Name, ...]:
    """What a name may be: as `name` has it; with a dot behind the beginning of a word (THER. for THERESIA); and an M in
    front, read as Muhammad, as the beginning of any other (MARIA).
    """
    found = [name(text)]
    if text and "." in text:
        found.append(name(_BEGUN.sub(r"\1 ", _capitals(text))))
    if text and len(found[0].words) > 1 and found[0].words[0] == MUHAMMAD and _IS_M.match(text):
        found.append(found[0]._replace(words=("M", *found[0].words[1:])))
    return tuple(found)


def tokens(text: str | None) -> list[str]:
    """Words in capitals, without accents, apostrophes, digits and other marks; nothing else is undone."""
    return _capitals(text).translate(_PLAIN).split() if text else []


@cache
def modern(word: str) -> str:
    """A word in the spelling of today: TJOET → CUT, ACHMAD → AHMAD."""
    while True:
        before = word
        for old, new in _OLD:
            word = word.replace(old, new)
        if word.startswith("NJ"):  # inside a word it is N and J: TANJUNG
            word = "NY" + word[2:]
        if word == before:
            return word


@cache
def folded(word: str) -> str:
    """A word without what is often written otherwise and never heard: V for F, Y for I, doubled letters."""
    return _DOUBLED.sub(r"\1", modern(word).translate(_LETTERS))


@cache
def phonetic(word: str) -> str:
    """What an Indonesian hears: ZUBAEDAH and JUBAIDA are one, as are YUSUF and JUSUP. An initial stays itself."""
    if len(word) == 1:
        return word
    heard = modern(word)
    for written, sound in _SOUNDS:
        heard = heard.replace(written, sound)
    heard = _DOUBLED.sub(r"\1", heard.translate(_SOUND))
    if not heard:
        return word
    return heard[:-1] + _LAST_SOUND.get(heard[-1], heard[-1])


COLUMNS = ("name", "words", "words_key", "phonetic", "phonetic_key")


def columns(names: Iterable[str | None]) -> dict[str, list[object]]:
    """Plain columns to compare by, one row per name: for a table of the different names of all records.

    ========================  =====================================================================================
    name                      as given
    words                     list, in their order
    words_key                 the words in alphabetical order: the same however they are ordered
    phonetic                  list, as heard, in their order
    phonetic_key              … in alphabetical order
    ========================  =====================================================================================

    Texts are None and lists empty where no name is.
    """
    found: dict[str, list[object]] = {column: [] for column in COLUMNS}
    add_text, add_words, add_key, add_heard, add_heard_key = (found[column].append for column in COLUMNS)
    collects = gc.isenabled()
    gc.disable()  # millions of lists, and not one circle among them: looking for some takes a third of the time
    try:
        for text in names:
            words = name(text).words
            heard = list(map(phonetic, words))
            add_text(text)
            add_words(list(words))
            add_key(" ".join(sorted(words)) or None)
            add_heard(heard)
            add_heard_key(" ".join(sorted(heard)) or None)
    finally:
        if collects:
            gc.enable()
    return found


def may_be_one(one: str | None, other: str | None) -> bool:
    """Whether two spellings can be of one name, as leniently as can be: only names that share nothing are two.

    One word as heard, the beginning of one, or letters that are mostly the same are enough; so is an initial, or no
    letter at all. For questions about a column as a whole, of which chance makes a few answers wrong.
    """
    ours, theirs = ({phonetic(word) for word in name(text).words} for text in (one, other))
    if not ours or not theirs or ours & theirs:
        return True
    if any(
        len(a) == 1 and b[0] == a
        for here, there in ((ours, theirs), (theirs, ours))
        for a in here
        for b in there
    ):
        return True
    if {word[:_BEGINNING] for word in ours} & {word[:_BEGINNING] for word in theirs}:
        return True
    written = ("".join(sorted(words)) for words in (ours, theirs))
    return SequenceMatcher(None, *written, autojunk=False).ratio() >= _MOSTLY


def _capitals(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return text.upper()


def _parted(spelt: list[str]) -> tuple[list[str], list[str]]:
    """Before and behind the first bin or binti; one that has nothing on a side is a part of the name."""
    for place in range(1, len(spelt) - 1):
        if spelt[place] in CHILD_OF and any(word not in IN_FRONT for word in spelt[:place]):
            return spelt[:place], spelt[place + 1 :]
    return spelt, []


def _words(spelt: list[str]) -> tuple[str, ...]:
    words = list(spelt)
    while words and (words[0] in IN_FRONT or (words[:2] == ["K", "H"] and len(words) > 2)):
        del words[: 1 if words[0] in IN_FRONT else 2]
    words = [word for word in words if word not in _TITLES]
    while len(words) > 1 and words[-1] in BEHIND:
        del words[-1]
    if len(words) > 1:
        first = words[0]
        if first not in ARTICLES and (len(words[1]) > 1 or first not in ("M", "MD")):
            words[0] = _FIRST.get(first, first)
        while len(words) > 1 and words[0] in ARTICLES:
            words[1] = _BALI.get(words[1], words[1])
            if len(words) == 2 or len(words[1]) == 1:
                break
            del words[0]
        for place in _initials(words):
            words[place] = words[place][0]
    return tuple(MUHAMMAD if word in _MUHAMMADS else word for word in words)


def _initials(words: list[str]) -> list[int]:
    """Places of words without a vowel, which nobody can say: BQ for BAIQ, DG for DAENG, WYN for WAYAN. They tell as
    much as an initial does; in front only one that is no title, and no Muhammad, by itself.
    """
    has_title = words[0][0] in IN_FRONT or words[0][0] == "M" or [word[0] for word in words[:2]] == ["K", "H"]
    return [place for place, word in enumerate(words) if _is_unspoken(word) and (place or not has_title)]


@cache
def _is_unspoken(word: str) -> bool:
    return len(word) > 1 and word not in _MUHAMMADS and not _SPOKEN.search(word)


_SPECIAL = frozenset(
    {
        *IN_FRONT,
        *_UNNAMED,
        *BEHIND,
        *CHILD_OF,
        *_MUHAMMADS - {MUHAMMAD},
        *_FIRST,
        *_BALI,
        *ARTICLES,
        *"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    }
)
