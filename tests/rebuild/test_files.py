"""Deliveries, decisions and the ledger from a copy of the archive, in an empty home: the same again, or it is said."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simpul import gate, ledger_anchors, ledger_journal, pipeline, release
from simpul import ledger as the_ledger
from simpul.cli import app
from simpul.clock import now
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.gate import waivers
from simpul.landing import quarantine
from simpul.landing.verify import verify
from simpul.ledger import Decision
from simpul.ledger_journal import Line
from simpul.readers.reasons import holds_long_number
from simpul.rebuild import check, doing, fates, rebuild, take_over
from simpul.trust import registers
from tests.landing.conftest import DTKS, KKS, as_csv, dtks_row, kks_row
from tests.rebuild.looking import Rows, differing, files, ledger, query, raw, set_aside

WHY = Decision("siti", "a test", "sebuah uji")
VERIFIER = Path(__file__).parents[2] / "tools" / "verify_ledger.py"


@dataclass(frozen=True)
class Lost:
    """The warehouse that is lost, what was in it, and the home whose archive and anchors are left."""

    home: Path
    files: Rows
    set_aside: Rows
    raw: Rows
    ledger: Rows
    verdicts: Rows


def verdicts() -> Rows:
    return query(
        "select file_id, rule_code, severity, passed, failing, waiver_id from audit.gate_result as r"
        " where exists (select from audit.file as f where f.file_id = r.file_id and f.status <> 'held') order by 1, 2"
    )


def zipped(path: Path, name: str, text: str) -> None:
    """A zip whose file_id has ten digits in a row, as one in thirty has: its path is not printed as it is."""
    for minute in range(10_000):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as box:
            box.writestr(
                zipfile.ZipInfo(name, (2024, 8, 1 + minute // 1440, minute // 60 % 24, minute % 60, 0)), text
            )
        if holds_long_number(hashlib.sha256(content.getvalue()).hexdigest()[:16]):
            path.write_bytes(content.getvalue())
            return
    raise AssertionError("there is none")


@pytest.fixture(scope="module")
def lost(cloned_warehouse, tmp_path_factory) -> Lost:
    """A week of an office: a correction, a repeated file, a zip, a held file that came to its letter, one withdrawn."""
    with cloned_warehouse(tmp_path_factory.mktemp("lost")) as settings:
        inbox = settings.inbox / "dinsos"
        inbox.mkdir(parents=True)

        def land(name: str, text: str) -> dict[str, str]:
            (inbox / name).write_text(text, newline="")
            return {one["file_name"]: one["file_id"] for one in pipeline.land_inbox()}

        rows = [dtks_row(n) for n in range(1, 9)]
        land("DTKS Juni 2024.csv", as_csv(DTKS, rows))
        rows[0][DTKS.index("Pekerjaan")] = "PETANI"
        land("DTKS Juni 2024 perbaikan.csv", as_csv(DTKS, rows))
        (inbox / "salinan DTKS.csv").write_bytes((inbox / "DTKS Juni 2024.csv").read_bytes())
        land("catatan.csv", "apa;ini\n1;2\n")
        zipped(inbox / "Juli.zip", "DTKS Juli 2024.csv", as_csv(DTKS, rows))
        land(
            "KKS 2024-06.csv",
            as_csv(KKS, [kks_row(n, nominal="Rp 1" if n == 3 else "Rp 600.000") for n in range(1, 7)]),
        )
        with connect() as conn:
            number = waivers.ask(
                conn, "dinsos.kks_payment", "jenis_bansos_known", (now() + timedelta(3)).date(), WHY
            )
            waivers.approve(conn, number, Decision("budi", "seen", "dilihat"))
        waived = land(
            "KKS 2024-09.csv",
            as_csv(
                KKS,
                [
                    kks_row(n, stage="Tahap 3 Tahun 2024", kind="BERAS" if n == 1 else "PKH")
                    for n in range(1, 7)
                ],
            ),
        )
        with connect() as conn:
            waivers.end(conn, number, WHY)
        land(
            "KKS 2024-12.csv",
            as_csv(
                KKS,
                [
                    kks_row(n, stage="Tahap 4 Tahun 2024", kind="BERAS" if n == 1 else "PKH")
                    for n in range(1, 7)
                ],
            ),
        )
        wrong = land("DTKS 2024-08.csv", as_csv(DTKS, rows[:7]))
        pipeline.withdraw(wrong["DTKS 2024-08.csv"], WHY)
        later = as_csv(DTKS, [dtks_row(n) for n in range(1, 8)])
        held = land(
            "daftar.csv", later
        )  # of no month: held, and nobody means to mend it, until a letter says it
        pipeline.withdraw(held["daftar.csv"], WHY)
        pipeline.withdraw(land("catatan.csv", "a;b\n1;2\n")["catatan.csv"], WHY)
        (inbox / "daftar.csv.yml").write_text("period: 2024-10\nsender: Dinas Sosial\n")
        pipeline.land_inbox()
        with connect() as conn:
            aside = conn.execute(
                "select quarantine_id from quarantine.row where status = 'open' order by 1 limit 1"
            )
            quarantine.dismiss(conn, [number for (number,) in aside.fetchall()], WHY)
        assert waived
        refused = release.open_release("office")
        release.refuse(refused.release_id, "a test", "sebuah uji", code="person")
        release.open_release("office", force=True)  # and then the machine was lost
        ledger_journal.seal()
        with connect() as conn:
            ledger_anchors.write(conn)
        states = {state for (state,) in query("select distinct status from audit.file")}
        assert states == {"landed", "superseded", "duplicate", "held", "refused", "unpacked"}
        assert query("select status from audit.file where file_name = 'daftar.csv'") == [("landed",)]
        return Lost(settings.home, files(), set_aside(), raw(), ledger(), verdicts())


@pytest.fixture
def copy(lost, fresh_warehouse):
    """An empty warehouse whose home holds a copy of that archive and its anchors."""
    take_over(lost.home / "archive")
    shutil.copytree(lost.home / "anchors", fresh_warehouse.anchors)
    return fresh_warehouse


def damage(settings, name: str) -> tuple[str, Path]:
    """(SHA-256, path) of a delivery's archived bytes, which may be written now."""
    lines, _ = ledger_journal.read()
    row = next(row for line in lines for row in line.about.get("audit.file", ()) if row["file_name"] == name)
    path = settings.archive / row["sha256"][:2] / row["sha256"]
    path.chmod(0o600)
    return row["sha256"], path


