"""Names and codes of regions: from what a file says to the Kemendagri code that the warehouse uses.

BPS tables carry no codes at all, agencies write ``KAB. PANDEGLANG`` or ``KOTA TANJUNG BALAI``, and a BPS
code looks like a Kemendagri code without being one (199 of 514 regencies differ). So a name is looked up by
its *key* inside its parent region, a code only in the system it is said to belong to, and nothing is ever
guessed: no match is ``None``. The dbt macro `resolved_regions` is `Regions.place` in SQL;
tests/golden/region_codes.csv holds both to it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from simpul.settings import get_settings
from simpul.stamps import Stamp, stamp

NATION = "00"
Level = Literal["nation", "province", "regency", "district", "village"]
System = Literal["kemendagri", "bps"]
Status = Literal[
    "resolved",
    "withdrawn_code",  # before the file's period; led to the code that followed it
    "not_yet_valid_code",  # not before the end of the file's period
    "code_of_other_system",  # what is beside the code contradicts it, and agrees with its meaning in the other system
    "code_and_name_disagree",
    "ambiguous_code",
    "unknown_code",  # or only an upper part of it is known
    "unknown_name",
    "not_said",
]

# The dbt macro `name_key` applies the same rules in SQL; tests/golden/region_names.csv holds both to them.
_BLANKS = re.compile(r"\s+")
_CITY_ADMINISTRATION = re.compile(r"^kota[. ]*\b(administrasi|adm)\b[. ]*")
LEVEL_WORD = re.compile(
    r"^(provinsi|prov|kabupaten|kab|kecamatan|kec|distrik|desa|kelurahan|kel|ds)\b[. ]*((administrasi|adm)\b[. ]*)?"
)
_ISLANDS = re.compile(r"\bkep\b")
_NOT_A_LETTER = re.compile(r"[^a-z]")


def name_key(name: str | None) -> str:
    """The form under which a region's name is compared: ``Kab. Kep. Seribu`` → ``kepulauanseribu``.

    Lower case; the word for the level in front goes (``kabupaten kab. provinsi prov. kecamatan kec.
    distrik desa kelurahan kel. ds.``, also with ``administrasi``/``adm.``) but ``kota`` stays, since it alone tells
    ``Kota Bogor`` from ``Bogor``; ``kep.`` is spelled out; then all but the letters a–z goes, so blanks inside
    (``TANJUNG BALAI``) do not matter.
    """
    text = _BLANKS.sub(" ", name or "").strip().lower()
    text = _CITY_ADMINISTRATION.sub("kota ", text)
    text = LEVEL_WORD.sub("", text)
    text = _ISLANDS.sub("kepulauan", text)
    return _NOT_A_LETTER.sub("", text)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a file says of a place. ``system``: of the code, None where nobody says. ``days``: of the file's period."""

    code: str | None = None
    system: System | None = None
    province: str | None = None
    regency: str | None = None
    district: str | None = None
    village: str | None = None
    file_region: str | None = None
    days: tuple[date, date] | None = None

    @classmethod
    def of_form(cls, code: str | None, name: str | None = None, file_region: str | None = None) -> Sent:
        """What a filled form says: one code and one name beside it, of whatever level.

        The form asks for a code of Kemendagri. Four digits without a dot may be one of BPS all the same: of those
        nobody says whose they are, so the name decides. What is no code at all (`12,74`, a word) says nothing of the
        level of the name. The dbt macro `form_place_columns` is this in SQL.
        """
        code, name = (code or "").strip() or None, (name or "").strip() or None
        readable = code if re.fullmatch("[0-9.]+", code or "") else None
        digits = len((readable or "").replace(".", ""))
        system: System | None = "kemendagri" if readable and ("." in readable or digits > 4) else None
        is_province = (
            (0 < digits <= 2 or re.fullmatch("[0-9]{2}[.]?00", readable))
            if readable
            else (re.match("prov", name or "", re.IGNORECASE))
        )
        level = (
            "province"
            if is_province
            else "regency"
            if digits <= 4
            else "district"
            if digits <= 7
            else "village"
        )
        return cls(code, system, file_region=file_region, **{level: name})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Place:
    """The Kemendagri code of today, as fine as it is known, and how sure that is."""

    region_code: str | None
    status: Status


@dataclass(frozen=True, slots=True)
class _Reading:
    """A code in one system: the region of today, the time of the code, whether all its parts are known."""

    region_code: str
    valid_from: date | None = None
    valid_to: date | None = None
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Region:
    """A row of ``seed_region`` (or a village): a Kemendagri code and the time it stood for its region."""

    region_code: str
    bps_code: str | None
    name: str
    level: Level
    parent_region_code: str | None
    province_code: str
    valid_from: date
    valid_to: date | None
    is_current: bool
    predecessor_code: str | None
    successor_code: str | None
    first_vintage: int


