"""The publication suites, one module per mart, each with its ``CHECKS``; marts without a module get the common ones."""

# ruff: noqa: S608 — queries are put together from constants of this module and names of contracts
from __future__ import annotations

import pkgutil
from importlib import import_module

from expectations.check import Check, check
from simpul.contract import KEPT_SHARE


def told_marts() -> list[str]:
    """Marts that have a suite of their own: they must be there in every release."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def checks(mart: str) -> tuple[Check, ...]:
    """All checks on ``mart``: its own and those that every published table has to pass."""
    own: tuple[Check, ...] = import_module(f"{__name__}.{mart}").CHECKS if mart in told_marts() else ()
    return (*own, not_much_smaller(mart))


def not_much_smaller(mart: str) -> Check:
    """The table did not shrink by more than 40 % against the published release: a join gone wrong, a filter too much.

    A delivery that shrank is hidden here by the periods before it; `rpt_data_quality` and the landing gate look at it.
    """
    return check(
        "rows_kept",
        "warn",
        "analytical",
        en="The table holds at least 60 % of the rows of the published release.",
        id="Tabel memuat sekurangnya 60 % baris rilis yang sedang terbit.",
        query=f"""
select '{mart}' as mart
where (select count(*) from {{batch}}) < {KEPT_SHARE} * (select count(*) from {{previous}})""",
        checked="select count(*) from {previous}",
    )
