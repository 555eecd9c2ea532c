"""The macros that read cells, on the real database, against truth tables. None of them may ever raise."""

from __future__ import annotations

import pytest

from simpul.programmes import programme_codes, programme_key


def _told(rows, *columns):
    return [(row["why"], *(row[column] or None for column in columns)) for row in rows]


def _found(rows, values):
    return [(row["why"], *value) for row, value in zip(rows, values, strict=True)]


def test_nik_status(evaluate, macros, golden):
    rows = golden("nik")
    digits = macros.nik_digits("nik")
    status = macros.nik_status(
        f"({digits})",
        macros.nik_digits("no_kk"),
        "birth_date::date",
        "sex",
        "coalesce(in_rounded_file = 'true', false)",
    )
    assert _found(rows, evaluate(rows, status)) == _told(rows, "status")


def test_kk_status(evaluate, macros, golden):
    rows = golden("kk")
    status = macros.kk_status(
        f"({macros.nik_digits('no_kk')})",
        macros.nik_digits("nik"),
        "birth_date::date",
        "coalesce(in_rounded_file = 'true', false)",
    )
    assert _found(rows, evaluate(rows, status)) == _told(rows, "status")


def test_looks_rounded(evaluate, macros, golden):
    rows = golden("rounded")
    rounded = macros.looks_rounded("numbers::bigint", "ending_in_0::bigint")
    assert _found(rows, evaluate(rows, f"({rounded})::text")) == _told(rows, "is_rounded")


def test_a_valid_nik_tells_birth_date_and_sex(evaluate, macros, golden):
    rows = [row for row in golden("nik") if row["status"] == "valid" and row["birth_date"] and row["sex"]]
    digits = f"({macros.nik_digits('nik')})"
    found = evaluate(rows, f"{macros.nik_birth_date(digits)}::text", macros.nik_sex(digits))
    assert _found(rows, found) == _told(rows, "birth_date", "sex")


def test_dates(evaluate, macros, golden):
    rows = golden("dates")
    assert _found(rows, evaluate(rows, f"{macros.parse_indonesian_date('text')}::text")) == _told(
        rows, "date"
    )


def test_bps_figures(evaluate, macros, golden):
    rows = golden("bps_figures")
    found = evaluate(
        rows,
        f"trim_scale({macros.bps_number('text', 'decimal')})::text",
        macros.bps_missing_reason("text", "decimal"),
        macros.bps_value_status("coalesce(text, '')"),
    )
    assert _found(rows, found) == _told(rows, "figure", "missing_reason", "value_status")


def test_rupiah(evaluate, macros, golden):
    rows = golden("rupiah")
    assert _found(rows, evaluate(rows, f"{macros.rupiah('text')}::text")) == _told(rows, "amount")


def test_sex(evaluate, macros, golden):
    rows = golden("sexes")
    assert _found(rows, evaluate(rows, macros.sex("text"))) == _told(rows, "sex")


def test_periods(evaluate, macros, golden):
    rows = golden("periods")
    found = evaluate(
        rows, f"{macros.period_first_day('period')}::text", f"{macros.period_last_day('period')}::text"
    )
    assert _found(rows, found) == _told(rows, "first_day", "last_day")


def test_payment_stages(evaluate, macros, golden):
    rows = golden("payment_stages")
    assert _found(rows, evaluate(rows, macros.payment_stage("text"))) == _told(rows, "period")


def test_deciles(evaluate, macros, golden):
    rows = golden("deciles")
    assert _found(rows, evaluate(rows, f"{macros.decile('text')}::text")) == _told(rows, "decile")


def test_percentiles(evaluate, macros, golden):
    rows = golden("percentiles")
    read = macros.percentile("text")
    found = evaluate(rows, f"trim_scale({read})::text", f"{macros.percentile_decile(read)}::text")
    assert _found(rows, found) == _told(rows, "percentile", "decile")


@pytest.mark.parametrize(
    ("text", "cover"),
    [
        ("0", "none"),
        ("1", "pbi"),
        ("3", "pbi, own_premium"),
        ("12", "employer, other"),
        ("15", "pbi, own_premium, employer, other"),
        ("99", "other"),  # a number that is no sum
        (" 2 ", "own_premium"),
        ("16", None),
        ("1,2", None),
        ("-", None),
        ("", None),
    ],
)
def test_several_answers_in_one_number(evaluate, macros, text, cover):
    flags = macros.survey_flags(
        "text", {1: "pbi", 2: "own_premium", 4: "employer", 8: "other"}, others={99: "other"}
    )
    assert evaluate([{"text": text}], flags) == [(cover,)]


@pytest.mark.parametrize(
    ("text", "answer"), [("1", True), ("2", False), ("8", None), ("0", None), ("", None)]
)
def test_yes_is_one_and_no_is_two(evaluate, macros, text, answer):
    assert evaluate([{"text": text}], macros.survey_yes_no("text")) == [(answer,)]


