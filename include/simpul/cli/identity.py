"""``simpul identity``: what linking persons is taught."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simpul.cli.shared import AsJson, say, show_json

app = typer.Typer(help="What linking persons is taught.", no_args_is_help=True)
commands = typer.Typer()
commands.add_typer(app, name="identity")


@app.command()
def train(
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, help="Records whose person is known: CSV or Parquet."),
    ],
    mapping: Annotated[
        Path,
        typer.Option("--mapping", exists=True, dir_okay=False, help="YAML: which of their columns is what."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", dir_okay=False, help="The model file; default: link_model.json in SIMPUL_HOME."
        ),
    ] = None,
    is_apart: Annotated[
        bool,
        typer.Option("--apart", help="Each file is a population of its own; nobody stands in two of them."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write over a model file that is there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Learn from labelled records how records of one person agree, and write it down as a model for linking.

    Several files are one population whose people may stand in all of them, unless --apart is said. docs/linkage.md
    shows a mapping. SIMPUL_LINK_MODEL=FILE makes linking use the model.
    """
    from simpul.errors import SimpulError
    from simpul.identity.mapping import read_mapping
    from simpul.identity.scoring import save_model
    from simpul.identity.training import train as learn
    from simpul.settings import get_settings

    target = (out or get_settings().home / "link_model.json").absolute()
    if target.exists() and not overwrite:
        raise SimpulError(
            f"{target} is there already",
            code="model_exists",
            hint="name another file (--out), or say --overwrite",
        )
    fields = read_mapping(mapping)
    populations = [fields.read(group) for group in ([[file] for file in files] if is_apart else [files])]
    model = learn(populations, fields.rules)
    target.parent.mkdir(parents=True, exist_ok=True)
    save_model(model, target)
    told = {
        "model": str(target),
        "profile": model.profile.name,
        "records": sum(records.num_rows for records, _ in populations),
        "populations": len(populations),
        "compared": list(model.profile.comparisons),
    }
    if as_json:
        show_json(told)
        return
    typer.echo(str(target))
    say(
        f"learned from {told['records']:,} records; profile {told['profile']} compares {', '.join(told['compared'])}"
    )
    say(f"linking uses it with SIMPUL_LINK_MODEL={target}")
