"""Door 1: what lands, what is set aside with its address, what is held as a whole."""

from __future__ import annotations

import csv
import hashlib
import itertools
import os
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from simpul import gate, landing
from simpul.contract import load_contracts
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.gate import landing as door
from simpul.gate.examination import load_gx
from simpul.settings import Settings
from tests.gate.conftest import PROVINCE_2018, PROVINCE_NAME
from tests.landing.conftest import DTKS, KKS, as_csv, dtks_row, kks_row

Query = Callable[..., list[tuple[Any, ...]]]
Load = Callable[..., str]


def payment(n: int, **told: Any) -> list[str]:
    """A payment to somebody whose name has no digits."""
    nik, _, *rest = kks_row(n, **told)
    return [nik, f"CONTOH {'ABCDEFGHIJ'[n % 10]}", *rest]


def kks(count: int, **first: Any) -> list[list[str]]:
    """Payments, the first of them as told."""
    return [payment(1, **first), *(payment(n) for n in range(2, count + 1))]


def test_a_sound_file_lands(load: Load, query: Query, fresh_warehouse: Settings) -> None:
    file_id = load("dinsos/KKS 2024-06.csv", KKS, kks(5))
    result = gate.gate_file(file_id)
    assert (result.status, result.rows_read, result.rows_loaded, result.rows_quarantined) == (
        "landed",
        5,
        5,
        0,
    )
    assert query("select count(*) from raw.dinsos__kks_payment") == [(5,)]
    rules = load_contracts()["dinsos.kks_payment"].rules
    told = query(
        "select rule_code, passed, checked, failing, report from audit.gate_result where file_id = %s",
        file_id,
    )
    of_records = [row for row in told if not row[0].startswith("delivery_")]
    assert len(of_records) == len(rules) + 6  # of structure, amounts, payees, and of places, which none names
    of_records.remove(next(row for row in told if row[:4] == ("kecamatan_of_kabupaten", True, 0, 0)))
    assert {(passed, checked, failing) for _, passed, checked, failing, _ in of_records} == {(True, 5, 0)}
    of_delivery = {
        row[0].removeprefix("delivery_"): row[1:4] for row in told if row[0].startswith("delivery_")
    }
    assert of_delivery == {
        **dict.fromkeys(("period_named", "period_titled"), (True, 1, 0)),
        # there is no earlier one to compare with
        **dict.fromkeys(("shrunk", "size", "repeated", "gap", "amount"), (True, 0, 0)),
        **dict.fromkeys(("names_of_others", "cards_of_others", "amounts_of_others"), (True, 0, 0)),
        **dict.fromkeys(("niks_of_others", "niks_changed", "values_of_others"), (True, 0, 0)),
        **dict.fromkeys(("names_respelt", "column_emptied", "part_lost"), (True, 0, 0)),
        **dict.fromkeys(("block_of_others", "columns_exchanged"), (True, 0, 0)),
        **dict.fromkeys(("of_other_dataset", "of_wider_region"), (True, 0, 0)),
        **dict.fromkeys(("programme_named", "of_other_programme"), (True, 0, 0)),
        **dict.fromkeys(("people_lost", "total_differs"), (True, 0, 0)),
        "part_grown": (True, 0, 0),
        **dict.fromkeys(("people_alike", "column_alike", "names_cut", "names_of_dead"), (True, 5, 0)),
        **dict.fromkeys(("numbers_in_series", "cells_spoilt"), (True, 5, 0)),
    }
    assert {report for *_, report in told} == {f"landing/{file_id}/index.html"}
    assert (fresh_warehouse.reports / f"landing/{file_id}/index.html").is_file()
    assert query("select count(*) from pg_class where relname ^@ 'verdict__'") == [(0,)]
    assert [kind for (kind,) in query("select kind from audit.ledger order by event_id")] == [
        "file.loaded",
        "rules.changed",
        "gate.landing",
        "file.landed",
    ]


