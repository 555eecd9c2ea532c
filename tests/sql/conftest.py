"""What the tests of the dbt project share: its macros as SQL text, and a small warehouse that it has built."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import jinja2
import pytest

from expectations.publication import checks
from simpul import database, identity, transform
from simpul.contract import load_contracts
from simpul.render import attach_ddl, ensure_raw_tables, partition_ddl
from simpul.seeds import ensure_reference

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


def load_files(connection: Any, files: dict[str, dict[str, Any]], unread: Collection[str] = ()) -> None:
    """Raw rows of landed files, and release 1 as the candidate that reads all of them but ``unread``.

    Args:
        connection: to an empty warehouse.
        files: dataset → file id → (period, region, rows); a file's first row is its row 2.
        unread: files that were replaced before the release opened.
    """
    ensure_raw_tables(connection)
    connection.execute("insert into audit.release (release_id, status) values (1, 'candidate')")
    for dataset, of_dataset in files.items():
        contract = load_contracts()[dataset]
        for file_id, (period, region, rows) in of_dataset.items():
            connection.execute(
                "insert into audit.file (file_id, file_name, source_path, sha256, bytes, agency, dataset, period,"
                " region_code, status, rows_loaded) values (%s, %s, '-', %s, 1, %s, %s, %s, %s, 'landed', %s)",
                (file_id, file_id, file_id, contract.agency, dataset, period, region, len(rows)),
            )
            if file_id not in unread:
                connection.execute("insert into audit.release_input values (1, %s)", (file_id,))
            connection.execute(partition_ddl(contract, file_id, first_row=2))
            for row in rows:
                names = ", ".join(row)
                connection.execute(
                    f'insert into raw."{contract.table}__{file_id}" ({names})'
                    f" values ({', '.join(['%s'] * len(row))})",
                    [value or None for value in row.values()],
                )
            connection.execute(attach_ddl(contract, file_id))


def build_candidate() -> None:
    """Everything that a release consists of, from the files that `load_files` put there; warnings fail too."""
    ensure_reference()
    prepared = transform.run_dbt(transform.PREPARE, exclude=transform.LISTS)
    assert prepared.success, prepared.explain()
    identity.link(1)
    identity.suggest_niks(1)
    marts = transform.run_dbt(transform.MARTS)
    assert marts.success, marts.explain()
    assert not prepared.warnings and not marts.warnings
    with database.connect() as connection:
        assert wrong_sums(connection) == {}


SUMMED = (
    "fct_contribution", "fct_social_workforce", "fct_verval", "rpt_finding", "rpt_finding_program", "rpt_finding_row",
    "rpt_nik_quality", "rpt_population", "rpt_program_coverage", "rpt_program_overlap", "rpt_program_payment",
    "rpt_registry_crosswalk", "rpt_tkpk_compliance", "rpt_uncovered",
)  # fmt: skip


def wrong_sums(connection: Any, marts: Collection[str] = SUMMED) -> dict[str, list[Any]]:
    """What door 2 finds in the candidate's counts and sums: nothing, of whatever the models have built."""
    place = dict(
        connection.execute(
            "select relname, format('%I.%I', nspname, relname) from pg_class"
            " join pg_namespace as n on n.oid = relnamespace where nspname in ('candidate', 'intermediate', 'staging')"
        ).fetchall()
    )
    found = {}
    for mart in marts:
        for check in checks(mart):
            if check.severity == "fail" and not check.needs_previous:
                told = re.sub(
                    r"\{(\w+)\}",
                    lambda name, mart=mart: place[{"batch": mart}.get(name[1], name[1])],
                    check.query,
                )
                if rows := connection.execute(told).fetchall():
                    found[f"{mart}.{check.code}"] = rows
    return found
