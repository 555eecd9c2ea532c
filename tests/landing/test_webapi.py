"""Bodies of the BPS WebAPI: keys put together, never split; answers without data; hostile JSON."""

from __future__ import annotations

import json
import time

import pytest

from simpul import landing
from simpul.readers import webapi
from simpul.readers.reasons import Held
from tests.landing.test_land import held, row_of, table_of

BODY = {
    "status": "OK",
    "data-availability": "available",
    "var": [
        {"val": 621, "label": "Persentase Penduduk Miskin (P0) Menurut Kabupaten/Kota", "unit": "Persen"}
    ],
    "turvar": [{"val": 0, "label": "Tidak ada"}],
    "labelvervar": "Kabupaten/Kota",
    "vervar": [
        {"val": 1272, "label": "Kota Tanjungbalai"},
        {"val": 1200, "label": "<b>SUMATERA&nbsp;UTARA</b> "},
    ],
    "tahun": [{"val": 121, "label": "2021"}],
    "turtahun": [{"val": 0, "label": "Tahun"}],
    "datacontent": {"127262101210": 13.4, "120062101210": 9.01},
}


def body(**changes) -> str:
    return json.dumps({**BODY, **changes})


def refused(text: str) -> Held:
    with pytest.raises(Held) as caught:
        webapi.parse(text)
    assert caught.value.reason_id != caught.value.reason
    return caught.value


def test_a_body_lands_as_figures_with_addresses(drop, query):
    outcome = landing.land_file(drop("bps/jawaban.json", body()))
    assert (outcome.status, outcome.dataset) == ("landed", "bps.webapi"), outcome.reason
    assert row_of(query, outcome.file_id)["period"] == "2021"
    same = ("Tidak ada | 2021 | Tahun", "621", "p0", "Persen", "total", "2021", "3")
    assert query(
        "select _row, wilayah, kode_bps, nilai, _column, variabel, indikator, satuan, daerah, tahun, bulan"
        f" from {table_of(outcome)} order by _row"
    ) == [(1, "Kota Tanjungbalai", "1272", "13.4", *same), (2, "SUMATERA UTARA", "1200", "9.01", *same)]


def test_figures_stay_as_they_are_written():
    text = body().replace("13.4", "13.40").replace("9.01", "1e400")
    assert [row[2] for row in webapi.parse(text).rows] == ["13.40", "1e400"]


@pytest.mark.parametrize(
    ("label", "unit", "indicator"),
    [
        ("Persentase Penduduk Miskin (P0) Menurut Provinsi dan Daerah", "Persen", "p0"),
        ("Jumlah Penduduk Miskin (Ribu Jiwa) Menurut Kabupaten/Kota", "Ribu Jiwa", "poor"),
        ("Garis Kemiskinan (Rupiah/Kapita/Bulan) Menurut Provinsi dan Daerah", "Rupiah/Kapita/Bulan", "poverty_line"),
        ("[SERI 2010] Indeks Kedalaman Kemiskinan (P1)", "Persen", None),
        ("Indeks Kedalaman Kemiskinan (P1) Menurut Kabupaten/Kota", "Persen", "p1"),
        ("Persentase Penduduk Miskin Menurut Pendidikan", "Persen", None),
        ("Rata-rata Lama Sekolah", "Tahun", None),
        ("", "Persen", "p0"),  # the number of the variable is known
    ],
)  # fmt: skip
def test_the_indicator_comes_from_the_variable(drop, query, label, unit, indicator):
    path = drop("bps/Persentase Penduduk Miskin.json", body(var=[{"val": 621, "label": label, "unit": unit}]))
    outcome = landing.land(path)  # the name of the file does not count where the body names its variable
    if indicator is None:
        held(outcome, query, "write into the cover letter", "indikator: p0")
    else:
        assert query(f"select distinct indikator, satuan from {table_of(outcome)}") == [(indicator, unit)]


@pytest.mark.parametrize(
    ("unit", "figure", "set_aside"),
    [("Jiwa", 24.69, ["poor_whole"]), ("Jiwa", 24690, []), ("Ribu Jiwa", 24.69, [])],
)
def test_a_part_of_a_person_is_counted_in_thousands(drop, query, unit, figure, set_aside):
    """The label says thousands and the unit does not: 24.69 would be 25 people."""
    label = "Jumlah Penduduk Miskin (Ribu Jiwa) Menurut Kabupaten/Kota"
    figures = {"127262101210": figure, "120062101210": 1_268_000 if unit == "Jiwa" else 1268.0}
    text = body(var=[{"val": 621, "label": label, "unit": unit}], datacontent=figures)
    outcome = landing.land_file(drop("bps/jumlah.json", text))
    assert (outcome.status, outcome.rows_quarantined) == ("landed", len(set_aside)), outcome.reason
    assert [code for (code,) in query("select rule_code from quarantine.row")] == set_aside


