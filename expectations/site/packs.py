"""The page that lists the rakor packs of all releases: written with every pack, so that no other page has to be."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from expectations.site.pages import render
from simpul.files import write_whole

FOLDER = "packs"


def write_packs(reports: Path) -> Path:
    """List what stands in ``reports/packs/<release>``, newest release first; a pack is its files by format."""
    home = reports / FOLDER
    home.mkdir(parents=True, exist_ok=True)
    packs: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(home.glob("[0-9]*/rakor-*.*")):
        if path.parent.name.isdigit():
            packs[int(path.parent.name)][path.stem].append(path.relative_to(home).as_posix())
    page = home / "index.html"
    releases = sorted(packs.items(), reverse=True)
    write_whole(page, render("packs.html.j2", root="../", releases=releases))
    return page
