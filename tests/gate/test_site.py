"""The pages: open with no internet, show every rule, escape what comes from outside, cost the same every time."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from expectations.site import front, offline, pages
from expectations.site.packs import write_packs
from simpul import gate, landing
from simpul.contract import load_contracts
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.render.marts import published_columns
from simpul.settings import Settings, elsewhere, get_settings
from tests.browser import DESK, PHONE, Eyes, chromium, eyes  # noqa: F401 - a fixture
from tests.gate import world
from tests.gate.site_pages import build_pages
from tests.gate.test_landing_gate import kks
from tests.landing.conftest import KKS

Load = Callable[..., str]


class Page(HTMLParser):
    """What a page loads by itself, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)
        self.loads += re.findall(r"url\(\s*[\"']?([^\"')]+)", text)
        self.loads += re.findall(r"@import[^;]+", text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if told.get("id"):
            self.ids.append(str(told["id"]))
        for name in ("src", "href", "srcset", "data", "poster", "action"):
            if value := told.get(name):
                (self.links if tag == "a" else self.loads).append(value)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pages that several tests read are kept."""
    return tmp_path_factory.mktemp("shelf") / "reports"


@pytest.fixture
def reports(shelf: Path, request: pytest.FixtureRequest) -> Path:
    """Every kind of page (`site_pages`), built once."""
    if not shelf.exists():
        build_pages(request.getfixturevalue("load"))
        shutil.copytree(get_settings().reports, shelf)
    return shelf


def test_every_page_opens_with_no_internet(reports: Path) -> None:
    found = sorted(reports.rglob("*.html"))
    assert len(found) > 25
    for path in found:
        page = Page(path.read_text(encoding="utf-8"))
        for load in page.loads:
            assert not re.match(r"(?:[a-z]+:)?//", load), f"{path} loads {load}"
            if not load.startswith(("data:", "#")):
                assert (path.parent / unquote(load)).resolve().is_file(), (
                    f"{path} loads {load}, which is not there"
                )
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                continue
            target, _, anchor = link.partition("#")
            whole = (path.parent / unquote(target)).resolve() if target else path
            assert whole.is_file(), f"{path} links to {link}, which is not there"
            if anchor:
                assert anchor in Page(whole.read_text(encoding="utf-8")).ids, f"{path} links to {link}"


def test_lineage_tells_only_what_can_reach_a_table(reports: Path) -> None:
    """Every form asks one model for its places, and stewards' decisions reach persons beside dbt."""
    made_of = {table.name: table for table in front._tables({})}
    places = "reference.region"  # a form names villages, too
    for name, dataset in (
        ("fct_contribution", "dinsos.contribution"),
        ("fct_tkpk_meeting", "dinsos.tkpk_meeting"),
        ("fct_poverty_target", "dinsos.poverty_target"),
        ("fct_extreme_poverty", "bps.extreme_poverty"),
        ("fct_indicator_achievement", "dinsos.lp2kd_indicator"),
        ("fct_social_workforce", "dinsos.social_workforce"),
    ):
        assert made_of[name].datasets == sorted([dataset, places]), name
    for name in ("dim_beneficiary", "fct_program_enrollment", "rpt_finding", "worklist_review"):
        assert {"review.link_decision", "dinsos.dtks", "bpjs.member"} <= set(made_of[name].datasets), name
    assert {name for name, table in made_of.items() if table.is_of_register} == {
        "rpt_data_quality", "rpt_freshness", "rpt_gate_history",
    }  # fmt: skip
    page = (reports / SITE / "lineage.html").read_text(encoding="utf-8")
    assert page.count("buku register gudang") == 3
    used = {dataset for table in made_of.values() for dataset in table.datasets}
    listed = set(re.findall(r"<li><code>([\w.]+)</code>", page))
    assert listed == set(load_contracts()) and listed - used == {
        "dinsos.payment_recap",
        "dinsos.regsosek_family",
    }


def test_pages_are_small_and_share_their_assets(reports: Path) -> None:
    static = sum(path.stat().st_size for path in (reports / "static").iterdir())
    assert static < 500_000
    [release] = (reports / "releases").iterdir()
    # 27 suites, a page each
    assert sum(path.stat().st_size for path in release.rglob("*") if path.is_file()) < 1_700_000
    assert not list(reports.glob("*/*/static"))


def test_the_front_page_leads_to_every_table_and_finds_every_column(reports: Path) -> None:
    home = reports / "releases" / "1" / front.FOLDER
    first = (home / "index.html").read_text(encoding="utf-8")
    weight = sum(
        path.stat().st_size
        for path in (
            home / "index.html",
            home / "search.js",
            reports / "static/simpul.css",
            reports / "static/search.js",
        )
    )
    assert weight < 200_000
    script = (home / "search.js").read_text(encoding="utf-8")
    entries = json.loads(script.removeprefix("const INDEX = ").rstrip(";\n"))
    marts = published_columns(get_settings().dbt_dir / "models" / "marts")
    assert len(marts) > 30
    for name, columns in marts.items():
        page = Page((home / f"table-{name}.html").read_text(encoding="utf-8"))
        told = {column for column in columns if not column.startswith("_")}
        assert told <= set(page.ids), name
        assert {(name, ""), *((name, column) for column in told)} <= {
            (entry[0], entry[1]) for entry in entries
        }
        assert f'href="table-{name}.html"' in first
    assert all(id_ and en and id_ != en for table, column, id_, en, *_ in entries if not column)
    coverage = (home / "table-rpt_program_coverage.html").read_text(encoding="utf-8")
    assert "dinsos.kks_payment" in coverage and "bps.poverty_regency" not in coverage
    assert 'href="table-fct_program_enrollment.html"' in coverage
    assert "100 × excluded ÷ eligible" in coverage or "÷" in coverage


def test_packs_are_listed_by_release(tmp_path: Path) -> None:
    for name in (
        "9/rakor-36-2024.pdf",
        "9/rakor-36-2024.html",
        "10/rakor-12.74-2024.pdf",
        "x/rakor-1.pdf",
        "9/lain.pdf",
    ):
        (tmp_path / "packs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "packs" / name).touch()
    (tmp_path / "packs" / "9" / "rakor-36-2024.html").write_text("<title>LP2KD – Banten &amp; 2024</title>")
    assert "LP2KD – Banten &amp; 2024" in write_packs(tmp_path).read_text(encoding="utf-8")
    links = [
        link for link in Page(write_packs(tmp_path).read_text(encoding="utf-8")).links if "rakor" in link
    ]
    assert links == ["10/rakor-12.74-2024.pdf", "9/rakor-36-2024.html", "9/rakor-36-2024.pdf"]


def test_guides_lead_where_they_say(tmp_path: Path) -> None:
    with elsewhere(bi_port="18188"):
        guides = {guide["href"]: str(guide["body"]) for guide in front._guides(tmp_path / "pictures")}
    assert "localhost:18188" in guides["guide-bi.html"] and "8088<" not in guides["guide-bi.html"]
    for name in ("guide-bi.html", "guide-querying.html"):  # both begin in Indonesian, and name the dictionary
        first = re.search(r"<p>(.*?)</p>", guides[name], re.DOTALL)
        assert first and first[1].startswith(("<em>Panduan", "<em>Halaman")), name
        assert 'href="tables.html"' in first[1], name


def test_pictures_of_guides_are_there_and_light() -> None:
    root = get_settings().project_root
    texts = {
        path: path.read_text(encoding="utf-8") for path in (root / "README.md", *(root / "docs").glob("*.md"))
    }
    shown = {
        path.parent / link
        for path, text in texts.items()
        for link in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    }
    pictures = set((root / "docs" / "pictures").glob("*.png"))
    assert shown == pictures, "each is shown somewhere; `python -m tools.pictures` takes them"
    assert max(picture.stat().st_size for picture in pictures) < 120_000


def test_the_start_page_follows_the_pointer(load: Load) -> None:
    reports = get_settings().reports
    with connect(autocommit=True) as conn:
        world.build(conn, sorted(load_contracts()))
        front.refresh(conn, reports)
        assert not (reports / front.START).exists(), "nothing is published"
        conn.execute("update audit.release_pointer set release_id = 1")
        front.refresh(conn, reports)
    target = "releases/1/site/index.html"
    assert target in (reports / front.START).read_text(encoding="utf-8") and (reports / target).is_file()
    assert (reports / front.CURRENT).read_text(encoding="utf-8") == "const SHOWN = 1;\n"


def test_the_index_lists_files_and_releases_in_both_languages(reports: Path) -> None:
    index = (reports / "index.html").read_text(encoding="utf-8")
    assert '<html lang="id">' in index
    for word in (
        "Berkas",
        "Files",
        "Rilis",
        "Releases",
        "ditahan",
        "held",
        "masuk",
        "landed",
        "calon",
        "candidate",
    ):
        assert word in index
    assert "<b>Juni" not in index and "&lt;b&gt;Juni &amp; 2024" in index
    assert "seluruh 3 rekaman melanggar aturan wajib" in index  # why it is held, in both languages
    assert "every one of the 3 records breaks a fail-rule" in index
    assert re.search(r"[0-9]{2}:[0-9]{2} WIB", index) and not re.search(r"[0-9]{2}:[0-9]{2}(?! WIB)", index)
    assert 'href="releases/1/index.html"' in index
    assert not list(reports.glob(".index*"))


def test_a_file_page_says_what_an_auditor_asks(reports: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (reports / "landing").glob("*/index.html")]
    [dtks] = [text for text in texts if "DTKS" in text]
    assert "120 alamat" in dtks and "50 pertama" in dtks  # all counted, the first fifty shown
    assert (
        "baris 2, Nomor NIK" in dtks and "baris 51, Nomor NIK" in dtks and "baris 52, Nomor NIK" not in dtks
    )
    assert "nik_present" in dtks and "NIK tidak ada" in dtks and "The NIK is missing" in dtks
    [kks_page] = [text for text in texts if "KKS 2024-06" in text]
    assert "<b>3</b>rekaman dibaca" in kks_page, "what was in it is told, though nothing of it is kept"
    assert "ditahan" in kks_page and "every one of the 3 records breaks a fail-rule" in kks_page


def test_a_file_that_the_gate_never_saw_has_a_page_too(fresh_warehouse: Settings) -> None:
    odd = fresh_warehouse.inbox / "dinsos" / "aneh.csv"
    odd.parent.mkdir(parents=True, exist_ok=True)
    odd.write_text("apa,ini\n1,2\n", encoding="utf-8")
    held = landing.land(odd)
    assert held.status == "held"
    gate.update_index()
    home = fresh_warehouse.reports
    page = home / "landing" / held.file_id / "index.html"
    own = page.read_text(encoding="utf-8")
    assert "ditahan" in own and "Berkas ini tidak diperiksa di gerbang masuk." in own
    assert "The landing gate did not look at this file." in own and "dataset" in (held.reason or "")
    for listed, link in (
        (home / "index.html", f"landing/{held.file_id}/index.html"),
        (next((home / "registers").glob("files-*.html")), f"../landing/{held.file_id}/index.html"),
    ):
        assert f'href="{link}"' in listed.read_text(encoding="utf-8"), listed
    written = page.stat().st_mtime_ns
    with connect(autocommit=True) as conn:
        conn.execute("update audit.file set rows_quarantined = 1 - coalesce(rows_quarantined, 0)")
        pages.write_index(conn, home)
        assert page.stat().st_mtime_ns == written, "nothing on it has changed"
        conn.execute("update audit.file set reason = 'another', reason_id = 'lain'")
        pages.write_index(conn, home)
    assert "lain" in page.read_text(encoding="utf-8")


def test_a_release_page_shows_every_rule_of_every_table(reports: Path) -> None:
    from expectations.publication import checks, told_marts

    page = (reports / "releases/1/index.html").read_text(encoding="utf-8")
    for mart in told_marts():
        for check in checks(mart):
            if not check.needs_previous:
                assert f'id="{mart}.{check.code}"' in page
    assert "region_code 12.74, dataset bpjs.pbi_jk" in page
    assert "provinsi.csv" in page  # the inputs
    # what is found is said, not only the sentence that ought to be true
    assert (
        "does not hold: “No dataset that has come before is late.”" in page
        and "tidak terpenuhi: „Tidak ada kumpulan data" in page
    )


def test_the_linkage_report_stands_beside_the_release_and_is_found_from_both_pages(reports: Path) -> None:
    """That it opens offline and that its links lead somewhere is asked of every page."""
    report = (reports / "releases/1/linkage/index.html").read_text(encoding="utf-8")
    assert "Laporan penautan, rilis 1" in report and 'href="../index.html"' in report
    release = (reports / "releases/1/index.html").read_text(encoding="utf-8")
    assert 'href="linkage/index.html"' in release and "5 records are 4 persons" in release
    assert 'href="releases/1/linkage/index.html"' in (reports / "index.html").read_text(encoding="utf-8")


def test_the_index_is_bounded(fresh_warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect(autocommit=True) as conn:
        conn.execute(
            "insert into audit.file (file_id, file_name, source_path, sha256, bytes, status)"
            " select 'f' || n, 'berkas ' || n, '/x', 'x', 1, 'received' from generate_series(1, %s) as n",
            (pages.SHOWN_FILES + 7,),
        )
        fresh_warehouse.reports.mkdir(exist_ok=True)
        index = pages.write_index(conn, fresh_warehouse.reports).read_text(encoding="utf-8")
    assert index.count(">berkas ") == pages.SHOWN_FILES
    assert f"{pages.SHOWN_FILES} terbaru dari {pages.SHOWN_FILES + 7}" in index


def page_of(tmp_path: Path, head: str = "", body: str = "") -> Path:
    folder = tmp_path / "site"
    for place in ("expectations/s.html", "validations/s/run/time/batch.html"):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<html><head>{head}</head><body>rule_a: … {body}</body></html>")
    return folder


def make(folder: Path, expected: dict[str, list[str]]) -> list[Path]:
    return offline.make_offline(
        folder, folder.parent / "static", home=folder.parent / "home", expected=expected
    )


@pytest.mark.parametrize(
    "head",
    [
        '<script src="https://cdn.example/new.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/new.css">',
        "<style>@import 'x.css';</style>",
        '<img src="http://tracker.example/1.png">',
        '<iframe src="https://example.org"></iframe>',
    ],
)
def test_an_unknown_remote_reference_stops_the_build(tmp_path: Path, head: str) -> None:
    with pytest.raises(SimpulError, match="would still load from outside"):
        make(page_of(tmp_path, head), {"s": ["rule_a"]})


def test_what_is_known_is_replaced_or_left_out(tmp_path: Path) -> None:
    head = (
        '<script src="https://cdn.jsdelivr.net/npm/vega@5"></script>'
        '<script src="https://code.jquery.com/jquery-3.7.1.min.js" integrity="x"></script>'
        "<style>.a { background: url('https://x.example/a.png') no-repeat; color: red }</style>"
    )
    folder = page_of(tmp_path, head, '<a href="https://docs.example">a link is no load</a>')
    [result] = make(folder, {"s": ["rule_a"]})
    text = (folder / result).read_text()
    assert '<script src="../../../../../static/jquery.min.js"></script>' in text
    assert "vega" not in text and "integrity" not in text and "a.png" not in text and "color: red" in text
    assert "https://docs.example" in text


@pytest.mark.parametrize(
    ("ruin", "message"),
    [
        (lambda folder: (folder / "expectations/s.html").unlink(), "did not write"),
        (lambda folder: (folder / "validations/s/run/time/batch.html").write_text(""), "did not write"),
        (
            lambda folder: (folder / "expectations/s.html").write_text("<html></html>"),
            "does not show the rules rule_a",
        ),
    ],
    ids=["missing", "empty", "a rule is not shown"],
)
def test_a_page_that_is_not_whole_is_a_failure(
    tmp_path: Path, ruin: Callable[[Path], Any], message: str
) -> None:
    folder = page_of(tmp_path)
    ruin(folder)
    with pytest.raises(SimpulError, match=message):
        make(folder, {"s": ["rule_a"]})


def test_shipped_assets_name_their_licence() -> None:
    static = Path(offline.__file__).parent / "static"
    notice = (static / "NOTICE.md").read_text(encoding="utf-8")
    for path in static.iterdir():
        if path.name != "NOTICE.md":
            assert path.name in notice, path.name


def test_rules_quote_spellings_as_code(load: Load, fresh_warehouse: Settings) -> None:
    file_id = load("dinsos/KKS 2024-06.csv", KKS, kks(2, kind="<script>alert(1)</script>"))
    gate.gate_file(file_id)
    text = (fresh_warehouse.reports / f"landing/{file_id}/index.html").read_text(encoding="utf-8")
    assert "<code>PKH + SEMBAKO</code>" in text and "<script>" not in text


# -------------------------------------------------------------------------------------------------------- in a browser
# opened from a folder with the network cut: nothing missing, nobody shut out, not too wide. They stand last: while
# Playwright runs, a test that needs an event loop of its own could not have it (tests/browser.py)
SITE = f"releases/1/{front.FOLDER}"
KINDS = {
    "front": f"{SITE}/index.html",
    "dictionary": f"{SITE}/tables.html",
    "table": f"{SITE}/table-rpt_program_coverage.html",
    "lineage": f"{SITE}/lineage.html",
    "guide": f"{SITE}/guide-for-auditors.html",
    "index": "index.html",
    "landed file": "landing/*/index.html",
    "release": "releases/1/index.html",
    "linkage": "releases/1/linkage/index.html",
    "scorecards": "scorecards/index.html",
    "scorecard": "scorecards/dinsos.dtks.html",
    "rules": "rules/index.html",
    "rules of one": "rules/*dtks*.html",
    "packs": "packs/index.html",
    "pack": "packs/1/rakor-*.html",
    "Great Expectations": "landing/*/validations/**/*.html",
}
"""One page of each kind: its template is what is looked at."""
DARK = ("front", "landed file", "linkage", "packs", "pack", "Great Expectations")
"""Kinds with every colour there is: asking for contrast is what costs most, so the others are not asked again."""


@pytest.fixture
def seen(reports: Path, chromium) -> Iterator[Eyes]:  # noqa: F811
    with eyes(chromium, viewport=DESK) as window:
        yield window


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_page(reports: Path, seen: Eyes, kind: str) -> None:
    path = min(reports.glob(KINDS[kind]))
    page = seen.open(path)
    assert not seen.wrong
    assert page.title()
    assert not seen.sideways(), "at 1,100 px"
    assert not seen.barriers()
    page.set_viewport_size(PHONE)
    assert not seen.sideways(), "on a phone"
    page.emulate_media(color_scheme="dark")
    rules = ("scrollable-region-focusable", *(("color-contrast",) if kind in DARK else ()))
    assert not seen.barriers(rules), "on a phone, in the dark"


ASKED = {
    "cakupan": "rpt_program_coverage", "galat": "rpt_program_coverage", "kemiskinan": "fct_poverty",
    "kemiskinan ekstrem": "fct_extreme_poverty", "penyaluran": "rpt_program_payment",
    "stunting": "fct_indicator_achievement", "iuran": "fct_contribution", "verval": "fct_verval",
    "fct_poverty": "fct_poverty",
}  # fmt: skip
"""What planners type → the table that comes first."""


def test_the_first_page_is_light_and_its_search_leads_to_a_column(reports: Path, seen: Eyes) -> None:
    loaded: set[Path] = set()
    seen.page.on("request", lambda asked: loaded.add(Path(unquote(urlsplit(asked.url).path))))
    page = seen.page
    page.goto((reports / front.START).as_uri())
    page.wait_for_url(f"**/{SITE}/index.html")
    assert len(loaded) > 3 and sum(path.stat().st_size for path in loaded if path.is_file()) < 200_000
    page.get_by_role("searchbox").fill("excluded coverage")
    found = page.locator("#found li")
    assert found.first.locator("a").inner_text() == "rpt_program_coverage.excluded"
    assert page.get_by_role("status").inner_text() == f"{found.count()} ditemukan · found"
    for word, table in ASKED.items():
        page.get_by_role("searchbox").fill(word)
        assert found.first.locator("a").inner_text() == table, word
    page.get_by_role("searchbox").fill("excluded coverage")
    found.first.locator("a").click()
    page.wait_for_url("**/table-rpt_program_coverage.html#excluded")
    assert page.locator("tr:target code").first.inner_text() == "excluded"
    page.go_back()
    page.get_by_role("searchbox").fill("tidak-ada-kolom-ini")
    assert page.get_by_role("status").inner_text() == "0 ditemukan · found" and found.count() == 0
    assert not seen.wrong


@pytest.mark.parametrize(
    "path", ["releases/1/site/index.html", "releases/1/site/tables.html", "releases/1/index.html",
             "releases/1/linkage/index.html"]
)  # fmt: skip
def test_a_page_of_another_release_than_is_shown_says_so(reports: Path, seen: Eyes, path: str) -> None:
    """Also one that was written while its release was shown, and kept as a bookmark or a copy."""
    current = reports / front.CURRENT
    kept = current.read_text(encoding="utf-8")
    page = seen.open(reports / path)
    assert not page.locator("#shown").is_visible() and not seen.wrong
    current.write_text("const SHOWN = 7;\n", encoding="utf-8")
    try:
        page = seen.open(reports / path)
        assert "tentang rilis 1" in page.locator("#shown").inner_text()
        assert page.locator("#shown a").inner_text() == "rilis 7"
        assert not seen.wrong and not seen.barriers() and not seen.sideways()
    finally:
        current.write_text(kept, encoding="utf-8")
