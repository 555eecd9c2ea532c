"""The dbt macro `name_key` gives on the real database what `simpul.regions.name_key` gives in Python."""

from __future__ import annotations

import csv
from pathlib import Path

import jinja2

from simpul import database
from simpul.regions import Regions, name_key

ROOT = Path(__file__).parents[2]


def test_the_sql_and_the_python_key_are_one(warehouse):
    macros = (ROOT / "dbt_project" / "macros" / "text.sql").read_text(encoding="utf-8")
    expression = jinja2.Environment(autoescape=False).from_string(macros).module.name_key("name")
    with open(ROOT / "tests" / "golden" / "region_names.csv", encoding="utf-8", newline="") as file:
        golden = {row["name"]: row["name_key"] for row in csv.DictReader(file)}
    names = sorted({*golden, *(region.name for region in Regions.load())})
    with database.connect() as connection:
        found = connection.execute(
            f"select name, {expression} from unnest(%s::text[]) as given (name)", [names]
        ).fetchall()
    assert dict(found) == {name: name_key(name) for name in names}
    assert {name: key for name, key in found if name in golden} == golden