def test_semesters_areas_and_keys_of_every_length():
    table = webapi.parse(
        json.dumps({
            **BODY,
            "var": [{"val": 192, "label": "Persentase Penduduk Miskin Menurut Provinsi dan Daerah", "unit": "Persen"}],
            "turvar": [{"val": 432, "label": "Perkotaan"}, {"val": 43, "label": "Jumlah"}],
            "vervar": [{"val": 1100, "label": "ACEH"}, {"val": 9999, "label": "INDONESIA"}],
            "tahun": [{"val": 99, "label": "1999"}, {"val": 121, "label": "2021"}],
            "turtahun": [{"val": 61, "label": "Semester 1 (Maret)"}, {"val": 62, "label": "Semester 2 (September)"},
                         {"val": 63, "label": "Tahunan"}],
            "datacontent": {"11001924329961": 1, "110019243212162": 2, "99991924312161": 3, "9999192439962": 4},
        })
    )  # fmt: skip
    assert table.headings == [
        "kode vervar", "vervar", "Perkotaan | 1999 | Semester 1 (Maret)", "Perkotaan | 2021 | Semester 2 (September)",
        "Jumlah | 1999 | Semester 2 (September)", "Jumlah | 2021 | Semester 1 (Maret)",
    ]  # fmt: skip
    assert table.rows == [["1100", "ACEH", "1", "2", None, None], ["9999", "INDONESIA", None, None, "4", "3"]]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('{"status":"Error","message":"Bad key 0123456789abcdef0123456789abcdef"}', "webapi_error", "Bad key …"),
        ('{"status":"OK","data-availability":"list-not-available"}', "not_available", "list-not-available"),
        ('{"status":"OK","data-availability":"not-available","datacontent":{}}', "not_available", "not-available"),
        ('{"status":"OK","data":""}', "not_available", "no data"),
        ('{"status":"OK"}', "not_a_table", "JSON"),
        ('[{"a":1}]', "not_a_table", "JSON"),
        ('{"status":"OK","datacontent":', "broken_structure", "breaks off"),
        (body(datacontent={"127262101210": 1, "127362101210": 2}), "broken_structure", "their places: '2'"),
        (body().replace("120062101210", "127262101210"), "broken_structure", "a key twice"),
        (body(datacontent={"127262101210": {"a": 1}}), "broken_structure", "other than figures"),
        (body(datacontent=[1]), "broken_structure", "'datacontent'"),
        (body(turvar=[]), "broken_structure", "'turvar'"),
        (body(vervar=[{"label": "x"}]), "broken_structure", "no 'val'"),
        (body(tahun=[{"val": 121, "label": "2020"}]), "broken_structure", "labelled '2020'"),
        (body(var=BODY["var"] + [{"val": 619, "label": "x"}]), "broken_structure", "2 variables"),
        # 12 | 621 | 1 | 121 | 0 or 12 | 621 | 11 | 21 | 0
        (body(turvar=[{"val": 1, "label": "a"}, {"val": 11, "label": "b"}], vervar=[{"val": 12, "label": "x"}],
              tahun=[{"val": 121, "label": "2021"}, {"val": 21, "label": "1921"}],
              datacontent={"1262111210": 1}), "broken_structure", "fits two combinations"),
    ],
)  # fmt: skip
def test_answers_without_data_and_broken_bodies_say_why(text, code, words):
    found = refused(text)
    assert (found.code, words in found.reason) == (code, True), found.reason


@pytest.mark.parametrize(
    "text",
    [
        '{"status":' + "[" * 200_000,
        '{"status":"OK","datacontent":' + '{"a":' * 100_000 + "1" + "}" * 100_001,
        '{"status":"OK","data":[' + "[]," * 2_000_000 + "0]}",
        body(**{name: [{"val": n, "label": str(n + 1900)} for n in range(100, 150)]
                for name in ("vervar", "turvar", "tahun", "turtahun")}),
        '{"status":"OK","x":' + "9" * 1_000_000 + "}",
        '{"status":"OK","datacontent":{"a":NaN}}',
    ],
    ids=["deep list", "deep object", "large", "combinations", "long number", "NaN"],
)  # fmt: skip
def test_hostile_json_is_refused_at_once(drop, query, text):
    started = time.monotonic()
    outcome = landing.land(drop("bps/x.json", text))
    assert outcome.status == "held" and time.monotonic() - started < 3
    assert "Traceback" not in outcome.reason


def test_a_body_in_another_agencys_folder_is_held(drop, query):
    held(landing.land(drop("dinsos/x.json", body())), query, "bps.webapi", "<inbox>/bps/")


def test_other_years_regions_and_encodings(drop, query):
    text = body(
        vervar=[{"val": "7371", "label": "Makassar"}], tahun=[{"val": "124", "label": "2024"}],
        datacontent={"737162101240": "4.97"},
    )  # fmt: skip
    for n, encoding in enumerate(("utf-8-sig", "utf-16")):
        outcome = landing.land(drop(f"bps/jawaban {n}.json", ("\n" * n + text).encode(encoding)))
        assert outcome.status == "loaded", outcome.reason
        assert query(f"select wilayah, tahun, nilai from {table_of(outcome)}") == [
            ("Makassar", "2024", "4.97")
        ]


def test_a_body_of_all_regencies_has_a_slice_that_fits_its_index(drop, query):
    codes = [str(code) for code in range(1100, 1700)]
    for n in range(2):
        text = body(
            vervar=[{"val": code, "label": f"Kabupaten {code}"} for code in codes],
            datacontent={f"{code}62101210": 10 + n for code in codes},
        )
        outcome = landing.land_file(drop(f"bps/semua {n}.json", text))
        assert (outcome.status, outcome.rows_loaded) == ("landed", 600), outcome.reason
    assert query("select status from audit.file order by received_at") == [("superseded",), ("landed",)]
    part = landing.land_file(drop("bps/sebagian.json", body()))
    assert part.status == "landed"  # of fewer regions: the large one stays
    assert query("select count(*) from audit.file where status = 'landed'") == [(2,)]
