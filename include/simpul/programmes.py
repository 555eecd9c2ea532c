"""Names of aid programmes: from what a list writes to the codes of ``seed_program``, as staging reads them."""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path

from simpul.settings import get_settings

_NOT_KEY = re.compile(r"[^a-z0-9]")


def programme_key(text: str) -> str:
    """The form under which ``seed_program_alias`` knows a spelling: ``Bansos PKH`` → ``bansospkh``."""
    return _NOT_KEY.sub("", text.lower())


def programme_codes(text: str) -> tuple[str, ...]:
    """Codes of the programmes that ``text`` names, sorted: ``pkh + sembako`` → PKH, SEMBAKO. Empty: none is known."""
    return _aliases(get_settings().dbt_dir / "seeds" / "seed_program_alias.csv").get(programme_key(text), ())


@lru_cache(maxsize=4)
def _aliases(seed: Path) -> dict[str, tuple[str, ...]]:
    codes: dict[str, set[str]] = {}
    with seed.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            codes.setdefault(row["alias_key"], set()).add(row["program_code"])
    known = {key: tuple(sorted(found)) for key, found in codes.items()}
    # what this module gives is a spelling too
    return {programme_key("".join(found)): found for found in known.values()} | known
