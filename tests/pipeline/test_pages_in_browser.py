"""Every page that a city's release leaves, in a browser with the network cut: from the start page on, link by link."""

from __future__ import annotations

import pytest

from expectations.site import front
from sample import write_sample
from simpul import pipeline
from simpul.pack import write_pack
from simpul.trust.evidence import asked_of, evidence_of
from simpul.trust.evidence.page import page as evidence_page
from tests.browser import PHONE, chromium, eyes, walk  # noqa: F401 - a fixture

pytestmark = [pytest.mark.slow, pytest.mark.proof]


@pytest.fixture(scope="module")
def reports(module_warehouse):
    """Those of a small city, with two packs written after the release, and a figure's evidence."""
    write_sample(module_warehouse.inbox, people=600, seed=3, findings=True)
    pipeline.land_inbox()
    assert pipeline.build("halaman").status == "published"
    for region in ("12.74", "36"):
        write_pack(region, 2024)
    where = "region_code=00 year=2024 month=3 area=total"
    told = evidence_of(asked_of("fct_poverty", [where], "p0_percent"))
    (module_warehouse.reports / "evidence.html").write_text(evidence_page(told), encoding="utf-8")
    return module_warehouse.reports


def test_every_page(reports, chromium):  # noqa: F811
    with eyes(chromium, viewport=PHONE) as seen:
        found = []
        for start in (reports / "releases" / "1" / front.FOLDER / "index.html", reports / "evidence.html"):
            for path, page in walk(seen, start, but=[reports / front.START]):
                found.append(path)
                seen.wrong += [f"{path}: {one}" for one in (*seen.sideways(), *seen.barriers())]
                assert page.title()
        assert not seen.wrong
    kinds = {path.relative_to(reports).parts[0] for path in found}
    assert kinds >= {"releases", "landing", "scorecards", "rules", "packs", "evidence.html"}
    packs = [path for path in found if path.parent.parent.name == "packs"]
    assert len(packs) == 2, "written after the release"
    # registers are linked when there is more than the index shows
    missed = set(reports.rglob("*.html")) - {*found, reports / front.START, *reports.glob("registers/*")}
    assert not missed, "no link leads there"
