"""The sample's own releases opened, one after the other, as an operator does it, and attacked."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from simpul import ledger
from simpul.cli import app
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.ledger import Decision
from simpul.settings import get_settings
from simpul.trust.opendata import Opened, open_cut
from tests.opendata.attack import Report, attack

pytestmark = pytest.mark.slow


def query(statement: str, *values: object) -> list[tuple]:
    with connect(autocommit=True) as conn:
        return conn.execute(statement, values).fetchall()


@pytest.fixture(scope="module")
def opened(city, tmp_path_factory) -> Iterator[tuple[list[Path], list[Opened]]]:
    """June's deliveries are opened, then what came later that year."""
    folder = tmp_path_factory.mktemp("opened")
    with city(2):
        found = []
        for number in (1, 2):
            asked = None if number == 2 else number  # the one that is shown need not be named
            _needs_a_reason(folder / "new", number, asked)
            decision = Decision("tester", "open data of the city", "data terbuka kota")
            began = time.monotonic()
            found.append(open_cut(folder / f"r{number}", asked, decision=decision))
            print("opened in", round(time.monotonic() - began, 1))
        yield [folder / "r1", folder / "r2"], found


def _needs_a_reason(out: Path, number: int, asked: int | None) -> None:
    """Of a release that was never opened nothing is written, nor kept, without one."""
    words = ["--release", str(asked)] if asked else []
    refused = CliRunner().invoke(app, ["opendata", "--out", str(out), *words])
    assert refused.exit_code == 1 and "was never opened" in refused.output and "--reason-id" in refused.output
    assert query("select count(*) from audit.open_data_cut where release_id >= %s", number) == [(0,)]
    assert not out.exists()


def truth(releases: list[Opened]) -> list[dict]:
    """What the cells of each cut are, suppressed ones too, and why they are left out."""
    return [
        {
            (mart, tuple(key), count): (value, why)
            for mart, key, count, value, why in query(
                'select mart, key, "count", value, cell.suppressed from audit.open_data_cell as cell'
                " join audit.open_data_cut using (cut_id) where release_id = %s",
                one.release_id,
            )
        }
        for one in releases
    ]


def test_no_suppressed_cell_of_the_samples_releases_is_recovered(opened):
    folders, releases = opened
    cells = truth(releases)
    report: Report = attack(
        folders,
        lambda address, a, b: cells[a].get(address, (None,))[0] == cells[b].get(address, (None,))[0],
        lambda b, relation: sum(sign * (cells[b].get(cell, (0,))[0] or 0) for cell, sign in relation) >= 0,
    )
    assert len(report.intervals) > 20
    assert report.recovered == []
    small = [
        interval for (number, cell), interval in report.intervals.items() if cells[number][cell][1] == "small"
    ]
    assert small
    assert all(interval.low == 0 and interval.high >= 5 for interval in small)
    print(
        [(one.cells, one.suppressed) for one in releases],
        [Counter(why for _, why in of.values()) for of in cells],
    )


def test_asked_again_the_same_bytes_are_written(opened, tmp_path):
    folders, releases = opened
    again = open_cut(tmp_path / "again", releases[0].release_id)
    assert not again.is_new
    for file in sorted(folders[0].rglob("*")):
        if file.is_file():
            assert (tmp_path / "again" / file.relative_to(folders[0])).read_bytes() == file.read_bytes(), file
    assert query("select count(*) from audit.open_data_cut") == [(2,)]


def test_a_release_is_cut_once(opened, tmp_path):
    with pytest.raises(SimpulError, match="was opened with k = 5"):
        open_cut(tmp_path / "other", k=10)
    with pytest.raises(SimpulError, match="release 999: it is published"):
        open_cut(tmp_path / "other", 999)


def test_the_ledger_tells_who_opened_what_and_why(opened):
    events = query("select subject, detail from audit.ledger where kind = 'opendata.cut' order by event_id")
    assert [subject for subject, _ in events] == [str(one.release_id) for one in opened[1]]
    assert events[0][1]["by"] == "tester"
    assert events[0][1]["suppressed"] == opened[1][0].suppressed
    with connect() as conn:
        assert ledger.verify(conn) is None


@pytest.mark.parametrize("role", ["bi_reader", "caseworker", "steward", "auditor", "loader", "transformer"])
def test_nobody_else_reads_what_was_suppressed(opened, role):
    with connect(role=role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("select value from audit.open_data_cell")


def test_no_person_is_in_a_package(opened):
    """No NIK of the sample, and no key of a person."""
    niks = {nik for (nik,) in query("select nik from marts_person.person where nik is not null")}
    assert len(niks) > 100
    for folder in opened[0]:
        for file in folder.rglob("*"):
            if file.is_file():
                text = file.read_text(encoding="utf-8")
                assert "person_id" not in text
                assert not [nik for nik in niks if nik in text]


def test_the_command_says_how_much_was_left_out(opened, tmp_path):
    said = CliRunner().invoke(app, ["opendata", "--out", str(tmp_path / "by command"), "--json"])
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert told["suppressed"] == opened[1][1].suppressed
    assert told["tables"]["rpt_population"]["rows"] > 0
    assert (tmp_path / "by command" / "datapackage.json").exists()
    assert str(get_settings().home) not in (tmp_path / "by command" / "README.md").read_text()


def test_a_count_of_four_is_never_told(tmp_path):
    said = CliRunner().invoke(app, ["opendata", "--out", str(tmp_path), "--k", "4"])
    assert said.exit_code == 2 and "equal to 5" in said.output


def test_a_second_cut_says_that_it_keeps_no_reason(opened, tmp_path):
    """That a first one needs one: `_needs_a_reason`."""
    again = CliRunner().invoke(app, ["opendata", "--out", str(tmp_path / "again"), "--reason", "once more"])
    assert again.exit_code == 0 and "the reason given now is kept nowhere" in again.stderr