def test_a_file_whose_id_is_all_digits_lands(load: Load) -> None:
    """One of 1,800 is: Great Expectations took such a name of a run for a date and wrote no page."""
    texts = (as_csv(KKS, [payment(n)]) for n in itertools.count(1))
    text = next(text for text in texts if hashlib.sha256(text.encode()).hexdigest()[:16].isdecimal())
    file_id = load("dinsos/KKS 2024-06.csv", text)
    assert file_id.isdecimal()
    assert gate.gate_file(file_id).status == "landed"


def test_half_a_list_does_not_replace_the_whole_unless_its_sender_says_so(
    load: Load, query: Query, fresh_warehouse: Settings
) -> None:
    whole = load("dinsos/KKS 2024-06.csv", KKS, kks(10))
    assert gate.gate_file(whole).status == "landed"
    # six of ten are a correction; of these, one record is set aside, and the five left are too few
    half = load("dinsos/KKS 2024-06, perbaikan.csv", KKS, kks(6, nominal="enam ratus"))
    held = gate.gate_file(half)
    assert held.status == "held" and "holds only 50 % of its records" in (held.reason or "")
    reason_id = query("select reason_id from audit.file where file_id = %s", half)[0][0]
    assert "hanya memuat 50 % catatannya" in reason_id
    assert query("select file_id from audit.file where status = 'landed'") == [(whole,)]
    assert query("select count(*) from raw.dinsos__kks_payment") == [(10,)]
    path = fresh_warehouse.inbox / "dinsos" / "KKS 2024-06, perbaikan.csv"
    path.with_name(path.name + ".yml").write_text("replaces: yes\n")
    landing.land(path)
    assert gate.gate_file(half).status == "landed"
    assert query("select superseded_by from audit.file where file_id = %s", whole) == [(half,)]


def test_a_list_of_another_period_may_be_shorter_and_six_of_ten_are_a_correction(load: Load) -> None:
    assert gate.gate_file(load("dinsos/KKS 2024-06.csv", KKS, kks(10))).status == "landed"
    later = [kks_row(n, stage="Tahap 3 Tahun 2024") for n in range(1, 3)]
    assert gate.gate_file(load("dinsos/KKS 2024-09.csv", KKS, later)).status == "landed"
    assert gate.gate_file(load("dinsos/KKS 2024-06 b.csv", KKS, kks(6))).status == "landed"


def test_a_broken_record_is_set_aside_with_its_address(load: Load, query: Query) -> None:
    file_id = load("dinsos/KKS 2024-06.csv", KKS, kks(5, kind="BERAS MISKIN", nominal="enam ratus"))
    result = gate.gate_file(file_id)
    assert (result.status, result.rows_read, result.rows_loaded, result.rows_quarantined) == (
        "landed",
        5,
        4,
        1,
    )
    rows = query(
        'select sheet, "row", "column", field, rule_code, status, raw, reason_id from quarantine.row order by rule_code'
    )
    assert [row[:6] for row in rows] == [
        (None, 2, "Jenis Bansos", "jenis_bansos", "jenis_bansos_known", "open"),
        (None, 2, "Nominal", "nominal", "nominal_money", "open"),
    ]
    assert rows[0][6] == dict(zip(KKS, payment(1, kind="BERAS MISKIN", nominal="enam ratus"), strict=True))
    assert "Bukan program" in rows[0][7]
    assert query("select _row from raw.dinsos__kks_payment order by 1") == [(3,), (4,), (5,), (6,)]
    assert query(
        "select passed, checked, failing from audit.gate_result where rule_code = 'nominal_money'"
    ) == [(False, 5, 1)]
    assert query(
        'select severity, "row", "column" from audit.gate_failure where rule_code = \'jenis_bansos_known\''
    ) == [("fail", 2, "Jenis Bansos")]


