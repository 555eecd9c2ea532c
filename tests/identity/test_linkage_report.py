"""The linkage report says what the tables say, in both languages, and nothing about anybody."""

from __future__ import annotations

import re
from html import unescape

import pytest

from expectations.site.linkage import _KINDS, Change, linkage_page
from expectations.site.numerals import decimal, percent
from expectations.site.offline import remote_fetches
from simpul.database import connect
from simpul.identity.comparisons import FULL_NAME
from simpul.identity.labelled import QUALITY, labelled_quality
from simpul.identity.scoring import MODEL, Measured, load_model, model_hash
from simpul.settings import get_settings
from tests.identity.test_figures import one_of_each
from tests.identity.test_link import NIK, OTHER

SIXTEEN = re.compile(r"(?<!\d)\d{16}(?!\d)")
PERSONAL = ("AISYAH", "LUBIS", "ROSMAWATI", "SUKARDI", "SITUMORANG")


def page_of(release_id: int) -> str:
    with connect() as conn:
        page = linkage_page(conn, release_id)
    assert page is not None
    return page


def rows_of(page: str) -> dict[str, list[str]]:
    """First words of every row of a table → its other cells."""
    rows = {}
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL):
        cells = [
            " ".join(unescape(re.sub(r"<[^>]+>", "|", cell)).replace("|", "\n").split("\n"))
            for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
        ]
        if cells:
            rows[" ".join(cells[0].split())] = [" ".join(cell.split()) for cell in cells[1:]]
    return rows


def row(rows: dict[str, list[str]], begins: str) -> list[str]:
    [found] = [cells for name, cells in rows.items() if name.startswith(begins)]
    return found


def publish(release_id: int) -> None:
    with connect() as conn:
        conn.execute("delete from audit.release_pointer")
        conn.execute(
            "insert into audit.release (release_id, status, inputs_hash) overriding system value"
            " values (%s, 'published', 'x')",
            (release_id,),
        )
        conn.execute("insert into audit.release_pointer (release_id) values (%s)", (release_id,))


def test_the_page_says_what_the_tables_say_in_both_languages_and_nothing_about_anybody(registry):
    registry.link(one_of_each(registry))
    page = page_of(1)
    rows = rows_of(page)
    kinds = dict(registry.ask("select match_kind, count(*) from identity.link group by 1"))
    ((records, persons),) = registry.ask("select count(*), count(distinct person_id) from identity.link")
    assert f"<b>{records}</b>rekaman" in page and f"<b>{persons}</b>orang" in page
    for name, kind in (("NIK valid yang sama", "nik"), ("Bobot bukti", "probabilistic")):
        assert row(rows, name)[:2] == [str(kinds[kind]), percent(kinds[kind] / records)]
    singles = [
        int(row(rows, name)[0])
        for name in ("Satu entri", "Sendiri: NIK", "Sendiri, dengan", "Sendiri, tanpa")
    ]
    assert sum(singles) == kinds["single"]
    for dataset, count in registry.ask(
        "select dataset, count(*) from intermediate.int_person_record group by 1"
    ):
        assert rows[dataset][0] == str(count)
    for status, count in registry.ask(
        "select nik_status, count(*) from intermediate.int_person_record group by 1"
    ):
        assert rows[status][:2] == [str(count), percent(count / records)]
    for reason, count in registry.ask("select reason, count(*) from identity.doubtful_pair group by 1"):
        assert rows[reason][0] == str(count)

    assert '<html lang="id">' in page
    for indonesian, english in (
        ("Laporan penautan", "Linkage report"), ("Dasar penautan", "On what grounds"),
        ("Rekaman per orang", "Records per person"), ("Pasangan meragukan", "Doubtful pairs"),
        ("Keputusan petugas", "Stewards' decisions"), ("Mutu model", "Quality of the model"),
        ("Belum ada rilis sebelumnya", "No release was published before"),
    ):  # fmt: skip
        assert indonesian in page and english in page
    assert "Mulai 3,5 bit" in page and "From 3.5 bits" in page, "decimals by language"

    assert not SIXTEEN.search(page) and not any(word in page for word in PERSONAL)
    assert remote_fetches(page) == [] and "http" not in page
    scripts = [
        'src="../../../current.js"',
        'src="../../../static/shown.js"',
    ]  # whether readers see another release
    assert re.findall(r"<script ?([^>]*)>", page) == scripts
    assert re.findall(r'<link rel="stylesheet" href="([^"]+)"', page) == ["../../../static/simpul.css"]
    assert page.count("<svg") == 1