@dataclass(frozen=True)
class Regions:
    """Every code of every vintage, with the ways to find one."""

    by_code: dict[str, Region]
    aliases: tuple[tuple[str, str, str], ...] = field(repr=False)
    _by_bps: dict[str, str] = field(repr=False)
    _by_name: dict[tuple[str, str], str] = field(repr=False)
    _villages: dict[str, list[Region]] = field(repr=False)
    _first: tuple[int, date] = field(repr=False)  # the oldest list; the day of the oldest list of villages

    @classmethod
    def load(cls, seeds: Path | None = None) -> Regions:
        """Read the dbt seeds (default: this project's); again when they have changed."""
        folder = seeds or get_settings().dbt_dir / "seeds"
        return _load(stamp((folder / "seed_region.csv", folder / "seed_region_alias.csv")))

    @classmethod
    def of(cls, regions: Iterable[Region], aliases: Iterable[tuple[str, str, str]]) -> Regions:
        """Index ``regions`` and ``aliases`` (parent code, name key, region code).

        A current region's own name wins over an alias, an alias over the name of a withdrawn code: after a
        region was recoded its old parent may have given the name to another.
        """
        by_code = {region.region_code: region for region in regions}
        current = [region for region in by_code.values() if region.is_current]
        withdrawn = [region for region in by_code.values() if not region.is_current]
        aliases = tuple(aliases)
        by_name: dict[tuple[str, str], str] = {}
        for parent, key, code in (*_names(current), *aliases, *_names(withdrawn)):
            by_name.setdefault((parent, key), code)
        by_bps = {region.bps_code: code for code, region in by_code.items() if region.bps_code}
        villages: dict[str, list[Region]] = {}
        for region in by_code.values():
            if region.level == "village" and region.parent_region_code:
                villages.setdefault(region.parent_region_code, []).append(region)
        listed = [village.valid_from for of_district in villages.values() for village in of_district]
        first = min(region.first_vintage for region in by_code.values()), min(listed, default=date.max)
        return cls(by_code, aliases, by_bps, by_name, villages, first)

    def __getitem__(self, region_code: str) -> Region:
        return self.by_code[region_code]

    def __iter__(self) -> Iterator[Region]:
        return iter(self.by_code.values())

    def __len__(self) -> int:
        return len(self.by_code)

    def current(self, region_code: str) -> str:
        """The code that stands for the region today: a series crosses a recoding (``91.01`` → ``93.01``)."""
        while successor := self.by_code[region_code].successor_code:
            region_code = successor
        return region_code

    def within(self, parent: str, name: str) -> str | None:
        """The region called ``name`` in ``parent``; a recoded parent is searched under its old and its new code."""
        key = name_key(name)
        found = self._by_name.get((parent, key))
        return found or self._by_name.get((self.current(parent), key))

    def resolve(
        self,
        province: str | None,
        regency: str | None = None,
        district: str | None = None,
        *,
        latest: bool = True,
    ) -> str | None:
        """The code of the finest region named, or ``None`` when any part of the name is unknown.

        ``Indonesia`` as province is the nation. With ``latest`` (default) a withdrawn code gives the one that
        followed it.
        """
        names = [name for name in (province, regency, district) if name and name.strip()]
        if names != [province, regency, district][: len(names)] or not names:
            return None  # a district without its regency, or no name at all
        if name_key(province) == "indonesia":
            return NATION if len(names) == 1 else None
        code = NATION
        for name in names:
            found = self.within(code, name)
            if found is None:
                return None
            code = found
        return self.current(code) if latest else code

    def regency(self, name: str) -> str | None:
        """The regency or city called ``name`` where the province is not said; ``None`` when two provinces have one.

        A district is not looked for this way: hundreds share their names.
        """
        key = name_key(name)
        provinces = [region.region_code for region in self if region.level == "province"]
        found = {self.current(code) for parent in provinces if (code := self._by_name.get((parent, key)))}
        return found.pop() if len(found) == 1 else None

    def place(self, sent: Sent) -> Place:
        """Where somebody is, from all that a file says of it.

        A code counts in the system it is said to be of. What is beside it (its names, else the region of the file)
        must not contradict it; where it does and agrees with the code's meaning in the other system, that is said, and
        the code is not used. Names win over a code, a code over the region of the file.
        """
        if not sent.code:
            named, is_unknown = self._named(sent)
            status: Status = "unknown_name" if is_unknown else "resolved" if named else "not_said"
            return _placed(named, status, sent)
        bps, kemendagri = self._bps(sent.code), self._kemendagri(sent.code, sent.days)
        # where nobody says, it is a code of Kemendagri if it can be one
        is_bps = sent.system == "bps" or (sent.system is None and kemendagri is None)
        own, other = (bps, kemendagri) if is_bps else (kemendagri, bps)
        named, _ = self._named(sent, own)
        beside = named or (None if sent.file_region == NATION else sent.file_region)
        fits, other_fits = (
            (found and beside and _is_one(found.region_code, beside)) for found in (own, other)
        )
        if other and other_fits and not fits:
            if sent.system is None:
                return _placed(_finer(other.region_code, named), "resolved", sent)
            # somebody of another city may be on the list: a whole code is not doubted for the file alone
            is_sound = not named and own and own.is_whole and len(own.region_code) >= 8
            return _placed(named, "ambiguous_code" if is_sound else "code_of_other_system", sent)
        if own is None:
            is_other = other and not (_bps_code if is_bps else _kemendagri_code)(sent.code)
            return _placed(named, "code_of_other_system" if is_other else "unknown_code", sent)
        if named and not fits:
            return _placed(named, "code_and_name_disagree", sent)
        is_double = not sent.system and other and other.region_code != own.region_code
        if is_double and not (fits and not other_fits):
            return _placed(named, "ambiguous_code", sent)
        return _placed(_finer(own.region_code, named), _standing(own, sent.days), sent)

    def _kemendagri(self, code: str, days: tuple[date, date] | None) -> _Reading | None:
        """The finest known part of a Kemendagri code; None when not even the regency is known."""
        written = _kemendagri_code(code)
        parts = [written[:width] for width in (13, 8, 5, 2) if written and len(written) >= width]
        found = next((part for part in parts if part in self.by_code), None)
        if not written or not found or len(found) < min(len(written), 5):
            return None
        region = self[found]
        is_whole = found == written
        if len(written) == 13 and len(found) == 8:
            # where no list says which villages there were, the district is all that can be known
            listed = [village.valid_from for village in self._villages.get(found, ())]
            is_whole = not listed or (days is not None and min(listed) > days[1])
        if region.level == "village":
            upper = self[region.parent_region_code or NATION]
            today = found if region.is_current else self._today(upper.region_code)
            valid_from = region.valid_from if region.valid_from > self._first[1] else None
            return _Reading(today, valid_from, region.valid_to or upper.valid_to)
        return self._reading(region, is_whole)

    def _bps(self, code: str) -> _Reading | None:
        """The regency or province of a BPS code; nobody has its districts and villages."""
        found = self._by_bps.get(_bps_code(code) or "")
        return self._reading(self[found]) if found else None

    def _reading(self, region: Region, is_whole: bool = True) -> _Reading:
        # what the oldest list holds is older than that
        valid_from = region.valid_from if region.first_vintage > self._first[0] else None
        return _Reading(self._today(region.region_code), valid_from, region.valid_to, is_whole)

    def _today(self, region_code: str) -> str:
        """The code that followed, else what the region lay in."""
        today = self[self.current(region_code)]
        return today.region_code if today.is_current else self.current(today.parent_region_code or NATION)

    def _named(self, sent: Sent, own: _Reading | None = None) -> tuple[str | None, bool]:
        """The finest region whose name is known, and whether the finest name is not.

        A name is looked for in the region above it: the one named, or where none is, that of the file; a regency of
        which nobody says the province, in the nation. A list may leave out ``Kota`` where a code (``own``: what it is)
        tells the city from the regency of its name.
        """
        file_region = sent.file_region if sent.file_region != NATION else None
        upper: str | None = NATION
        named: str | None = None
        is_unknown = False
        levels = ((sent.province, 2), (sent.regency, 5), (sent.district, 8), (sent.village, 13))
        for number, (name, width) in enumerate(levels):
            if not name:
                is_above_named = any(above for above, _ in levels[:number])
                fits = file_region and len(file_region) >= width and not is_above_named
                upper = file_region[:width] if file_region and fits else None
                continue
            if width == 13 and not (upper and self.current(upper) in self._villages):
                continue  # there is no list to look it up in
            of_nation = width == 5 and upper is None and not sent.province

            def find(text: str, parent: str | None = upper, of_nation: bool = of_nation) -> str | None:
                return self.regency(text) if of_nation else parent and self.within(parent, text)

            found = self._within_today(upper, name) if width == 13 else find(name)
            if width == 5 and found and own and (city := find(f"kota {name_key(name)}")):
                found = city if f"{own.region_code}.".startswith(f"{self.current(city)}.") else found
            is_unknown = found is None
            upper, named = found, (self.current(found) if found else named)
        return named, is_unknown

    def _within_today(self, district: str | None, name: str) -> str | None:
        """The one village of today of that name."""
        key = name_key(name)
        of_district = self._villages[self.current(district)] if district else ()
        found = [village for village in of_district if village.is_current and name_key(village.name) == key]
        return found[0].region_code if len(found) == 1 else None

    def ancestors(self, region_code: str) -> Iterator[str]:
        """The code itself, then its parents up to the nation."""
        code: str | None = region_code
        while code:
            yield code
            code = self.by_code[code].parent_region_code

    def contains(self, outer: str, inner: str) -> bool:
        """Whether ``inner`` is ``outer`` or lies in it, by its own code or by the one that followed it."""
        outers = {outer, self.current(outer)}
        return any(code in outers for start in {inner, self.current(inner)} for code in self.ancestors(start))


