"""``packs``: the rakor pack of a whole province, every mart of it filled, and of one of its cities."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

from pypdf import PdfReader

from bench import machine
from bench.figures import Figure, Goal, Say, Section, Table, number
from bench.home import checkpoint, own_home, server_version
from bench.province import write_province
from bench.province_forms import regencies_of, write_forms
from bench.size import Size
from simpul import pipeline
from simpul.database import ensure_database
from simpul.pack import as_html, as_pdf, as_xlsx, writing
from simpul.pack.pages import laid_out
from simpul.settings import get_settings

PROVINCE, NAME, CITY = "35", "Jawa Timur", "35.78"
YEAR = 2024
GOAL = Goal(20, "s")
HOW = """\
Lists of persons of every regency (`bench/province.py`: DTKS, payments, PBI-JK, recipients, PMKS, verval) and what
agencies send without persons (`bench/province_forms.py`: ten years of BPS, five of budgets and workforce (one with
`--quick`) for five registries and four kinds, extreme poverty, meetings, 45 indicators each) go through the doors into
one release. A pack is measured as it is asked for, `simpul pack --region …`, each time in a process of its own: start
of Python, reading, proving, PDF, XLSX and HTML."""


def measure(size: Size, say: Say) -> Section:
    """A province in a home of its own; its pack and that of a city, ``size.rounds`` times in turn."""
    others = [code for code in sorted(regencies_of(PROVINCE)) if code != CITY]
    chosen = [*others[: size.regencies - 1], CITY]
    section = Section("packs", f"packs: a province of {len(chosen)} regencies, {size.listed:,} people", HOW)
    took: dict[str, list[float]] = {PROVINCE: [], CITY: []}
    with own_home(settle_seconds="0"):
        ensure_database()
        inbox = get_settings().inbox
        write_province(inbox, size.listed, 1, tuple(chosen), NAME.upper())
        forms = write_forms(inbox, PROVINCE, NAME, chosen, size.form_years)
        landed = pipeline.land_inbox()
        kept_out = [result for result in landed if result["status"] not in ("landed", "superseded")]
        assert not kept_out, {result["reason"] for result in kept_out}
        say(f"{len(landed)} files landed, {forms} of them forms and tables")
        outcome = pipeline.build("bench")
        assert outcome.status == "published", outcome.reason
        say(f"release {outcome.release_id} is published")
        section.versions = machine.versions(server=server_version())
        folder = get_settings().work / "packs"
        for turn in range(size.rounds):
            for code, seconds in took.items():
                checkpoint()
                seconds.append(_written(code, folder))
                say(f"{code}, round {turn + 1}: {seconds[-1]:.1f} s")
        section.tables.append(_stages())
        section.remarks += [_told(code, folder) for code in took]
    section.figures += [
        Figure(f"pack of a province of {len(chosen)} regencies", took[PROVINCE], goal=GOAL),
        Figure("pack of a city", took[CITY], goal=GOAL),
    ]
    return section


def _written(code: str, folder: Path) -> float:
    """Seconds of the command."""
    command = [
        sys.executable,
        "-m",
        "simpul.cli",
        "pack",
        "--region",
        code,
        "--year",
        str(YEAR),
        "--out",
        str(folder),
    ]
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=machine.ROOT, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - started
    assert done.returncode == 0, done.stderr[-3000:]
    return took


def _stages() -> Table:
    """Seconds of each stage, in this process, once."""
    rows = []
    for code in (PROVINCE, CITY):
        marks = [time.perf_counter()]

        def passed(marks: list[float] = marks) -> None:
            marks.append(time.perf_counter())

        document = writing.read(code, YEAR)
        passed()
        view = laid_out(document)
        passed()
        for write in (as_pdf.written, as_xlsx.written, as_html.written):
            write(view, document)
            passed()
        told = [f"{number(after - before)} s" for before, after in pairwise(marks)]
        rows.append((code, f"{len(document.proofs):,}", f"{len(document.stamps):,}", *told))
    heading = ("pack", "proofs", "files", "read and proved", "laid out, drawn", "PDF", "XLSX", "HTML")
    return Table("Stages, measured once in one process", heading, rows)


def _told(code: str, folder: Path) -> str:
    pdf = folder / f"rakor-{code}-{YEAR}.pdf"
    sizes = ", ".join(
        f"{suffix.upper()} {(folder / f'rakor-{code}-{YEAR}.{suffix}').stat().st_size / 2**20:.1f} MiB"
        for suffix in ("pdf", "xlsx", "html")
    )
    return f"{code}: {len(PdfReader(pdf).pages)} pages; {sizes}"
