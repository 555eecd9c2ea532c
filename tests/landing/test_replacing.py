"""What a newer delivery takes the place of: its slice says what could be meant, its records what is."""

from __future__ import annotations

import pytest

from simpul import landing
from simpul.landing.verify import verify
from simpul.regions import Regions
from tests.landing.conftest import DTKS, KKS, as_csv, dtks_row, kks_row, pbi
from tests.landing.test_land import BPS, row_of


def payments(numbers, *, regions=(), **options) -> str:
    """A payment list of these invented people, with or without regions."""
    return as_csv(
        [*KKS, *(name for name, _ in regions)],
        [[*kks_row(n, **options), *(value for _, value in regions)] for n in numbers],
    )


def states(query, *outcomes):
    return [query("select status from audit.file where file_id = %s", o.file_id)[0][0] for o in outcomes]


# ----------------------------------------------------------------------------------------------------- nothing is lost
def test_a_second_list_without_regions_does_not_delete_the_first(drop, query):
    """Two regencies, or two parts of one list, in one folder: held, with what to do about it in both languages."""
    one = landing.land_file(drop("dinsos/tanjungbalai.csv", payments(range(1, 60))))
    two = landing.land_file(drop("dinsos/asahan.csv", payments(range(100, 160))))
    assert states(query, one, two) == ["landed", "held"]
    for words in (
        "0 % of its records",
        "'tanjungbalai.csv'",
        "asahan.csv.yml",
        "region_code:",
        "replaces: yes",
        "part:",
    ):
        assert words in two.reason
    row = row_of(query, two.file_id)
    assert "0 % catatannya" in row["reason_id"] and "wilayah daftar ini" in row["reason_id"]
    assert query("select count(*) from raw.dinsos__kks_payment") == [(59,)]
    assert query("select detail ->> 'kind' from audit.ledger where kind = 'file.held'") == [("replaces",)]
    assert landing.discover() == [] and not verify().findings


def test_figures_without_a_region_are_not_known_by_what_every_region_counts(drop, query):
    """The kinds of helpers are the same everywhere: who sends them without a region corrects nobody's."""

    def helpers(code: str, count: int) -> str:
        head = ["kode_wilayah", "nama_wilayah", "tahun", "jenis", "jumlah"]
        return as_csv(head, [[code, "", "2024", kind, str(count)] for kind in ("Tagana", "TKSK")])

    one = landing.land_file(drop("dinsos/psks 1.csv", helpers("99.98", 3)))
    two = landing.land_file(drop("dinsos/psks 2.csv", helpers("99.99", 4)))
    assert states(query, one, two) == ["landed", "held"]
    assert "the records of all regions look alike" in two.reason and "region_code" in two.reason
    assert "catatan semua wilayah tampak sama" in row_of(query, two.file_id)["reason_id"]


def villages(codes) -> str:
    return as_csv(
        ["code", "district_code", "name"], [[code, code[:8], f"Desa {code}"] for code in codes], delimiter=","
    )


NORTH = [f"12.74.0{district}.100{number}" for district in range(1, 6) for number in range(1, 5)]
WEST = [f"13.01.01.200{number}" for number in range(1, 9)]