def test_every_kind_of_pair_that_records_decide_themselves_has_its_words(registry):
    assert set(_KINDS) == set(Measured(load_model(), 1, {}).kinds())
    registry.link(one_of_each(registry))
    kind = "another name, one card"
    said = row(rows_of(page_of(1)), _KINDS[kind][0])
    assert said == ["dua orang two people"]
    by_weight = ["menurut bobot: daftar tidak memastikannya by weight: the lists do not settle it"]
    for weighed in (FULL_NAME, "no date, one card"):
        assert row(rows_of(page_of(1)), _KINDS[weighed][0]) == by_weight, "nothing was measured"
    with connect() as conn:
        conn.execute("update audit.linkage_figure set value = 1 where part = %s", (kind,))
    assert row(rows_of(page_of(1)), _KINDS[kind][0]) == ["satu orang one person"]


def test_what_moved_since_the_published_release_is_marked(registry):
    person = registry.record
    registry.link([person("k1", NIK), *(person(f"n{n}", None, f"ORANG {n}") for n in range(9))])
    publish(1)
    registry.link([
        person("k1", NIK), person("b1", NIK, dataset="bpjs.pbi_jk"), person("b2", OTHER, dataset="bpjs.pbi_jk"),
        *(person(f"n{n}", None, f"ORANG {n}") for n in range(9)),
    ], 2)  # fmt: skip
    page = page_of(2)
    drift = rows_of(page[page.index('id="drift"') : page.index('id="rules"')])
    assert row(drift, "rekaman records")[:3] == ["10", "12", "+2 (+20,0 %)"]
    assert row(drift, "NIK valid yang sama")[:3] == ["0,00 %", "16,67 %", "+16,67 poin"]
    assert (
        "berubah banyak" in row(drift, "NIK valid yang sama")[3]
        and "moved a lot" in row(drift, "rekaman per")[3]
    )
    assert row(drift, "keluarga")[3] == "" == row(drift, "rekaman records")[3], (
        "two more are too few to wonder"
    )
    assert "since release 1" in page and "Sendiri, tanpa NIK valid" in page[: page.index("<details>")]


def test_a_release_linked_before_figures_were_kept_has_no_report_and_is_said(registry):
    publish(1)
    with connect() as conn:
        assert linkage_page(conn, 1) is None
    registry.link([registry.record("k1", NIK)], 2)
    assert "Release 1 was linked before these figures were kept" in page_of(2)


@pytest.mark.parametrize(
    ("unit", "now", "before", "has_moved"),
    [
        ("share", 0.52, 0.50, True),
        ("share", 0.515, 0.50, False),
        ("share", 0.006, 0.003, True),
        ("share", 0.0019, 0.0, False),
        ("count", 120, 100, True),
        ("count", 119, 100, False),
        ("count", 4, 0, False),
        ("count", 0, 5, True),
        ("ratio", 2.1, 2.0, True),
        ("ratio", 2.05, 2.0, False),
    ],
)
def test_what_moving_a_lot_means(unit, now, before, has_moved):
    assert Change(("", ""), unit, now, before).has_moved is has_moved


def test_shares_never_say_nothing_of_something_or_all_of_not_all():
    assert percent(0) == "0,00 %" and percent(1) == "100,00 %"
    assert percent(0.00004) == "< 0,01 %" and percent(0.99996) == "> 99,99 %"
    assert percent(0.12345) == "12,35 %" and decimal(-0.001, signed=True) == "0,00"
    assert decimal(-1.5, 1, signed=True) == "−1,5" and decimal(1.5, 1, signed=True) == "+1,5"


# ----------------------------------------------------------------------------------------------- the labelled sample
def test_the_shipped_quality_is_that_of_the_shipped_model():
    told = labelled_quality()
    assert told["model"] == model_hash(), "the model is another: python -m bench.identity.shipped"
    assert set(told["populations"]) == {"city", "typist", "registrar", "village"}
    for population in told["populations"].values():
        for pairs in [
            population["pairs"],
            *(p for of in population["subgroups"].values() for p in of.values()),
        ]:
            assert 0 <= pairs["found"] <= pairs["true"] and pairs["wrong"] >= 0
        both = population["subgroups"]["nik"]
        assert sum(pairs["true"] for pairs in both.values()) == population["pairs"]["true"]
    assert not SIXTEEN.search(QUALITY.read_text(encoding="utf-8"))


def test_figures_of_another_model_are_said_to_be(registry, tmp_path, monkeypatch):
    registry.link([registry.record("k1", NIK)])
    assert "figures of another model" not in page_of(1)
    own = tmp_path / "own.json"
    own.write_text(MODEL.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    monkeypatch.setenv("SIMPUL_LINK_MODEL", str(own))
    get_settings.cache_clear()
    assert "figures of another model" not in page_of(1), "it was linked by the shipped one"
    registry.link([registry.record("k1", NIK)], 2)
    own.unlink()  # what linked is known although it is gone
    assert "figures of another model" in page_of(2)
    monkeypatch.undo()
    get_settings.cache_clear()
