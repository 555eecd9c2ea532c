"""``simpul contracts``: write out what is derived from the declarations, and see that it still says the same."""

from __future__ import annotations

from typing import Annotated

import typer

from simpul.cli.shared import AsJson, show_json

app = typer.Typer(
    help="The declarations of the datasets and all that is derived from them.", no_args_is_help=True
)
commands = typer.Typer()
commands.add_typer(app, name="contracts")


@app.command()
def render(
    check_only: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where a file has drifted.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write dbt sources, data dictionary and JSON Schema from the contracts, and docs/marts.md from dbt's models."""
    from simpul.contract import load_contracts
    from simpul.render import write_all
    from simpul.settings import get_settings

    if check_only:
        check(as_json)
        return
    root = get_settings().project_root
    changed = [str(path.relative_to(root)) for path in write_all()]
    if as_json:
        show_json({"changed": changed})
        return
    for path in changed:
        typer.echo(path)
    typer.echo(f"{len(load_contracts())} contracts, {len(changed)} files changed")


@app.command()
def check(as_json: AsJson = False) -> None:
    """See that every contract is valid, every rule has an owner and a basis, and no derived file has drifted."""
    from simpul import render as rendering
    from simpul.contract import load_contracts
    from simpul.errors import ContractBreach
    from simpul.gate.rules import unaccounted

    drift, nobody = rendering.check(), unaccounted()
    if as_json:
        show_json({"contracts": sorted(load_contracts()), "drift": drift, "unaccounted": nobody})
        if drift or nobody:
            raise typer.Exit(1)
        return
    if nobody:
        raise ContractBreach(
            f"nobody answers for {len(nobody)} rules, or no basis is said:\n  " + "\n  ".join(nobody),
            hint="write `standing: {owner: …, basis: …}` for the rule, its field, theme, contract or suite",
        )
    if drift:
        raise ContractBreach(
            f"{len(drift)} derived files differ from the contracts:\n  " + "\n  ".join(drift),
            hint="run `simpul contracts render` and commit what it writes",
        )
    typer.echo(f"{len(load_contracts())} contracts are valid, derived files agree with them")
