"""Forms and recaps: figures that are noughts away from their like, offices that were there before."""

from __future__ import annotations

import pytest

from simpul import gate
from simpul.gate import forms

RECAP = [
    "nopen", "kantor", "kab_kota", "alokasi_kmp", "alokasi_jml_uang", "nama_sufix", "alokasi", "alokasi_biaya",
    "realisasi", "realisasi_biaya", "gagal_bayar_tolak", "sisa_aktif", "sisa_biaya",
]  # fmt: skip
TARGET = ["kode_wilayah", "nama_wilayah", "tahun", "indikator", "target_bawah", "target_atas", "dokumen"]
BUDGET = ["kode_wilayah", "nama_wilayah", "tahun", "registri", "dianggarkan", "anggaran_rp", "terlaksana"]
GIFT = ["kode_wilayah", "tahun", "jenis", "pemberi", "penerima", "nominal_rp"]
HELPERS = ["kode_wilayah", "nama_wilayah", "tahun", "jenis", "jumlah"]
SUMATERA = [
    ("12.01", "Tapanuli Tengah"), ("12.02", "Tapanuli Utara"), ("12.03", "Tapanuli Selatan"), ("12.04", "Nias"),
    ("12.05", "Langkat"), ("12.06", "Karo"), ("12.07", "Deli Serdang"), ("12.08", "Simalungun"), ("12.09", "Asahan"),
]  # fmt: skip


def recap(offices=range(8), rate=600_000, **families):
    """The rows of a recap; ``families``: office → how many it was to pay."""
    rows = []
    for n in offices:
        many, left = families.get(f"of_{n}", 200 + 90 * n), 10 + n
        paid, place = many - left, "KOTA TANJUNG BALAI" if n < 3 else "KAB. ASAHAN"
        rows.append(
            [
                f"2000{n}",
                f"KP CONTOH {n}",
                place,
                many,
                many * rate,
                "tahap1",
                many,
                many * rate,
                paid,
                paid * rate,
                0,
                left,
                left * rate,
            ]
        )
    return [[str(cell) for cell in row] for row in rows]  # fmt: skip


@pytest.fixture
def told(load, query):
    """Land a form; the rules of this module that it breaks, and the rows they name."""

    def land(name: str, heading: list[str], rows: list[list[str]]) -> dict[str, list[int | None]]:
        file_id = load(name, heading, rows)
        assert gate.gate_file(file_id).status == "landed"
        found = query(
            'select rule_code, array_agg("row" order by "row") from audit.gate_failure'
            " where file_id = %s and rule_code = any(%s) group by 1",
            file_id,
            list(forms.BOUNDS),
        )
        return dict(found)

    return land


def test_an_office_whose_families_get_ten_times_as_much_is_told(told):
    rows = recap()
    for position in (4, 7, 9, 12):
        rows[3][position] += "0"
    assert told("dinsos/rekap pos Tahap 1 2024.csv", RECAP, rows) == {"rupiah_per_family": [5]}


def test_an_office_with_ten_times_the_families_is_told(told):
    rows = recap()
    rows[4][3], rows[4][6] = f"{rows[4][3]}0", f"{rows[4][6]}0"
    rows[4][11] = str(int(rows[4][6]) - int(rows[4][8]))
    assert told("dinsos/rekap pos Tahap 1 2024.csv", RECAP, rows) == {"rupiah_per_family": [6]}


def test_offices_are_held_against_the_recap_before(told, query):
    assert told("dinsos/rekap pos Tahap 1 2024.csv", RECAP, recap()) == {}
    rows = recap([n for n in range(8) if n != 5], rate=400_000, of_6=9_000)
    rows[2][2] = "KAB. ASAHAN"
    found = told("dinsos/rekap pos Tahap 2 2024.csv", RECAP, rows)
    assert found == {
        "delivery_offices_lost": [None],
        "delivery_offices_moved": [None],
        "figure_of_series": [7],
    }
    columns = query('select "column" from audit.gate_failure where rule_code = %s', "delivery_offices_moved")
    assert columns == [("kab_kota",)]
    # another order of offices is another recap
    assert told("dinsos/rekap pos Tahap 3 2024.csv", RECAP, recap(range(4))) == {}