def test_the_same_again(lost, copy):
    done = rebuild(check())
    assert (done.differences, done.problems) == ((), ())
    assert done.is_same and done.files == len(lost.files)
    assert (set_aside(), raw(), verdicts()) == (lost.set_aside, lost.raw, lost.verdicts)
    assert files() == lost.files, differing(files(), lost.files)
    # numbers of releases that came to nothing are not given again
    assert query("select release_id, status, reason from audit.release order by 1") == [
        (1, "refused", "a test"),
        (2, "candidate", None),
    ]
    *before, last = ledger()
    assert before == lost.ledger and last[2] == "warehouse.rebuilt"
    with connect() as conn:
        assert (
            the_ledger.verify(conn),
            ledger_anchors.contradictions(conn),
            ledger_journal.problems(conn),
        ) == (None, [], [])
        assert conn.execute("select is_same, finished_at > begun_at from audit.rebuild").fetchall() == [
            (True, True)
        ]
        assert waivers.listed(conn)[0]["status"] == "ended"
        assert registers.problems(conn) == [], "what was made anew says what the ledger tells"
        conn.execute("update audit.gate_result set severity = 'fail' where severity = 'warn'")
        assert all(one.startswith("audit.gate_result of file ") for one in registers.problems(conn)) and (
            registers.problems(conn)
        ), "and is held from then on"
        conn.rollback()
    assert verify().findings == ()
    # life goes on: the next delivery is the next event, and of known bytes it is known that they were here
    (copy.inbox / "dinsos").mkdir(parents=True)
    (copy.inbox / "dinsos" / "lagi.csv").write_text(
        as_csv(DTKS, [dtks_row(n) for n in range(1, 8)]), newline=""
    )
    again = pipeline.land_inbox()
    assert [one["status"] for one in again] == ["duplicate"], again


