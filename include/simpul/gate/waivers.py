"""Waivers: for a while a fail-rule only warns. One person asks, another approves, a date ends it, every report says so.

A waiver loosens nothing that is not looked at: the rule is asked as before, its breaches are counted and addressed, and
the results name the waiver. It holds for what is judged while it is in force; what was judged then stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul import clock, ledger
from simpul.contract import Contract, load_contracts
from simpul.errors import SimpulError
from simpul.gate.results import Door
from simpul.ledger import Decision

LONGEST_DAYS = 366

_LISTED = """
select waiver.*, case
    when ended_at <= told.now then 'ended'
    when until < told.now::date then 'expired'
    when approved_at is null or approved_at > told.now then 'asked'
    else 'in_force' end as status
from audit.waiver cross join (select coalesce(%(then)s::timestamptz, clock_timestamp()) as now) as told"""
_IN_FORCE = f"""
select scope, rule_code, max(waiver_id) from ({_LISTED}) as waiver
where status = 'in_force' and door = %(door)s and scope = any(%(scopes)s)
    and (region_code is null or %(region)s = region_code or starts_with(%(region)s, region_code || '.'))
group by 1, 2"""  # noqa: S608 - of the constant above


def ask(
    conn: psycopg.Connection[Any],
    scope: str,
    rule_code: str,
    until: date,
    decision: Decision,
    *,
    region_code: str | None = None,
) -> int:
    """Ask for a waiver; it holds when somebody else has approved it.

    Args:
        conn: to the warehouse.
        scope: a dataset (`dinsos.dtks`: its landing gate) or a published table (`fct_poverty`: the publication gate).
        rule_code: the fail-rule.
        until: last day on which it is to hold; a year from now at most.
        decision: who asks, and why.
        region_code: only for files of this region; not at the publication gate.

    Returns:
        Its number.

    Raises:
        SimpulError: there is no such fail-rule, no reason, the date is past or too far, or a waiver of the rule for the
            region is asked for or in force already.
    """
    door = _door(scope, rule_code, region_code)
    if not (decision.why or decision.why_id):
        raise SimpulError(
            "a waiver needs a reason", code="waiver", hint="say it: --reason TEXT, --reason-id TEKS"
        )
    today = conn.execute("select current_date").fetchone()
    assert today is not None
    if not 0 <= (until - today[0]).days <= LONGEST_DAYS:
        raise SimpulError(
            f"a waiver cannot hold until {until}", code="waiver",
            hint=f"name a day between today and {LONGEST_DAYS} days from now",
        )  # fmt: skip
    with conn.transaction():
        conn.execute("lock table audit.waiver in share row exclusive mode")  # two who ask at once are one
        _require_no_other(conn, scope, rule_code, region_code)
        row = conn.execute(
            "insert into audit.waiver (door, scope, rule_code, region_code, until, asked_by, why, why_id)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s) returning waiver_id",
            (door, scope, rule_code, region_code, until, decision.by, decision.why, decision.why_id),
        ).fetchone()
        assert row is not None
        told = {"scope": scope, "rule": rule_code, "region_code": region_code, "until": until.isoformat()}
        ledger.append(conn, "waiver.asked", str(row[0]), {**told, **decision.as_dict()})
    return int(row[0])


def _require_no_other(
    conn: psycopg.Connection[Any], scope: str, rule_code: str, region_code: str | None
) -> None:
    asked = {"scope": scope, "rule": rule_code, "region": region_code, "then": clock.then()}
    row = conn.execute(
        f"""select waiver_id, status, until, asked_by from ({_LISTED}) as waiver
        where status in ('asked', 'in_force') and scope = %(scope)s and rule_code = %(rule)s
            and region_code is not distinct from %(region)s order by waiver_id desc limit 1""",  # noqa: S608
        asked,
    ).fetchone()
    if row is None:
        return
    number, status, until, asked_by = row
    hint = f"somebody else says `simpul waivers approve {number}`" if status == "asked" else "it holds"
    raise SimpulError(
        f"waiver {number} of {scope}.{rule_code} until {until} is {_STANDS[status]}: {asked_by} asked for it",
        code="waiver",
        hint=f"{hint}; for other days end it first: `simpul waivers end {number} --reason TEXT`",
    )


_STANDS = {"asked": "not answered yet", "in_force": "in force"}


def approve(conn: psycopg.Connection[Any], waiver_id: int, decision: Decision) -> None:
    """Let it hold from now on.

    Raises:
        SimpulError: there is none to approve, or the same person asked for it.
    """
    found = _one(conn, waiver_id)
    if found["status"] != "asked":
        raise SimpulError(f"waiver {waiver_id} is {found['status']}", code="waiver", hint="ask for a new one")
    if not ledger.are_two(found["asked_by"], decision.by):
        raise SimpulError(
            f"waiver {waiver_id} was asked for by {decision.by}",
            code="two_people",
            hint="another person approves it, logged in under their own name (docs/runbooks/gate-closed.md says how on"
            " one machine; in a container: SIMPUL_PERSON=NAME stated by both) · harus disetujui orang lain",
        )
    with conn.transaction():
        conn.execute(
            "update audit.waiver set approved_by = %s, approved_at = clock_timestamp() where waiver_id = %s",
            (decision.by, waiver_id),
        )
        ledger.append(conn, "waiver.approved", str(waiver_id), decision.as_dict())


def end(conn: psycopg.Connection[Any], waiver_id: int, decision: Decision) -> None:
    """End it before its time, or turn down one that was asked for.

    Raises:
        SimpulError: there is none, or it is over.
    """
    found = _one(conn, waiver_id)
    if found["status"] not in ("asked", "in_force"):
        raise SimpulError(f"waiver {waiver_id} is over: {found['status']}", code="waiver")
    with conn.transaction():
        conn.execute(
            "update audit.waiver set ended_by = %s, ended_at = clock_timestamp() where waiver_id = %s",
            (decision.by, waiver_id),
        )
        ledger.append(conn, "waiver.ended", str(waiver_id), decision.as_dict())


def listed(conn: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """All waivers, newest first; ``status``: asked, in_force, expired, ended."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(f"{_LISTED} order by waiver_id desc", {"then": clock.then()}).fetchall()


