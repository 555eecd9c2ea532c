"""Names and codes of regions: from what a file says to the Kemendagri code that the warehouse uses.

BPS tables carry no codes at all, agencies write ``KAB. PANDEGLANG`` or ``KOTA TANJUNG BALAI``, and a BPS
code looks like a Kemendagri code without being one (199 of 514 regencies differ). So a name is looked up by
its *key* inside its parent region, a code only in the system it is said to belong to, and nothing is ever
guessed: no match is ``None``.
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
Level = Literal["nation", "province", "regency", "district"]
System = Literal["kemendagri", "bps"]

# The dbt macro `name_key` applies the same rules in SQL; tests/golden/region_names.csv holds both to them.
_BLANKS = re.compile(r"\s+")
_CITY_ADMINISTRATION = re.compile(r"^kota[. ]*\b(administrasi|adm)\b[. ]*")
_LEVEL_WORD = re.compile(
    r"^(provinsi|prov|kabupaten|kab|kecamatan|kec|distrik)\b[. ]*((administrasi|adm)\b[. ]*)?"
)
_ISLANDS = re.compile(r"\bkep\b")
_NOT_A_LETTER = re.compile(r"[^a-z]")


def name_key(name: str | None) -> str:
    """The form under which a region's name is compared: ``Kab. Kep. Seribu`` → ``kepulauanseribu``.

    Lower case; the word for the level in front goes (``kabupaten kab. provinsi prov. kecamatan kec.
    distrik``, also with ``administrasi``/``adm.``) but ``kota`` stays, since it alone tells ``Kota Bogor``
    from ``Bogor``; ``kep.`` is spelled out; then all but the letters a–z goes, so blanks inside (``TANJUNG
    BALAI``) do not matter.
    """
    text = _BLANKS.sub(" ", name or "").strip().lower()
    text = _CITY_ADMINISTRATION.sub("kota ", text)
    text = _LEVEL_WORD.sub("", text)
    text = _ISLANDS.sub("kepulauan", text)
    return _NOT_A_LETTER.sub("", text)


@dataclass(frozen=True, slots=True)
class Region:
    """A row of ``seed_region``: a Kemendagri code and the time it stood for its region."""

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


@dataclass(frozen=True)
class Regions:
    """Every code of every vintage, with the ways to find one."""

    by_code: dict[str, Region]
    _by_bps: dict[str, str] = field(repr=False)
    _by_name: dict[tuple[str, str], str] = field(repr=False)

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
        by_name: dict[tuple[str, str], str] = {}
        for parent, key, code in (*_names(current), *aliases, *_names(withdrawn)):
            by_name.setdefault((parent, key), code)
        by_bps = {region.bps_code: code for code, region in by_code.items() if region.bps_code}
        return cls(by_code, by_bps, by_name)

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

    def resolve_code(self, code: str | None, system: System, *, latest: bool = True) -> str | None:
        """The region of a code as an agency writes it, dotted or not. 2 and 4 digits fit both: say the system."""
        digits = (code or "").strip().replace(".", "")
        if not (digits.isascii() and digits.isdigit()):
            return None
        if system == "bps":
            found = self._by_bps.get(digits)
        else:
            found = dotted(digits)
            found = found if found in self.by_code else None
        return self.current(found) if latest and found else found

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
    )
