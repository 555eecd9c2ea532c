"""The benchmarks themselves: one runs end to end at a tiny size, and what is kept can be read again."""

from __future__ import annotations

import re
import tempfile

import pytest
from typer.testing import CliRunner

from bench import dashboards, machine, results
from bench.__main__ import app
from bench.figures import Figure, Goal, Section, Table, number, spread
from bench.identity.populations import POPULATIONS
from bench.superset_api import DASHBOARDS
from simpul.settings import get_settings


@pytest.mark.stack
def test_csv_runs_beside_a_bare_copy_and_leaves_nothing(tmp_path, monkeypatch):
    """2,000 rows, no peers: the figures stand in the file, no goal is asked of a quick run."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    page, settings = tmp_path / "RESULTS.md", get_settings()
    arguments = ["csv", "--quick", "--rows", "2000", "--no-peers", "--out", str(page)]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    assert "csv: 2,000 rows × 20 columns" in text and "PostgreSQL 18" in text
    assert "| Simpul lands it, 1 % malformed | " in text and "| peak memory landing 10,000 rows | " in text
    assert "| Simpul lands it | " in text and "| peak memory landing 2,000 rows | " in text
    assert "≤" not in text and "a quick run" in text
    assert get_settings() == settings, "the caller's own home is as it was"
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.stack
def test_xlsx_runs_beside_its_peers(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    page = tmp_path / "RESULTS.md"
    done = CliRunner().invoke(
        app, ["xlsx", "--quick", "--rows", "2000", "--out", str(page)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    assert "| 200 rows: Simpul lands it | " in text and "| openpyxl + to_sql | " in text
    assert "| peak memory, 2,000 rows | " in text and "python-calamine" in text


@pytest.mark.stack
def test_link_measures_all_and_what_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    page = tmp_path / "RESULTS.md"
    arguments = ["link", "--quick", "--rows", "2000", "--no-peers", "--out", str(page)]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    assert "| Simpul links everything, for the first time | " in text and "| … nothing changed | " in text
    [(records, again)] = re.findall(r"of ([0-9,]+) records, ([0-9,]+) were looked at again", text)
    assert 0 < int(again.replace(",", "")) < int(records.replace(",", "")) / 4
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.stack
def test_ledger_is_appended_exported_and_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    page = tmp_path / "RESULTS.md"
    arguments = ["ledger", "--quick", "--records", "1000", "--out", str(page)]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    assert "ledger: 1,000 events" in text and "| stand-alone verifier | " in text and "| export | " in text
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.stack
@pytest.mark.proof  # a minute; what it is made of is tried in tests/pack and tests/pipeline/test_eligibility.py
def test_packs_of_a_province_and_a_city_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    page = tmp_path / "RESULTS.md"
    done = CliRunner().invoke(app, ["packs", "--quick", "--out", str(page)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    assert "packs: a province of 2 regencies, 600 people" in text
    assert "| pack of a province of 2 regencies | " in text and "| pack of a city | " in text
    [(proofs, files)] = re.findall(r"\| 35 \| ([0-9,]+) \| ([0-9,]+) \|", text)
    assert int(proofs.replace(",", "")) > 100 and int(files.replace(",", "")) > 25
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.stack
@pytest.mark.proof  # 3.5 minutes; what it is made of is tried in tests/bi, on a Superset that runs there already
def test_dashboards_are_asked_one_question_at_a_time_and_opened(tmp_path, monkeypatch):
    """All charts of five dashboards, alone and at once, with the region that they begin with and with the city."""
    if not (machine.ROOT / ".venv-bi" / ".ready").exists():
        pytest.skip("there is no Superset: `make bi`")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    page = tmp_path / "RESULTS.md"
    done = CliRunner().invoke(
        app, ["dashboards", "--quick", "--people", "1000", "--out", str(page)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    for users in dashboards.USERS:
        assert f"| opened by {users} at once: p95 of every answer | " in text
        assert f"| opened by {users} at once: until the whole dashboard is there, p95 | " in text
    for slug in DASHBOARDS:
        rows = re.findall(rf"^\| {slug} \| (as it begins|Kota Tanjungbalai) \| ([14]) \|", text, re.MULTILINE)
        assert len(set(rows)) == 4, slug
    assert "| p95 of every answer | " in text and "p95 ≤ 1 s holds for: " in text
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.slow
def test_linkage_measures_every_method_on_a_population(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    page = tmp_path / "RESULTS.md"
    arguments = ["linkage", "--quick", "--records", "2000", "--population", "typist", "--out", str(page)]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    precision, recall = re.findall(r"\| typist \| Splink's tutorial \| ([0-9.]+) \| ([0-9.]+) \|", text)[0]
    assert float(precision) > 0.9 and float(recall) > 0.9 and "| typist | NIK join | " in text
    assert "**Recall by subgroup**" in text and "gap by mononym" in text and "splink 5" in text
    assert "| what | measured |" not in text, "no heading without figures"
    assert ("**FEBRL**" in text) or ("FEBRL left out" in text)
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.parametrize(
    "chosen", [("village",), pytest.param((), marks=pytest.mark.proof)], ids=["one", "all"]
)
def test_linkage_without_peers_is_quick(tmp_path, chosen):
    """Every population is measured when none is chosen."""
    page = tmp_path / "RESULTS.md"
    populations = [word for name in chosen for word in ("--population", name)]
    done = CliRunner().invoke(
        app,
        ["linkage", "--quick", "--records", "1500", "--no-peers", *populations, "--out", str(page)],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    measured = {name for name in POPULATIONS if f"| {name} | NIK join | " in text}
    assert measured == set(chosen or POPULATIONS) and "tutorial | " not in text
    assert "village: " in text and " of which every word is true of somebody else" in text


@pytest.fixture
def section() -> Section:
    """A goal met, one missed, one without a peer, and a table."""
    peer = ("the peer", [1.0, 2.0, 4.0])
    figures = [
        Figure("half as quick", [2.0, 4.0, 8.0], against=peer, goal=Goal(2)),
        Figure(
            "a peer that should be slower",
            [5.0, 6.0, 7.0],
            against=peer,
            is_slower=True,
            goal=Goal(10, at_least=True),
        ),
        Figure("errors", [0], "", goal=Goal(0, "")),
    ]
    return Section(
        "one", "One: a title", "How.", figures, [Table("Stages", ("a", "b"), [("x", "1")])], ["a remark"]
    )


def test_ratios_are_taken_round_by_round(section):
    met, missed, none = (figure.cells() for figure in section.figures)
    assert met == ("half as quick", "4 s (2–8)", "the peer", "2 × (2–2)", "≤ 2 ×", "yes")
    assert missed[3:] == ("3 × (1.75–5) slower", "≥ 10 ×", "**no**")
    assert none == ("errors", "0", "", "", "none", "yes")


def test_a_section_measured_again_replaces_only_itself(tmp_path, section):
    page = tmp_path / "RESULTS.md"
    order = ["one", "two"]
    results.store(page, "two", "## Two\nkept", order)
    results.store(page, "one", results.markdown(section, load=0.1), order)
    results.store(page, "one", results.markdown(section, load=0.1).replace("a remark", "another"), order)
    text = page.read_text(encoding="utf-8")
    assert list(results.read(page)) == order
    assert "| x | 1 |" in text and "- another" in text and "a remark" not in text and "kept" in text
    results.show(section, results.Console(record=True))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.1234, "0.123"), (1.524, "1.52"), (15.24, "15.2"), (1524.4, "1,524"), (9000, "9,000")],
)
def test_numbers_have_three_digits_that_mean_something(value, shown):
    assert number(value) == shown


def test_a_single_value_has_no_spread():
    assert spread([1.5], "s") == "1.50 s"
