"""Does anybody read what is not declared, or see what was not made? The catalogue is held against `simpul.roles`, the
texts of views and functions against what makes them; nothing is left changed, and no row is read.

What it finds is what somebody altered by hand, or a migration forgot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg

from simpul.contract import load_fields
from simpul.database import no_values
from simpul.identifying import NO_PERSONS, names_somebody
from simpul.release import Mart, restating, rights
from simpul.release.mart import MartColumn
from simpul.release.parents import shows_what_it_should
from simpul.render.marts import live_columns
from simpul.roles import ALL, CREATES, OWN_REGIONS, READS, WITHHELD
from simpul.settings import get_settings
from simpul.trust import doors, shape
from simpul.trust.doors import Unexpected
from simpul.trust.matrix import OTHER, Matrix, Relation, Right, Role, matrix

_READERS = frozenset(READS) - frozenset(CREATES)
_PUBLISH = "the next release mends it; at once: simpul run --force"


def check(conn: psycopg.Connection[Any]) -> list[Unexpected]:
    """Everything that is not as declared, in one snapshot; nothing = nobody reads what is not meant for him."""
    with no_values("checking rights"), conn.transaction(force_rollback=True):
        conn.execute("set transaction isolation level repeatable read")
        return found_in(conn)


def found_in(conn: psycopg.Connection[Any]) -> list[Unexpected]:
    """`check` in the caller's transaction."""
    found = _undeclared(matrix(conn))
    return [
        *_reads(found),
        *_missing(found),
        *_stray(found),
        *_parents(conn, found),
        *doors.found(conn, found.roles),
        *shape.found(conn),
    ]


def administrators() -> list[str]:
    """Roles whose powers somebody answers for; none of our own."""
    named = (name.strip() for name in get_settings().administrators.split(","))
    return sorted({name for name in named if name} - set(READS))


def _undeclared(found: Matrix) -> Matrix:
    known = administrators()
    return replace(
        found,
        roles=[role for role in found.roles if role.name not in known],
        rights=[right for right in found.rights if right.role not in known],
    )


def expected(role: Role, relation: Relation) -> tuple[list[str], str]:
    """Columns and rows of the relation that are declared for a role: the most that any it works as has."""
    columns: set[str] = set()
    rows = OWN_REGIONS
    for name in role.works_as:
        which = READS[name].get(relation.schema)
        if which is None:
            continue
        withheld = WITHHELD.get(name, {}).get(relation.name, ())
        columns |= set() if "*" in withheld else set(relation.columns) - set(withheld)
        rows = ALL if which == ALL else rows
    if relation.schema == "marts":
        personal = {name for name, one in load_fields().items() if one.personal != "none"}
        mart = relation.name.removeprefix("marts.")
        columns -= {name for name in personal if f"{mart}.{name}" not in NO_PERSONS}
        columns -= {name for name in columns if names_somebody(mart, name)}
    return [column for column in relation.columns if column in columns], rows


def _reads(found: Matrix) -> Iterator[Unexpected]:
    roles = {role.name: role for role in found.roles}
    for right in found.rights:
        if roles[right.role].is_master:  # told once, by its power
            continue
        relation = found.relations[right.relation]
        columns, rows = expected(roles[right.role], relation)
        more = [column for column in right.columns if column not in columns]
        if more and (right.may_name or not _is_behind_a_view(found, relation)):
            told = "every column" if more == relation.columns else ", ".join(more)
            yield Unexpected(relation.name, f"{right.role} may read {told}", _revoke(relation, right))
        elif right.may_name and right.rows == ALL and rows != ALL:
            yield Unexpected(
                relation.name, f"{right.role} reads every row, not only those of its regions", _PUBLISH
            )
        elif right.may_name and right.rows == OTHER and rows != ALL:
            yield Unexpected(
                relation.name,
                f"which rows {right.role} reads is decided by another condition than its regions",
                _PUBLISH,
            )


