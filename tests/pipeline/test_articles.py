"""The five articles: land files that state their facts, build once, and ask each by a query of the analysts' page."""

from __future__ import annotations

import json
import re
import shlex
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from simpul import pipeline
from simpul.cli import app
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.pack import regions_with_data, write_pack, writing
from simpul.settings import get_settings
from simpul.trust.evidence import asked_of, evidence_of
from tests.pipeline import faces
from tests.pipeline.analysts_page import examples
from tests.pipeline.articles import FILES, LATER, LETTERS
from tests.pipeline.faces import everything, one_line

pytestmark = pytest.mark.slow


def _deliver(inbox, files) -> None:
    for name, text in files.items():
        path = inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if letter := LETTERS.get(name):
            path.with_name(f"{path.name}.yml").write_text(letter, encoding="utf-8")
        path.write_text(text, encoding="utf-8")
    for result in pipeline.land_inbox():
        assert result["status"] == "landed", (result["file_name"], result["reason"])


@pytest.fixture(scope="module")
def published(module_warehouse):
    _deliver(module_warehouse.inbox, FILES)
    _deliver(module_warehouse.inbox, LATER)
    outcome = pipeline.build("test articles")
    assert outcome.status == "published", outcome


@pytest.fixture
def ask(published):
    def answer(query: str) -> list[tuple]:
        """One of the page's, by its title, or one of the test's own."""
        with connect(role="bi_reader", autocommit=True) as conn:
            return conn.execute(examples().get(query, query)).fetchall()

    return answer


def test_the_poor_of_tanjungbalai_in_2017(ask):
    assert ask("poverty: one city") == [(Decimal("14.46"), 24690)]


def test_thirteen_indicators_of_tanjungbalai(ask):
    told = ask("indicators: reached, missed, cannot be said")
    assert [(number, achieved, why) for number, *_, achieved, why in told] == [
        ("1", True, None),
        ("2", True, None),
        ("3", None, "no_figure"),
        ("4", True, None),
        ("5", False, None),  # more children left primary school than was meant …
        ("6", True, None),  # … and fewer secondary school
        ("7", False, None),
        ("8", True, None),
        ("9", None, "one_figure_only"),
        ("10", True, None),
        ("11", True, None),
        ("12", False, None),
        ("13", False, None),
    ]
    assert ask("select unit, direction, target, realised, realised_year, agencies from fct_indicator_achievement"
               " where indicator in ('DROPOUT_PRIMARY', 'SAFE_SANITATION', 'PKH_COST_SHARING') order by target") == [
        ("percent", "lower", Decimal("0.14"), Decimal("1.53"), 2016, "Dinas Pendidikan"),
        ("percent", "higher", Decimal("2.9"), Decimal("3.61"), 2017, "Bappeda"),
        ("percent", "higher", Decimal(87), Decimal("81.31"), 2016, "Dinas Peraperkim / Dinas PUPR / Kotaku / NUSP"),
    ]  # fmt: skip


def test_the_extremely_poor_of_tanjungbalai(ask):
    assert ask("extreme poverty: one city") == [(Decimal("1.03"), 1890, "ppp_1_90")]


def test_four_regions_of_banten_stand_above_the_province(ask):
    assert ask("position: above the province") == [
        ("Kabupaten Pandeglang", Decimal("9.27"), Decimal("3.10"), Decimal("-0.09")),
        ("Kabupaten Lebak", Decimal("8.68"), Decimal("2.51"), Decimal("-0.68")),
        ("Kabupaten Tangerang", Decimal("6.93"), Decimal("0.76"), Decimal("-2.43")),
        ("Kota Serang", Decimal("6.20"), Decimal("0.03"), Decimal("-3.16")),
    ]