def test_a_warning_stops_nothing_and_has_every_address(load: Load, query: Query) -> None:
    rows = [dtks_row(n) for n in range(1, 121)]
    for row in rows[:80]:
        row[DTKS.index("Nomor NIK")] = "0"
    file_id = load("dinsos/DTKS Juni 2024.csv", DTKS, rows)
    result = gate.gate_file(file_id)
    assert (result.status, result.rows_loaded, result.rows_quarantined) == ("landed", 120, 0)
    addresses = query(
        'select "row", "column", severity from audit.gate_failure where rule_code = %s order by 1',
        "nik_present",
    )
    assert addresses == [(n, "Nomor NIK", "warn") for n in range(2, 82)]  # all of them, not a sample


def test_a_column_that_a_spreadsheet_destroyed_holds_the_file(load: Load, query: Query) -> None:
    rows = [dtks_row(n) for n in range(1, 11)]
    for row in rows[:6]:
        row[DTKS.index("Nomor NIK")] = "1,27401E+15"
    file_id = load("dinsos/DTKS Juni 2024.csv", DTKS, rows)
    result = gate.gate_file(file_id)
    assert result.status == "held"
    assert "nik_scientific: 6 of 10 records (60.0 %)" in str(result.reason)
    (reason_id,) = query("select reason_id from audit.file")[0]
    assert "6 dari 10 rekaman (60,0 %)" in reason_id
    assert query("select count(*) from raw.dinsos__dtks") == [(0,)]
    assert query("select count(*) from quarantine.row") == [(0,)]
    assert query("select to_regclass(%s)", f'raw."dinsos__dtks__{file_id}"') == [(None,)]
    assert query("select count(*) from audit.gate_failure where rule_code = 'nik_scientific'") == [(6,)]


def test_just_under_the_limit_lands(load: Load) -> None:
    rows = [dtks_row(n) for n in range(1, 11)]
    for row in rows[:5]:
        row[DTKS.index("Nomor NIK")] = "1,27401E+15"
    assert gate.gate_file(load("dinsos/DTKS Juni 2024.csv", DTKS, rows)).status == "landed"


def test_when_every_record_is_broken_nothing_is_taken(load: Load, query: Query) -> None:
    file_id = load("dinsos/KKS 2024-06.csv", KKS, [kks_row(n, nominal="lunas") for n in range(1, 4)])
    result = gate.gate_file(file_id)
    assert result.status == "held"
    assert "every one of the 3 records breaks a fail-rule (nominal_money 3)" in str(result.reason)
    assert "Correct the records" in str(result.reason)
    assert query("select count(*) from quarantine.row") == [(0,)]


@pytest.mark.parametrize(
    ("ruin", "rule"),
    [("delete from {}", "at least one record"), ('alter table {} drop column "nik" cascade', "every column")],
    ids=["no row", "a column is gone"],
)
def test_a_broken_structure_holds_the_file(load: Load, query: Query, ruin: str, rule: str) -> None:
    file_id = load("dinsos/KKS 2024-06.csv", KKS, kks(3))
    table = f'raw."dinsos__kks_payment__{file_id}"'
    with connect(autocommit=True) as conn:
        conn.execute(ruin.format(table))  # somebody altered the load table by hand
    if "drop" in ruin:
        with pytest.raises(SimpulError, match="UndefinedColumn"):
            gate.gate_file(file_id)  # the rules on it cannot even be asked: the file stays where it is
        assert query("select status from audit.file") == [("loaded",)]
    else:
        assert rule in str(gate.gate_file(file_id).reason)
        assert query("select status from audit.file") == [("held",)]


def test_the_published_mistake_of_2018_is_set_aside_alone(load: Load, query: Query) -> None:
    file_id = load(f"bps/{PROVINCE_NAME.format(2018)}", PROVINCE_2018)
    result = gate.gate_file(file_id)
    assert (result.status, result.rows_read, result.rows_loaded, result.rows_quarantined) == (
        "landed",
        12,
        11,
        1,
    )
    [(row, column, field, rule, raw)] = query(
        'select "row", "column", field, rule_code, raw from quarantine.row'
    )
    assert (row, column, field, rule) == (3, "Persentase Penduduk Miskin - Maret", "nilai", "p0_percent")
    assert raw["Provinsi"] == "Indonesia"
    assert raw["Persentase Penduduk Miskin - Maret"] == "25674.58"
    # a rule with `when` says how many figures it looked at
    assert query("select checked, failing from audit.gate_result where rule_code = 'p0_percent'") == [(4, 1)]