def test_killed_it_goes_on_behind_the_last_event(lost, copy, monkeypatch):
    judge, judged = gate.gate_file, []

    def cut_off(file_id: str):
        judged.append(file_id)
        if len(judged) == 4:
            raise KeyboardInterrupt
        return judge(file_id)

    monkeypatch.setattr(doing.gate, "gate_file", cut_off)
    with pytest.raises(KeyboardInterrupt):
        rebuild(check())
    assert 0 < len(ledger()) < len(lost.ledger)
    done = rebuild(check())
    assert done.is_same and len(judged) == len(set(judged)) + 1
    assert files() == lost.files, differing(files(), lost.files)
    assert (raw(), ledger()[:-1]) == (lost.raw, lost.ledger)
    with pytest.raises(SimpulError, match="is not empty"):
        rebuild(check())


def test_what_is_missing_or_altered_is_named_and_never_called_the_same(lost, copy):
    gone, path = damage(copy, "KKS 2024-06.csv")
    path.unlink()
    altered, other = damage(copy, "DTKS Juni 2024.csv")
    other.write_bytes(other.read_bytes()[:-1] + b"X")
    said = CliRunner().invoke(app, ["rebuild", "--check"])
    assert said.exit_code == 1
    assert f"{path}: the content of file {gone[:16]} is gone, its SHA-256 was {gone}" in said.output
    assert f"{other}: the content of file {altered[:16]} is altered, its SHA-256 was {altered}" in said.output
    refused = CliRunner().invoke(app, ["rebuild"])
    assert refused.exit_code == 1 and ledger() == [], "nothing is made of it unasked"
    done = rebuild(check())
    assert not done.is_same and len(done.problems) == 2
    there = {row[0] for row in files()}
    assert gone[:16] not in there and {row[0] for row in lost.files} - there
    assert query("select is_same from audit.rebuild") == [(False,)]
    assert query("select detail -> 'is_same' from audit.ledger where kind = 'warehouse.rebuilt'") == [
        (False,)
    ]


def test_a_journal_that_was_cut_off_or_altered_is_told(lost, copy):
    path = ledger_journal.path()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:5]) + lines[5][:-20])
    checked = check()
    assert len(checked.lines) == 5 and "line 6: damaged or cut off" in checked.problems[0]
    path.write_bytes(b"".join([*lines[:3], *lines[4:]]))
    assert "line 4: it bears another number" in check().problems[0]
    path.write_bytes(b"".join(lines[:-3]))  # whole lines are missing at its end: only an anchor can tell
    done = rebuild(check())
    assert not done.is_same and any("is not in the ledger, which was cut off" in one for one in done.problems)
    path.unlink()
    with pytest.raises(SimpulError, match="no journal"):
        rebuild(check())


def forged(number: int, **about: list) -> None:
    """By somebody who can write to the backup: other rows beside an event, and the line sealed anew."""
    path = ledger_journal.path()
    lines = path.read_bytes().splitlines(keepends=True)
    body = json.loads(lines[number - 1][65:])
    body["about"] |= {name.replace("__", "."): rows for name, rows in about.items()}
    lines[number - 1] = ledger_journal._sealed(body)
    path.write_bytes(b"".join(lines))


