"""``simpul faults``: known faults planted in sound deliveries, and which of them the gates catch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from simpul.cli.shared import AsJson, say, show_json, show_table

app = typer.Typer(
    help="Plant known faults in sound deliveries, and see which of them the gates catch.",
    no_args_is_help=True,
)
commands = typer.Typer()
commands.add_typer(app, name="faults")

Folder = Annotated[
    Path,
    typer.Argument(
        exists=True,
        file_okay=False,
        help="Sound deliveries, laid out as an inbox: <agency>/…",
        metavar="FOLDER",
    ),
]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="Only this kind of fault; may be said again.")
]
Seed = Annotated[int, typer.Option(min=0, help="The same seed plants the same faults.")]
Times = Annotated[int, typer.Option(min=1, help="How many faults of each kind.")]
First = Annotated[
    bool,
    typer.Option(
        "--first", help="Each as the first delivery of its list, which nothing earlier can be held against."
    ),
]


@app.command("list")
def list_kinds(as_json: AsJson = False) -> None:
    """List the kinds of faults: what each is, whether it is critical, which door is to catch it."""
    kinds = _kinds(None)
    if as_json:
        show_json(
            [
                {
                    "code": k.code,
                    "title": k.title.model_dump(),
                    "critical": k.critical,
                    "plausible": k.plausible,
                    "door": k.door,
                    "rules": k.rules,
                }
                for k in kinds
            ]
        )
        return
    show_table(
        ("kind", "critical", "door", "what · apa", ""),
        [(k.code, _class(k), k.door if k.rules else "none", k.title.en, k.title.id) for k in kinds],
    )


@app.command("plant")
def plant_command(
    folder: Folder,
    out: Annotated[Path, typer.Option(help="An empty folder for the faulty files and their list.")],
    kind: Kinds = None,
    seed: Seed = 0,
    times: Times = 1,
) -> None:
    """Write faulty deliveries, one fault each, with a list of what was planted where (`faults.csv`)."""
    import csv

    from simpul.errors import SimpulError
    from simpul.faults.plant import deliveries, plant_all

    if out.exists() and any(out.iterdir()):
        raise SimpulError(f"'{out}' is not empty", code="faults", hint="name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, planted in enumerate(
        plant_all(deliveries(folder), _kinds(kind), range(seed, seed + times)), start=1
    ):
        path = planted.write(out / f"{number:04d}")
        rows += [
            (
                path.relative_to(out),
                planted.kind.code,
                place.sheet,
                place.row,
                place.column,
                " ".join(planted.kind.rules),
            )
            for place in planted.places
        ]
    with (out / "faults.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("file", "kind", "sheet", "row", "column", "expected"), *rows])
    say(
        f"{len({row[0] for row in rows})} faulty deliveries are in {out}; faults.csv says what was planted where"
    )


@app.command("try")
def try_command(
    folder: Folder,
    kind: Kinds = None,
    seed: Seed = 0,
    times: Times = 1,
    first: First = False,
    as_json: AsJson = False,
) -> None:
    """Land the deliveries in a warehouse of their own, then every fault, and show what a door caught.

    Nothing of yours is touched. Caught is what is told by a rule that the kind expects; what another rule notices by
    chance is not. Exit code 1 when a critical fault was not caught, but for those of which every cell could be so: they
    are counted apart, and once more together with all others.
    """
    from simpul.database import ensure_database
    from simpul.faults import attempt
    from simpul.stack.apart import own_home

    kinds = _kinds(kind)
    folder = folder.resolve()
    with own_home(settle_seconds="0", inbox=str(folder)):
        ensure_database()
        outcomes = list(attempt(folder, kinds, range(seed, seed + times), say, as_first=first))
    tried = {outcome.kind.code for outcome in outcomes}
    if as_json:
        show_json(
            {
                "outcomes": [
                    {
                        "kind": one.kind.code,
                        "critical": one.kind.critical,
                        "plausible": one.kind.plausible,
                        "file": one.planted.source.name,
                        "door": one.door,
                        "told": one.told,
                        "caught": one.is_caught,
                    }
                    for one in outcomes
                ],
                "not_planted": [one.code for one in kinds if one.code not in tried],
            }
        )
    else:
        _show(outcomes, [one.code for one in kinds if one.code not in tried])
    if any(one.kind.critical and not one.kind.plausible and not one.is_caught for one in outcomes):
        raise typer.Exit(1)


def _show(outcomes: list[Any], not_planted: list[str]) -> None:
    """Kind by kind, then the shares."""
    rows = []
    for code in dict.fromkeys(one.kind.code for one in outcomes):
        of_kind = [one for one in outcomes if one.kind.code == code]
        caught = sum(one.is_caught for one in of_kind)
        told = sorted({rule.split(":")[0] for one in of_kind for rule in one.told})
        by_chance = sum(one.is_noticed and not one.is_caught for one in of_kind)
        named = f"{by_chance} by another rule" if by_chance else ""
        rows.append(
            (
                code,
                _class(of_kind[0].kind),
                f"{caught} of {len(of_kind)}",
                named,
                ", ".join(told)[:60],
            )
        )
    show_table(("kind", "critical", "caught", "", "told by"), rows)
    told = [one for one in outcomes if not one.kind.plausible]
    critical = [one for one in outcomes if one.kind.critical]
    for words, of in (
        ("critical faults", [one for one in told if one.kind.critical]),
        ("all faults", told),
        ("besides, faults of which every cell could be so", [one for one in outcomes if one.kind.plausible]),
        ("critical faults with these", critical if len(told) < len(outcomes) else []),
        ("all faults with these", outcomes if len(told) < len(outcomes) else []),
    ):
        if of:
            caught = sum(one.is_caught for one in of)
            say(f"{words}: {caught} of {len(of)} caught ({100 * caught / len(of):.1f} %)")
    if not_planted:
        say(f"no file of the folder can have: {', '.join(not_planted)}")


def _class(kind: Any) -> str:
    return ("yes" if kind.critical else "–") + (", plausible" if kind.plausible else "")


def _kinds(named: list[str] | None) -> list[Any]:
    from simpul.errors import SimpulError
    from simpul.faults import KINDS

    if unknown := sorted(set(named or ()) - set(KINDS)):
        raise SimpulError(
            f"no kind of fault is called {', '.join(unknown)}",
            code="faults",
            hint="`simpul faults list` names them",
        )
    return [KINDS[code] for code in named] if named else list(KINDS.values())
