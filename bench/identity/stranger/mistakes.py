"""What clerks make of a person: a row with whatever went wrong in it, each mistake by a coin of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from bench.identity.stranger.people import City, Person

BESIDE = dict(zip("abcdefghijklmnopqrstuvwxyz", "snvfrdfgjkijmnbopwteadiyvz", strict=True))
"""A key beside each letter's, or a letter that is taken for it."""
HEARD = (
    ("Muhammad", "Mhd."), ("Muhammad", "M."), ("Muhammad", "Mohd"), ("Muhammad", "Moh."), ("Abdul", "Abd."),
    ("Siti", "St."), ("Nur", "Noor"), ("Nur", "Nor"), ("y", "j"), ("f", "p"), ("z", "j"), ("sy", "s"), ("kh", "h"),
    ("ah", "a"), ("dh", "d"), ("u", "oe"), ("v", "p"), ("ie", "i"), ("i", "y"),
)  # fmt: skip
NO_NIK = ("", "", "", "0", "-", "9" * 16, "1274000000000000")


@dataclass
class Row:
    """What stands in a list of a person; ``wrong`` names what went wrong, ``again`` a second entry."""

    person: Person
    again: bool
    nik: str
    kk: str
    name: str
    born: date | None
    sex: str
    mother: str
    address: str
    village: str
    wrong: list[str] = field(default_factory=list)

    def put(self, column: str, value: object, wrong: str) -> None:
        """Something else than is true."""
        setattr(self, column, value)
        self.wrong.append(wrong)


@dataclass(frozen=True)
class Clerk:
    """Who writes a list: ``care`` is a factor on the share of all mistakes, ``no_nik`` the share without a NIK."""

    city: City
    draw: random.Random
    care: float
    no_nik: float

    def write(self, person: Person, *, is_old: bool, again: bool) -> Row:
        """The row of a person; an old list has the card of that time."""
        on_papers = self.draw.random() < 0.7
        row = Row(
            person, again, person.nik, person.old_kk if is_old or self._errs(0.06) else person.kk, person.name,
            person.papers_born if on_papers else person.born, person.sex, person.mother,
            f"Jl. {person.street} No. {person.house}", str(self.city.villages.name[person.village]))  # fmt: skip
        for change in (self._numbers, self._card, self._name, self._birth, self._mother, self._place):
            change(row)
        return row

    def _errs(self, share: float) -> bool:
        return self.draw.random() < share * self.care

    def _numbers(self, row: Row) -> None:
        person, draw = row.person, self.draw
        relatives = [one for one in self.city.members[person.family] if one is not person]
        if draw.random() < self.no_nik:
            row.put("nik", draw.choice(NO_NIK), "no nik")
        elif self._errs(0.02):
            row.put("nik", digits(person.nik, draw), "nik digits")
        elif relatives and self._errs(0.008):
            row.put("nik", draw.choice(relatives).nik, "nik of relative")
        elif self._errs(0.004):
            row.put("nik", person.kk, "kk for nik")
        elif self._errs(0.003):
            row.put("nik", draw.choice(self.city.people).nik, "nik of somebody")

    def _card(self, row: Row) -> None:
        if self._errs(0.03):
            row.put("kk", "", "no kk")
        elif self._errs(0.015):
            row.put("kk", digits(row.kk, self.draw), "kk digits")

    def _name(self, row: Row) -> None:
        if self._errs(0.05):
            row.put("name", letters(row.name, self.draw), "letters")
            if self.draw.random() < 0.2:
                row.name = letters(row.name, self.draw)
        elif self._errs(0.06):
            row.put("name", as_heard(row.name, self.draw), "heard")
        elif self._errs(0.06):
            row.put("name", otherwise(row, self.draw), "otherwise")

    def _birth(self, row: Row) -> None:
        if self._errs(0.03):
            row.put("born", None, "no date")
        elif row.born and self._errs(0.03):
            row.put("born", *day_off(row.born, self.draw))
        if self._errs(0.005):
            row.put("sex", "L" if row.sex == "P" else "P", "sex")
        elif self._errs(0.02):
            row.sex = ""

    def _mother(self, row: Row) -> None:
        if self._errs(0.1):
            row.mother = ""
        elif self._errs(0.12):
            row.mother = self.draw.choice([letters, as_heard])(row.mother, self.draw)
        elif self._errs(0.05):
            row.mother = row.mother.split()[0]

    def _place(self, row: Row) -> None:
        street, house, rt = row.person.street, row.person.house, row.person.rt
        if self._errs(0.25):
            row.address = self.draw.choice([
                f"JL {street} {house}", f"{street} Gg. Famili", f"Jln. {street.upper()} NO.{house} RT {rt}",
                f"LINGK. {rt}", "", "-"])  # fmt: skip
        if self._errs(0.04):
            row.village = ""