def told_in_force(conn: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Those that hold now, newest first: every report says them, also where nothing breaks the waived rule."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            f"select * from ({_LISTED}) as told where status = 'in_force' order by waiver_id desc",  # noqa: S608
            {"then": clock.then()},
        ).fetchall()


def in_force(
    conn: psycopg.Connection[Any], door: Door, scopes: Collection[str], region_code: str | None = None
) -> dict[tuple[str, str], int]:
    """Rules that only warn now: (scope, rule code) → waiver."""
    return {
        (scope, rule): number
        for scope, rule, number in conn.execute(
            _IN_FORCE,
            {"door": door, "scopes": list(scopes), "region": region_code or "", "then": clock.then()},
        )
    }


def without(contract: Contract, waived: Mapping[tuple[str, str], int]) -> Contract:
    """The contract whose waived rules only warn."""
    codes = {rule for scope, rule in waived if scope == contract.dataset}
    if not codes:
        return contract
    loosened = {"severity": "warn", "hold_above_percent": None}
    rules = [rule.model_copy(update=loosened) if rule.code in codes else rule for rule in contract.rules]
    return contract.model_copy(update={"rules": tuple(rules)})


def note(
    conn: psycopg.Connection[Any], door: Door, subject: str | int, waived: Mapping[tuple[str, str], int]
) -> None:
    """Say in the results which of them a waiver was in force for."""
    column = {"landing": "file_id", "publication": "release_id"}[door]
    scope = {"landing": "dataset", "publication": "table_name"}[door]
    for (of, rule), number in waived.items():
        conn.execute(
            f"update audit.gate_result set waiver_id = %s where door = %s and {column} = %s and {scope} = %s"  # noqa: S608
            " and rule_code = %s",
            (number, door, subject, of, rule),
        )


def _one(conn: psycopg.Connection[Any], waiver_id: int) -> dict[str, Any]:
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            f"{_LISTED} where waiver_id = %(waiver_id)s", {"waiver_id": waiver_id, "then": clock.then()}
        ).fetchone()
    if found is None:
        raise SimpulError(f"there is no waiver {waiver_id}", code="waiver", hint="see `simpul waivers list`")
    return found


def _door(scope: str, rule_code: str, region_code: str | None) -> Door:
    from expectations.landing_checks import delivery_checks
    from expectations.publication import checks, told_marts

    if contract := load_contracts().get(scope):
        stopping = {r.code for r in contract.rules if r.severity == "fail" or r.hold_above_percent}
        stopping |= {check.code for check in delivery_checks(contract) if check.severity == "fail"}
        if rule_code not in stopping:
            raise SimpulError(
                f"{scope} has no rule '{rule_code}' that stops a record or a file",
                code="waiver",
                hint="the data dictionary lists the rules of a dataset; a warning needs no waiver",
            )
        return "landing"
    if scope not in told_marts():
        raise SimpulError(
            f"'{scope}' is neither a dataset nor a published table with a suite",
            code="waiver",
            hint="write dinsos.dtks or fct_poverty",
        )
    if not any(check.code == rule_code and check.severity == "fail" for check in checks(scope)):
        raise SimpulError(
            f"{scope} has no rule '{rule_code}' that stops a release",
            code="waiver",
            hint="see its page of the release",
        )
    if region_code:
        raise SimpulError(
            "the publication gate judges whole tables", code="waiver", hint="leave --region out"
        )
    return "publication"
