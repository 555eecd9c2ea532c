"""Disturbed at any point, then run again: the same content as an undisturbed landing; no row lost, none doubled."""

from __future__ import annotations

import io
import os
import random
import shutil
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bench.proofs import keep
from simpul import database, pipeline
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.landing.verify import verify
from simpul.settings import Settings, get_settings
from simpul.stack import postgres
from simpul.stack.identity import server_account
from tests.conftest import free_port, quick_folder
from tests.faults.disturbing import DEEDS, TRACE, SmallDisk, begin, end, land
from tests.landing.conftest import pbi, save_workbook

pytestmark = [pytest.mark.stack, pytest.mark.slow]

CUT, WHOLE = 9, 200
IN_TIME = 0.5  # of the trials at least: so many are hit while they land, not after
PATIENCE = 60  # seconds
FORMS = ("csv", "xlsx", "zip")
FULL = ("disk of the archive full", "disk of the tables full", "room for temporary files used up")
ALL = (*DEEDS, *FULL)
ROWS = 2_000
_KEPT = "id, nama, nik, kabupaten, keterangan, _row, _sheet, _extra"


# ---------------------------------------------------------------------------------------------------------- deliveries
@cache
def _content(form: str) -> bytes:
    """A list with records that the reader sets aside, and others that the landing gate does."""
    text = pbi(ROWS).replace(";CONTOH 555;", ";-;")
    if form == "xlsx":
        path = Path(tempfile.mkstemp(suffix=".xlsx")[1])
        save_workbook(path, {"Data": [line.split(";") for line in text.splitlines()]})
        content = path.read_bytes()
        path.unlink()
        return content
    return text.replace(";CONTOH 777;", ';"CONTOH 777;').replace(";CONTOH 999;", ";CONTOH; 999;").encode()


def drop(number: int, form: str) -> Path:
    """The same records for another month, in bytes of their own."""
    path = (
        get_settings().inbox
        / "bpjs"
        / str(number)
        / f"pbi {2000 + number // 12}-{number % 12 + 1:02d}.{form}"
    )
    path.parent.mkdir(parents=True)
    if form == "csv":
        path.write_bytes(_content(form) + b"\r\n" * number)
    elif form == "xlsx":
        path.write_bytes(_content(form))
        with zipfile.ZipFile(path, "a") as archive:
            archive.comment = str(number).encode()
    else:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{path.stem}.csv", _content("csv") + b"\r\n" * (1_000 + number))
        path.write_bytes(out.getvalue())
    return path


def state(number: int) -> list[Any]:
    """All that a landing leaves behind, without names, numbers and times."""
    with connect(autocommit=True) as conn:
        files = conn.execute(
            "select file_id, dataset, status, rows_read, rows_loaded, rows_quarantined, rows_skipped - 'blank'"
            " from audit.file where source_path like %s order by file_id",
            (f"%/bpjs/{number}/%",),
        ).fetchall()
        found: list[Any] = [sorted(str(row[1:]) for row in files)]
        for file_id, dataset, *_ in files:
            asked = [
                "select array_agg(kind order by event_id) from audit.ledger where subject = %s",
                'select array_agg((row, "column", rule_code, md5(raw::text)) order by row, rule_code)'
                " from quarantine.row where file_id = %s",
                "select array_agg((row, rule_code) order by row, rule_code) from audit.gate_failure where file_id = %s",
                # what a list is held against is what landed before it: not the same for two months
                "select array_agg((rule_code, checked, failing) order by rule_code) from audit.gate_result"
                " where file_id = %s and not starts_with(rule_code, 'delivery_')",
            ]
            told = [str(conn.execute(text, (file_id,)).fetchall()) for text in asked]
            if dataset:
                told += conn.execute(
                    f"select count(*), md5(string_agg(({_KEPT})::text, '|' order by _row)) from raw.bpjs__pbi_jk"
                    " where _file_id = %s",
                    (file_id,),
                ).fetchall()
            found.append(told)
    return sorted(found, key=str)


# ------------------------------------------------------------------------------------------------------------ a server
@dataclass
class Place:
    """A server and a home of their own, and what an undisturbed landing comes to there."""

    settings: Settings
    disk: SmallDisk | None
    expected: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    ended: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="simpul-crash-", dir=quick_folder()))
    folder.chmod(0o755)  # the server has its own user, and tables on the small disk
    disk = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMPUL_HOME", str(folder / "home"))
        patch.setenv("SIMPUL_PG_PORT", str(free_port()))
        patch.setenv("SIMPUL_SETTLE_SECONDS", "0")
        patch.delenv("SIMPUL_DSN", raising=False)
        get_settings.cache_clear()
        try:
            database.ensure_database()
            disk = _small_disk(folder / "disk")
            made = Place(get_settings(), disk)
            for number, form in enumerate((*FORMS, *FORMS)):  # the second time everything is warm
                path, began = drop(number, form), time.monotonic()
                land(path)
                made.seconds[form], made.expected[form] = time.monotonic() - began, state(number)
            assert all("'landed', 2000" in str(expected) for expected in made.expected.values())
            yield made
        finally:
            postgres.stop()
            if disk:
                disk.close()
            patch.undo()
            get_settings.cache_clear()
            shutil.rmtree(folder, ignore_errors=True)