def copy_down(rows: list[Row], share: float, draw: random.Random) -> None:
    """Numbers of the line above, as spreadsheets fill them in."""
    for above, row in pairwise(rows):
        if draw.random() < share:
            row.put("nik", above.nik, "nik of the line above")


def letters(text: str, draw: random.Random) -> str:
    """One letter off: another, none, doubled, or two that changed places."""
    at = draw.randrange(max(1, len(text) - 1))
    its, rest = text[at : at + 1], text[at + 1 :]
    another = BESIDE.get(its.lower(), "a")
    changed = (another.upper() if its.isupper() else another, "", its * 2, rest[:1] + its)
    how = draw.randrange(4)
    return text[:at] + changed[how] + (rest[1:] if how == 3 else rest)


def as_heard(name: str, draw: random.Random) -> str:
    """By ear, or shortened by a custom."""
    fits = [pair for pair in HEARD if pair[0] in name]
    return name.replace(*draw.choice(fits), 1) if fits else letters(name, draw)


def otherwise(row: Row, draw: random.Random) -> str:
    """The name in another form that is right as well: titles, the father's name, parts turned, shortened or lost."""
    person, words, male = row.person, row.name.split(), row.person.sex == "L"
    forms = []
    if person.age > 35:
        forms.append(f"{draw.choice(['H.', 'Drs.', 'Alm.'] if male else ['Hj.', 'Ny.', 'Almh.'])} {row.name}")
    if person.age > 23:
        forms.append(f"{row.name}, {draw.choice(['S.Pd', 'SE', 'S.Ag', 'AMK'])}")
    if person.father:
        forms.append(f"{row.name} {'bin' if male else 'binti'} {person.father.split()[0]}")
    if len(words) > 1:
        forms += [
            " ".join([*words[1:], words[0]]),
            " ".join([words[0], *(f"{word[0]}." for word in words[1:])]),
            f"{words[0][0]}. {' '.join(words[1:])}",
            " ".join(words[:-1]),
            " ".join(words[:-1]),
            "".join(words),
        ]
    return draw.choice(forms or [row.name])


def digits(number: str, draw: random.Random) -> str:
    """One digit off, anywhere: another, two that changed places, one lost."""
    at, how = draw.randrange(len(number)), draw.random()
    before, its, rest = number[:at], number[at], number[at + 1 :]
    if how < 0.6:
        return f"{before}{(int(its) + draw.randint(1, 9)) % 10}{rest}"
    return before + rest[:1] + its + rest[1:] if how < 0.9 else before + rest


def day_off(born: date, draw: random.Random) -> tuple[date, str]:
    """A birth date with something wrong in it, and what."""
    how = draw.random()
    try:
        if how < 0.3:
            return date(born.year, born.day, born.month), "day and month"
        if how < 0.5:
            return born.replace(year=born.year + draw.choice([-2, -1, 1, 2, 10, -10])), "year"
        if how < 0.7:
            return born.replace(day=int(str(born.day)[::-1])), "day turned"
        if how < 0.85:
            return born.replace(month=draw.randint(1, 12)), "month"
        return born.replace(month=1, day=1), "1 January"
    except ValueError:  # there is no such day
        return born + timedelta(days=1), "next day"
