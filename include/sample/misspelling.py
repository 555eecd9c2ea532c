"""How names are written wrongly, and how they are written otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from sample.draws import Draws
from sample.words import Texts

# Keys side by side, and letters that sound alike to a clerk.
NEIGHBOURS = {
    "A": "SE", "B": "VP", "C": "KS", "D": "ST", "E": "IA", "F": "VP", "G": "HK", "H": "GJ", "I": "YE", "J": "HZ",
    "K": "GL", "L": "KR", "M": "N", "N": "M", "O": "UP", "P": "BF", "Q": "K", "R": "TL", "S": "ZD", "T": "RD",
    "U": "OI", "V": "FB", "W": "U", "X": "S", "Y": "IT", "Z": "SJ",
}  # fmt: skip
# Spellings that mean the same name. Longer ones first: the first that fits is used.
VARIANTS = (
    ("MUHAMMAD", ("MOHAMMAD", "MUHAMAD", "MOHAMAD", "MOHD.", "MOH.", "MUH.", "M.", "MHD")),
    ("SITI", ("SITTI", "ST.", "SITY")),
    ("ABDUL", ("ABD.", "ABDOEL", "ABD")),
    ("AHMAD", ("ACHMAD", "AKHMAD", "AHMED")),
    ("NUR", ("NOOR", "NOER", "NURR")),
    ("SYAH", ("SAH", "SHAH")),
    ("SY", ("SJ", "SH", "S")),
    ("DJ", ("J",)), ("J", ("DJ",)), ("CH", ("H", "C")), ("KH", ("H", "CH")), ("U", ("OE",)), ("Y", ("I", "J")),
    ("Z", ("J", "S")), ("F", ("P", "V")), ("V", ("F",)), ("AI", ("AY",)), ("NN", ("N",)), ("AH", ("A",)),
    ("I", ("IE", "Y")), ("A", ("AA",)), ("O", ("OO",)),
)  # fmt: skip


def mistype(names: Iterable[str], draws: Draws) -> list[str]:
    """One slip of the keyboard in each name of capitals: a letter lost, doubled, changed, or swapped with the next."""
    items = list(names)
    dice = (draws.words(len(items)).tolist() for _ in range(3))
    return [_slip(name, *three) for name, *three in zip(items, *dice, strict=True)]


def _slip(name: str, kind: int, place: int, choice: int) -> str:
    letters = [at for at, letter in enumerate(name) if letter in NEIGHBOURS]
    if len(letters) < 3:
        return name
    at = letters[1 + place % (len(letters) - 1)]  # the first letter is seldom wrong
    near = NEIGHBOURS[name[at]]
    slips = (
        name[:at] + name[at + 1 :],
        name[:at] + name[at] + name[at:],
        name[:at] + near[choice % len(near)] + name[at + 1 :],
        name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :],
    )
    return slips[kind % len(slips)]


def respell(names: Texts, draws: Draws) -> list[str]:
    """Each name in another spelling that people use for the same name."""
    dice = draws.words(len(names)).tolist()
    return [_respell(name, roll) for name, roll in zip(names, dice, strict=True)]


def _respell(name: str, roll: int) -> str:
    fitting = [(sound, others) for sound, others in VARIANTS if sound in name]
    if not fitting:
        return name
    sound, others = fitting[roll % min(2, len(fitting))]
    return name.replace(sound, others[(roll >> 8) % len(others)], 1)
