"""``simpul demo``: everything once, for somebody who sees Simpul for the first time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from simpul.cli.shared import say

commands = typer.Typer()

_READERS = {
    "marts": "for BI tools: no names, numbers or addresses; one row per person under a number of our own",
    "marts_person": "persons: the steward, and a caseworker in granted regions (simpul access)",
}


@commands.command()
def demo(
    people: Annotated[int, typer.Option(min=1000, help="Size of the synthetic city.")] = 175_000,
    seed: Annotated[int, typer.Option(help="The same seed and size give the same city.")] = 1,
    deliveries: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Drop this folder of <agency>/… instead of a city."),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Give up when nothing moves for so many seconds.")] = 300,
) -> None:
    """Start the stack, land the sample through Airflow, publish, and say where to look."""
    from simpul import demo as demonstration
    from simpul import pipeline

    pipeline.start(say)
    release = demonstration.run_demo(
        people=people, seed=seed, deliveries=deliveries, say=say, timeout=timeout
    )
    _show(release)


def _show(release: dict[str, Any]) -> None:
    from simpul.settings import get_settings
    from simpul.stack.environment import ADMIN, address, admin_password_file

    typer.echo(f"\nRelease {release['release_id']} is published:")
    schemas = release["schemas"] or {}
    for schema, readers in _READERS.items():
        typer.echo(f"\n  schema {schema} · {readers}")
        for table, facts in sorted((release["tables"] or {}).items()):
            if schemas.get(table) == schema:
                typer.echo(f"    {table:<28} {facts['rows']:>10,} rows")
    # what is printed stays in logs of terminals and CI, so passwords are named by command or file only
    typer.echo(
        "\nWarehouse for a BI tool   simpul dsn --role bi_reader      (schema marts; with its password)"
    )
    typer.echo(f"Airflow                   {address()}   user {ADMIN}, password in {admin_password_file()}")
    typer.echo("                          (shown by: simpul status --show-password)")
    typer.echo(f"Front page                {(get_settings().reports / 'start.html').as_uri()}")
    typer.echo(f"Quality pages             {(get_settings().reports / 'index.html').as_uri()}")
    typer.echo("Dashboards                make bi                             (installs and starts Superset)")
    typer.echo("A region's rakor pack     simpul pack --region 12.74 --year 2024")
    typer.echo("Stop everything           make down")
