"""The register of rules as pages: every rule with its owner, basis and versions, scope by scope.

A page is written when what stands in it has changed, and never else: ``state.json`` beside the pages says what they
show. So publishing costs one small query, whatever was changed over the years.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from expectations.site.pages import render
from simpul.contract import HOUSE, load_contracts
from simpul.database import advisory_lock
from simpul.files import write_whole
from simpul.gate import rules

FOLDER = "rules"
_STATE = "state.json"

# a version is never changed but to end it
_SCOPES = """
select door, scope, count(*) filter (where ended_at is null) as rules,
    count(*) filter (where ended_at is null and severity = 'fail') as failing,
    count(*) filter (where ended_at is null and basis <> %s and not is_basis_read) as unread,
    max(first_seen_at) as changed_at,
    max(rule_version_id) || '/' || count(*) filter (where ended_at is not null) as state
from audit.rule_version group by door, scope order by door, scope"""


def write_rules(conn: psycopg.Connection[Any], reports: Path) -> list[Path]:
    """Write the pages of the scopes whose rules have changed, and the list of scopes with them; the pages written."""
    with conn.cursor(row_factory=dict_row) as cursor:
        scopes = cursor.execute(_SCOPES, (HOUSE,)).fetchall()
    home = reports / FOLDER
    told = _told(home)
    if told == {_page(one): one["state"] for one in scopes}:
        return []
    home.mkdir(parents=True, exist_ok=True)
    with advisory_lock(conn, "reports rules"):
        return list(_write(conn, home, scopes, told or {}))


def _write(
    conn: psycopg.Connection[Any], home: Path, scopes: list[dict[str, Any]], told: dict[str, str]
) -> Iterable[Path]:
    for one in scopes:
        one["page"] = _page(one)
        one["title"] = _title(one["scope"])
        if told.get(one["page"]) == one["state"]:
            continue
        versions = rules.with_changes(
            rules.listed(conn, door=one["door"], scope=one["scope"], all_versions=True)
        )
        of_rule = [list(group) for _, group in groupby(versions, key=lambda version: version["rule_code"])]
        text = render("rules_of_scope.html.j2", root="../", scope=one, of_rule=of_rule, house=HOUSE)
        write_whole(home / one["page"], text)
        yield home / one["page"]
    write_whole(home / "index.html", render("rules.html.j2", root="../", scopes=scopes))
    yield home / "index.html"
    # last: after a crash the pages are written again
    write_whole(home / _STATE, json.dumps({one["page"]: one["state"] for one in scopes}, indent=1))


def _told(home: Path) -> dict[str, str] | None:
    """What the pages that are there show; None: there are none."""
    try:
        state: dict[str, str] = json.loads((home / _STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return {page: shown for page, shown in state.items() if (home / page).is_file()}


def _page(scope: dict[str, Any]) -> str:
    return f"{scope['door']}-{scope['scope']}.html"


def _title(scope: str) -> dict[str, str] | None:
    contract = load_contracts().get(scope)
    return {"id": contract.title.id, "en": contract.title.en} if contract else None