@pytest.mark.parametrize(
    ("codes", "more", "expected"),
    [
        (NORTH[:16], "", "landed"),  # four villages of twenty ended
        (NORTH[:4], "", "held"),  # of one district
        ([*NORTH, *WEST[:4]], "", "held"),  # one province is whole, the other is not
        (NORTH, "", "landed"),  # says nothing of the other province
        (NORTH[:4], "replaces: yes\n", "landed"),
        (NORTH[:4], "part: 1\n", "held"),  # until the other part landed, its villages would have ended
    ],
)
def test_an_excerpt_of_a_later_decree_ends_no_villages(drop, query, codes, more, expected):
    def land(name: str, codes, year: int, more: str = ""):
        path = drop(f"reference/{name}", villages(codes))
        drop(
            f"reference/{name}.yml", f"keputusan: Kepmendagri {year}\ntanggal_keputusan: {year}-06-23\n{more}"
        )
        return landing.land_file(path)

    first = land("villages 2024.csv", [*NORTH, *WEST], 2024)
    later = land("villages 2025.csv", codes, 2025, more)
    assert states(query, first, later) == ["landed", expected], later.reason
    if expected == "held":
        assert "holds only 4 of the" in later.reason and "replaces: yes" in later.reason
        assert "hanya memuat 4 dari" in row_of(query, later.file_id)["reason_id"]
    else:  # a list of a decree before all others has nothing to end
        assert land("villages 2022.csv", NORTH[:2], 2022).status == "landed"


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        ("region_code: '12.09'", ["landed", "landed"]),
        ("part: 2", ["landed", "landed"]),
        ("replaces: yes", ["superseded", "landed"]),
        ("replaces: ya", ["superseded", "landed"]),
        ("replaces: no", ["landed", "held"]),
        ("replaces: maybe", ["landed", "held"]),
        ("replaces: yes\npart: 2", ["landed", "held"]),
    ],
)
def test_one_line_in_a_letter_frees_it(drop, query, letter, expected):
    one = landing.land_file(drop("dinsos/tanjungbalai.csv", payments(range(1, 30))))
    path = drop("dinsos/asahan.csv", payments(range(100, 130)))
    landing.land_file(path)
    drop("dinsos/asahan.csv.yml", letter)
    assert landing.discover() == [str(path)]
    two = landing.land_file(path)
    assert states(query, one, two) == expected
    assert landing.discover() == [] and not verify().findings


def test_parts_of_a_list_whose_region_is_stated(drop, query):
    """A registry in parts, each of the same city: the region alone must not let one replace the other."""

    def part(numbers):
        return as_csv(DTKS, [dtks_row(n) for n in numbers])

    one = landing.land_file(drop("dinsos/DTKS 1 Juni 2024.csv", part(range(1, 40))))
    path = drop("dinsos/DTKS 2 Juni 2024.csv", part(range(40, 80)))
    two = landing.land_file(path)
    assert states(query, one, two) == ["landed", "held"]
    assert "of the same region (12.74)" in two.reason
    drop("dinsos/DTKS 2 Juni 2024.csv.yml", "part: 2")
    two = landing.land_file(path)
    assert states(query, one, two) == ["landed", "landed"]
    # a corrected part replaces that part; the whole list replaces both; hardly any of the list replaces nothing
    corrected = landing.land_file(drop("dinsos/DTKS 1 revisi Juni 2024.csv", part(range(1, 38))))
    assert states(query, one, two, corrected) == ["superseded", "landed", "landed"]
    whole = landing.land_file(drop("dinsos/DTKS Juni 2024.csv", part(range(1, 81))))
    few = landing.land_file(drop("dinsos/DTKS koreksi Juni 2024.csv", part(range(5, 9))))
    assert states(query, two, corrected, whole, few) == ["superseded", "superseded", "landed", "held"]
    assert "5 % of its records" in few.reason


# --------------------------------------------------------------------------------------------- corrections still count
def test_a_correction_replaces_though_it_is_written_otherwise(drop, query):
    """Another spelling of the programmes and of the records' numbers, and one person in five is another."""
    one = landing.land_file(drop("dinsos/a.csv", payments(range(1, 51), kind="BPNT")))
    two = landing.land_file(drop("dinsos/b.csv", payments(range(11, 61), kind="Sembako ")))
    both = landing.land_file(drop("dinsos/c.csv", payments(range(200, 220), kind="PKH+SEMBAKO")))
    again = landing.land_file(drop("dinsos/d.csv", payments(range(200, 221), kind="pkh + sembako")))
    assert states(query, one, two, both, again) == ["superseded", "landed", "superseded", "landed"]
    assert row_of(query, two.file_id)["slice_key"] == "2024-Q2|?dinsos|SEMBAKO"
    assert row_of(query, again.file_id)["slice_key"] == "2024-Q2|?dinsos|PKH+SEMBAKO"


def test_a_slice_that_was_registered_raw_is_still_replaced(drop, query):
    one = landing.land_file(drop("dinsos/a.csv", payments(range(1, 20), kind="BPNT")))
    query("update audit.file set slice_key = '2024-Q2|?dinsos|BPNT' where file_id = %s", one.file_id)
    two = landing.land_file(drop("dinsos/b.csv", payments(range(1, 21), kind="SEMBAKO")))
    assert states(query, one, two) == ["superseded", "landed"]