def _is_behind_a_view(found: Matrix, relation: Relation) -> bool:
    """A parent that a published view shows: who reads holds the right, but cannot name it. `_parents` looks who."""
    return relation.schema == "release" and any(name in found.relations for name in _views_of(relation))


def _views_of(parent: Relation) -> list[str]:
    return [f"{audience}.{parent.name.removeprefix('release.')}" for audience in rights.READERS]


def _revoke(relation: Relation, right: Right) -> str:
    return (
        f"find who gave it and why, then: revoke all on {relation.name} from {right.role}"
        " (or from public, or the membership that brings it)"
    )


def _missing(found: Matrix) -> Iterator[Unexpected]:
    """What published views no longer show to whom they are for: it fails closed, and somebody waits for it."""
    for role in found.roles:
        if role.name not in _READERS:
            continue
        for relation in found.relations.values():
            if relation.schema not in rights.READERS or relation.schema not in READS[role.name]:
                continue
            right = found.of(role.name, relation.name)
            if right is None or not right.reads:
                yield Unexpected(relation.name, f"{role.name} reads nothing of it", _PUBLISH)


def _stray(found: Matrix) -> Iterator[Unexpected]:
    """In the schemas of readers stand views that ask the reader's own rights, on published tables; nothing else."""
    masters = {role.name for role in found.roles if role.is_master}
    for relation in found.relations.values():
        if relation.schema in rights.READERS:
            bases = found.bases.get(relation.name, [])
            if relation.kind != "v" or not all(base.startswith("release.") for base in bases):
                yield Unexpected(
                    relation.name,
                    "it is no view of a published table",
                    f"somebody made it by hand: drop it, or move it out of {relation.schema}",
                )
            elif not relation.is_invoker:
                yield Unexpected(
                    relation.name,
                    "it reads with its owner's rights (security_invoker is off)",
                    f"alter view {relation.name} set (security_invoker); {_PUBLISH}",
                )
        elif relation.kind in ("v", "m") and not relation.is_invoker:
            asking = sorted(
                right.role
                for right in found.rights
                if right.relation == relation.name
                and right.reads
                and right.role not in CREATES
                and right.role not in masters
            )
            if asking:
                yield Unexpected(
                    relation.name,
                    f"{', '.join(asking)} read{'s' if len(asking) == 1 else ''} it with its owner's rights",
                    f"revoke all on {relation.name} from {', '.join(asking)}, or drop it",
                )


def _parents(conn: psycopg.Connection[Any], found: Matrix) -> Iterator[Unexpected]:
    """Rights, row rights, columns and views of published tables, as publishing makes them."""
    alive = live_columns(get_settings().dbt_dir / "models" / "marts")
    for relation in found.relations.values():
        if relation.schema != "release" or relation.kind != "p":
            continue
        for view in _views_of(relation):
            if view not in found.relations:
                continue
            audience, name = view.split(".", 1)
            if not rights.is_current(conn, Mart(name, audience, (), ())):
                yield Unexpected(
                    relation.name, "its rights or row rights are not those it was given", _PUBLISH
                )
            live = [MartColumn(column, live=said) for column, said in alive.get(name, {}).items()]
            added = [column for column in relation.columns if column not in found.relations[view].columns]
            if added:
                yield Unexpected(
                    relation.name,
                    f"{', '.join(added)}: no view shows it, it was added by hand",
                    f"alter table {relation.name} drop column …, before a release is published with it",
                )
            elif not shows_what_it_should(conn, Mart(name, audience, tuple(live), ())):
                yield Unexpected(
                    view,
                    "it shows something else than the rows of its table",
                    f"look what it showed and since when (pg_get_viewdef); {_PUBLISH}",
                )
    if not restating.is_current(conn):
        yield Unexpected(
            restating.SIGNATURE, "it compares releases otherwise than the project does", _PUBLISH
        )
