"""What an exported cell may look like: nothing runs, everything can be read back."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from simpul.identifying import names_somebody, tells_whom
from simpul.trust.export_cells import for_sheet, guard, known, plain, unguard
from simpul.trust.export_files import writing
from simpul.trust.export_keys import SKETCH, Sketch

_NO_LONE = re.compile("[\ud800-\udfff]")  # no text of a database holds one
SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝")
TEXTS = st.one_of(st.text(), st.text(alphabet="'=+-@\t\r\n ＝\"A1;,|"))


@given(TEXTS)
@example("=cmd|' /C calc'!A0")
@example("'=1")
@example("''=1")
@example(" =1")
@example("SITI;=1+1;X")
@example("SITI;'=1")
@example("\n'=1")
def test_a_guarded_text_runs_nowhere_and_reads_back(text: str) -> None:
    shown = guard(text)
    assert unguard(shown) == text
    assert not shown.startswith(DANGEROUS) and not shown.strip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
def test_nothing_runs_where_the_list_separator_is_another(separator: str, tmp_path: Path) -> None:
    """A spreadsheet of Indonesia cuts lines at semicolons, also within texts that are quoted behind a comma."""

    @given(st.lists(TEXTS, min_size=1, max_size=3))
    @example(["SITI;=1+1;X"])
    @example(["SITI\n=1+1"])
    @example(['SITI;"=1+1'])
    @example(["X;", "=1+1"])
    def runs_nowhere(texts: list[str]) -> None:
        path = tmp_path / "export.csv"
        with writing(path, ".csv", ["n", "text"], "mark") as write:
            write([1, *(plain(_NO_LONE.sub("", text)) for text in texts)])
            write([*(plain(_NO_LONE.sub("", text)) for text in texts), -1])
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file, delimiter=separator):
                for cell in row:
                    assert not cell.strip().startswith(SIGNS) or cell == "-1", (cell, texts)

    runs_nowhere()


@given(TEXTS)
def test_a_saved_cell_is_known_again(text: str) -> None:
    assert known(guard(text)) == known(text)


def test_values_keep_what_they_are() -> None:
    assert plain("1274015506800001") == "1274015506800001"
    assert (
        plain(-5) == -5
        and plain(Decimal("12.50")) == Decimal("12.50")
        and plain(date(2024, 1, 2)) == date(2024, 1, 2)
    )
    assert for_sheet(plain(1274015506800001)) == "1274015506800001"  # a sheet would round it
    assert for_sheet(date(1890, 1, 1)) == "1890-01-01"
    assert known("2024-01-02 00:00:00") == known("2024-01-02") and known("12.10") == known("12.1")


def test_every_column_that_tells_whom_a_row_is_about_is_known_as_one() -> None:
    """A new column of this kind must be one of `simpul.identifying`, or be said here not to be one."""
    root = Path(__file__).resolve().parents[2] / "dbt_project" / "models" / "marts"
    words = ("nik", "kk", "name", "address", "birth", "person", "family", "card", "key", "compared")
    other = re.compile(r"has_conflicting_.*|.*_status(_[ab])?|nik_prefix_level|village_name|.*_source")
    found = {}
    for path in root.rglob("*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ()):
            if (model.get("config") or {}).get("meta", {}).get("publish") == "marts_person":
                found |= {column["name"]: model["name"] for column in model["columns"]}
    about = {name for name in found if any(word in name for word in words) and not other.fullmatch(name)}
    assert {name for name in about if not tells_whom(found[name], name)} == set()
    assert {"nik", "no_kk", "nik_as_sent", "nik_a", "no_kk_b", "mother_name", "address"} <= about
    assert {"person_id", "person_id_b", "record_key_a", "source_key", "compared_with", "family_id"} <= about
    assert tells_whom("fct_program_enrollment", "person_id")
    assert not names_somebody("fct_program_enrollment", "person_id"), "a number of ours, in schema marts"
    assert not tells_whom("dim_region", "name") and tells_whom("person", "name")


def test_a_sketch_of_many_keeps_the_smallest() -> None:
    sketch = Sketch()
    values = [(n * 2654435761 % (1 << 40)).to_bytes(8, "big") for n in range(3 * SKETCH)]
    for value in values:
        sketch.add(value)
    assert sketch.result() == (False, b"".join(sorted(set(values))[:SKETCH]))
    few = Sketch()
    for value in values[:10] * 2:
        few.add(value)
    assert few.result() == (True, b"".join(sorted(values[:10])))
