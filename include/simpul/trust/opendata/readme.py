"""The page that goes with a package: what is in it, what was left out and why, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template

from simpul.settings import get_settings
from simpul.trust.opendata.reading import LISTED_FROM, Rows

_PAGE = Path(__file__).with_suffix(".txt")


def readme(
    release_id: int, day: str, k: int, tables: Mapping[str, Rows], counted: Mapping[str, Mapping[str, int]]
) -> str:
    """Markdown."""
    settings = get_settings()
    lines = [
        "| file — berkas | content — isi | rows — baris | counts suppressed — angka disembunyikan |",
        "| --- | --- | ---: | ---: |",
    ]
    for name, rows in tables.items():
        of = counted[name]
        gone = f"{of['suppressed']} / {of['counts']}" if rows.table.open.counts else "–"
        lines.append(f"| `data/{name}.csv` | {rows.table.open.title} | {of['rows']} | {gone} |")
    said = {
        "publisher": settings.open_data_publisher,
        "license": settings.open_data_license,
        "contact": settings.open_data_contact,
        "release": release_id,
        "day": day,
        "files": "\n".join(lines),
        "k": k,
        "most": k - 1,
        "listed": LISTED_FROM * k,
    }
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(said)
