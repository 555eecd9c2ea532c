"""The pages of a landed file, a held one and a release that is shown, with a rakor pack: every kind of page once."""

from __future__ import annotations

from collections.abc import Callable

from expectations.site import front
from simpul import gate
from simpul.contract import load_contracts
from simpul.database import connect
from simpul.gate.landing import update_index
from simpul.pack import as_html
from simpul.pack.pages import laid_out
from simpul.settings import get_settings
from tests.gate import world
from tests.gate.test_landing_gate import payment
from tests.landing.conftest import DTKS, KKS, dtks_row
from tests.pack.by_hand import document


def build_pages(load: Callable[..., str]) -> None:
    """Write them into the reports' folder of the warehouse in force."""
    rows = [dtks_row(n) for n in range(1, 121)]
    for row in rows:
        row[DTKS.index("Nomor NIK")] = "0"
    held = [payment(n, nominal="lunas") for n in range(1, 4)]
    gate.gate_files(
        [load("dinsos/DTKS <b>Juni & 2024.csv", DTKS, rows), load("dinsos/KKS 2024-06.csv", KKS, held)]
    )
    with connect(autocommit=True) as conn:
        world.build(conn, sorted(load_contracts()))
        conn.execute("update release.rpt_freshness__r1 set is_late = true")
        conn.execute(
            "insert into audit.linkage_figure (release_id, figure, dataset, part, value) values"
            " (1, 'total', '', 'records', 5), (1, 'total', '', 'persons', 4), (1, 'rule', 'dinsos.dtks', 'nik', 5)"
        )
    gate.gate_release(1)
    reports = get_settings().reports
    with connect(autocommit=True) as conn:
        conn.execute("update audit.release_pointer set release_id = 1")
        front.refresh(conn, reports)
    pack = document()
    page = reports / "packs" / "1" / f"rakor-{pack.region_code}-{pack.year}.html"
    page.parent.mkdir(parents=True)
    page.write_bytes(as_html.written(laid_out(pack), pack))
    update_index()
