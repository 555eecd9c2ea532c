"""No person in any result, page, message or log of the doors: every NIK, KK and name of a faulty delivery is sought."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sample.deliveries import write_sample
from simpul import gate, landing
from simpul.database import connect
from simpul.gate.examination import RESULT_FORMAT, load_gx
from simpul.settings import Settings
from tests.e2e import leaks
from tests.gate import world
from tests.landing.conftest import DTKS, as_csv, dtks_row

Query = Callable[..., list[tuple[Any, ...]]]


def test_no_person_of_a_faulty_city_in_any_result(
    fresh_warehouse: Settings,
    query: Query,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    write_sample(fresh_warehouse.inbox, people=1500, seed=11, fault_scale=8)
    numbers, names = leaks.personal_values(fresh_warehouse.inbox)
    assert len(numbers) > 800 and len(names) > 100
    loaded = [landing.land(path) for path in landing.discover() if "/bps/" not in path]
    results = gate.gate_files([file.file_id for file in loaded])
    assert {result.status for result in results} == {"landed"}
    assert query("select count(*) > 500 from audit.gate_failure") == [(True,)]
    texts = [("logs", caplog.text.encode()), ("results", repr(results).encode())]
    texts += [
        (name, text.encode()) for name, text in zip(("stdout", "stderr"), capfd.readouterr(), strict=True)
    ]
    for table in ("audit.gate_result", "audit.gate_failure", "audit.file", "audit.ledger"):
        texts += [(table, str(query(f"select to_jsonb(t) from {table} as t")).encode())]
    texts += list(leaks.files([fresh_warehouse.reports]))
    assert leaks.leaks(texts, numbers, names) == []


def test_the_reason_to_hold_names_no_person(fresh_warehouse: Settings, query: Query) -> None:
    rows = [dtks_row(n) for n in range(1, 5)]
    for n, row in enumerate(rows):
        row[DTKS.index("Nama")] = "-"  # a fail-rule: no name
        row[DTKS.index("Nomor KK")] = f"127401010101000{n}"
    path = fresh_warehouse.inbox / "dinsos" / "DTKS Juni 2024.csv"
    path.parent.mkdir(parents=True)
    path.write_text(as_csv(DTKS, rows))
    result = gate.gate_file(landing.land(path).file_id)
    assert result.status == "held"
    pages = "".join(p.read_text() for p in fresh_warehouse.reports.rglob("*.html"))
    for text in (str(result), str(query("select to_jsonb(f) from audit.file f")), pages):
        assert not re.search(r"127401\d{10}", text)


def test_a_number_in_a_name_from_outside_is_not_repeated(fresh_warehouse: Settings) -> None:
    path = fresh_warehouse.inbox / "dinsos" / "DTKS 1274010101900001 Juni 2024.csv"
    path.parent.mkdir(parents=True)
    path.write_text(as_csv(DTKS, [dtks_row(1)]))
    gate.gate_file(landing.land(path).file_id)
    pages = "".join(p.read_text() for p in fresh_warehouse.reports.rglob("*.html"))
    assert "DTKS … Juni 2024.csv" in pages and "1274010101900001" not in pages


def test_release_pages_know_persons_by_number_only(fresh_warehouse: Settings, query: Query) -> None:
    from simpul.contract import load_contracts

    with connect(autocommit=True) as conn:
        world.build(conn, sorted(load_contracts()))
        conn.execute("update release.person__r1 set nik = '1274011708900001'")
    gate.gate_release(1, marts=["person"])
    pages = "".join(p.read_text() for p in (fresh_warehouse.reports / "releases").rglob("*.html"))
    assert "person_id 3" in pages and "1274011708900001" not in pages
    assert query("select count(*) from audit.gate_failure where address::text ~ '[0-9]{16}'") == [(0,)]


def test_great_expectations_is_quiet_and_never_fetches_a_row() -> None:
    gx = load_gx()
    assert logging.getLogger("great_expectations").level == logging.CRITICAL
    assert RESULT_FORMAT == {"result_format": "BASIC", "exclude_unexpected_values": True}
    from expectations.broken_rows import BrokenRows

    assert BrokenRows.metric_dependencies == ("unexpected_rows_query.row_count",)
    assert Path(gx.__file__).name == "__init__.py"


def test_no_usage_data_is_sent(warehouse: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import socket

    from simpul.gate.examination import examination

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "localhost"):
            raise AssertionError(f"somebody calls out to {address}")
        connect_before(self, address)

    connect_before = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with examination("x", tmp_path / "site", "audit") as exam:
        from great_expectations import ExpectationSuite

        from expectations.broken_rows import broken_rows
        from expectations.check import check

        rule = check(
            "always",
            "warn",
            "logical",
            en="Nothing.",
            id="Tidak ada.",
            query="select 1 where false /* {batch} */",
        )
        suite = ExpectationSuite(name="s", expectations=[broken_rows(rule, rule.query)])
        [result] = exam.validate(suite, table="file", asset="file")
        exam.build_site()
    assert result.passed and os.environ["GX_ANALYTICS_ENABLED"] == "false"