def _small_disk(path: Path) -> SmallDisk | None:
    """The archive lies on it, and tables do when they are told to."""
    try:
        disk = SmallDisk(path)
    except (PermissionError, FileNotFoundError):
        return None
    settings = get_settings()
    settings.archive.rmdir()
    (path / "archive").mkdir()
    settings.archive.symlink_to(path / "archive")
    tables = path / "tables"
    tables.mkdir(mode=0o700)
    if account := server_account(postgres.data_dir(settings)):
        os.chown(tables, account.uid, account.gid)
    admin(f"create tablespace small owner {postgres.OWNER} location '{tables}'")
    return disk


def admin(statement: str) -> None:
    """As the owner, through no pool of ours; a server that still recovers from the last trial is waited for."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            postgres.ensure_running()
            with database._open(postgres.dsn(), autocommit=True) as conn:
                conn.execute(statement)
            return
        except (psycopg.OperationalError, SimpulError):
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


# -------------------------------------------------------------------------------------------------------------- trials
def trial(place: Place, number: int, deed: str) -> None:
    """Fails when the rerun does not end as if nothing had been."""
    chance = random.Random(number)
    form = chance.choice(FORMS)
    path, report = drop(number, form), place.settings.home / f"trace-{number}"
    if deed in DEEDS:
        child = begin(path, report)
        time.sleep(chance.uniform(0, place.seconds[form]))
        DEEDS[deed](child)
        code = end(child)
    else:
        code = _without_room(place, path, report, deed, chance)
    what = f"trial {number}: {form}, {deed}"
    assert code != TRACE, f"{what}:\n{report.read_text()}"
    # a server that lost one of its processes is up, and takes nobody until it has recovered
    admin("select 1")
    waiting = pipeline.land_inbox()
    assert state(number) == place.expected[form], f"{what}: ended {code}, the rerun said {waiting}"
    place.ended[f"{deed}; {'in time' if waiting else 'too late'}"] += 1


def _without_room(place: Place, path: Path, report: Path, deed: str, chance: random.Random) -> int:
    assert place.disk
    of_tables = deed == FULL[1]
    if deed == FULL[2]:
        admin("alter database warehouse set temp_file_limit = 0")
        admin("alter database warehouse set work_mem = '64kB'")
        try:
            return end(begin(path, report))
        finally:
            admin("alter database warehouse reset all")
    if of_tables:
        admin(f"alter role {postgres.OWNER} set default_tablespace = small")
    try:
        with place.disk.almost_full(chance.randrange(path.stat().st_size * (4 if of_tables else 1))):
            return end(begin(path, report))
    finally:
        if of_tables:
            admin(f"alter role {postgres.OWNER} reset default_tablespace")


def whole(place: Place) -> None:
    """After all trials: nothing that belongs to no file, no byte altered, and the records of all files together; and
    that enough of them were hit in time to show anything.
    """
    hit = sum(count for what, count in place.ended.items() if what.endswith("; in time"))
    print(f"{hit} of {place.ended.total()} trials hit in time: {dict(place.ended)}", flush=True)
    assert hit >= IN_TIME * place.ended.total(), place.ended
    assert not verify().findings
    with connect(autocommit=True) as conn:
        rows = conn.execute("select sum(rows_loaded) from audit.file where dataset is not null").fetchone()
        assert conn.execute("select count(*) from raw.bpjs__pbi_jk").fetchone() == rows


@pytest.mark.parametrize("number", range(10, 10 + CUT))
def test_disturbed_and_run_again(place, number):
    deed = ALL[number % len(ALL)]
    if deed in FULL and place.disk is None:
        pytest.skip("a full disk needs a tmpfs, and only root may mount one")
    trial(place, number, deed)
    if number == 9 + CUT:
        whole(place)


@pytest.mark.proof
def test_disturbed_two_hundred_times(place):
    done: Counter[str] = Counter()
    deeds = ALL if place.disk else tuple(DEEDS)
    for number in range(100, 100 + WHOLE):
        deed = deeds[number % len(deeds)]
        trial(place, number, deed)
        done[deed] += 1
        if done.total() % 20 == 0:
            print(f"{done.total()} of {WHOLE} trials", flush=True)
    whole(place)
    keep(
        "landing_disturbed",
        "Landing disturbed at any point and run again: no row lost, none doubled",
        [
            ("trials: CSV, workbook or zip of 2,000 records, disturbed once and run again", str(WHOLE)),
            (
                "… hit while they landed: the rerun had work left",
                str(sum(count for what, count in place.ended.items() if what.endswith("; in time"))),
            ),
            ("… that ended with content, counts, quarantine, verdicts and ledger as undisturbed", str(WHOLE)),
            *(
                (
                    f"{what}: trials in which the rerun had work left / all",
                    f"{place.ended[f'{what}; in time']} / {count}",
                )
                for what, count in sorted(done.items())
            ),
        ],
    )