def test_a_count_of_persons_among_thousands_is_set_aside_alone(load: Load, query: Query) -> None:
    """Tanjungbalai 2017 as it once was published: 24690 thousand, in a province of 1,453.87."""
    table = "Provinsi/Kabupaten/Kota,\n,Jumlah Penduduk Miskin Menurut Kabupaten/Kota (Ribu Jiwa)\n,2017\n"
    name = "bps/Jumlah Penduduk Miskin Menurut Kabupaten_Kota, 2017{}.csv"
    sound = load(name.format(""), table + "SUMATERA UTARA,1453.87\nNias,24.3\nKota Tanjung Balai,24.69\n")
    assert gate.gate_file(sound).rows_quarantined == 0
    faulty = load(name.format(" 2"), table + "SUMATERA UTARA,1453.87\nNias,24.3\nKota Tanjung Balai,2469\n")
    assert gate.gate_file(faulty).status == "landed"
    assert query('select rule_code, "row" from quarantine."row"') == [("poor_within_province", 6)]
    # no province stands beside it
    alone = load(
        name.format(" 3"), table.replace("Kota (", "Kota di Provinsi Banten (") + "Lebak,9.1\nSerang,64250\n"
    )
    result = gate.gate_file(alone)
    assert result.status == "landed" and result.rows_quarantined == 1, result
    assert query('select rule_code from quarantine."row" where file_id = %s order by 1', alone) == [
        ("poor_of_regency",),
        ("poor_thousand_range",),
    ]


def test_an_unknown_column_is_kept_in_the_record(load: Load, query: Query) -> None:
    rows = [[*row, "x"] for row in kks(3, nominal="lunas")]
    gate.gate_file(load("dinsos/KKS 2024-06.csv", [*KKS, "Catatan Bank"], rows))
    assert query("select raw ->> 'Catatan Bank' from quarantine.row") == [("x",)]


def test_a_newer_delivery_replaces_the_older(load: Load, query: Query) -> None:
    first = load("dinsos/lama/DTKS Juni 2024.csv", DTKS, [dtks_row(n) for n in range(1, 6)])
    gate.gate_file(first)
    second = load("dinsos/lama/baru/DTKS Juni 2024.csv", DTKS, [dtks_row(n) for n in range(1, 8)])
    gate.gate_file(second)
    assert query("select status, superseded_by from audit.file where file_id = %s", first) == [
        ("superseded", second)
    ]


def test_several_files_at_once_and_a_decided_one_is_left_alone(load: Load, query: Query) -> None:
    first = load("dinsos/KKS 2024-06.csv", KKS, kks(3))
    gate.gate_file(first)
    second = load("dinsos/DTKS Juni 2024.csv", DTKS, [dtks_row(1)])
    seen: list[str] = []
    results = gate.gate_files([first, second, first], progress=seen.append)
    assert [r.status for r in results] == ["landed"] * 3
    assert seen == [first, second, first]
    assert query("select count(*) from audit.gate_result where rule_code = 'has_rows'") == [(2,)]


def test_one_file_in_trouble_does_not_stop_the_others(load: Load, query: Query) -> None:
    broken = load("dinsos/KKS 2024-06.csv", KKS, kks(3))
    sound = load("dinsos/DTKS Juni 2024.csv", DTKS, [dtks_row(1)])
    with connect(autocommit=True) as conn:
        conn.execute(f'drop table raw."dinsos__kks_payment__{broken}"')
    with pytest.raises(SimpulError, match=broken):
        gate.gate_files([broken, sound])
    assert dict(query("select file_id, status from audit.file")) == {broken: "loaded", sound: "landed"}