def test_indonesian_figures(evaluate, macros, golden):
    rows = golden("indonesian_figures")
    found = evaluate(rows, f"({macros.indicator_figure('text')})::float")
    assert [figure for (figure,) in found] == [
        float(row["figure"]) if row["figure"] else None for row in rows
    ]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("SITI AMINAH", "SITI AMINAH"),
        ("  SITI   AMINAH ", "SITI AMINAH"),
        ("SITI\N{NO-BREAK SPACE}AMINAH", "SITI AMINAH"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}SITI", "SITI"),
        ("SITI\nAMINAH", "SITI AMINAH"),
        ("NUR'AINI", "NUR'AINI"),
        ("-", None),
        ("NULL", None),
        ("   ", None),
        ("", None),
    ],
)
def test_clean_text(evaluate, macros, text, clean):
    assert evaluate([{"text": text}], macros.clean_text("text")) == [(clean,)]


@pytest.mark.parametrize("text", ["YA", "Y", "1", "Padan"])
def test_yes(evaluate, macros, text):
    assert evaluate([{"text": text}], macros.yes_no("text")) == [(True,)]


@pytest.mark.parametrize(
    ("remark", "status"),
    [
        ("Keluarga Penerima Manfaat", "active"), ("KELUARGA BARU", "active"), ("PENGGANDAAN KARTU", "active"),
        (None, "active"),
        ("KELUAR DARI DTKS", "stopped"), ("dikeluarkan", "stopped"), ("NIK GANDA", "stopped"), ("Non Aktif", "stopped"),
        ("stop bayar", "stopped"), ("PINDAH SEGMEN", "stopped"), ("dihapus", "stopped"), ("keluar", "stopped"),
        ("MENINGGAL", "stopped"), ("Suami meninggal", "active"), ("suami meninggal, pindah", "stopped"),
    ],
)  # fmt: skip
def test_membership_status(evaluate, macros, remark, status):
    assert evaluate([{"text": remark}], macros.membership_status("text")) == [(status,)]


def test_a_death_counts_for_whom_it_is_told_of(evaluate, macros, golden):
    rows = golden("deaths")
    found = evaluate(rows, f"coalesce({macros.tells_own_death('text')}, false)::text")
    assert _found(rows, found) == _told(rows, "is_own")


@pytest.mark.parametrize("text", ["TIDAK", "N", "-", "0", "Tidak Padan"])
def test_no(evaluate, macros, text):
    assert evaluate([{"text": text}], macros.yes_no("text")) == [(False,)]


def test_month_shares_add_up_to_what_was_paid(evaluate, macros):
    rows = [{"number_": "1"}, {"number_": "2"}, {"number_": "3"}]
    share = macros.month_share("1000000", "number_::int", "3")
    assert [value for (value,) in evaluate(rows, share)] == [333333, 333333, 333334]


def test_percent_of_nothing_is_not_nought(evaluate, macros):
    rows = [{"part": "0", "whole": "0"}, {"part": "1", "whole": "3"}, {"part": "1", "whole": ""}]
    found = evaluate(rows, f"{macros.percent('part::int', 'whole::int')}::text")
    assert found == [(None,), ("33.33",), (None,)]


@pytest.mark.parametrize(
    "macro",
    [
        "parse_indonesian_date",
        "bps_number",
        "bps_missing_reason",
        "rupiah",
        "nik_digits",
        "decile",
        "percentile",
        "indicator_figure",
        "year_number",
        "registry_code",
        "verification_result",
        "said_yes",
    ],
)
def test_nothing_that_can_stand_in_a_cell_raises(evaluate, macros, golden, macro):
    odd = [
        "9" * 400,
        "'; drop table x; --",
        "{{ 7 * 7 }}",
        "%s",
        "\\",
        "١٢",
        "1/1/1",
        "-" * 50,
        "٣",
        "1e999",
        "0/0/0",
    ]
    rows = [{"text": text} for name in ("dates", "rupiah", "bps_figures", "sexes", "payment_stages") for text in
            (row["text"] for row in golden(name))] + [{"text": text} for text in odd]  # fmt: skip
    assert len(evaluate(rows, getattr(macros, macro)("text"))) == len(rows)


def test_the_gate_knows_a_programme_under_the_same_form_as_staging(evaluate, macros):
    spelt = [
        "PKH", "PKH 2024", "Bansos PKH Tahun 2023", "BPNT TA 2023", "BLT Dana Desa Thn. 2022", "BST (2021)", "KLJ_2024",
        "pkh + sembako", "PKH2024", "Kartu Lansia Jakarta, tahun 2019", "TAHUN 2020", "2021", "- ", "BPNT 20234",
    ]  # fmt: skip
    told = evaluate([{"programme": one} for one in spelt], macros.programme_key("programme"))
    assert [key or "" for (key,) in told] == [programme_key(one) for one in spelt]
    assert programme_codes("BLT Dana Desa Tahun 2023") == programme_codes("BLT Dana Desa") != ()