def dotted(digits: str) -> str:
    """``127401`` → ``12.74.01``; a village keeps four digits (``1274011001`` → ``12.74.01.1001``)."""
    parts = [digits[0:2], digits[2:4], digits[4:6], digits[6:]]
    return ".".join(part for part in parts if part)


def _digits(code: str, district: int, village: int) -> str | None:
    """The digits of a code. Its parts may come with dots, from columns of their own without their zeros.

    ``12.1`` may be 12.01, or 12.10 cut by a spreadsheet: none.
    """
    if re.fullmatch("[0-9]+", code):
        return code
    if re.fullmatch("[0-9]{2}[.][0-9]{2}", code):
        return code.replace(".", "")
    if not re.fullmatch(f"[0-9]{{2}}[.][0-9]{{1,2}}[.][0-9]{{1,{district}}}([.][0-9]{{1,{village}}})?", code):
        return None
    widths = (2, 2, district, village)
    return "".join(part.rjust(width, "0") for part, width in zip(code.split("."), widths, strict=False))


def _kemendagri_code(code: str) -> str | None:
    """With its dots; a village is 1 (kelurahan), 2 (desa) or 3 (desa adat) and three digits."""
    digits = _digits(code, 2, 4) or ""
    if not re.fullmatch("00(00)?|[1-9][0-9]([0-9]{2}([0-9]{2}([123][0-9]{3})?)?)?", digits):
        return None
    return dotted(re.sub("^(..)00$", r"\1", digits))


