"""``simpul access``: whose persons a caseworker may look up, and what any role may read at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from simpul.cli.shared import AsJson, Why, WhyId, decided, say, show_json, show_table

app = typer.Typer(
    help="Whose persons a caseworker may look up, region by region; what any role may read.",
    no_args_is_help=True,
)
commands = typer.Typer()
commands.add_typer(app, name="access")

Role = Annotated[
    str, typer.Argument(help="Login role: caseworker, or one of a person that is a member of it.")
]
Region = Annotated[
    str,
    typer.Argument(help="Kemendagri code with its dots, 12.74; all below it is meant too. 00: the nation."),
]


@app.command("list")
def list_grants(as_json: AsJson = False) -> None:
    """List who may see the persons of which region. A role without any sees nobody."""
    from simpul.clock import told
    from simpul.database import connect, ensure_database
    from simpul.trust import grants

    ensure_database()
    with connect(application_name="simpul access") as conn:
        found = grants.grants(conn)
    if as_json:
        show_json(found)
        return
    rows = [
        (
            one["role_name"],
            one["region_code"] or "none: sees nobody",
            one["region"] or "–",
            one["granted_by"] or "–",
            told(one["granted_at"]),
        )
        for one in found
    ]
    show_table(("role", "region", "name", "by", "since"), rows)


@app.command()
def grant(role: Role, region: Region, why: Why = None, why_id: WhyId = None, as_json: AsJson = False) -> None:
    """Let a role see the persons of a region. The ledger keeps who and why."""
    from simpul.database import connect, ensure_database
    from simpul.trust import grants

    decision = decided(why, why_id)
    ensure_database()
    with connect(application_name="simpul access") as conn:
        changed = grants.grant(conn, role, region, decision)
    _told(role, region, changed, f"{role} sees the persons of {region}", "as before", as_json)


@app.command()
def revoke(
    role: Role, region: Region, why: Why = None, why_id: WhyId = None, as_json: AsJson = False
) -> None:
    """Take it back, at once. A right for a wider region stays."""
    from simpul.database import connect, ensure_database
    from simpul.trust import grants

    decision = decided(why, why_id)
    ensure_database()
    with connect(application_name="simpul access") as conn:
        changed = grants.revoke(conn, role, region, decision)
    _told(role, region, changed, f"{role} no longer has {region}", "there was no such right", as_json)


@app.command("matrix")
def show_matrix(as_json: AsJson = False) -> None:
    """Show what each login role may read: relations, columns, rows. What is not listed it may not."""
    from simpul.database import connect, ensure_database
    from simpul.trust import matrix

    ensure_database()
    with connect(application_name="simpul access") as conn:
        found = matrix.matrix(conn)
    if as_json:
        show_json(found.as_dict())
        return
    masters = {role.name for role in found.roles if role.is_master}
    rows = [(name, "everything", "all", "all") for name in sorted(masters)] + [
        (
            right.role,
            right.relation,
            f"all but {', '.join(right.withheld)}" if right.withheld else "all",
            ", ".join(right.regions) or f"{right.rows}, none granted"
            if right.rows == matrix.OWN_REGIONS
            else right.rows,
        )
        for right in found.rights
        if right.may_name and right.role not in masters and not found.relations[right.relation].is_partition
    ]
    show_table(("role", "table or view", "columns", "rows"), rows)


@app.command()
def check(as_json: AsJson = False) -> None:
    """Hold the catalogue against what is declared. Exit code 1 when anybody reads what he is not meant to."""
    from simpul.database import connect, ensure_database
    from simpul.trust import checking

    ensure_database()
    with connect(application_name="simpul access") as conn:
        found = checking.check(conn)
    known = checking.administrators()
    if as_json:
        show_json([one.as_dict() for one in found])
    else:
        for one in found:
            typer.secho(f"{one.subject}: {one.problem} — {one.hint}", fg=typer.colors.RED)
        if known:
            say(f"not held against the declaration (SIMPUL_ADMINISTRATORS): {', '.join(known)}")
        typer.echo(
            f"{len(found)} things are not as declared" if found else "nobody reads what is not declared"
        )
    if found:
        raise typer.Exit(1)


@app.command()
def reads(
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="From then on, UTC.")
    ] = None,
    log: Annotated[Path | None, typer.Option(help="Log of the server; default: of the embedded one.")] = None,
    as_json: AsJson = False,
) -> None:
    """List who read a table about persons by SQL, and when, from the server's log.

    "rows" is what the server fetched of the table until its next read by anybody, not what a statement returned. Reads
    by a superuser that go round the views, and dumps, are not in it (docs/runbooks/access.md).
    """
    from simpul.clock import told
    from simpul.database import connect, ensure_database
    from simpul.trust import reads as reading

    ensure_database()
    with connect(application_name="simpul access") as conn:
        found = reading.reads(conn, since=since.replace(tzinfo=UTC) if since else None, log=log)
    if as_json:
        show_json([one.as_dict() for one in found])
        return
    if not found:
        say("the log tells of no read")
        return
    rows = [
        (told(one.at), one.role, f"marts_person.{one.relation}", str(one.release or "–"),
         "–" if one.rows is None else f"{one.rows:,}")
        for one in found
    ]  # fmt: skip
    show_table(("when", "role", "table", "release", "rows until the next"), rows, right=(4,))


@app.command()
def rotate(
    roles: Annotated[
        list[str] | None, typer.Argument(help="Roles; default: all whose password is kept here.")
    ] = None,
    why: Why = None,
    why_id: WhyId = None,
    as_json: AsJson = False,
) -> None:
    """Give roles new passwords, in the database and under SIMPUL_HOME/secrets; none is shown. Open sessions go on."""
    from simpul.database import ensure_database
    from simpul.trust import passwords

    decision = decided(why, why_id, is_needed=False)
    ensure_database()
    done = passwords.rotate(roles or (), decision)
    if as_json:
        show_json({"roles": done})
    else:
        for name in done:
            say(f"{name} has a new password: simpul dsn --role {name}")


def _told(role: str, region: str, changed: bool, done: str, unchanged: str, as_json: bool) -> None:
    if as_json:
        show_json({"role_name": role, "region_code": region, "changed": changed})
    else:
        say(done if changed else f"{done}: {unchanged}")
