"""The publication suites, one module per mart, each with its ``CHECKS``; marts without a module get the common ones."""

# ruff: noqa: S608 — queries are put together from constants of this module and names of contracts
from __future__ import annotations

import pkgutil
from dataclasses import replace
from importlib import import_module

from expectations.check import Check, check
from simpul.contract import HOUSE, KEPT_SHARE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)


def told_marts() -> list[str]:
    """Marts that have a suite of their own: they must be there in every release."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def checks(mart: str) -> tuple[Check, ...]:
    """All checks on ``mart``: its own and those that every published table has to pass."""
    own: tuple[Check, ...] = ()
    if mart in told_marts():
        module = import_module(f"{__name__}.{mart}")
        own = tuple(replace(one, standing=one.standing or module.STANDING) for one in module.CHECKS)
    if mart in _OF_THE_MOMENT:
        return own
    kept = (not_much_smaller(mart), *([not_lost(mart)] if mart.startswith(_WHAT_IS_KNOWN) else ()))
    return (*own, *kept)


_OF_THE_MOMENT = (
    "rpt_restatement",
)  # what has changed since the last release; next time that is something else


_WHAT_IS_KNOWN = (
    "dim_",
    "fct_",
    "person",
)  # what is derived from it, and worklists, may become less for good reasons
_FEW_ROWS = 20  # so many may go at any time, unless they are all: a table of a few meetings, corrected

_UNSAID = """not exists (
        select from audit.release where release_id = {release_id} and coalesce(reason, reason_id) is not null)
    and not exists (
        select from audit.release_input as input
        join audit.release_pointer as pointer on input.release_id = pointer.release_id
        join audit.file as gone on input.file_id = gone.file_id
        left join audit.file as newer on gone.superseded_by = newer.file_id
        where gone.status = 'refused' or newer.structure -> 'letter' ->> 'replaces' = 'true')"""


def gross_loss(before: str, now: str) -> str:
    """SQL: TRUE when much of what the published release knew is gone, and nobody has said that it should be.

    Somebody has who gave a reason for this build, withdrew a file that the published release was made from, or sent one
    to take the place of such a file (``replaces: yes``).

    Args:
        before: SQL for the count in the published release.
        now: SQL for the count in this one.
    """
    return f"""({now}) < {KEPT_SHARE} * ({before}) and (({now}) = 0 or ({before}) - ({now}) > {_FEW_ROWS})
    and {_UNSAID}"""


def not_lost(mart: str) -> Check:
    """As `not_much_smaller`, for what stops the release: a table of what is known, many rows, and no reason given."""
    return check(
        "rows_lost",
        "fail",
        "analytical",
        en="The table holds at least 60 % of the rows of the published release, or somebody has said why not.",
        id="Tabel memuat sekurangnya 60 % baris rilis yang sedang terbit, atau alasannya telah disebutkan.",
        query=f"""
select '{mart}' as mart
where {gross_loss("select count(*) from {previous}", "select count(*) from {batch}")}""",
        checked="select count(*) from {previous}",
        standing=STANDING,
    )


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
        standing=STANDING,
    )
