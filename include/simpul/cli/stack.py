"""``simpul up | down | status | dsn``: the local services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simpul.cli.shared import AsJson, say, show_json

if TYPE_CHECKING:
    from simpul.stack.services import Status

commands = typer.Typer()

_NOT_ALL_UP = 3  # as `systemctl status` has it


@commands.command()
def up(
    bi: Annotated[
        bool, typer.Option("--bi", help="Superset with its dashboards besides (`make bi`).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start PostgreSQL and Airflow and wait until they answer. Passwords: `simpul status --show-password`."""
    from simpul import pipeline
    from simpul.stack import services

    found = pipeline.start(say)
    if bi:
        found = services.up_bi(say)
    if as_json:
        show_json(found.as_dict())
    else:
        _show(found)


@commands.command()
def down() -> None:
    """Stop everything; data, logs and reports stay."""
    from simpul.stack import services

    say("everything is stopped" if services.down() else "nothing was running")


@commands.command()
def status(
    show_password: Annotated[
        bool,
        typer.Option("--show-password", help="Print the password of Airflow too, not only where it is kept."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what runs, and where. Exit code 3 when something does not."""
    from simpul.stack import services

    found = services.status()
    reachable = found.warehouse_reachable
    trouble = _trouble() if reachable else None
    held = _held_files() if reachable else None
    if as_json:
        show_json({**found.as_dict(), "trouble": trouble, "held_files": held})
    else:
        _show(found, with_password=show_password)
        if trouble:
            typer.secho(
                f"release {trouble['release_id']} could not be built: {trouble['reason']}",
                fg=typer.colors.YELLOW,
            )
        if held:
            typer.secho(
                f"held files  {held} wait for somebody: simpul files --status held", fg=typer.colors.YELLOW
            )
    if not found.is_healthy:
        raise typer.Exit(_NOT_ALL_UP)


@commands.command()
def dsn(
    role: Annotated[
        str | None, typer.Option(help="bi_reader, caseworker, steward, auditor, loader, transformer")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the address of the warehouse for a role, with its password."""
    from psycopg.conninfo import conninfo_to_dict

    from simpul.database import warehouse_dsn

    url = warehouse_dsn(role)
    if as_json:
        show_json({"role": role, "url": url, **conninfo_to_dict(url)})
    else:
        typer.echo(url)


def _trouble() -> dict[str, int | str] | None:
    """The release that could not be built, and why."""
    import psycopg

    from simpul import release

    try:
        found = release.trouble()
    except psycopg.errors.UndefinedTable:  # a server that has just been made
        return None
    return dict(zip(("release_id", "reason", "reason_id"), found, strict=True)) if found else None


def _held_files() -> int | None:
    from simpul.database import connect, no_values
    from simpul.landing.received import count_waiting

    with no_values("counting held files"), connect(application_name="simpul status") as conn:
        return count_waiting(conn)


def _show(found: Status, *, with_password: bool = False) -> None:
    from simpul.stack.environment import ADMIN, admin_password, admin_password_file

    password = f"password {admin_password()}" if with_password else f"password in {admin_password_file()}"
    typer.echo(
        f"warehouse   {found.warehouse}   {'answers' if found.warehouse_reachable else 'does not answer'}"
    )
    typer.echo("            address for a BI tool: simpul dsn --role bi_reader")
    typer.echo(f"Airflow     {found.airflow}   user {ADMIN}, {password}")
    for name, state in found.components.items():
        typer.echo(f"            {name:<14} {state}")
    if found.superset:
        from simpul import vault
        from simpul.stack.superset import ADMIN as BI_ADMIN
        from simpul.stack.superset import ADMIN_SECRET

        typer.echo(f"Superset    {found.superset['address']}   {found.superset['state']}")
        typer.echo(f"            user {BI_ADMIN}, password in {vault.path(ADMIN_SECRET)}")
    typer.echo(f"inbox       {found.inbox}")
    typer.echo(f"reports     {found.reports}")
    typer.echo(f"logs        {found.logs}")