def test_numbers_that_a_spreadsheet_ruined_are_corrected_by_the_cards(drop, query):
    rows = [kks_row(n) for n in range(1, 30)]
    # half of them: a list whose whole column is ruined is held
    ruined = [[f"{row[0][:-3]}000", *row[1:]] if n % 2 else row for n, row in enumerate(rows)]
    one = landing.land_file(drop("dinsos/a.csv", as_csv(KKS, ruined)))
    two = landing.land_file(drop("dinsos/b.csv", as_csv(KKS, rows)))
    assert states(query, one, two) == ["superseded", "landed"]


def test_a_region_that_only_one_of_the_two_states(drop, query):
    """Then the records tell whether they are one list."""
    bare = landing.land_file(drop("dinsos/a.csv", payments(range(1, 30))))
    path = drop("dinsos/b.csv", payments(range(2, 32)))
    drop("dinsos/b.csv.yml", "region_code: '12.74'")
    stated = landing.land_file(path)
    other = landing.land_file(drop("dinsos/c.csv", payments(range(100, 110))))
    assert states(query, bare, stated, other) == ["superseded", "landed", "landed"]


# ------------------------------------------------------------------------------------------------------------- regions
@pytest.mark.parametrize(
    ("regions", "code"),
    [
        ([("Kabupaten/Kota", "KOTA TANJUNG BALAI")], "12.74"),
        ([("Provinsi", ""), ("Kabupaten/Kota", "Kab. Asahan")], "12.09"),
        ([("Kabupaten/Kota", "Kab. Asahan"), ("Kecamatan", "Kisaran Timur")], "12.09"),
        ([("Kabupaten/Kota", "Banjar")], None),  # a regency of Kalimantan Selatan and a city of Jawa Barat
        ([("Kabupaten/Kota", "Antah Berantah")], None),
        ([("Kecamatan", "Kisaran Timur")], None),
    ],
)
def test_a_regency_without_its_province(drop, query, regions, code):
    outcome = landing.land_file(drop("dinsos/a.csv", payments(range(1, 9), regions=regions)))
    row = row_of(query, outcome.file_id)
    assert row["status"] == "landed" and (row["region_code"] or "?")[:5] == (code or "?")
    assert row["slice_key"].split("|")[1].startswith(code or "?dinsos")


def test_names_of_regencies_that_are_one_alone():
    regions = Regions.load()
    current = [region for region in regions if region.level == "regency" and region.is_current]
    found = {region.name: regions.regency(region.name) for region in current}
    assert all(
        code in (None, regions.current(region.region_code))
        for region, code in zip(current, found.values(), strict=True)
    )
    assert [name for name, code in found.items() if code is None] == ["Kabupaten Banjar"]
    assert regions.regency("Jawa Barat") is None and regions.regency("") is None


# ---------------------------------------------------------------------------------------------------------- statistics
def test_a_table_that_says_less_does_not_replace_the_whole_one(drop, query):
    whole = landing.land_file(
        drop("bps/Kemiskinan, 2016.csv", f"{BPS}\nAceh,848.44,16.73\nBali,178.18,4.25\n")
    )
    fewer = landing.land_file(drop("bps/Kemiskinan Bali, 2016.csv", f"{BPS}\nBali,178.18,4.25\n"))
    heading, *rows = (f"{BPS}\nAceh,848.44,16.73\nBali,178.18,4.25").splitlines()
    september = "\n".join([heading.replace("Maret", "September"), *rows])
    other_month = landing.land_file(drop("bps/Kemiskinan September, 2016.csv", september))
    assert states(query, whole, fewer, other_month) == ["landed", "landed", "landed"]
    again = landing.land_file(
        drop("bps/Kemiskinan revisi, 2016.csv", f"{BPS}\nACEH,848.45,16.73\nProv. Bali,178.18,4.25\n")
    )
    assert states(query, whole, fewer, other_month, again) == ["superseded", "superseded", "landed", "landed"]


