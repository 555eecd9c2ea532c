"""``simpul init | airflow | health | secrets``: the stack's parts one by one, for containers and service managers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simpul.cli.shared import say

commands = typer.Typer()

# what follows belongs to Airflow, its options and --help too
_AIRFLOW = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@commands.command()
def init() -> None:
    """Bring both databases of SIMPUL_DSN and SIMPUL_AIRFLOW_DSN to the newest form. Safe to repeat."""
    from simpul import pipeline
    from simpul.stack import components

    components.initialise(say)
    pipeline.make_ready(say)


@commands.command(context_settings=_AIRFLOW)
def airflow(context: typer.Context) -> None:
    """Run an airflow command configured as the stack is: `simpul airflow scheduler`, `simpul airflow dags list`."""
    from simpul.stack import components

    components.run_airflow(context.args or ["--help"])


@commands.command()
def health(
    component: Annotated[str, typer.Argument(help="api-server, scheduler, dag-processor or triggerer")],
) -> None:
    """Look whether a component on this host does its work; cheap, for a container's health check."""
    from simpul.stack import components

    components.check(component)


@commands.command()
def secrets(
    names: Annotated[list[str], typer.Argument(help="Names as under SIMPUL_HOME/secrets.")],
    to: Annotated[
        Path | None, typer.Option(help="Copy them there for a program that may read no others.")
    ] = None,
    people: Annotated[
        bool, typer.Option("--people", help="And those of the caseworkers who are users of Superset.")
    ] = False,
) -> None:
    """Make passwords that are missing; print nothing."""
    from simpul.stack import components

    components.make_secrets(names, to, people=people)