def test_what_is_not_loaded_is_no_question_for_the_gate(fresh_warehouse: Settings, query: Query) -> None:
    with pytest.raises(SimpulError, match="no file 'nothing'"):
        gate.gate_file("nothing")
    path = fresh_warehouse.inbox / "dinsos" / "x.csv"
    path.parent.mkdir(parents=True)
    path.write_text("a;b\n1;2\n")
    held = landing.land(path)
    assert gate.gate_file(held.file_id) == held


def test_an_error_of_the_database_quotes_no_value(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    file_id = load("dinsos/KKS 2024-06.csv", KKS, kks(2))
    # a rule of the house that forgot its guard: the cast fails on the first NIK and PostgreSQL quotes it
    monkeypatch.setattr("simpul.gate.verdict.sound_predicate", lambda *a, **k: '("nik"::int > 0)')
    with pytest.raises(SimpulError) as caught:
        gate.gate_file(file_id)
    assert "NumericValueOutOfRange" in str(caught.value)
    assert kks_row(1)[0] not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_a_missing_page_is_a_failure(load: Load, query: Query, monkeypatch: pytest.MonkeyPatch) -> None:
    file_id = load("dinsos/KKS 2024-06.csv", KKS, kks(2))
    monkeypatch.setattr("simpul.gate.examination.Examination.build_site", lambda self: None)
    with pytest.raises(SimpulError, match="did not write the report page"):
        gate.gate_file(file_id)
    assert query("select status from audit.file") == [("loaded",)]
    monkeypatch.undo()


def test_two_gates_at_once_decide_once(load: Load, query: Query) -> None:
    load_gx()
    file_id = load("dinsos/KKS 2024-06.csv", KKS, kks(5, nominal="lunas"))
    results: list[Any] = []
    cases = [door._open(file_id)]  # the first holds the lock on the content

    def second() -> None:
        with door._open(file_id) as case:
            results.append((case.verdict, case.decide(Path(os.devnull))))

    thread = threading.Thread(target=second)
    thread.start()
    from simpul.settings import get_settings

    with cases[0] as case:
        assert case.decide(get_settings().reports).status == "landed"
    thread.join(30)
    [(verdict, result)] = results
    assert verdict is None and result.status == "landed"
    assert query("select count(*) from quarantine.row") == [(1,)]


KILL_POINTS = {
    "verdict written": (door, "_decide"),
    "suite run": (door, "_settle"),
    "broken records moved": (door, "settle_file"),
    "table attached, nothing committed": (door, "_publish_page"),
}


def _state(query: Query) -> list[Any]:
    """All that the gate leaves behind, without numbers and times."""
    return [
        query("select file_id, status, rows_read, rows_loaded, rows_quarantined from audit.file order by 1"),
        query("select _row, nik, nominal from raw.dinsos__kks_payment order by 1"),
        query('select "row", rule_code, raw from quarantine.row order by 1, 2'),
        query("select rule_code, passed, checked, failing from audit.gate_result order by 1"),
        query('select "row", rule_code from audit.gate_failure order by 1, 2'),
        query("select kind, detail from audit.ledger order by event_id"),
        query("select relname from pg_class where relname ^@ 'verdict__'"),
    ]


@pytest.mark.parametrize("point", KILL_POINTS)
def test_kill_9_loses_and_doubles_nothing(
    point: str, load: Load, query: Query, fresh_warehouse: Settings
) -> None:
    load_gx()  # the child that is killed need not import it again
    rows = kks(8, nominal="lunas")
    file_id = load("dinsos/KKS 2024-06.csv", KKS, rows)
    module, function = KILL_POINTS[point]
    child = os.fork()
    if child == 0:
        setattr(module, function, lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL))
        try:
            gate.gate_file(file_id)
        finally:
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert query("select status from audit.file") == [("loaded",)]
    assert query("select count(*) from audit.gate_result") == [(0,)]
    assert gate.gate_file(file_id).status == "landed"
    state = _state(query)
    assert state[0] == [(file_id, "landed", 8, 7, 1)]
    assert [kind for kind, _ in state[5]] == ["file.loaded", "rules.changed", "gate.landing", "file.landed"]
    assert state[6] == []
    leftovers = [p.name for p in (fresh_warehouse.reports / "landing").iterdir() if p.name != file_id]
    assert all(name.startswith(".") for name in leftovers)


