"""One small city for the tests of this folder, written once, with its truth and its next month."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sample import SampleReport, write_sample

PEOPLE = 20_000
Row = dict[str, str]


@dataclass(frozen=True)
class Written:
    out: Path
    later: Path
    truth: Path
    report: SampleReport

    def rows(self, file: str) -> list[list[object]]:
        """Cells of a list of people as a reader sees them, heading first."""
        path = next(p for p in (self.out / file, self.later / file) if p.exists())
        if path.suffix == ".xlsx":
            from python_calamine import CalamineWorkbook

            return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        delimiter = ";" if file.startswith("bpjs/") else ","
        with path.open(encoding="utf-8", newline="") as text:
            return list(csv.reader(text, delimiter=delimiter))

    def people(self) -> list[Row]:
        return list(self._table("people.csv"))

    def records(self) -> Iterator[Row]:
        return self._table("records.csv")

    def _table(self, name: str) -> Iterator[Row]:
        with (self.truth / name).open(encoding="utf-8", newline="") as text:
            yield from csv.DictReader(text)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("sample")
    out, later, truth = folder / "out", folder / "later", folder / "truth"
    return Written(out, later, truth, write_sample(out, PEOPLE, 1, truth=truth, later=later))
