"""SQL of ``marts.yml``: made with the macros of the dbt project, so that no rule is written a second time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, StrictUndefined

from simpul.contract import load_contracts
from simpul.settings import get_settings

_MACROS = ("text", "dates", "numbers", "regions", "registries", "payments", "coverage", "poverty")
_VALUE = "\x00"


@dataclass(frozen=True)
class Query:
    """``text`` with named placeholders, and the intermediate tables that it reads."""

    text: str
    tables: frozenset[str]


def made(
    template: str, types: Mapping[str, str], audiences: Mapping[str, str], asked: str | None = None
) -> Query:
    """SQL of a template.

    Args:
        template: of ``marts.yml``.
        types: column of the mart → its type; ``the('column')`` becomes a placeholder of that type.
        audiences: published table → its schema; every other table is an intermediate one.
        asked: a relation with rows of the mart; ``the('column')`` becomes its column, for use in a lateral join.
    """
    return _made(template, tuple(types.items()), tuple(audiences.items()), asked)


@lru_cache(
    maxsize=128
)  # reading the macros takes longer than asking: who asks of many figures has it done once
def _made(
    template: str,
    typed: tuple[tuple[str, str], ...],
    published: tuple[tuple[str, str], ...],
    asked: str | None,
) -> Query:
    types, audiences = dict(typed), dict(published)
    tables: set[str] = set()

    def ref(name: str) -> str:
        if name not in audiences:
            tables.add(name)
        return f"{audiences.get(name, 'intermediate')}.{name}"

    def the(column: str) -> str:
        return (
            f'({asked}."{column}"::{types[column]})'
            if asked
            else f"({_VALUE}{column}{_VALUE}::{types[column]})"
        )

    environment: Any = Environment(
        autoescape=False,  # noqa: S701 - SQL, not HTML
        undefined=StrictUndefined,
        extensions=["jinja2.ext.do"],
    )
    environment.globals |= {"ref": ref, "the": the, "tables_of_the_nation": _tables_of_the_nation}
    text = environment.from_string(_macros() + template).render().strip()
    # a percent sign of SQL is none of a placeholder
    return Query(re.sub(f"{_VALUE}(\\w+){_VALUE}", r"%(\1)s", text.replace("%", "%%")), frozenset(tables))


def _tables_of_the_nation() -> str:
    """An array in SQL: datasets whose files hold the rows of all regions within theirs."""
    names = sorted(name for name, contract in load_contracts().items() if contract.region_level == "nation")
    return f"array[{', '.join(repr(name) for name in names)}]"


@lru_cache(maxsize=1)
def _macros() -> str:
    folder = get_settings().dbt_dir / "macros"
    return "".join((folder / f"{name}.sql").read_text(encoding="utf-8") for name in _MACROS)