def test_sweeping_takes_what_crashes_left_and_nothing_else(
    load: Load, query: Query, fresh_warehouse: Settings
) -> None:
    waiting = load("dinsos/KKS 2024-06.csv", KKS, kks(2))
    contract = load_contracts()["dinsos.kks_payment"]
    half_built = fresh_warehouse.reports / "landing" / ".abc.1"
    half_built.mkdir(parents=True)
    with connect(autocommit=True) as conn:
        gate.judge(conn, contract, contract.editions[0], waiting)
        conn.execute('create unlogged table quarantine."verdict__gone" (record tid, rule_code text)')
    assert gate.sweep() == ["verdict verdict__gone"]  # the folder may still be in use
    assert gate.sweep(older_than_hours=-1) == ["unfinished pages landing/.abc.1"]
    assert query("select count(*) from pg_class where relname = %s", f"verdict__{waiting}") == [(1,)]


def test_addresses_name_the_heading_of_the_file(load: Load, query: Query) -> None:
    """Addresses name the heading as it stands in the file, not as the contract calls it."""
    heading = ["nik", "nama", "No.KKS", "JENIS_BANSOS", "tahap salur", "NOMINAL"]
    gate.gate_file(load("dinsos/KKS 2024-06.csv", as_csv(heading, kks(3, nominal="lunas"))))
    assert query('select "column" from quarantine.row') == [("NOMINAL",)]


def test_verdict_holds_places_and_codes_only(load: Load, query: Query) -> None:
    file_id = load("dinsos/KKS 2024-06.csv", KKS, kks(3, nominal="lunas"))
    contract = load_contracts()["dinsos.kks_payment"]
    with connect(autocommit=True) as conn:
        verdict = gate.judge(conn, contract, contract.editions[0], file_id)
    columns = query(
        "select column_name, data_type from information_schema.columns where table_name = %s order by 1",
        f"verdict__{file_id}",
    )
    assert columns == [("record", "tid"), ("rule_code", "text")]
    assert verdict.records == 3
    found = query(f'select rule_code, count(*) from quarantine."verdict__{file_id}" group by 1 order by 1')
    assert found == [("nominal_money", 1), ("nominal_plausible", 1)]


def test_psycopg_is_the_driver_of_gx(warehouse: Settings) -> None:
    """Great Expectations gets its connections from us: no address, no password in its configuration."""
    from simpul.gate.examination import Examination

    exam = Examination("x", Path(os.devnull), "raw")
    try:
        assert "simpul@warehouse/warehouse" in str(exam._warehouse.connection_string)
        engine = exam._warehouse.get_engine()
        with engine.connect() as connection:
            assert isinstance(connection.connection.driver_connection, psycopg.Connection)
    finally:
        exam.close()


REGIONS = ("Aceh", "Bali", "Banten", "Jambi", "Riau", "Gorontalo", "Papua", "Indonesia")


def provinces(*, mark: str = ".", broken: int = 0) -> str:
    """The table of provinces, 48 figures; of so many regions one figure is no number."""
    heading = PROVINCE_2018.splitlines()[0]
    figures = ["464626", "470000", f"839{mark}49", f"831{mark}5", f"15{mark}97", f"15{mark}68"]
    rows = [[name, *figures] for name in REGIONS]
    for row in rows[:broken]:
        row[6] = "x)"
    return heading.replace(",", ";") + "\n" + "\n".join(";".join(row) for row in rows)


