"""``simpul bi``: Superset's assets, and who may look at persons in it."""

from __future__ import annotations

from typing import Annotated

import typer

from simpul.cli.shared import AsJson, Why, WhyId, decided, say, show_json

app = typer.Typer(help="Superset on the published marts: its dashboards and its users.", no_args_is_help=True)
commands = typer.Typer()
commands.add_typer(app, name="bi")


@app.command()
def check(as_json: AsJson = False) -> None:
    """Hold every chart against what is published. Exit code 1 and a line for each that could not be drawn.

    Where no dashboards are declared that is an error as well: nothing was held against anything.
    """
    found = _undrawable()
    if as_json:
        show_json(found)
    elif not found:
        typer.echo("all charts can be drawn")
    else:
        _tell(found)
    if found:
        raise typer.Exit(1)


def _undrawable() -> list[str]:
    from simpul.errors import SimpulError
    from simpul.render import are_dashboards_declared, chart_problems

    if not are_dashboards_declared():
        raise SimpulError(
            "no dashboards are declared here, so no chart was checked",
            code="no_dashboards",
            hint="bi/superset/datasets.yml and dashboards/ belong beside include/ and dbt_project/",
        )
    return chart_problems()


def _tell(found: list[str]) -> None:
    for line in found:
        typer.secho(line, fg=typer.colors.RED)
    typer.echo(f"{len(found)} charts or filters ask for what is not published")


@app.command("import")
def bring_in(as_json: AsJson = False) -> None:
    """Bring the dashboards of bi/superset/assets into Superset again, over what is there, as `simpul up --bi` does.

    Where a chart asks for what is not published, or the assets are not what bi/superset says, nothing is brought in.
    """
    from simpul.database import ensure_database
    from simpul.errors import SimpulError
    from simpul.render import unwritten_assets
    from simpul.stack import superset

    if found := _undrawable():
        if as_json:
            show_json(found)
        else:
            _tell(found)
        raise typer.Exit(1)
    if stale := unwritten_assets():
        raise SimpulError(
            "the assets are not what bi/superset and dbt say:\n  " + "\n  ".join(stale),
            code="stale_assets",
            hint="simpul contracts render",
        )
    ensure_database()
    told = superset.bring_in(force=True) or {}
    if as_json:
        show_json(told)
        return
    for line in superset.changes(told):
        say(line)
    typer.echo(f"{told['files']} files imported")


@app.command()
def user(
    name: Annotated[str, typer.Argument(help="Login role of one caseworker; made when it is not there.")],
    remove: Annotated[bool, typer.Option("--remove", help="The person leaves: close user and role.")] = False,
    why: Why = None,
    why_id: WhyId = None,
    as_json: AsJson = False,
) -> None:
    """Let a caseworker open the work lists in Superset: the rows of the regions granted (`simpul access grant`).

    With --remove nobody logs in by that name any more, here or in the database, and its regions are taken back; a
    reason is needed.
    """
    from simpul import vault
    from simpul.database import ensure_database
    from simpul.stack import superset
    from simpul.trust import caseworkers

    ensure_database()
    if remove:
        regions = caseworkers.close(name, decided(why, why_id))
        superset.keep_people(set(superset.people()) - {name})
        _tell_superset()
        if as_json:
            show_json({"role_name": name, "closed": True, "regions": regions})
            return
        said = f", {len(regions)} regions taken back" if regions else ""
        typer.echo(f"{name} can log in no more, in Superset and in the warehouse{said}")
        return
    made = caseworkers.ensure(name)
    superset.keep_people([*superset.people(), name])
    _tell_superset()
    secret = vault.path(vault.for_superset(name))
    if as_json:
        show_json({"role_name": name, "made": made, "password_file": str(secret)})
        return
    say(f"login role {name} " + ("made" if made else "was there"))
    typer.echo(
        f"user {name} in Superset, password in {secret}; regions: simpul access grant {name} CODE --reason …"
    )


def _tell_superset() -> None:
    """Where it is a service of this machine; a container of its own is told by whoever runs the containers."""
    from simpul.stack import superset

    if superset.is_installed():
        for line in superset.changes(superset.bring_in(force=True)):
            say(line)
    else:
        say(
            "Superset is not installed here: in containers `docker compose --profile bi up -d` tells it, else `make bi`"
        )