def test_rows_beside_an_event_are_not_believed_against_it(lost, copy):
    lines, wrong = ledger_journal.read()
    assert wrong == []
    (*_, ended) = [line for line in lines if line.kind.startswith("waiver.")]
    last = lines[-1].number
    (row,) = ended.about["audit.waiver"]
    forged(ended.number, audit__waiver=[row | {"until": "2099-12-31"}])
    found = check()
    assert len(found.lines) == last
    said = [problem.split(", ", 1)[1].split(" · ")[0] for problem in found.problems]
    assert said == [
        "audit.waiver 1: until is not what the ledger tells",
        f"lines 1 to {last - 1}: what the journal says beside its events is not what was written",
    ]
    assert CliRunner().invoke(app, ["rebuild", "--check"]).exit_code == 1
    assert CliRunner().invoke(app, ["rebuild"]).exit_code == 1 and ledger() == []
    # rows that no event contradicts are held by what the lines come to
    forged(ended.number, audit__waiver=[row])
    assert check().problems == ()
    (landed, *_) = [line for line in lines if line.kind == "file.loaded"]
    (file,) = landed.about["audit.file"]
    forged(landed.number, audit__file=[file | {"sender": "somebody else"}])
    (problem,) = check().problems
    assert f"lines 1 to {last - 1}" in problem and f"baris 1 sampai {last - 1}" in problem
    anchors = sorted(copy.anchors.glob("*.txt"))
    verifier = [sys.executable, "-I", str(VERIFIER)]
    told = subprocess.run([*verifier, ledger_journal.path(), *anchors], capture_output=True, text=True)
    assert told.returncode == 1 and f"lines 1 to {last - 1}" in told.stdout
    forged(landed.number, audit__file=[file])
    told = subprocess.run([*verifier, ledger_journal.path(), *anchors], capture_output=True, text=True)
    assert told.returncode == 0, told.stdout


def test_a_right_that_no_event_gave_is_given_to_nobody(
    fresh_warehouse, cloned_warehouse, tmp_path, tmp_path_factory
):
    with cloned_warehouse(tmp_path_factory.mktemp("granted")) as lost:
        with connect() as conn:
            for region in ("12.74", "12.71"):
                conn.execute(
                    "insert into audit.person_region_grant (role_name, region_code, granted_by)"
                    " values ('ani', %s, 'siti')",
                    (region,),
                )
                the_ledger.append(conn, "access.granted", "ani", {"region_code": region, **WHY.as_dict()})
            conn.execute("delete from audit.person_region_grant where region_code = '12.71'")
            the_ledger.append(conn, "access.revoked", "ani", {"region_code": "12.71", **WHY.as_dict()})
        ledger_journal.keep()
        archive = lost.archive
        fresh = tmp_path / "copied"
        shutil.copytree(archive, fresh)
    take_over(fresh)
    lines, wrong = ledger_journal.read()
    assert wrong == []
    (granted,) = lines[-1].about["audit.person_region_grant"]
    nation = [{"role_name": "x", "region_code": "00"}, {"region_code": "12.71"}]
    forged(lines[-1].number, audit__person_region_grant=[granted, *(granted | more for more in nation)])
    said = [problem.split(", ", 1)[1].split(" · ")[0] for problem in check().problems]
    assert said == [
        "audit.person_region_grant x 00: the ledger tells of no such row",
        "audit.person_region_grant ani 12.71: the ledger tells of no such row",
    ], "told without any seal, by the event alone"
    assert not rebuild(check()).is_same
    assert query("select role_name, region_code from audit.person_region_grant") == [("ani", "12.74")]


def test_a_journal_that_is_written_anew_says_so(fresh_warehouse):
    with connect() as conn:
        the_ledger.append(conn, "deadline.missed", "ours")
    ledger_journal.seal()
    ledger_journal.seal()
    kinds = [line.kind for line in ledger_journal.read()[0]]
    assert kinds == ["deadline.missed", "journal.kept"], "told once"
    ledger_journal.path().unlink()
    ledger_journal.keep()
    lines, wrong = ledger_journal.read()
    assert (wrong, lines[-1].kind) == ([], "journal.written_anew")
    ledger_journal.seal()
    assert ledger_journal.read()[1] == [], "it is sealed from here on"
    for found in (check().problems, problems_of_the_journal()):
        (problem,) = found
        assert problem.startswith(
            "event 3 says that the journal was lost and written anew: what it says beside ev"
        )
        assert "events 1 to 2" in problem and "peristiwa 1 sampai 2" in problem