def test_a_decimal_comma_holds_the_table_and_the_sound_one_stays(
    load: Load, query: Query, fresh_warehouse: Settings
) -> None:
    """As a spreadsheet in Indonesia saves it: two thirds of the figures would be set aside, and those of before go."""
    sound = load(f"bps/{PROVINCE_NAME.format(2023)}", provinces())
    assert gate.gate_file(sound).status == "landed"
    name = f"bps/disimpan ulang/{PROVINCE_NAME.format(2023)}"
    saved = load(name, provinces(mark=","))
    held = gate.gate_file(saved)
    assert held.status == "held" and "32 of the 48 records break fail-rules (nilai_number 32)" in str(
        held.reason
    )
    assert "32 of these figures are numbers with a decimal comma" in str(held.reason)
    reason_id = query("select reason_id from audit.file where file_id = %s", saved)[0][0]
    assert "desimal koma" in reason_id and 'decimal: ","' in reason_id and "incomplete: ya" in reason_id
    assert query("select file_id from audit.file where status = 'landed'") == [(sound,)]
    assert query("select count(*) from quarantine.row") == [(0,)]
    # what the reason asks for helps
    path = fresh_warehouse.inbox / name
    path.with_name(path.name + ".yml").write_text('decimal: ","\n')
    landing.land(path)
    assert gate.gate_file(saved).status == "landed"
    assert query("select superseded_by from audit.file where file_id = %s", sound) == [(saved,)]


@pytest.mark.parametrize(
    "name",
    [PROVINCE_NAME.format(2023), "Persentase Penduduk Miskin Menurut Kabupaten_Kota di Jawa Barat, 2024.csv"],
    ids=["provinces", "Jawa Barat"],
)
def test_a_real_table_saved_anew_in_indonesia(
    load: Load, query: Query, fresh_warehouse: Settings, name: str
) -> None:
    folder = fresh_warehouse.reference_dir
    if folder is None:
        pytest.skip("SIMPUL_REFERENCE_DIR is not set: the agencies' real files are not part of the project")
    text = (Path(folder) / "bps" / name).read_text(encoding="utf-8-sig")
    sound = load(f"bps/{name}", text)
    assert gate.gate_file(sound).status == "landed"
    cells = [
        [re.sub(r"(?<=[0-9])[.](?=[0-9])", ",", cell) for cell in row]
        for row in csv.reader(text.splitlines())
    ]
    saved = load(f"bps/b/{name}", "\n".join(";".join(row) for row in cells))
    held = gate.gate_file(saved)
    assert held.status == "held" and "decimal comma" in str(held.reason), held
    letter = fresh_warehouse.inbox / "bps" / "b" / f"{name}.yml"
    letter.write_text('decimal: ","\n')
    landing.land(letter.with_suffix(""))
    assert gate.gate_file(saved).status == "landed"
    assert query("select superseded_by from audit.file where file_id = %s", sound) == [(saved,)]


def test_the_year_of_a_table_of_2014_is_read_from_its_name(load: Load, query: Query) -> None:
    file_id = load(f"bps/{PROVINCE_NAME.format(2014)}", provinces())
    assert gate.gate_file(file_id).status == "landed"
    assert query("select period from audit.file") == [("2014",)]


def test_a_list_of_which_little_is_left_is_held_unless_its_sender_says_so(
    load: Load, query: Query, fresh_warehouse: Settings
) -> None:
    rows = [dtks_row(n) for n in range(1, 31)]
    for row in rows[:7]:
        row[DTKS.index("Nama")] = ""
    file_id = load("dinsos/DTKS Juni 2024.csv", DTKS, rows)
    held = gate.gate_file(file_id)
    assert held.status == "held" and "7 of the 30 records break fail-rules (nama_required 7)" in str(
        held.reason
    )
    assert "`incomplete: yes`" in str(held.reason)
    assert query("select count(*) from quarantine.row") == [(0,)]
    path = fresh_warehouse.inbox / "dinsos" / "DTKS Juni 2024.csv"
    path.with_name(path.name + ".yml").write_text("incomplete: ya\n")
    landing.land(path)
    landed = gate.gate_file(file_id)
    assert (landed.status, landed.rows_loaded, landed.rows_quarantined) == ("landed", 23, 7)