def test_three_of_banten_are_above_one_percent_and_cilegon_is_at_nought(ask):
    told = ask("extreme poverty: a province")
    assert [(name, percent) for name, percent, *_ in told if percent > 1] == [
        ("Kabupaten Tangerang", Decimal("2.00")),
        ("Kabupaten Lebak", Decimal("1.79")),
        ("Kabupaten Pandeglang", Decimal("1.34")),
    ]
    assert told[-1] == ("Kota Cilegon", 0, 0, None)
    assert told[0] == ("Kabupaten Tangerang", Decimal("2.00"), None, "not_published")


def test_banten_in_2024_against_its_target_of_2025(ask):
    assert ask("position: how far from the target") == [
        (Decimal("5.84"), 2025, Decimal("4.5"), Decimal("5.5"), Decimal("0.34"))
    ]


def test_jambi_by_its_two_sources(ask):
    """What the governor quoted of March is not what BPS prints; of September BPS prints nothing."""
    governor = "Pemerintah Provinsi Jambi"
    assert ask("poverty: who says so") == [
        ("2021-03", Decimal("8.09"), "BPS", True, "published"),
        ("2021-03", Decimal("8.07"), governor, False, "quoted"),
        ("2021-09", Decimal("7.67"), governor, True, "published"),
        ("2021-09", None, "BPS", False, "gap"),
    ]
    assert ask("poverty: since the last observation") == [
        (Decimal("7.67"), 279860, Decimal("-0.42"), -14000, Decimal("-2.04"), True)
    ]
    assert ask("select has_conflicting_figures, value_status from fct_poverty_figure where region_code = '15'"
               " and indicator = 'p0_percent' and month = 3") == [(True, "final")]  # fmt: skip


def test_who_budgets_the_verification_in_jambi(ask):
    assert ask("verval: who budgets it") == [(2020, 7, 4, 11), (2021, 8, 3, 11)]


def test_a_team_meets_three_times_a_year(ask):
    assert ask("meetings: three a year") == [(2018, 1, False), (2024, 3, True)]


# --------------------------------------------------------------------------------------- what no article says
def test_a_revised_figure_is_told_with_what_it_was(ask):
    assert ask(
        "select figure, difference, standing, edition from fct_poverty_source where region_code = '00' and year = 2017"
        " and month = 3 and indicator = 'p0_percent' order by source_no"
    ) == [
        (Decimal("10.64"), 0, "published", "a_2017"),
        (Decimal("10.12"), Decimal("-0.52"), "replaced", "a_2017"),
    ]
    assert ask(
        "select month, p0_percent, value_status from fct_poverty where region_code = '00' and year = 2017 order by 1"
    ) == [(3, Decimal("10.64"), "revised"), (9, Decimal("10.12"), "final")]


def test_the_newest_count_of_a_region_is_told_with_the_objection(ask):
    assert ask(
        "select place_key, kind, people, has_conflicting_figures from fct_social_workforce order by 1, 2"
    ) == [
        ("15.71", "PSM", 40, True),
        ("15.71", "TAGANA", 34, True),
        ("15.71", "TKSK", 11, False),
        ("15.72", "PENDAMPING_PKH", 1024, False),
        # nobody is called so: it stands there all the same
        ("Kota Antah Berantah", "PSM", 7, False),
    ]
    assert ask("select place_key from fct_social_workforce where region_code is null") == [
        ("Kota Antah Berantah",)
    ]


def test_of_a_whole_and_its_parts_the_evidence_of_a_figure_is_the_row_that_counts(published):
    def rows(column: str) -> list[int]:
        where = ["place_key=15.71 year=2021 kind=PSM"]
        (part,) = evidence_of(asked_of("fct_social_workforce", where, column))["parts"]
        return [address["row"] for address in part["addresses"]]

    assert rows("people") == [3]
    assert rows("kind_as_said") == [3, 4, 5]


def test_the_last_visit_of_a_record_counts(ask):
    assert ask(
        "select region_code, registry, is_budgeted, target_records, verified_percent::text, verified, found, not_found,"
        " deceased, eligible, ineligible"
        " from fct_verval where year = 2024"
    ) == [("12.74", "DTKS", None, 5, "40.00", 2, 1, 0, 1, 1, 1)]


