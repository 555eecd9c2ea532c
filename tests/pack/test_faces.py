"""A pack from a document made by hand: what hostile words, gaps and long numbers become on each face. No database."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import re
import shlex
import textwrap
from decimal import Decimal
from itertools import pairwise

import numpy as np
import openpyxl
import pytest
from pypdf import PdfReader

from simpul.pack import as_html, as_pdf, as_xlsx, tiles
from simpul.pack.chapters import closing
from simpul.pack.chapters.introduction import _basis
from simpul.pack.chapters.policy import _strategies
from simpul.pack.chapters.team import _budgets, _required
from simpul.pack.charts import drawn
from simpul.pack.filesets import FileSets
from simpul.pack.model import (
    Document,
    Gap,
    Map,
    Proof,
    Trend,
)
from simpul.pack.pages import below, laid_out, numbered
from simpul.pack.proving import _without_rows, call
from simpul.pack.stamped import named, summed
from simpul.pack.words import INTERNAL, MONTHS, as_printed, day, listed, month, spans, told
from simpul.pack.world import FEWER, KEPT_BACK, Region, World, masked
from simpul.period import parse_period
from simpul.settings import get_settings
from simpul.trust.evidence.figure import Figure
from tests.pack import by_hand
from tests.pack.by_hand import TREND
from tests.pipeline import faces


def _sets(document: Document) -> FileSets:
    return FileSets(document.stamps)


@pytest.fixture(scope="module")
def pack(tmp_path_factory) -> faces.Faces:
    document = by_hand.document()
    view, again = laid_out(document), laid_out(document)
    folder = tmp_path_factory.mktemp("pack")
    written = {"pdf": as_pdf.written, "xlsx": as_xlsx.written, "html": as_html.written}
    files = {}
    for suffix, write in written.items():
        content = write(view, document)
        assert content == write(again, document), f"{suffix}: not the same bytes again"
        (folder / f"pack.{suffix}").write_bytes(content)
        files[suffix] = str(folder / f"pack.{suffix}")
    return faces.read(files)


def test_words_are_never_taken_for_orders(pack):
    assert "#panic" in pack.pdf_text and "*b*" in pack.pdf_text
    assert "<script" not in pack.html and "&lt;script&gt;" in pack.html
    assert not pack.formulas
    cells = [cell for rows in pack.sheets.values() for row in rows for cell in row if isinstance(cell, str)]
    assert not [cell for cell in cells if cell[0] in "=+-@"], "a spreadsheet could run it"


def test_every_face_says_that_it_is_not_for_publication(pack):
    cover = [cell for row in next(iter(pack.sheets.values())) for cell in row]
    assert INTERNAL in pack.html and INTERNAL in cover
    assert INTERNAL.replace(" ", "") in re.sub(r"\s", "", pack.pdf_text)


def test_a_long_number_stands_nowhere(pack):
    assert "1274011708900001" not in faces.everything(pack)


def test_numbers_are_numbers_and_gaps_are_words(pack):
    assert pack.row("6 Maret 2024", "6,20")[3] == "24.690"
    assert sorted(pack.sheet_rows("[1]")[0], reverse=True) == [24690.0, 6.2]
    assert pack.row("-1+1")[1:] == ["belum ada", "tidak terbit", "0", "–"]
    (row,) = [row for row in pack.sheets["1 Bab"] if row[0] == "'-1+1"]
    assert row[1:4] == ["belum ada", "tidak terbit", 0]


def test_the_stamp_stands_below(pack):
    below = re.findall(r'<p class="sources">(.*?)</p>', pack.html, re.DOTALL)
    assert len(below) == 2  # the other pictures have no source
    for text in (*below, pack.pdf_text):
        for words in (
            "sha256 0123456789ab",
            "lembar Rapat #1 baris 7",
            "gerbang masuk 3 dari 4 aturan lolos; peringatan, tidak menahan berkas: agenda_present (1 dari 9)",
            "dikecualikan: agenda_present (#2, s.d. 2026-12-31)",
            "fct_tkpk_meeting 2 dari 3 aturan lolos, 1 peringatan",
        ):
            assert words in faces.one_line(text), words


def test_headings_of_a_sheet_stay_in_sight(pack):
    book = openpyxl.load_workbook(io.BytesIO(pack.raw["xlsx"]))
    sheet = book["1 Bab"]
    headed = int(sheet.freeze_panes[1:]) - 1
    assert [cell.value for cell in sheet[headed]][:3] == ["Agenda", "Tanggal", "Persen"]


def test_pages_have_numbers_contents_and_a_title(pack):
    assert "Kota Antah" in pack.pages[0] and "Halaman" not in pack.pages[0]
    assert "Daftar isi" in pack.pages[1] and f"Halaman 2 dari {len(pack.pages)}" in faces.one_line(
        pack.pages[1]
    )


def test_of_a_large_province_nothing_stands_on_the_footer_and_no_heading_stands_alone():
    document = by_hand.large()
    lines = _lines(as_pdf.written(laid_out(document), document))
    low = [text for page in lines for y, text in page if y < 62 and not text.startswith(_FOOTER)]
    assert low == []
    (page,) = [page for page in lines if any(text == "Gambar 1.1" for _, text in page)]
    told = [text for _, text in page]
    assert "Posisi" in told and any(text.startswith("S1 Penduduk") for text in told)


_FOOTER = ("Bahan rapat koordinasi TKPK", "Halaman")


def _lines(pdf: bytes) -> list[list[tuple[float, str]]]:
    """Of each page but the first (the cover) and the contents: where its texts stand over the lower edge, in points."""
    pages = []
    for page in PdfReader(io.BytesIO(pdf)).pages[2:]:
        found: list[tuple[float, str]] = []

        def keep(text, cm, tm, _font, _size, found=found):
            if text.strip():
                found.append((tm[4] * cm[1] + tm[5] * cm[3] + cm[5], text.strip()))

        page.extract_text(visitor_text=keep)
        pages.append(found)
    return pages


def test_no_row_of_the_workbook_is_lower_than_its_text(tmp_path):
    """LibreOffice prints what does not fit over the row below."""
    document = by_hand.large()
    (tmp_path / "large.xlsx").write_bytes(as_xlsx.written(laid_out(document), document))
    book = openpyxl.load_workbook(tmp_path / "large.xlsx")
    seen = 0
    for sheet in book:
        merged = {cell for area in sheet.merged_cells.ranges for row in area.rows for cell in row}
        for row in sheet.iter_rows():
            for cell in row:
                if (
                    isinstance(cell.value, str)
                    and (cell.row, cell.column) not in merged
                    and cell.alignment.wrap_text
                ):
                    width = sheet.column_dimensions[cell.column_letter].width
                    lines = len(textwrap.wrap(cell.value, int(width)))
                    seen += lines > 1
                    assert (sheet.row_dimensions[cell.row].height or 15) >= 12 * lines, (
                        sheet.title,
                        cell.coordinate,
                    )
    assert seen > 30


def test_without_a_source_the_appendices_say_so(tmp_path):
    document = dataclasses.replace(by_hand.document(), chapters=[], proofs=[], stamps={})
    view = laid_out(document)
    files = {}
    for suffix, write in (("pdf", as_pdf.written), ("xlsx", as_xlsx.written), ("html", as_html.written)):
        (tmp_path / f"pack.{suffix}").write_bytes(write(view, document))
        files[suffix] = str(tmp_path / f"pack.{suffix}")
    told = faces.read(files)
    for words in ("tidak ada berkas", "tidak ada angka"):
        assert words in told.pdf_text and words in told.page_text
        assert any(words in row for rows in told.sheets.values() for row in rows)


@pytest.mark.parametrize(
    ("values", "is_kept", "expected"),
    [
        ({"verified": 412}, False, "baris rilis ini tidak lagi tersimpan; berkasnya tidak dapat disebut"),
        ({"verified": 412}, True, "barisnya tidak ditemukan dalam rilis ini"),
        ({"verified": 0, "is_executed": True}, False, None),
        ({"verified": None}, False, None),
    ],
)
def test_behind_a_figure_above_0_there_is_never_no_file(values, is_kept, expected):
    document = by_hand.document()
    where = {"place_key": "12.74", "year": "2023", "registry": "DTKS"}
    proof = Proof(1, "fct_verval", where)
    row = {
        "place_key": "12.74",
        "year": 2023,
        "registry": "DTKS",
        "_release_id": 1,
        "source_row": None,
        **values,
    }
    proof.none = _without_rows(proof, Figure("fct_verval", "marts", {}, {}, row, row, ""), is_kept=is_kept)
    assert proof.none == expected
    view = laid_out(dataclasses.replace(document, proofs=[proof]))
    assert view["proofs"][0]["files"] == (expected or "tidak ada berkas")
    assert any(f"Sumber: {expected}." == line for line in below(document, [proof], _sets(document))) == bool(
        expected
    )


def test_lists_after_the_year_are_said_to_be_later():
    document = by_hand.document()
    proof = document.proofs[0]
    proof.is_counted = True
    stamps = document.stamps
    for file_id, year in ((file_id, year) for file_id in proof.file_ids for year in (document.year, None)):
        later = {file_id: dataclasses.replace(stamps[file_id], year=year)}
        assert below(dataclasses.replace(document, stamps={**stamps, **later}), [proof], _sets(document))[
            0
        ] == ("Sumber: dihitung per orang dari daftar bernama berikut.")
    later = {one: dataclasses.replace(stamp, year=document.year + 1) for one, stamp in stamps.items()}
    said = below(dataclasses.replace(document, stamps=later), [proof], _sets(document))[0]
    assert f"yang sesudah {document.year} ikut menentukan siapa orangnya dan tempat tinggalnya" in said


def test_every_kind_of_file_is_asked_for_once_and_of_whom():
    world = World(None, Region("12.74", "Kota Antah", "regency", "12"), None, 2024)
    for what, dataset in (
        ("indikator kesehatan", "dinsos.lp2kd_indicator"), ("tingkat kemiskinan tahun 2016", "bps.poverty_regency"),
        ("indikator konsumsi", "dinsos.lp2kd_indicator"), ("indikator kesehatan", "dinsos.lp2kd_indicator"),
    ):  # fmt: skip
        world.absent(what, dataset)
    *_, table = closing.chapter(world).blocks
    assert [row.cells[2:] for row in table.rows] == [
        ["Bappeda (sekretariat TKPK)", "indikator kesehatan; indikator konsumsi"],
        ["BPS", "tingkat kemiskinan tahun 2016"],
    ]
    assert "(dinsos.lp2kd_indicator)" in table.rows[0].cells[1]


def test_many_files_are_named_as_ranges():
    document = by_hand.large()
    behind = document.proofs[6]
    assert (
        "38 berkas, rinciannya di Lampiran A: S1–S38. Gerbang masuk 342 dari 342"
        in below(document, [behind], _sets(document))[1]
    )
    behind.addresses.append({"file_id": "f4", "sheet": None, "row": 7, "column": None})
    assert "Lampiran A: S1–S3, S4 baris 7, S5–S38." in below(document, [behind], _sets(document))[1]


def test_a_call_is_read_by_the_shell_as_it_is_meant():
    proof = Proof(1, "m", {"place_key": "Kota 'Antah'", "agenda": 'a "b" $c'})
    words = shlex.split(call(proof, 3))
    assert words[4:] == ["--where", words[5], "--release", "3"]
    assert shlex.split(words[5]) == ["place_key=Kota 'Antah'", 'agenda=a "b" $c']


def test_a_missing_year_is_a_gap_in_the_line():
    svg, _ = drawn(TREND)
    whole, _ = drawn(Trend({"Kota": {"2022-03": 12.45, "2023-03": 12.3, "2024-03": 12.21}}, "persen"))
    assert (_strokes(svg), _strokes(whole)) == (0, 2)
    province = {"2022-03": 8.0, "2022-09": 8.1, "2023-03": 8.2, "2023-09": 8.3, "2024-03": 8.4}
    city = {"2022-03": 12.45, "2023-03": 12.3, "2024-03": 12.21}
    beside, _ = drawn(Trend({"Kota": city, "Provinsi": province}, "persen"))
    assert _strokes(beside) == 2, "a survey that only others have breaks no line"


def test_distances_on_the_axis_are_those_in_time():
    surveys = ["2017-03", "2017-09", "2018-03", "2019-03", "2020-03"]
    svg, _ = drawn(Trend({"Kota": dict.fromkeys(surveys, 10.0)}, "persen"))
    line = re.search(r'<g id="line2d_\d+">\s*<path d="([^"]*)" clip-path[^>]*stroke: #0b5394', svg)
    places = [float(x) for x in re.findall(r"[ML] ([\d.]+) ", line[1])]
    steps = [after - before for before, after in pairwise(places)]
    assert steps == pytest.approx([steps[0], steps[0], 2 * steps[0], 2 * steps[0]], rel=0.01)


def test_what_a_broken_rule_did_is_told_apart():
    """Warnings hold nothing; of a rule that must hold, the rows were set aside."""
    stamp = next(iter(by_hand.document().stamps.values()))
    sound = dataclasses.replace(stamp, gate=(4, 4), warnings=(), waivers=())
    other = dataclasses.replace(sound, gate=(2, 4), warnings=("a", "b"))
    aside = dataclasses.replace(sound, gate=(3, 4), aside=("c",), has_rows_aside=True)
    cut = dataclasses.replace(sound, has_rows_aside=True)  # lines that no rule was asked about
    assert (
        summed([sound])
        == "Gerbang masuk 4 dari 4 aturan lolos; tidak ada baris yang disisihkan; tanpa pengecualian."
    )
    assert summed([sound, other]) == (
        "Gerbang masuk 6 dari 8 aturan lolos; 2 peringatan, yang tidak menahan berkas; tidak ada baris yang disisihkan;"
        " tanpa pengecualian."
    )
    assert "baris pada 1 berkas disisihkan" in summed([sound, aside])
    assert "4 dari 4 aturan lolos; baris pada 1 berkas disisihkan" in summed([cut])
    assert "barisnya disisihkan: tidak terbaca sebagai baris" in named(cut, None)
    assert "; barisnya disisihkan: c" in named(aside, None) and "peringatan" not in named(aside, None)


def _strokes(svg: str) -> int:
    """Straight pieces of the first line."""
    line = re.search(r'<g id="line2d_\d+">\s*<path d="([^"]*)" clip-path[^>]*stroke: #0b5394', svg)
    return line[1].count("L") if line else 0


def test_of_many_rows_it_is_said_how_many_are_named():
    document = by_hand.document()
    (proof,) = document.proofs
    proof.total = 5000
    view = laid_out(document)
    below = [line for block in view["chapters"][0]["blocks"] for line in block.get("sources", ())]
    assert below.count("Baris yang disebut: 1 dari 5.000 baris.") == 2
    assert "1 dari 5.000 baris" in json.dumps(view["proofs"])


def test_regencies_that_budget_are_counted_once_and_their_province_is_none_of_them():
    def told(code: str, is_budgeted: bool | None, registry: str = "DTKS") -> dict:
        return {"place_key": code, "region_code": code, "province_code": code[:2], "year": 2020, "registry": registry,
                "is_budgeted": is_budgeted}  # fmt: skip

    rows = [told("15", True), told("15.01", False), told("15.01", True, "P3KE"), told("15.02", False)]
    (text,) = _budgets([*rows, told("15.02", False, "P3KE"), told("15.03", None)])
    assert "tahun 2020: 1 menganggarkan dan 1 tidak, dari 2 kabupaten/kota" in text.text


def test_a_rule_is_held_against_no_year_before_it():
    row = {"meetings": 1, "required_meetings": 3, "is_compliant": False}
    assert _required(row | {"year": 2020}) == [3, False]
    asked, enough = _required(row | {"year": 2019})
    assert isinstance(asked, Gap) and enough == Gap("sebelum Permendagri 53/2020")
    assert "pasal 13 ayat (3)" in _basis(2020) and "belum ada" in _basis(2019)
    assert "waktu itu diatur" in _basis(2010) and "belum ada pada tahun itu" in _basis(2009)


@pytest.mark.parametrize(
    ("year", "words"),
    [
        (2021, "yang belum ada pada tahun laporan ini"),
        (2022, "menurut Inpres 4 Tahun 2022 (2022–2024) ditempuh"),
        (2024, "menurut Inpres 4 Tahun 2022 (2022–2024) ditempuh"),
        (2025, "yang berakhir 31 Desember 2024, sebelum tahun laporan ini"),
    ],
)
def test_an_instruction_guides_only_the_years_in_which_it_holds(year, words):
    assert words in _strategies(year)


# ----------------------------------------------------------------------------------------------------------------- maps
def test_every_province_of_today_has_a_tile_of_its_own():
    today = _today("province").keys()
    arranged = tiles._arranged()
    assert arranged.keys() == today and len(today) == 38
    assert (
        len({(tile.column, tile.row) for tile in arranged.values()})
        == len({tile.label for tile in arranged.values()})
        == 38
    )


def _today(level: str) -> dict[str, str]:
    """Code and name of the regions of today."""
    seed = get_settings().dbt_dir / "seeds" / "seed_region.csv"
    with seed.open(encoding="utf-8", newline="") as file:
        return {
            row["region_code"]: row["name"]
            for row in csv.DictReader(file)
            if row["level"] == level and row["is_current"] == "true"
        }


def test_no_word_of_a_name_is_lost_in_its_tile():
    told = {name: tiles.short(code, name) for code, name in _today("regency").items()}
    assert len(told) == 514 and told["Kota Administrasi Jakarta Selatan"] == ["Jakarta Selatan"]
    for name, lines in told.items():
        assert len(lines) <= 3 and max(map(len, lines)) <= 15, lines
        kept = " ".join(lines)
        assert name in (
            kept,
            f"Kabupaten {kept}",
            f"Kabupaten Administrasi {kept}",
            f"Kota Administrasi {kept}",
        )
    assert len({(code[:2], *tiles.short(code, name)) for code, name in _today("regency").items()}) == 514


def test_without_borders_every_region_has_a_tile():
    codes = [f"15.{n:02d}" for n in range(1, 12)]
    shapes = tiles.shapes(codes)
    assert sorted(shapes.paths) == codes and len(set(shapes.labels.values())) == len(codes)


def test_borders_are_drawn_where_all_are_known(simpul_home):
    maps = simpul_home / "maps"
    maps.mkdir(parents=True)
    square = [[106, -6], [107, -6], [107, -7], [106, -7], [106, -6]]
    path = maps / "banten.geojson"

    def write(*codes: str) -> None:
        features = [
            {"properties": {"region_code": code}, "geometry": {"type": "Polygon", "coordinates": [square]}}
            for code in codes
        ]  # fmt: skip
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))

    try:
        write("36.01", "36.02")
        assert tiles.shapes(["36.01", "36.02"]).are_borders
        assert not tiles.shapes(["36.01", "36.72"]).are_borders, "one has no borders: tiles for both"
        assert "<svg" in drawn(Map({"36.01": ("A", 1.0), "36.02": ("B", None)}, "persen", "36.01"))[0]
    finally:
        path.unlink()
        maps.rmdir()


def _geojson(rings: dict[str, list[tuple[float, float]]]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": [
        {"properties": {"region_code": code}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for code, ring in rings.items()
    ]})  # fmt: skip


@pytest.fixture
def maps(simpul_home):
    folder = simpul_home / "maps"
    folder.mkdir(parents=True)
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def test_a_broken_file_of_borders_keeps_nobody_from_a_map(maps):
    square = [(106, -6), (107, -6), (107, -7), (106, -7), (106, -6)]
    (maps / "banten.geojson").write_text(_geojson({"36.01": square}))
    for broken in ('{"features": [{"properties": 3}]}', "no JSON", _geojson({"36.72": square[:2]}),
                   _geojson({"36.72": [(106, float("nan")), *square]}), "[" * 100_000):  # fmt: skip
        (maps / "jambi.geojson").write_text(broken)
        assert tiles.unreadable() == ("jambi.geojson",), broken[:60]
        assert tiles.shapes(["36.01"]).are_borders, "the other file is as good as before"
        assert not tiles.shapes(["36.01", "36.72"]).are_borders
    (maps / "jambi.geojson").write_text(_geojson({"36.72": square}))
    assert tiles.unreadable() == () and tiles.shapes(["36.01", "36.72"]).are_borders, (
        "read again when it has changed"
    )


def test_of_a_coast_of_many_corners_is_drawn_what_can_be_seen(maps):
    """A round island with a wave finer than can be seen, an islet of a few metres beside it, 200,000 corners in all."""
    turns = np.linspace(0, 2 * np.pi, 200_000)
    radius = 1 + 0.0005 * np.sin(9000 * turns)  # 0.1 points on paper
    coast = np.column_stack([106 + radius * np.cos(turns), -6 + radius * np.sin(turns)])
    coast[-1] = coast[0]
    islet = [(108, -6), (108.0001, -6), (108.0001, -6.0001), (108, -6.0001), (108, -6)]
    (maps / "pulau.geojson").write_text(_geojson({"36.01": coast.tolist(), "36.72": islet}))
    shapes = tiles.shapes(["36.01", "36.72"])
    (outline,) = shapes.paths["36.01"].to_polygons(closed_only=False)
    squeeze = shapes.paths["36.72"].get_extents().x0 / 108
    assert 20 < len(outline) < 500
    x, y = outline[:, 0] - 106 * squeeze, outline[:, 1] + 6
    area = abs(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2
    assert area == pytest.approx(np.pi * squeeze, rel=0.01), "it is as large as before"
    assert len(shapes.paths["36.72"].vertices), "what is too small to be seen is there all the same"
    assert tiles.shapes(["36.01", "36.72"]) is shapes, "read and thinned once"
    svg, _ = drawn(Map({"36.01": ("Lebak", 8.68), "36.72": ("Kota Cilegon", None)}, "persen", "36.01"))
    assert len(svg) < 60_000


def test_within_borders_is_written_what_fits_there(simpul_home):
    """A lake in it, a small city in it: the name stands beside the lake, and of the city only the figure or nothing."""
    maps = simpul_home / "maps"
    maps.mkdir(parents=True)
    land = [[100, 0], [104, 0], [104, 4], [100, 4], [100, 0]]
    lake = [[100.5, 0.1], [101.5, 0.1], [101.5, 3.9], [100.5, 3.9], [100.5, 0.1]]
    city = [[103, 3.8], [103.1, 3.8], [103.1, 3.9], [103, 3.9], [103, 3.8]]
    features = [
        {"properties": {"region_code": "36.01"}, "geometry": {"type": "Polygon", "coordinates": [land, lake]}},
        {"properties": {"region_code": "36.72"}, "geometry": {"type": "MultiPolygon", "coordinates": [[city]]}},
    ]  # fmt: skip
    path = maps / "banten.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    try:
        shapes = tiles.shapes(["36.01", "36.72"])
        x, y, room = shapes.labels["36.01"]
        squeeze = shapes.x[1] / 104
        assert 101.5 < x / squeeze < 104 and 0 < y < 4 and room == pytest.approx(2.5 * squeeze)
        assert shapes.fitting(["Lebak", "8,68"], room, 6.7) == ["Lebak", "8,68"]
        room = shapes.labels["36.72"][2]
        assert shapes.fitting(["Kota Cilegon", "3,8"], room, 6.7) == ["3,8"]
        assert shapes.fitting(["Kota Cilegon", "13,81"], room, 6.7) == []
    finally:
        path.unlink()
        maps.rmdir()


# ---------------------------------------------------------------------------------------------------------------- words
def test_words_of_a_planner():
    assert [as_printed(Decimal(text)) for text in ("100", "83.32", "10.70", "-1234.5")] == [
        "100",
        "83,32",
        "10,70",
        "−1.234,5",
    ]
    assert (
        told("points", Decimal("0.34")) == "+0,34"
        and told("percent", 2) == "2,00"
        and told("count", None) == "belum ada"
    )
    assert (day(dt.date(2024, 12, 4)), month("2024-09"), month("2024-Q2"), month("2017")) == (
        "4 Desember 2024", "September 2024", "Triwulan II 2024", "2017",
    )  # fmt: skip
    assert spans([2016, 2019, 2021, 2022, 2023]) == "2016, 2019, dan 2021–2023" and spans([2024]) == "2024"
    assert spans([2021, 2020]) == "2020 dan 2021"
    assert listed(["a", "b", "c"]) == "a, b, dan c" and listed(["a", "b"]) == "a dan b"
    proofs = [Proof(number, "m", {}) for number in (3, 4, 5, 9)]
    assert numbered(proofs) == "[3–5, 9]" and numbered([]) == "–"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("DTKS Semester 1 2024.xlsx", "Semester I 2024"),
        ("DTKS Semester II 2024.xlsx", "Semester II 2024"),
        ("DTKS TW1 2024.csv", "Triwulan I 2024"),
        ("DTKS 2024-Q2.csv", "Triwulan II 2024"),
        ("BNBA Tahap 3 Tahun 2024.csv", "Triwulan III 2024"),
        ("Triwulan IV 2024.xlsx", "Triwulan IV 2024"),
        ("Regsosek 2023.csv", "2023"),
        *((f"PBI 2024-{number:02d}.csv", f"{name} 2024") for number, name in enumerate(MONTHS, start=1)),
    ],
)
def test_every_form_of_a_period_is_told(name, read):
    period = parse_period(name)
    assert period is not None and month(period) == read


def test_a_small_count_takes_what_tells_of_it_with_it():
    row = {"eligible": 100, "excluded": 3, "enrolled": 97, "stopped": 0, "amount": 7, "name": "x"}
    assert masked(row, ("eligible", "excluded", "enrolled", "stopped"), follows=("amount",)) == {
        "eligible": KEPT_BACK, "excluded": FEWER, "enrolled": KEPT_BACK, "stopped": 0, "amount": KEPT_BACK, "name": "x",
    }  # fmt: skip
    assert masked(row | {"excluded": 5}, ("eligible", "excluded"), follows=("amount",))["amount"] == 7


def test_a_period_in_a_name_is_not_broken_and_the_name_is_still_escaped():
    assert as_html._kept("PBI <b> 2024-06.csv") == 'PBI &lt;b&gt; <span class="kept">2024-06</span>.csv'
