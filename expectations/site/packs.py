"""The page that lists the rakor packs of all releases: written with every pack, so that no other page has to be."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from pathlib import Path

from expectations.site.pages import render
from simpul.files import write_changed

FOLDER = "packs"
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_HEAD = 4096


@dataclass
class Listed:
    """A pack: the release it tells, what it is called, its files by format."""

    release_id: int
    title: str
    files: dict[str, str] = field(default_factory=dict)


def write_packs(reports: Path) -> Path:
    """List what stands in ``reports/packs/<release>``, newest release first."""
    home = reports / FOLDER
    home.mkdir(parents=True, exist_ok=True)
    packs: dict[Path, Listed] = {}
    for path in sorted(home.glob("[0-9]*/rakor-*.*")):
        if path.parent.name.isdigit():
            pack = packs.setdefault(path.with_suffix(""), Listed(int(path.parent.name), path.stem))
            pack.files[path.suffix[1:].upper()] = path.relative_to(home).as_posix()
            if path.suffix == ".html":
                pack.title = _title(path) or pack.title
    page = home / "index.html"
    newest_first = sorted(packs.values(), key=lambda pack: (-pack.release_id, pack.title))
    write_changed(page, render("packs.html.j2", root="../", packs=newest_first))
    return page


def _title(page: Path) -> str | None:
    """What a pack calls itself."""
    with page.open(encoding="utf-8") as lines:
        found = _TITLE.search(lines.read(_HEAD))
    return html.unescape(found.group(1)) if found else None