def test_nik_are_repaired_from_edition_to_edition(ask):
    assert ask("nik: is it getting better") == [
        ("2024-05", 2, 5, Decimal("40.00")),
        ("2024-06", 1, 5, Decimal("20.00")),
    ]


# --------------------------------------------------------------------------------------- on the pages of the packs
# who, what the article says of it, as it is read, and the file of the fixture that said it
NOWHERE = "93.01"
NIKS = ("1274011708900001", "1274015708900002", "127401170890002", "127401170890001")
ARTICLES = {
    "12.74": [
        (("Persentase penduduk miskin", "Maret 2017"), "14,46", 14.46, "Persentase Penduduk Miskin"),
        (("Jumlah penduduk miskin", "jiwa"), "24.690", 24690, "Jumlah Penduduk Miskin"),
        (("Persentase penduduk miskin ekstrem",), "1,03", 1.03, "Kemiskinan Ekstrem 2023"),
        (("Jumlah penduduk miskin ekstrem",), "1.890", 1890, "Kemiskinan Ekstrem 2023"),
        (("2024", "6 Maret 2024", "4 Desember 2024"), "3", 3, "Rakor TKPK"),
        (("2018", "22 Mei 2018"), "1", 1, "Rakor TKPK"),
        *(
            ((number, words), told, value, "Capaian Indikator")
            for number, words, *figures in (
                ("1", "Terpenuhinya sharing dana", ("2,9", 2.9), ("3,61", 3.61)),
                ("2", "Persentase kepesertaan BPJS", ("75", 75), ("83,32", 83.32)),
                ("4", "Cakupan Layanan rehab", ("100", 100)),
                ("5", "Angka Putus Sekolah SD/MI", ("0,14", 0.14), ("1,53", 1.53)),
                ("6", "Angka Putus Sekolah SMP/MTs", ("10,70", 10.7), ("4,19", 4.19)),
                ("7", "Jumlah kematian Ibu", ("2", 2), ("4", 4)),
                ("8", "Jumah kematian bayi", ("28", 28), ("22", 22)),
                ("9", "Jumlah kematian balita", ("43", 43)),
                ("10", "Ketersediaan obat", ("100", 100)),
                ("11", "Cakupan pelayanan kesehatan dasar", ("100", 100)),
                ("12", "Persentase sanitasi layak", ("87", 87), ("81,31", 81.31)),
                ("13", "Persentase RT menggunakan air minum", ("55", 55), ("39,17", 39.17)),
            )
            for told, value in figures
        ),
    ],
    "36": [
        (("Maret 2023", "6,17", "9,36"), "9,36", 9.36, "Menurut Provinsi, 2023"),
        (("Maret 2023", "826.130"), "6,17", 6.17, "Menurut Provinsi, 2023"),
        (("36.01", "Kabupaten Pandeglang"), "9,27", 9.27, "Kabupaten_Kota, 2023"),
        (("36.02", "Kabupaten Lebak"), "8,68", 8.68, "Kabupaten_Kota, 2023"),
        (("36.03", "Kabupaten Tangerang"), "6,93", 6.93, "Kabupaten_Kota, 2023"),
        (("36.73", "Kota Serang"), "6,20", 6.2, "Kabupaten_Kota, 2023"),
        (("2023", "Kabupaten Pandeglang", "US$ 1,90"), "1,34", 1.34, "Kemiskinan Ekstrem 2023"),
        (("2023", "Kabupaten Lebak", "US$ 1,90"), "1,79", 1.79, "Kemiskinan Ekstrem 2023"),
        (("2023", "Kabupaten Tangerang", "US$ 1,90"), "2,00", 2, "Kemiskinan Ekstrem 2023"),
        (("2023", "Kota Cilegon", "US$ 1,90"), "0,00", 0, "Kemiskinan Ekstrem 2023"),
        (("Maret 2024", "791.610"), "5,84", 5.84, "Menurut Provinsi, 2024"),
        (("2025", "Persentase penduduk miskin", "RPJMD"), "4,5", 4.5, "Target RPJMD Banten"),
        (("2025", "Persentase penduduk miskin", "RPJMD"), "5,5", 5.5, "Target RPJMD Banten"),
        (("Maret 2024", "5,84", "2025"), "+0,34", 0.34, "Target RPJMD Banten"),
    ],
    "15": [
        (("Maret 2021", "Persentase penduduk miskin", "Pemerintah Provinsi Jambi"), "8,07", 8.07, "Sambutan Gubernur"),
        (("Maret 2021", "Persentase penduduk miskin", "BPS"), "8,09", 8.09, "Menurut Provinsi, 2021"),
        (("Maret 2021", "506.355"), "293.860", 293860, "Menurut Provinsi, 2021"),
        (("September 2021", "279.860", "tetap"), "7,67", 7.67, "Sambutan Gubernur"),
        (("September 2021", "279.860", "tetap"), "279.860", 279860, "Sambutan Gubernur"),
        (("September 2021", "7,67", "9,71"), "9,71", 9.71, "Sambutan Gubernur"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def packs(published) -> dict[str, faces.Faces]:
    return {region: faces.read(write_pack(region, 2024).files) for region in (*ARTICLES, NOWHERE)}


@pytest.mark.parametrize("region", ARTICLES)
def test_every_figure_of_the_articles_stands_on_all_three_faces(packs, region):
    pack = packs[region]
    for words, told, value, _ in ARTICLES[region]:
        row = pack.row(*words)
        assert told in row, (words, told)
        assert told in pack.pdf_text
        cells = pack.sheet_rows(row[-1])
        assert any(value in cell for cell in cells), (words, value, cells)


@pytest.mark.parametrize("region", ARTICLES)
def test_a_figure_is_followed_back_by_the_call_that_the_pack_gives(packs, region):
    """One of each table in every run; `test_every_figure…` of the proof follows them all."""
    seen = set()
    for figure in ARTICLES[region]:
        mart = _call(packs[region], figure)[0]["--mart"]
        if mart not in seen:
            seen.add(mart)
            _follow(packs[region], figure)
    assert seen


@pytest.mark.proof
@pytest.mark.parametrize("region", ARTICLES)
def test_every_figure_of_the_articles_is_followed_back(packs, region):
    for figure in ARTICLES[region]:
        _follow(packs[region], figure)


def _call(pack, figure) -> tuple[dict[str, str], str, list[str]]:
    """Options of the call of a figure's row, what the appendix says is behind it, and the call itself."""
    number = pack.row(*figure[0])[-1]
    words, behind = pack.calls()[int(number.strip("[]"))]
    assert words[:2] == ["simpul", "evidence"]
    assert one_line(shlex.join(words)) in pack.page_text
    return dict(zip(words[2::2], words[3::2], strict=True)), behind, words[1:]


def _follow(pack, figure) -> None:
    """The call that stands in the pack works, tells the figure, and names the files that the pack names."""
    options, behind, words = _call(pack, figure)
    answer = CliRunner().invoke(app, [*words, "--json"])
    assert answer.exit_code == 0, (words, answer.output)
    found = json.loads(answer.stdout)
    assert found["figure"]["mart"] == options["--mart"]
    assert figure[2] in [abs(float(cell)) for cell in found["figure"]["row"].values() if _is_number(cell)]
    named = {pack.sources()[code][1] for code in pack.codes(behind)}
    assert named == {file["name"] for file in found["files"]}
    assert any(figure[3] in name for name in named), named
    for file in found["files"]:
        (mine,) = [row for row in pack.sources().values() if row[1] == file["name"]]
        assert mine[3] == file["sha256"][:12]
        assert (
            f"{sum(rule['passed'] for rule in file['gates'])} dari {len(file['gates'])} aturan lolos"
            in mine[6]
        )


def _is_number(cell) -> bool:
    return isinstance(cell, int | float) or (
        isinstance(cell, str) and re.fullmatch(r"-?\d+(\.\d+)?", cell) is not None
    )


@pytest.mark.parametrize("region", [*ARTICLES, NOWHERE])
def test_nothing_is_left_empty_and_nothing_can_run(packs, region):
    pack = packs[region]
    assert all(cell.strip() for row in pack.rows for cell in row)
    assert not pack.formulas
    assert [name for name in ("script", "iframe", "link") if f"<{name}" in pack.html] == []
    assert [
        value for name, value in pack.attributes if name in ("src", "href", "xlink:href") and value[0] != "#"
    ] == []
    assert "Halaman 2 dari" in one_line(pack.pages[1])
    assert not [n for n in NIKS if n in everything(pack)]


def test_under_every_table_and_picture_stands_where_it_is_from(packs):
    for region in ARTICLES:
        page = packs[region].html
        blocks = re.findall(r'<p class="sources">(.*?)</p>', page, re.DOTALL)
        assert len(blocks) == page.count("<figure>") + page.count(">Bukti</th>")
        for block in blocks:
            assert "Rilis 1" in block and "gerbang terbit" in block
            assert "sha256" in block or "Lampiran A" in block
            assert "tanpa pengecualian" in block and re.search(r"\d+ dari \d+ aturan lolos", block)


def test_a_region_without_data_has_a_whole_pack_that_says_so(packs):
    nowhere = packs[NOWHERE]
    assert nowhere.pdf_text.count("Belum ada data") > 15
    for chapter in (
        "Pendahuluan",
        "Profil kemiskinan",
        "Kebijakan",
        "Program dan anggaran",
        "Kerja TKPK",
        "Hasil",
        "Penutup",
    ):
        assert chapter in nowhere.pdf_text
    assert "belum masuk" in nowhere.page_text and nowhere.row("Data Terpadu Kesejahteraan Sosial per orang")


def test_a_year_that_is_not_there_is_said_beside_the_newest(packs):
    text = packs["12.74"].page_text
    assert (
        "Belum ada data tingkat kemiskinan tahun 2018–2024" in text and "Angka terbaru: Maret 2017." in text
    )
    assert packs["12.74"].row("9", "Jumlah kematian balita")[4:7] == [
        "belum ada", "tidak disebut", "tidak dapat dikatakan: hanya satu angka tercetak",
    ]  # fmt: skip


def test_of_a_year_without_data_the_pack_says_so_and_so_does_the_command(published, tmp_path):
    answer = CliRunner().invoke(app, ["pack", "--region", "12.74", "--year", "1990", "--out", str(tmp_path)])
    assert answer.exit_code == 0, answer.output
    assert "tells nothing of Kota Tanjungbalai in 1990" in answer.stderr
    assert "no regulation on TKPK" in answer.stderr
    written = faces.read(
        {suffix: str(tmp_path / f"rakor-12.74-1990.{suffix}") for suffix in ("html", "pdf", "xlsx")}
    )
    assert "tidak memuat satu angka pun tentang Kota Tanjungbalai tahun 1990" in written.page_text
    assert "TKPK dan LP2KD belum diatur" in written.page_text
    assert "2024" not in " ".join(cell for row in written.sources().values() for cell in row[1:3]), (
        "no later file"
    )
    asked_for = [
        row for row in written.rows if "perintah" not in row[0] and row[0].isdigit() and len(row) == 4
    ]
    assert f"{len(asked_for)} kinds of files to ask for" in answer.stdout


def test_a_province_whose_regencies_alone_are_known_is_not_said_to_be_without_figures(published, tmp_path):
    """Of Sumatera Utara itself nothing of 2024 is known; of Tanjungbalai, which chapter 5 tells of, much is."""
    answer = CliRunner().invoke(app, ["pack", "--region", "12", "--year", "2024", "--out", str(tmp_path)])
    assert answer.exit_code == 0, answer.output
    assert "nothing of Provinsi Sumatera Utara itself in 2024, only of its regencies" in answer.stderr
    written = faces.read({s: str(tmp_path / f"rakor-12-2024.{s}") for s in ("html", "pdf", "xlsx")})
    said = "tidak memuat satu angka pun tentang Provinsi Sumatera Utara"
    assert f"{said} itu sendiri tahun 2024; angka kabupaten/kotanya ada." in written.page_text
    assert f"{said} tahun" not in written.page_text
    assert "Kota Tanjungbalai" in written.row("2024", "Kota Tanjungbalai", "DTKS")


def test_counts_of_few_persons_are_kept_back(packs):
    """Two of five records were visited, one of them dead: the pack tells of neither."""
    row = packs["12.74"].row("2024", "Kota Tanjungbalai", "DTKS")
    assert row[6:10] == ["5", "< 5", "< 5", "< 5"]


def test_the_same_release_is_written_to_the_same_bytes(packs, tmp_path):
    again = faces.read(write_pack("36", 2024, "1", tmp_path).files)
    assert again.raw == packs["36"].raw


@pytest.mark.parametrize(
    ("region", "release", "words"),
    [
        ("99.99", None, "no region '99.99'"),
        ("1272", None, "12.74 (Kota Tanjungbalai)"),
        ("12.74.01", None, "is a district"),
        ("00", None, "is a nation"),
        ("91.01", None, "93.01 now"),
        ("12.74", "never", "called 'never'"),
    ],
)
def test_what_there_is_no_pack_of_is_an_error(published, region, release, words):
    with pytest.raises(SimpulError, match=re.escape(words)):
        write_pack(region, 2024, release)


def test_a_pack_is_read_with_the_rights_of_a_bi_tool(published):
    with connect(autocommit=True) as conn:
        conn.execute("revoke select on marts.fct_tkpk_meeting from bi_reader")
        try:
            with pytest.raises(SimpulError, match=r"writing a pack: InsufficientPrivilege"):
                write_pack("12.74", 2024)
        finally:
            conn.execute("grant select on marts.fct_tkpk_meeting to bi_reader")


def test_a_region_that_fails_does_not_keep_back_the_others(published, monkeypatch):
    """Tanjungbalai's PDF cannot be put in its place: Banten's pack, which comes after it, is written and listed, and
    the command says which is not.
    """
    times = []

    def counted(reports):
        times.append(1)
        return list_packs(reports)

    list_packs = writing.list_packs
    monkeypatch.setattr(writing, "list_packs", counted)
    folder = get_settings().reports / "packs" / "1"
    for path in folder.glob("rakor-12.74-2024.*"):
        path.unlink()
    in_the_way = folder / "rakor-12.74-2024.pdf"
    in_the_way.mkdir(parents=True)
    try:
        answer = CliRunner().invoke(app, ["pack", "--all", "--year", "2024"])
    finally:
        in_the_way.rmdir()
    assert answer.exit_code == 1
    assert "rakor-36-2024.pdf" in answer.stdout and "rakor-12.74" not in answer.stdout
    assert re.search(
        r"no pack of 12\.74: the pack cannot be written: \w+Error — ask for this region", answer.stderr
    )
    assert "1 of 2 packs could not be written · 1 dari 2 paket tidak dapat ditulis" in answer.stderr
    assert "rakor-36-2024.pdf" in (folder.parent / "index.html").read_text(encoding="utf-8")
    assert len(times) == 1, "the page that lists them is written once, not once a pack"


def test_all_regions_with_data_of_a_year(published, tmp_path):
    assert regions_with_data(2024) == ["12.74", "36"]
    answer = CliRunner().invoke(app, ["pack", "--all", "--year", "2018", "--out", str(tmp_path), "--json"])
    assert answer.exit_code == 0, answer.output
    (told,) = json.loads(answer.stdout)
    assert told["region"] == "Kota Tanjungbalai" and told["release_id"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"rakor-12.74-2018.{s}" for s in ("html", "pdf", "xlsx")
    ]
