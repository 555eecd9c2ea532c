"""The lookup of the dbt project (`int_region_name`) finds on the real database what `simpul.regions` finds."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from simpul import database
from simpul.regions import Regions, name_key

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "dbt_project" / "models" / "intermediate" / "int_region_name.sql"
SEEDS = ROOT / "dbt_project" / "seeds"


@pytest.fixture
def looked_up(fresh_warehouse) -> dict[tuple[str, str], tuple[str, str]]:
    """(parent, name key) → (code of that name, code of today), by the model's own SQL over the seeds."""
    macros = (ROOT / "dbt_project" / "macros" / "text.sql").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=False)
    name_key = environment.from_string(macros).module.name_key
    query = environment.from_string(MODEL.read_text(encoding="utf-8")).render(
        ref=lambda seed: f"pg_temp.{seed}", name_key=name_key
    )
    types = {"is_current": "boolean", "valid_from": "date", "valid_to": "date"}
    with database.connect() as connection:
        for seed in ("seed_region", "seed_region_alias"):
            text = (SEEDS / f"{seed}.csv").read_text(encoding="utf-8")
            header = text.split("\n", 1)[0].split(",")
            columns = ", ".join(f"{column} {types.get(column, 'text')}" for column in header)
            connection.execute(f"create temporary table {seed} ({columns})")
            with connection.cursor().copy(f"copy {seed} from stdin (format csv, header)") as copy:
                copy.write(text)
        rows = connection.execute(
            f"select parent_region_code, name_key, region_code, current_code from ({query}) as found"
        ).fetchall()
    assert len({row[:2] for row in rows}) == len(rows), "a name leads to two regions"
    return {(parent, key): (code, today) for parent, key, code, today in rows}


def test_sql_and_python_find_the_same_region(looked_up):
    regions = Regions.load()
    for (parent, key), (code, today) in looked_up.items():
        assert regions.within(parent, key) == code, (parent, key)
        assert regions.current(code) == today
    for region in regions:
        if region.parent_region_code:
            assert (region.parent_region_code, name_key(region.name)) in looked_up
