"""Names of aid programmes: from what a list writes to the codes of ``seed_program``, as staging reads them."""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path

from simpul.settings import get_settings

_NOT_KEY = re.compile(r"[^a-z0-9]")
_YEAR = re.compile(r"(\b(tahun|thn|ta)\b[ .]*)?\b20[0-9]{2}\b", re.ASCII)


def programme_key(text: str) -> str:
    """The form under which ``seed_program_alias`` knows a spelling: ``Bansos PKH Tahun 2024`` → ``bansospkh``.

    The same as the dbt macro ``programme_key``: the year says nothing of which programme it is.
    """
    return _NOT_KEY.sub("", _YEAR.sub("", text.lower()))


def programme_codes(text: str) -> tuple[str, ...]:
    """Codes of the programmes that ``text`` names, sorted: ``pkh + sembako`` → PKH, SEMBAKO. Empty: none is known."""
    return _aliases(get_settings().dbt_dir / "seeds" / "seed_program_alias.csv").get(programme_key(text), ())


def seed_rows(name: str, key: str) -> dict[str, list[dict[str, str]]]:
    """Rows of a seed by the column ``key``, in their order; empty cells left out."""
    return _rows(get_settings().dbt_dir / "seeds" / f"{name}.csv", key)


@lru_cache(maxsize=16)
def _rows(seed: Path, key: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    with seed.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row[key], []).append({name: cell for name, cell in row.items() if cell})
    return found


@lru_cache(maxsize=4)
def _aliases(seed: Path) -> dict[str, tuple[str, ...]]:
    known = {
        key: tuple(sorted({row["program_code"] for row in rows}))
        for key, rows in _rows(seed, "alias_key").items()
    }
    # what this module gives is a spelling too
    return {programme_key("".join(found)): found for found in known.values()} | known
