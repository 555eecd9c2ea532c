"""Publishing pages costs the same however many runs are stored, and all of them are found from the first page."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.proofs import keep
from expectations.site import linkage, offline, pages, registers
from expectations.site.offline import remote_fetches
from simpul import gate, landing
from simpul.contract import load_contracts
from simpul.database import connect
from simpul.gate import landing as gate_landing
from simpul.gate import publication as gate_publication
from simpul.gate.examination import Examination
from simpul.settings import Settings
from tests.gate import world
from tests.gate.stored_runs import store
from tests.gate.test_waivers import five
from tests.landing.conftest import KKS, as_csv

FEW, FULL, MANY = 10, 600, 2_000
CUT = 600
FIRST_PAGE_BYTES = 200_000
DATASETS = ["dinsos.dtks", "dinsos.kks_payment", "bpjs.pbi_jk", "bps.poverty_province"]


def put(runs: int) -> None:
    with connect(autocommit=True) as conn:
        store(conn, runs, DATASETS)
    gate.update_index()  # the pages of the years before


def written(reports: Path, publish: Callable[[], Any]) -> set[str]:
    """Pages that ``publish`` writes. Every page is written whole and put in its place, so it has another number."""

    def pages_now() -> dict[Path, tuple[int, int]]:
        return {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in reports.rglob("*") if p.is_file()}

    before = pages_now()
    publish()
    return {str(p.relative_to(reports)) for p, told in pages_now().items() if before.get(p) != told}


def scans(table: str) -> int:
    """How often the table was read from one end to the other, so far."""
    with connect(autocommit=True) as conn:
        row = conn.execute(
            "select pg_stat_clear_snapshot(), seq_scan from pg_stat_user_tables where relid = %s::regclass",
            (table,),
        ).fetchone()
    assert row is not None
    return int(row[1])


def test_one_more_file_writes_and_reads_the_same_whatever_is_stored(load, fresh_warehouse: Settings) -> None:
    reports = fresh_warehouse.reports
    put(CUT)
    file_id = load("dinsos/KKS 2024-06.csv", KKS, five())
    before = scans("audit.gate_result")
    new = written(reports, lambda: gate.gate_file(file_id))
    gx = {page for page in new if page.startswith(f"landing/{file_id}/")}
    assert new - gx == {
        "index.html", "registers/files.json", *(p for p in new if p.startswith("registers/files-")),
        "scorecards/index.html", "scorecards/dinsos.kks_payment.html", "scorecards/dinsos.kks_payment-2024.html",
        "rules/index.html", "rules/state.json", "rules/landing-dinsos.kks_payment.html",
    }  # fmt: skip
    assert len([page for page in new if page.startswith("registers/files-")]) == 1
    assert scans("audit.gate_result") == before, "the results of all years are read"
    # nothing has changed: only the first page, which tells the time of nothing
    assert written(reports, gate.update_index) == {"index.html"}


def test_the_first_page_is_small_and_every_run_is_found_from_it(fresh_warehouse: Settings) -> None:
    reports = fresh_warehouse.reports
    put(CUT)
    index = (reports / "index.html").read_text(encoding="utf-8")
    assert len(index.encode()) <= FIRST_PAGE_BYTES
    assert index.count("nomor ") == pages.SHOWN_FILES
    links = re.findall(r'href="(registers/[^"]+)"', index)
    texts = [(reports / link).read_text(encoding="utf-8") for link in links]
    assert not any(remote_fetches(text) for text in texts)
    found = [name for text in texts for name in re.findall(r'href="../(landing/stored\d+/index.html)"', text)]
    assert len(found) == len(set(found)) == CUT - CUT // 5
    releases = [name for text in texts for name in re.findall(r'href="../(releases/\d+/index.html)"', text)]
    assert sorted(releases) == sorted(f"releases/{n + 1}/index.html" for n in range(CUT // 5))
    # a file that was replaced years ago changes its own page only, one that is received again leaves it
    with connect(autocommit=True) as conn:
        conn.execute("update audit.file set status = 'superseded' where file_id = 'stored1'")
    assert written(reports, gate.update_index) == {
        "index.html",
        "registers/files.json",
        "registers/files-2016-01-1.html",
    }
    with connect(autocommit=True) as conn:
        conn.execute("update audit.file set received_at = '2031-02-01' where received_at < '2016-02-01'")
    gate.update_index()
    assert (
        not (reports / "registers/files-2016-01-1.html").exists()
        and (reports / "registers/files-2031-02-1.html").exists()
    )


def test_a_month_of_many_files_has_several_pages_of_which_the_last_one_grows(
    fresh_warehouse: Settings,
) -> None:
    reports = fresh_warehouse.reports
    insert = (
        "insert into audit.file (file_id, file_name, source_path, sha256, bytes, status, received_at)"
        " select 'f' || n, 'berkas ' || n, '/x', 'x', 1, 'received', timestamptz '2024-06-01' + n * interval '1 minute'"
        " from generate_series(%s::int, %s::int) as n"
    )
    with connect(autocommit=True) as conn:
        conn.execute(insert, (1, 2 * registers.PAGE_ROWS + 1))
        gate.update_index()
        conn.execute(insert, (1000, 1001))
    assert written(reports, gate.update_index) == {
        "index.html",
        "registers/files.json",
        "registers/files-2024-06-3.html",
    }
    last = (reports / "registers/files-2024-06-3.html").read_text(encoding="utf-8")
    assert re.findall(r"berkas (\d+)", last) == ["1001", "1000", str(2 * registers.PAGE_ROWS + 1)]


def test_the_page_of_a_release_of_many_files_tells_the_newest_and_counts_all(
    fresh_warehouse: Settings,
) -> None:
    put(CUT)
    with connect(autocommit=True) as conn:
        page = pages.release_page(conn, CUT // 5, [])
        landed = conn.execute("select count(*) from audit.file where status = 'landed'").fetchone()[0]
    assert f"{pages.SHOWN_INPUTS} terbaru dari {landed} berkas" in page
    assert page.count("landing/stored") == pages.SHOWN_INPUTS


# ------------------------------------------------------------------------------------------------ pages and their time
class Pages:
    """Seconds of all that is published; the rest of the gate is not measured.

    Attributes:
        ours: seconds of our own pages, the median of all laps.
        all: with those of Great Expectations, which know one run and no other.
    """

    OURS = (
        (gate_landing, "_publish_page"), (gate_landing, "update_index"), (gate_publication, "update_index"),
        (pages, "release_page"), (linkage, "linkage_page"),
    )  # fmt: skip
    OF_GX = ((Examination, "build_site"), (offline, "make_offline"))

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.forget()
        for owner, name in (*self.OURS, *self.OF_GX):
            patch.setattr(owner, name, self._measured(getattr(owner, name), (owner, name) in self.OURS))

    def forget(self) -> None:
        self.laps: list[tuple[float, float]] = []
        self._ours, self._all, self.times = 0.0, 0.0, 0

    def lap(self) -> None:
        """One publication is done."""
        self.laps.append((self._ours, self._all))
        self._ours, self._all = 0.0, 0.0

    @property
    def ours(self) -> float:
        return statistics.median(ours for ours, _ in self.laps)

    @property
    def all(self) -> float:
        return statistics.median(both for _, both in self.laps)

    def _measured(self, publish: Callable[..., Any], is_ours: bool) -> Callable[..., Any]:
        def measured(*arguments: Any, **options: Any) -> Any:
            before = time.perf_counter()
            try:
                return publish(*arguments, **options)
            finally:
                spent = time.perf_counter() - before
                self._all += spent
                self._ours += spent if is_ours else 0.0
                self.times += 1

        return measured


def costs(settings: Settings, runs: int, times: int) -> dict[str, Pages]:
    """What one more file, and one more release, cost to publish beside so many; measured ``times`` times each."""
    with connect(autocommit=True) as conn:
        store(conn, runs, DATASETS, behind=1)
        conn.execute(
            "vacuum analyze"
        )  # else the server does so by itself meanwhile, and that would be counted
    gate.update_index()  # the pages of the years before
    with pytest.MonkeyPatch.context() as patch:
        files = Pages(patch)
        for n in range(times + 1):
            path = settings.inbox / "dinsos" / f"KKS {n}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = [[*row[:5], f"Rp {600_000 + n}"] for row in five()]
            path.write_text(as_csv(KKS, rows), encoding="utf-8")
            assert gate.gate_file(landing.land(path).file_id).status == "landed"
            files.lap()
            if n == 0:  # whatever is read once
                files.forget()
    with connect(autocommit=True) as conn:
        # the stored files have no rows in the release: what is missing of each would be listed on its page
        conn.execute("update audit.file set rows_loaded = 0 where file_id like 'stored%'")
        world.build(conn, sorted(load_contracts()))
    with pytest.MonkeyPatch.context() as patch:
        releases = Pages(patch)
        for n in range(times + 1):
            gate.gate_release(1)  # whether it passes beside the files above is no matter here
            releases.lap()
            if n == 0:
                releases.forget()
    assert (files.times, releases.times) == (4 * times, 5 * times), "something is not measured"
    return {"one more file": files, "one more release": releases}


@pytest.mark.proof
def test_publishing_at_2000_stored_runs(cloned_warehouse, tmp_path: Path) -> None:
    """All pages cost at most 1.2 times what they cost beside 10.

    Our own pages list the newest of each: beside 10 runs such a list is short, beside `FULL` as long as it gets.
    """
    told: dict[int, dict[str, Pages]] = {}
    times = 20
    for runs in (FEW, FULL, MANY):
        (tmp_path / str(runs)).mkdir()
        with cloned_warehouse(tmp_path / str(runs)) as settings:
            told[runs] = costs(settings, runs, times)
            first_page = (settings.reports / "index.html").stat().st_size
    lines, ratios = [], {}
    for what in ("one more file", "one more release"):
        for pages_of, name, least in (("all", "all pages", FEW), ("ours", "our own pages", FULL)):
            spent = {runs: getattr(told[runs][what], pages_of) for runs in told}
            ratios[f"{name} of {what}, beside {least}"] = spent[MANY] / spent[least]
            lines.append((
                f"{name} of {what}, beside {FEW} / {FULL} / {MANY:,} stored runs",
                " / ".join(f"{1000 * one:.0f}" for one in spent.values())
                + f" ms: {spent[MANY] / spent[FEW]:.2f} × of {FEW}, {spent[MANY] / spent[FULL]:.2f} × of {FULL}",
            ))  # fmt: skip
    keep(
        "stored_runs",
        "Publishing pages costs the same however many runs are stored",
        [
            *lines,
            ("what is counted", "the time while pages are written; no rule, no landing. Beside 10 runs the lists of the"
             " newest are short yet"),
            (f"first page at {MANY:,} runs", f"{first_page / 1000:.0f} kB"),
        ],
    )  # fmt: skip
    assert first_page <= FIRST_PAGE_BYTES
    assert not {told for told, ratio in ratios.items() if ratio > 1.2}, ratios
