"""A list held against its earlier deliveries: what is unusual is told, what comes with the seasons is not."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from simpul import gate, landing
from simpul.gate.deliveries import is_unusual, skips_a_period
from tests.gate.months import KINDS, MONTHS, sizes
from tests.gate.test_persons import dtks
from tests.landing.conftest import DTKS, KKS, as_csv, dtks_row, kks_row


def seasonal(chance: random.Random) -> Iterator[tuple[str, float]]:
    """36 months of one list of any size."""
    kind = chance.choice(KINDS)
    return sizes(kind, 60.0 if kind == "short" else chance.choice((120.0, 800.0, 5e3, 4e4, 3e5)), chance)


def whole_gate(lists: int) -> float:
    """Share of deliveries of sound lists of which any rule on the delivery as a whole tells: size, money, gap."""
    told = asked = 0
    for seed in range(lists):
        chance = random.Random(seed)
        months = list(seasonal(chance))
        money = [(period, size * 200_000 * chance.gauss(1, 0.01)) for period, size in months]
        for number in range(1, MONTHS):
            period, size = months[number]
            before = [one for one, _ in months[:number]][::-1]
            told += (
                is_unusual(size, period, months[:number][::-1])
                or is_unusual(money[number][1], period, money[:number][::-1])
                or skips_a_period(period, before, "monthly")
            )
            asked += 1
    return told / asked


def alarms(lists: int, *, since: int = 1, damage: float = 1.0) -> float:
    """Share of the months from ``since`` on whose size, times ``damage``, is called unusual."""
    told = asked = 0
    for seed in range(lists):
        months = list(seasonal(random.Random(seed)))
        for number in range(since, MONTHS):
            period, size = months[number]
            told += is_unusual(size * damage, period, months[:number][::-1])
            asked += 1
    return told / asked


def test_seasons_are_no_alarm():
    """Three of seven of these lists swing by 40 to 200 %; what is told of is the first swing that a list ever makes."""
    assert alarms(140) <= 0.01
    assert alarms(140, since=13) <= 0.01, "who has seen a year is not surprised by the next"


def test_of_a_hundred_sound_deliveries_one_at_most_is_asked_about_as_a_whole():
    assert whole_gate(140) <= 0.01


def test_a_rise_in_a_season_that_was_never_seen_is_no_surprise_and_a_fall_is():
    steady = [(f"2024-{month:02d}", 1000.0 + month) for month in range(11, 0, -1)]
    assert not is_unusual(2000, "2024-12", steady) and is_unusual(3100, "2024-12", steady)
    assert not is_unusual(1000, "2024-03", [("2024-02", 350), ("2024-01", 350)])
    assert is_unusual(550, "2024-03", [("2024-02", 1000), ("2024-01", 1000)])
    yearly = [(str(year), 1000.0 + year) for year in range(2023, 2014, -1)]
    assert is_unusual(4000, "2024", yearly), "a list of years has no season"


@pytest.mark.parametrize(("damage", "found"), [(0.55, 0.9), (0.1, 0.99), (2.2, 0.9), (1000, 1.0)])
def test_what_is_lost_doubled_or_of_another_unit_is_told(damage, found):
    assert alarms(60, since=25, damage=damage) >= found


def test_a_fall_by_more_than_two_fifths_is_told_from_the_second_delivery_on():
    assert is_unusual(590, "2024-02", [("2024-01", 1000)])
    assert not is_unusual(620, "2024-02", [("2024-01", 1000)]), "a young list has no habit yet"
    steady = [(f"2024-{month:02d}", 1000.0 + month) for month in range(11, 0, -1)]
    assert is_unusual(880, "2024-12", steady), "one that never changes by more than 1 per mille has"
    assert not is_unusual(950, "2024-12", steady)


def test_only_earlier_periods_count():
    """Later ones stand in the warehouse when a forgotten month is sent at last."""
    assert not is_unusual(1000, "2024-01", [])
    assert is_unusual(0, "2024-02", [("2024-01", 1000)])


def test_a_gap_is_longer_than_the_list_ever_waited():
    monthly = ["2024-03", "2024-02", "2024-01"]
    assert skips_a_period("2024-05", monthly, "monthly")
    assert not skips_a_period("2024-04", monthly, "monthly")
    assert not skips_a_period("2024-12", ["2024-09", "2024-06", "2024-03"], "monthly"), (
        "it is paid by the quarter"
    )
    assert not skips_a_period("2025-Q1", ["2024-Q4", "2024-Q3", "2024-Q2"], "quarterly")
    assert skips_a_period("2025-Q2", ["2024-Q4", "2024-Q3", "2024-Q2"], "quarterly")
    assert not skips_a_period("2024-05", ["2024-01"], "monthly"), "nobody knows yet how often it comes"


# ----------------------------------------------------------------------------------------------------- through the door
def test_deliveries_are_held_against_the_months_before_in_whatever_order_they_came(fresh_warehouse, query):
    """Landed in one go, newest first; the short month, the one that repeats the month before and the gap are told."""

    def month(number: int, people: range) -> str:
        path = fresh_warehouse.inbox / "dinsos" / f"DTKS 2024-{number:02d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(as_csv(DTKS, [dtks_row(2 * n) for n in people]), encoding="utf-8")
        return landing.land(path).file_id

    people = {
        1: range(1, 41),
        2: range(1, 43),
        3: range(2, 44),
        4: range(1, 24),
        6: range(1, 46),
        7: range(1, 46),
    }
    files = {month(number, of): number for number, of in reversed(people.items())}
    assert {result.status for result in gate.gate_files(list(files))} == {"landed"}
    told = query(
        "select file_id, rule_code, severity, checked from audit.gate_result"
        " where not passed and rule_code ^@ 'delivery_'"
    )
    assert sorted((files[file], code, severity, checked) for file, code, severity, checked in told) == [
        (4, "delivery_size", "warn", 3),
        (6, "delivery_gap", "warn", 4),
        (7, "delivery_repeated", "warn", 5),
    ]
    assert query("select period, records from audit.delivery order by 1") == [
        (f"2024-{number:02d}", len(of)) for number, of in people.items()
    ]


def test_rows_of_an_earlier_period_are_told_whatever_was_set_aside_and_but_for_two_in_a_thousand(judged):
    def listed(people: range, bad: int = 0) -> list[list[str]]:
        rows = [kks_row(2 * n, nominal="600000") for n in people]
        for row in rows[:bad]:
            row[KKS.index("Nominal")] = "lunas"
        return rows

    def of(rows: list[list[str]], stage: int) -> list[list[str]]:
        return [[*row[:4], f"Tahap {stage} Tahun 2024", row[5]] for row in rows]

    people = range(1, 1001)
    first, other = listed(people, 3), listed(range(4, 1004))
    told = {}
    for stage, rows in enumerate((first, other, first), start=1):
        told[stage] = judged(f"dinsos/KKS 2024-Q{stage}.csv", KKS, of(rows, stage))[1]
    assert "delivery_repeated" in told[3], "of the first, which is not the one before"
    assert "delivery_repeated" not in told[2], "three people came and three left"
    again = [list(row) for row in other]
    again[7][1] = "CONTOH LAIN"
    assert "delivery_repeated" in judged("dinsos/KKS 2024-Q4.csv", KKS, of(again, 4))[1]


def test_a_list_that_never_changes_by_more_than_a_row_is_told_where_nothing_changed(judged):
    def sent(month: int, changed: int) -> bool:
        rows = dtks(range(1, 601))
        for row in rows[:changed]:
            row[DTKS.index("Pekerjaan")] = "BURUH"
        return "delivery_repeated" in judged(f"dinsos/DTKS 2024-{month:02d}.csv", DTKS, rows)[1]

    assert [sent(month, changed) for month, changed in enumerate((1, 2, 3, 3), start=1)] == [
        False, True, False, True,
    ]  # fmt: skip


def test_percentages_that_lost_their_decimals_are_told(judged):
    def sent(year: int, figures: list[str]) -> list[str]:
        head = [["", "Persentase Penduduk Miskin (P0) Menurut Kabupaten/Kota (Persen)"], ["", str(year)]]
        rows = [["ACEH", "14"], *([f"Aceh {n}", said] for n, said in enumerate(figures))]
        return judged(f"bps/P0 {year}.csv", ["Provinsi/Kabupaten/Kota", ""], [*head, *rows])[1]

    decimals = [f"{9 + n}.{31 + n}" for n in range(12)]
    assert sent(2021, decimals) == []
    whole = [str(10 + n) for n in range(12)]
    assert sent(2022, whole) == ["delivery_figures_rounded"]
    assert sent(2024, [*(str(18 + n) for n in range(11)), "21.4"]) == []
    assert sent(2023, [str(30 + n) for n in range(6)]) == [], "of so few all may be whole"


def test_an_amount_in_another_unit_is_told(load, query):
    for quarter in (1, 2):
        rows = [kks_row(n, stage=f"Tahap {quarter} Tahun 2024", nominal="600000") for n in range(1, 6)]
        assert gate.gate_file(load(f"dinsos/KKS 2024-Q{quarter}.csv", KKS, rows)).status == "landed"
    rows = [kks_row(n, stage="Tahap 3 Tahun 2024", nominal="600000000") for n in range(1, 6)]
    file_id = load("dinsos/KKS 2024-Q3.csv", KKS, rows)
    gate.gate_file(file_id)
    assert query(
        "select passed, description_id from audit.gate_result where rule_code = 'delivery_amount' and file_id = %s",
        file_id,
    ) == [
        (
            False,
            "Jumlah rupiah daftar kurang lebih sama dengan kiriman terakhir, atau musim yang sama tahun lalu.",
        )
    ]


def test_a_correction_that_holds_less_and_a_name_that_says_another_year_are_told(load, query):
    whole = load("dinsos/KKS Tahap 2 2024.csv", KKS, [kks_row(2 * n) for n in range(1, 21)])
    less = load("dinsos/KKS Tahap 2 Tahun 2023 perbaikan.csv", KKS, [kks_row(2 * n) for n in range(1, 19)])
    gate.gate_files([whole, less])
    assert query("select status from audit.file where file_id = %s", whole) == [("superseded",)]
    told = (
        "select rule_code from audit.gate_result where not passed and file_id = %s"
        " and rule_code ^@ 'delivery_' order by 1"
    )
    assert query(told, whole) == []
    assert query(told, less) == [("delivery_period_named",), ("delivery_shrunk",)]


def test_a_table_of_last_year_under_this_years_name_is_told(load, query):
    """Of a national table one province's rows, too; a table of few figures, and one that differs, are not."""

    def table(year: int, figures: dict[str, list[float]]) -> str:
        rows = [
            line
            for province, own in figures.items()
            for line in (f"{province},500000", *(f"{province.title()} {n},{x}" for n, x in enumerate(own, 1)))
        ]
        head = f"Provinsi/Kabupaten/Kota,\n,Garis Kemiskinan Menurut Kabupaten/Kota (Rupiah/kapita/bulan)\n,{year}"
        return "\n".join((head, *rows, ""))

    aceh, bali = [400_000.0 + n for n in range(8)], [500_000.0 + n for n in range(20)]
    sent = {
        "first": table(2021, {"ACEH": aceh, "BALI": bali}),
        "sound": table(2022, {"ACEH": [x + 9_000 for x in aceh], "BALI": [x + 9_000 for x in bali]}),
        "partly": table(2023, {"ACEH": [x + 9_000 for x in aceh], "BALI": [x + 20_000 for x in bali]}),
        "few": table(2024, {"ACEH": aceh[:6]}),
    }
    files = [load(f"bps/Garis Kemiskinan {name}.csv", text) for name, text in sent.items()]
    assert [result.status for result in gate.gate_files(files)] == ["landed"] * 4
    told = query(
        "select file_name, checked, failing from audit.gate_result join audit.file using (file_id)"
        " where rule_code = 'delivery_figures_repeated' order by run_at"
    )
    # every set is looked at: all of two years, one province, the one indicator and area
    assert [(name.split()[-1], failing) for name, _, failing in told] == [
        ("first.csv", 0),
        ("sound.csv", 0),
        ("partly.csv", 1),
        ("few.csv", 0),
    ]
    assert told[0][1] == 0 and all(checked for _, checked, _ in told[1:3])


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("DATA DTKS PER MARET 2024", ["delivery_period_titled"]),
        ("DATA DTKS PER MEI 2025", []),
        ("Dicetak Maret 2024", []),
        ("KEPUTUSAN NOMOR 3 TAHUN 2024, MARET 2024", []),
        ("DATA DTKS KOTA TANJUNG BALAI", []),
    ],
)
def test_a_title_that_says_another_month_is_told(judged, title, told):
    rows = [DTKS, *dtks(range(1, 31))]
    blank = [""] * (len(DTKS) - 1)
    assert judged("dinsos/DTKS 2025-06.csv", [title, *blank], rows) == ("landed", told)
