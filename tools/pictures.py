"""Take the pictures of the guides: ``python -m tools.pictures``, in a home whose people are all invented.

Needs a published release with the sample's city (`make demo`), Superset (`make bi`), and Chromium. Writes
``docs/pictures/*.png``, with few colours, so that a guide stays light.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from simpul.database import connect
from simpul.pack import write_pack
from simpul.settings import get_settings
from simpul.trust.evidence import asked_of, evidence_of
from simpul.trust.evidence.page import page as evidence_page
from tools.looking import choose, launched, log_in, open_dashboard

GOAL = Path(__file__).parents[1] / "docs" / "pictures"
CITY, YEAR = "12.74", 2024
FIGURE = """
select format('region_code=%%s program_code=%%s decile=%%s period=%%s', region_code, program_code, decile, period)
from rpt_program_coverage where region_code = %s and program_code = 'SEMBAKO' and excluded > 0
order by period desc, decile limit 1"""
_COLOURS = 256
_WIDTH = 1200


def main() -> None:
    """Take those that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="names of pictures; default: all")
    only = set(parser.parse_args().only)
    GOAL.mkdir(exist_ok=True)
    with launched() as browser:
        page = browser.new_page(viewport={"width": _WIDTH, "height": 760})
        for name, (path, height, begin) in _files().items():
            if not only or name in only:
                page.set_viewport_size({"width": _WIDTH, "height": height})
                page.goto(path.as_uri())
                page.evaluate("name => document.querySelector(name)?.scrollIntoView()", begin)
                _keep(page, name)
        boards = {
            "posisi-kemiskinan": None,
            "cakupan-program": "Kota Tanjungbalai",
            "temuan": "Kota Tanjungbalai",
        }
        wanted = {slug: region for slug, region in boards.items() if not only or slug in only}
        if wanted:
            page.set_viewport_size({"width": 1400, "height": 1100})
            log_in(page, "admin")
        for slug, region in wanted.items():
            open_dashboard(page, slug)
            if region:
                choose(page, "Wilayah", region)
            page.mouse.move(0, 0)
            page.wait_for_timeout(1500)  # charts move into their place
            _keep(page, slug)


def _files() -> dict[str, tuple[Path, int, str]]:
    """Name of a picture → page, height, and what stands at its upper edge."""
    reports = get_settings().reports
    pack = write_pack(CITY, YEAR)
    evidence = get_settings().work / "evidence.html"
    with connect(role="bi_reader") as conn:
        ((where,),) = conn.execute(FIGURE, (CITY,)).fetchall()
    told = evidence_of(asked_of("rpt_program_coverage", [where], "excluded"))
    evidence.write_text(evidence_page(told), encoding="utf-8")
    site = reports / "releases" / str(pack.release_id) / "site"
    file = max(reports.glob("landing/*/index.html"), key=lambda page: page.stat().st_size)
    return {
        "front": (site / "index.html", 900, "body"),
        "index": (reports / "index.html", 700, "body"),
        "file": (file, 800, "body"),
        "evidence": (evidence, 900, "body"),
        "pack": (Path(pack.files["html"]), 1000, "#bab-2"),
    }


def _keep(page: Page, name: str) -> None:
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    if picture.width > _WIDTH:
        picture = picture.resize((_WIDTH, picture.height * _WIDTH // picture.width), Image.Resampling.LANCZOS)
    path = GOAL / f"{name}.png"
    picture.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(GOAL.parents[1])}: {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