def test_who_quotes_figures_of_bps_replaces_none_of_its_tables(drop, query):
    """Nor does its table replace what somebody said beyond it; a letter of BPS itself quotes nobody."""

    def deliver(name: str, count: str, sender: str = "") -> landing.LandResult:
        path = f"bps/{name}, 2021.csv"
        if sender:
            drop(f"{path}.yml", f"sender: {sender}\n")
        return landing.land_file(drop(path, f"{BPS}\nJambi,{count},8.09\n"))

    table = deliver("Kemiskinan", "293.86")
    governor = deliver("Sambutan", "293.9", "Pemerintah Provinsi Jambi")
    paper = deliver("Berita", "294", "Harian Contoh")
    corrected = deliver("Kemiskinan revisi", "293.87", "BPS Provinsi Jambi")
    assert states(query, table, governor, paper, corrected) == ["superseded", "landed", "landed", "landed"]
    once_more = deliver("Sambutan lengkap", "293.88", "PEMERINTAH PROVINSI JAMBI")
    assert states(query, governor, paper, corrected, once_more) == [
        "superseded",
        "landed",
        "landed",
        "landed",
    ]


def test_the_next_month_is_another_list(drop, query):
    june = landing.land_file(drop("bpjs/pbi 2024-06.csv", pbi(9)))
    july = landing.land_file(drop("bpjs/pbi 2024-07.csv", pbi(10)))
    assert states(query, june, july) == ["landed", "landed"]


# ------------------------------------------------------------------------------------------------------------ excerpts
NIBUNG = "TELUK NIBUNG"
BANDAR_CODE, NIBUNG_CODE = (
    Regions.load().resolve("Sumatera Utara", "Kota Tanjungbalai", name) for name in ("Datuk Bandar", NIBUNG)
)


def people(numbers, *, district=None) -> str:
    """A registry list of these invented people, all of one district where one is named."""
    rows = [dtks_row(n) for n in numbers]
    return as_csv(DTKS, [[*row[:3], district or row[3], *row[4:]] for row in rows])


def test_an_excerpt_of_a_larger_list_does_not_land_beside_it(drop, query):
    """Ten people of one district, taken out of the list of their city: nobody says whether they count again."""
    whole = landing.land_file(drop("dinsos/DTKS Juni 2024.csv", people(range(90))))
    path = drop("dinsos/contoh data Juni 2024.csv", people(range(0, 30, 3)))
    drop("dinsos/contoh data Juni 2024.csv.yml", f"region_code: '{BANDAR_CODE}'")
    few = landing.land_file(path)
    assert states(query, whole, few) == ["landed", "held"]
    row = row_of(query, few.file_id)
    assert (
        "100 % of its records stand in 'DTKS Juni 2024.csv'" in row["reason"] and "part: 2" in row["reason"]
    )
    assert "100 % catatannya sudah ada" in row["reason_id"] and "seluruh daftar" in row["reason_id"]
    drop("dinsos/contoh data Juni 2024.csv.yml", f"region_code: '{BANDAR_CODE}'\npart: 2")
    assert states(query, whole, landing.land_file(path)) == ["landed", "landed"]
    assert not verify().findings


def test_a_district_that_a_larger_list_lacks_lands_beside_it(drop, query):
    whole = landing.land_file(drop("dinsos/DTKS Juni 2024.csv", people(range(90))))
    for name in ("DTKS baru", "DTKS baru 2"):
        drop(f"dinsos/{name} Juni 2024.csv.yml", f"region_code: '{NIBUNG_CODE}'")
    new = landing.land_file(
        drop("dinsos/DTKS baru Juni 2024.csv", people(range(200, 230), district="TELUK NIBUNG"))
    )
    assert states(query, whole, new) == ["landed", "landed"]
    # and its correction replaces it, whatever the larger list holds by now
    again = landing.land_file(
        drop("dinsos/DTKS baru 2 Juni 2024.csv", people(range(200, 231), district="TELUK NIBUNG"))
    )
    assert states(query, whole, new, again) == ["landed", "superseded", "landed"]


def test_an_excerpt_of_one_programme_out_of_a_list_of_two(drop, query):
    both = as_csv(KKS, [kks_row(n, kind="PKH" if n % 2 else "BPNT") for n in range(1, 60)])
    whole = landing.land_file(drop("dinsos/a.csv", both))
    few = landing.land_file(drop("dinsos/b.csv", payments(range(1, 20, 2))))
    other = landing.land_file(drop("dinsos/c.csv", payments(range(100, 130))))
    assert states(query, whole, few, other) == ["landed", "held", "landed"]