def _bps_code(code: str) -> str | None:
    """The part that says the regency or province; a district has three digits, a village three more."""
    digits = _digits(code, 3, 3) or ""
    if not re.fullmatch("0000|[1-9][0-9]([0-9]{2}([0-9]{3}([0-9]{3})?)?)?", digits):
        return None
    return re.sub("^([1-9].)00$", r"\1", digits)[:4]


def _is_one(code: str, other: str) -> bool:
    """Whether two codes can be of one place: the same, or one lies in the other."""
    return NATION in (code, other) or f"{code}.".startswith(f"{other}.") or f"{other}.".startswith(f"{code}.")


def _finer(code: str, other: str | None) -> str:
    return other if other and len(other) > len(code) else code


def _standing(reading: _Reading, days: tuple[date, date] | None) -> Status:
    if days and reading.valid_to and reading.valid_to < days[0]:
        return "withdrawn_code"
    if days and reading.valid_from and reading.valid_from > days[1]:
        return "not_yet_valid_code"
    return "resolved" if reading.is_whole else "unknown_code"


def _placed(region_code: str | None, status: Status, sent: Sent) -> Place:
    """The region of the file where the record says none, or only an upper region of it."""
    file_region = sent.file_region
    is_upper = file_region and (region_code == NATION or f"{file_region}.".startswith(f"{region_code}."))
    if region_code is None or is_upper:
        return Place(file_region, status)
    return Place(region_code, status)


def _names(regions: Iterable[Region]) -> Iterator[tuple[str, str, str]]:
    for region in regions:
        if region.parent_region_code:
            yield region.parent_region_code, name_key(region.name), region.region_code


@lru_cache(maxsize=4)
def _load(files: Stamp) -> Regions:
    codes, names = (name for name, *_ in files)
    with open(codes, encoding="utf-8", newline="") as file:
        regions = [_region(row) for row in csv.DictReader(file)]
    with open(names, encoding="utf-8", newline="") as file:
        aliases = [
            (row["parent_region_code"], row["name_key"], row["region_code"]) for row in csv.DictReader(file)
        ]
    return Regions.of(regions, aliases)


def _region(row: dict[str, str]) -> Region:
    return Region(
        region_code=row["region_code"],
        bps_code=row["bps_code"] or None,
        name=row["name"],
        level=row["level"],  # type: ignore[arg-type]
        parent_region_code=row["parent_region_code"] or None,
        province_code=row["province_code"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        is_current=row["is_current"] == "true",
        predecessor_code=row["predecessor_code"] or None,
        successor_code=row["successor_code"] or None,
        first_vintage=int(row["first_vintage"]),
    )