@pytest.mark.parametrize(("records", "lost"), [(30, 6), (6, 5)], ids=["a fifth", "a small list"])
def test_a_list_that_lost_little_lands(load: Load, records: int, lost: int) -> None:
    rows = [dtks_row(n) for n in range(1, records + 1)]
    for row in rows[:lost]:
        row[DTKS.index("Nama")] = ""
    landed = gate.gate_file(load("dinsos/DTKS Juni 2024.csv", DTKS, rows))
    assert (landed.status, landed.rows_quarantined) == ("landed", lost)


def test_a_figure_set_aside_takes_no_sound_one_away(load: Load, query: Query) -> None:
    first = load(f"bps/{PROVINCE_NAME.format(2023)}", provinces())
    assert gate.gate_file(first).status == "landed"
    second = load(f"bps/b/{PROVINCE_NAME.format(2023)}", provinces(broken=2))
    landed = gate.gate_file(second)
    assert (landed.status, landed.rows_quarantined) == ("landed", 2)
    assert dict(query("select file_id, status from audit.file")) == {first: "landed", second: "landed"}
    # what was broken before too is no loss, and a whole table takes the place of both
    third = load(f"bps/c/{PROVINCE_NAME.format(2023)}", provinces(broken=2) + "\n")
    gate.gate_file(third)
    assert query("select superseded_by from audit.file where file_id = %s", second) == [(third,)]
    fourth = load(f"bps/d/{PROVINCE_NAME.format(2023)}", provinces() + "\n")
    gate.gate_file(fourth)
    assert query("select file_id from audit.file where status = 'landed'") == [(fourth,)]


def born(dates: list[str]) -> list[list[str]]:
    rows = [dtks_row(n) for n in range(1, len(dates) + 1)]
    for row, told in zip(rows, dates, strict=True):
        row[DTKS.index("Tanggal Lahir")] = told
    return rows


def test_dates_with_the_month_first_hold_the_file(load: Load, query: Query) -> None:
    """02/03/1990 of such a file would be another day, and look sound."""
    dates = [f"{month:02d}/{day:02d}/1990" for month in (2, 3, 5) for day in range(2, 29, 3)] + [""] * 30
    file_id = load("dinsos/DTKS Juni 2024.csv", DTKS, born(dates))
    held = gate.gate_file(file_id)
    assert held.status == "held"
    assert "tanggal_lahir_date: month first? 15 of 27 dates" in str(held.reason)
    assert "bulan di depan? 15 dari 27 tanggal" in query("select reason_id from audit.file")[0][0]
    assert query("select count(*) from raw.dinsos__dtks") == [(0,)]


@pytest.mark.parametrize(
    "dates",
    [
        ["12/31/1990"] * 3 + ["1990-12-31"] * 10,
        ["12/31/1990"] * 4 + ["31/12/1990"] * 4,
        ["12/31/1990"] * 4 + ["1990-12-31"] * 36,
        ["31/02/1990"] * 20,
    ],
    ids=["three slips", "as many with the day first", "one in ten", "no days of the calendar"],
)
def test_slips_in_dates_only_warn(load: Load, dates: list[str]) -> None:
    landed = gate.gate_file(load("dinsos/DTKS Juni 2024.csv", DTKS, born(dates)))
    assert (landed.status, landed.rows_loaded) == ("landed", len(dates))


@pytest.mark.parametrize(
    ("rounded", "status", "told"), [(3, "landed", 0), (12, "landed", 12), (25, "held", 25)]
)
def test_a_column_that_a_spreadsheet_rounded_is_told_as_a_whole(
    load: Load, query: Query, rounded: int, status: str, told: int
) -> None:
    """One NIK of ten ends in 0 anyway: only a column in which far more do was rounded."""
    rows = [dtks_row(n) for n in range(1, 29) if n % 10]
    position = rows[0].index("1274011708900001")
    for row in rows[:rounded]:
        row[position] = row[position][:-1] + "0"
    file_id = load("dinsos/DTKS Juni 2024.csv", DTKS, rows)
    assert gate.gate_file(file_id).status == status
    assert query("select failing from audit.gate_result where rule_code = 'nik_rounded'") == [(told,)]