def problems_of_the_journal() -> list[str]:
    with connect() as conn:
        return ledger_journal.problems(conn)


def test_an_altered_journal_is_not_made_whole_by_the_word_that_it_was_lost(lost, copy):
    """By whoever owns the database: a sender altered, the line sealed anew, one more event, and an anchor after it."""
    lines, _ = ledger_journal.read()
    (landed, *_) = [line for line in lines if line.kind == "file.loaded"]
    (file,) = landed.about["audit.file"]
    forged(landed.number, audit__file=[file | {"sender": "somebody else"}])
    with connect() as conn:
        for line in lines:
            the_ledger.restore(conn, line.text)
        the_ledger.append(conn, "journal.written_anew", "journal", {"by": "somebody"})
    ledger_journal.seal()
    with connect() as conn:
        ledger_anchors.write(conn)
    number = lines[-1].number + 1
    told = f"event {number} says that the journal was lost and written anew"
    (problem,) = check().problems
    assert problem.startswith(told)
    assert CliRunner().invoke(app, ["rebuild", "--check"]).exit_code == 1
    verified = CliRunner().invoke(app, ["verify", "--fast"])
    assert verified.exit_code == 1 and told in verified.output
    anchors = sorted(copy.anchors.glob("*.txt"))
    verifier = [sys.executable, "-I", str(VERIFIER)]
    said = subprocess.run([*verifier, ledger_journal.path(), *anchors], capture_output=True, text=True)
    assert said.returncode == 6 and told in said.stdout and "whole" not in said.stdout
    assert f"peristiwa 1 sampai {number - 1}" in said.stdout


def test_a_warehouse_that_lives_is_left_alone(copy):
    (copy.inbox / "dinsos").mkdir(parents=True)
    (copy.inbox / "dinsos" / "KKS 2024-06.csv").write_text(as_csv(KKS, [kks_row(1)]), newline="")
    pipeline.land_inbox()
    before = ledger()
    with pytest.raises(SimpulError, match="is not empty"):
        rebuild(check())
    assert ledger() == before


def test_the_journal_is_of_one_ledger_and_goes_on_after_a_cut(fresh_warehouse, monkeypatch):
    (fresh_warehouse.inbox / "dinsos").mkdir(parents=True)
    (fresh_warehouse.inbox / "dinsos" / "KKS 2024-06.csv").write_text(as_csv(KKS, [kks_row(1)]), newline="")
    pipeline.land_inbox()
    path = ledger_journal.path()
    whole = path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    kinds = [line.kind for line in ledger_journal.read()[0] if line.kind != "rules.changed"]
    assert kinds == ["file.loaded", "gate.landing", "file.landed"]
    path.write_bytes(whole[:-30])  # killed while it was written
    assert ledger_journal.keep() == 1 and path.read_bytes() == whole
    assert ledger_journal.keep() == 0
    with connect() as conn:
        the_ledger.append(conn, "deadline.missed", "ours")
    shutil.copy(path, path.with_name("kept"))
    ledger_journal.keep()
    monkeypatch.setattr(ledger_journal, "_is_ours", lambda conn, line: False)
    with pytest.raises(SimpulError, match="not one of this ledger"):
        ledger_journal.keep()


def test_a_release_that_had_its_time_keeps_what_was_said_of_it(fresh_warehouse):
    row = {
        "release_id": 1, "status": "retired", "content_hash": "c0", "reason_code": "rolled_back", "reason": "wrong",
        "reason_id": "keliru", "is_pinned": False, "gate_passed": True,
    }  # fmt: skip
    with connect() as conn:
        conn.execute("insert into audit.release (release_id, status) values (1, 'retired')")
    told = fates.Fates({}, {1: fates.ReleaseFate(row)}, {})
    event = Line(9, "release.retired", "1", {}, "2026-03-01T00:00:00.000000", "h", None, {}, None, "")
    doing.Doing(told, ()).do(event)
    assert query(f"select {', '.join(row)} from audit.release") == [tuple(row.values())]
