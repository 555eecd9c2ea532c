"""The command line: ``simpul <command>``.

One small module per topic, each with its ``commands``; a command imports what it needs when it runs, so ``--help``
stays quick. To add a command: write a function in the module of its topic (or a new module, listed in `TOPICS`).
"""

from __future__ import annotations

from importlib import import_module

import typer

from simpul.cli.shared import CleanGroup

TOPICS = (
    "stack",
    "sample",
    "demo",
    "components",
    "landing",
    "files",
    "contracts",
    "templates",
    "release",
    "access",
    "export",
    "faults",
    "ledger",
    "rebuild",
    "waivers",
    "rules",
    "opendata",
    "identity",
    "erase",
    "retention",
    "evidence",
    "notices",
    "lineage",
    "pack",
    "bi",
)

app = typer.Typer(
    name="simpul",
    help="One warehouse for what BPS, Dinas Sosial and BPJS Kesehatan know about poverty in a region.",
    cls=CleanGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks show local variables: a person's data may be among them
)

for _topic in TOPICS:
    app.add_typer(import_module(f"simpul.cli.{_topic}").commands)