def _targets(years, **changed):
    figures = {year: f"{8 - 0.3 * (year - 2024):.1f}".replace(".", ",") for year in years}
    figures |= {int(year.removeprefix("of_")): figure for year, figure in changed.items()}
    return [
        ["12.74", "Kota Tanjungbalai", str(year), "Persentase penduduk miskin", figure, "", "RPJMD"]
        for year, figure in figures.items()
    ]


def test_a_lost_comma_shows_beside_other_years_of_the_file_or_of_earlier_ones(told):
    assert told("dinsos/Target RPJMD.csv", TARGET, _targets(range(2024, 2029), of_2026="77")) == {
        "figure_of_series": [4]
    }
    assert told("dinsos/Target RKPD.csv", TARGET, _targets([2029])) == {}
    assert told("dinsos/Target RKPD 2030.csv", TARGET, _targets([2030], of_2030="62")) == {
        "figure_of_series": [2]
    }


def test_small_figures_may_be_ten_times_as_much(told):
    rows = [
        ["12.74", "Kota Tanjungbalai", year, "TKSK", count] for year, count in (("2023", "2"), ("2024", "30"))
    ]
    assert told("dinsos/PSKS.csv", HELPERS, rows) == {}
    rows = [
        ["12.74", "Kota Tanjungbalai", year, "Tagana", count]
        for year, count in (("2023", "30"), ("2024", "310"))
    ]
    assert told("dinsos/PSKS Tagana.csv", HELPERS, rows) == {"figure_of_series": [2, 3]}


def test_one_amount_a_hundred_times_all_others_is_told(told):
    budgets = [
        [*place, "2024", "DTKS", "ya", str(200_000_000 + 70_000_000 * n), "ya"]
        for n, place in enumerate(SUMATERA)
    ]
    assert told("dinsos/Anggaran verval 2024.csv", BUDGET, budgets) == {}
    budgets[3][5] += "000"
    assert told("dinsos/Anggaran verval 2024, perbaikan.csv", BUDGET, budgets) == {"figure_of_peers": [5]}
    # one large bank beside small ones, as is usual
    gifts = [["12.74", "2024", "CSR", f"Bank Contoh {n}", "100", str(50_000_000 + n)] for n in range(8)]
    gifts[0][4:] = ["900", "4000000000"]
    assert told("dinsos/Kontribusi CSR 2024.csv", GIFT, gifts) == {}


@pytest.mark.parametrize(
    ("indicator", "target", "reached", "year", "rules"),
    [
        ("Jumlah kematian ibu", "9", "-4", 2024, {"figure_of_count"}),
        ("Pertumbuhan ekonomi (%)", "1,5", "-2,07 %", 2024, set()),
        ("Persentase kepesertaan BPJS", "95 %", "183,32 %", 2024, {"share_of_coverage"}),
        ("Cakupan imunisasi dasar", "95 %", "104,1 %", 2024, set()),
        ("Angka Partisipasi Kasar SD (%)", "100 %", "113 %", 2023, set()),
        ("Persentase sanitasi layak", "87 %", "81,3 %", 2071, {"year_of_target"}),
    ],
)
def test_what_an_indicator_of_lp2kd_cannot_say(
    load, query, fresh_warehouse, indicator, target, reached, year, rules
):
    name = "dinsos/LP2KD 2024.csv"
    letter = fresh_warehouse.inbox / f"{name}.yml"
    letter.parent.mkdir(parents=True, exist_ok=True)
    letter.write_text("region_code: '12.74'\n", encoding="utf-8")
    heading = ["NO", "URAIAN", "TARGET 2024", f"REALISASI {year}", "PELAKSANA"]
    rows = [
        ["1", indicator, target, reached, "Dinas Contoh"],
        ["2", "Rasio elektrifikasi", "90", "88", "PLN"],
    ]
    file_id = load(name, heading, rows)
    assert gate.gate_file(file_id).status == "landed"
    assert {
        code for (code,) in query("select rule_code from audit.gate_failure where file_id = %s", file_id)
    } == rules
