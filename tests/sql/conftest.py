"""What the tests of the dbt project share: its macros as SQL text, and a small warehouse that it has built."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import pytest

ROOT = Path(__file__).parents[2]
MACROS = ROOT / "dbt_project" / "macros"
GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture(scope="session")
def golden() -> Callable[[str], list[dict[str, str]]]:
    """Reads a truth table: every row a case with the reason why it is there."""

    def read(name: str) -> list[dict[str, str]]:
        with open(GOLDEN / f"{name}.csv", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read


@pytest.fixture(scope="session")
def macros() -> Any:
    """The project's macros, rendered without dbt: the day is 1 July 2024, seeds are temporary tables."""
    text = "".join(
        path.read_text(encoding="utf-8") for path in sorted(MACROS.glob("*.sql")) if path.stem != "release"
    )
    environment = jinja2.Environment(autoescape=False, extensions=["jinja2.ext.do"])
    environment.globals |= {"as_of": lambda: "date '2024-07-01'", "ref": lambda seed: f"pg_temp.{seed}"}
    return environment.from_string(text).module


@pytest.fixture
def evaluate(warehouse, macros) -> Callable[..., list[tuple[Any, ...]]]:
    """Runs SQL expressions over the rows of a truth table; an empty cell is NULL."""
    from simpul import database
    from simpul.regions import Regions

    def run(rows: list[dict[str, str]], *expressions: str) -> list[tuple[Any, ...]]:
        names = list(rows[0])
        columns = ", ".join(f'"{name}" text' for name in names)
        with database.connect() as connection:
            connection.execute("create temporary table seed_region (region_code text, level text)")
            with connection.cursor().copy("copy seed_region from stdin") as copy:
                for region in Regions.load():
                    copy.write_row((region.region_code, region.level))
            connection.execute(f"create temporary table given (number int, {columns})")
            with connection.cursor().copy("copy given from stdin") as copy:
                for number, row in enumerate(rows):
                    copy.write_row((number, *(row[name] or None for name in names)))
            return connection.execute(
                f"select {', '.join(expressions)} from given order by number"
            ).fetchall()

    return run
