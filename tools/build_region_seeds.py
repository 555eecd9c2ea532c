"""Write ``seed_region.csv`` and ``seed_region_alias.csv`` from the lists of codes: one command per decree.

    SIMPUL_REFERENCE_DIR=… python tools/build_region_seeds.py [--check]

Reads from the reference folder ``kemendagri_{provinsi,kabkota,kecamatan}_history.csv`` (every code of six
vintages) and ``kabkota_bridge_bps_kemendagri_2025.csv`` (BPS codes), and from the project
``seed_region_vintage.csv`` (vintage → decree and its date) and ``tools/region_aliases.csv`` (names met in
agencies' files). Decisions it takes:

- A code is never reused, so there is one row per code; a recoded region has a row per code, linked both ways.
- A code begins with the decree that first lists it and ends the day before the decree that no longer does.
  Where a law moved regions to a new province (Papua, 2022) the law's date counts for old and new code,
  because agencies followed the law at once while the lists lagged by up to two years (92.01 was printed
  until 2025).
- What the oldest list holds may be older than that list: ``valid_from`` then means "at the latest".
- A BPS code belongs to one Kemendagri code: the withdrawn Papua codes carry the BPS code of 2020, their
  successors the one of 2025. The nation is ``00`` and, as in the BPS WebAPI, ``0000``. Districts have none
  (BPS numbers differ).
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from pathlib import Path

from simpul.regions import NATION, name_key
from simpul.settings import get_settings

REPOSITORY = Path(__file__).resolve().parents[1]
SEEDS = REPOSITORY / "dbt_project" / "seeds"

# province → the province it was carved out of, the law, its date
SPLITS = {
    "93": ("91", "UU 14/2022", date(2022, 7, 25)),
    "94": ("91", "UU 15/2022", date(2022, 7, 25)),
    "95": ("91", "UU 16/2022", date(2022, 7, 25)),
    "96": ("92", "UU 29/2022", date(2022, 12, 8)),
}
NATION_BPS_CODE = "0000"
_ABBREVIATED = {"Kabupaten Kep. ": "Kabupaten Kepulauan "}


@dataclass(frozen=True)
class Vintage:
    year: int
    decree: str
    decided_on: date


@dataclass(frozen=True)
class Row:
    region_code: str
    bps_code: str
    name: str
    level: str
    parent_region_code: str
    province_code: str
    valid_from: date
    valid_to: date | None
    is_current: bool
    predecessor_code: str
    successor_code: str
    link_kind: str  # recoded: same region, new code; split: carved out of the predecessor, which goes on
    valid_from_basis: str
    valid_to_basis: str
    first_vintage: int
    last_vintage: int


@dataclass(frozen=True)
class Alias:
    level: str
    province_code: str
    parent_region_code: str
    name_key: str
    region_code: str
    name: str
    basis: str


@dataclass(frozen=True)
class Listed:
    """A code as the histories show it."""

    code: str
    name: str
    first: int
    last: int
    other_names: tuple[str, ...]

    @property
    def parent(self) -> str:
        return self.code.rpartition(".")[0] or NATION

    @property
    def level(self) -> str:
        return ("province", "regency", "district")[self.code.count(".")]


def read(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def vintages() -> dict[int, Vintage]:
    rows = read(SEEDS / "seed_region_vintage.csv")
    return {
        int(row["vintage"]): Vintage(
            int(row["vintage"]), row["decree"], date.fromisoformat(row["decided_on"])
        )
        for row in rows
    }


def listed(reference: Path) -> list[Listed]:
    found = []
    for part in ("provinsi", "kabkota", "kecamatan"):
        for row in read(reference / f"kemendagri_{part}_history.csv"):
            others = tuple(" ".join(name.split()) for name in row["nama_lain"].split("|") if name.strip())
            name = " ".join(row["nama_terakhir"].split())
            for short, full in _ABBREVIATED.items():
                name = name.replace(short, full)
            found.append(
                Listed(row["kode"], name, int(row["vintage_pertama"]), int(row["vintage_terakhir"]), others)
            )
    return found


def successors(
    codes: Iterable[Listed], bridge: Iterable[dict[str, str]], aliases: Iterable[Alias]
) -> dict[str, str]:
    """Withdrawn code → the one that followed: regencies by the bridge, districts by name in the new regency."""
    follows = {row["kode_kemendagri_2020"]: row["kode_kemendagri_2025"] for row in bridge}
    follows = {old: new for old, new in follows.items() if old != new}
    newest = max(code.last for code in codes)
    by_name = {(alias.parent_region_code, alias.name_key): alias.region_code for alias in aliases}
    for code in codes:
        if code.level == "district" and code.last == newest:
            for name in (*code.other_names, code.name):
                by_name[(code.parent, name_key(name))] = code.code
    for code in codes:
        if code.level == "district" and code.last != newest:
            names = (name_key(name) for name in (code.name, *code.other_names))
            parent = follows.get(code.parent, code.parent)
            match = next((by_name[(parent, key)] for key in names if (parent, key) in by_name), None)
            if match:
                follows[code.code] = match
    return follows


def regions(codes: list[Listed], bridge: list[dict[str, str]], follows: dict[str, str]) -> Iterator[Row]:
    dated = vintages()
    ordered = sorted(dated)
    newest, oldest = ordered[-1], dated[ordered[0]]
    before = {new: old for old, new in follows.items()}
    names = {code.code: code.name for code in codes}
    bps = {row["kode_kemendagri_2020"]: row["kode_bps_2020"] for row in bridge}
    bps |= {row["kode_kemendagri_2025"]: row["kode_bps_2025"] for row in bridge}
    bps |= {row["kode_kemendagri_2025"][:2]: row["kode_bps_2025"][:2] for row in bridge}

    def start(code: Listed) -> tuple[date, str]:
        if code.code[:2] in SPLITS and (code.level == "province" or code.code in before):
            _, law, day = SPLITS[code.code[:2]]
            return day, law
        return dated[code.first].decided_on, dated[code.first].decree

    def end(code: Listed) -> tuple[date | None, str]:
        if code.last == newest:
            return None, ""
        new_province = follows.get(code.code, follows.get(code.parent, ""))[:2]
        if new_province in SPLITS and new_province != code.code[:2]:
            _, law, day = SPLITS[new_province]
            return day - timedelta(days=1), law
        ended_by = dated[ordered[ordered.index(code.last) + 1]]
        return ended_by.decided_on - timedelta(days=1), ended_by.decree

    nation = Row(
        NATION, NATION_BPS_CODE, "Indonesia", "nation", "", NATION, oldest.decided_on, None, True, "", "", "",
        oldest.decree, "", oldest.year, newest,
    )  # fmt: skip
    yield nation
    for code in sorted(codes, key=lambda listed: (listed.code.count("."), listed.code)):
        split_from = SPLITS[code.code][0] if code.code in SPLITS else ""
        predecessor = before.get(code.code, split_from)
        (valid_from, from_basis), (valid_to, to_basis) = start(code), end(code)
        yield Row(
            region_code=code.code,
            bps_code=bps.get(code.code, ""),
            name=names[follows.get(code.code, code.code)],
            level=code.level,
            parent_region_code=code.parent,
            province_code=code.code[:2],
            valid_from=valid_from,
            valid_to=valid_to,
            is_current=code.last == newest,
            predecessor_code=predecessor,
            successor_code=follows.get(code.code, ""),
            link_kind="split" if split_from else "recoded" if predecessor or code.code in follows else "",
            valid_from_basis=from_basis,
            valid_to_basis=to_basis,
            first_vintage=code.first,
            last_vintage=code.last,
        )


def hand_aliases(codes: list[Listed]) -> list[Alias]:
    levels = {code.code: code.level for code in codes}
    return [
        Alias(
            level=levels[row["region_code"]],
            province_code=row["region_code"][:2],
            parent_region_code=row["parent_region_code"],
            name_key=name_key(row["name"]),
            region_code=row["region_code"],
            name=row["name"],
            basis=row["basis"],
        )
        for row in read(REPOSITORY / "tools" / "region_aliases.csv")
    ]


def aliases(codes: list[Listed], rows: list[Row]) -> list[Alias]:
    """Names by hand, of earlier lists, and cities without ``Kota``: only where one region can be meant."""
    own = {(row.parent_region_code, name_key(row.name)) for row in rows}
    chosen = {(alias.parent_region_code, alias.name_key): alias for alias in hand_aliases(codes)}
    candidates: dict[tuple[str, str], set[Alias]] = {}
    for code in codes:
        if code.last != max(listed.last for listed in codes):
            continue
        derived = [(name, "earlier list of Kemendagri") for name in code.other_names]
        if code.level == "regency" and code.name.startswith("Kota "):
            plain = code.name.removeprefix("Kota ").removeprefix("Administrasi ")
            derived.append((plain, "city without the word Kota; no regency of the province has the name"))
        for name, basis in derived:
            alias = Alias(code.level, code.code[:2], code.parent, name_key(name), code.code, name, basis)
            candidates.setdefault((alias.parent_region_code, alias.name_key), set()).add(alias)
    for key, claims in candidates.items():
        if key not in own and key not in chosen and len({alias.region_code for alias in claims}) == 1:
            chosen[key] = min(claims, key=lambda alias: alias.name)
    chosen.pop(
        (NATION, "daerahistimewa"), None
    )  # a name cut short in a list: two provinces were "daerah istimewa"
    needless = [key for key in chosen if key in own]
    if needless:
        raise SystemExit(f"tools/region_aliases.csv: already a region's own name, delete: {needless}")
    return sorted(chosen.values(), key=lambda alias: (alias.parent_region_code, alias.name_key))


def build(reference: Path) -> dict[str, str]:
    """The seeds by file name, as text."""
    codes = listed(reference)
    bridge = read(reference / "kabkota_bridge_bps_kemendagri_2025.csv")
    follows = successors(codes, bridge, hand_aliases(codes))
    rows = list(regions(codes, bridge, follows))
    return {
        "seed_region.csv": as_csv(rows),
        "seed_region_alias.csv": as_csv(aliases(codes, rows)),
    }


def as_csv(rows: Iterable[Row | Alias]) -> str:
    rows = list(rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(field.name for field in fields(rows[0]))
    for row in rows:
        writer.writerow(_cell(value) for value in asdict(row).values())
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _on_disk(name: str) -> str | None:
    path = SEEDS / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a seed differs")
    check = parser.parse_args().check
    reference = get_settings().reference_dir
    if reference is None:
        parser.error("SIMPUL_REFERENCE_DIR is not set: the folder with the lists of codes")
    seeds = build(reference)
    drift = [name for name, text in seeds.items() if _on_disk(name) != text]
    if check:
        for name in drift:
            print(f"{name} differs from the lists: run tools/build_region_seeds.py", file=sys.stderr)
        return int(bool(drift))
    for name, text in seeds.items():
        (SEEDS / name).write_text(text, encoding="utf-8")
    print(f"written: {', '.join(drift) or 'nothing, the seeds are up to date'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
