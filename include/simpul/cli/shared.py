"""What all commands share: how errors are shown, how results are printed."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import click
import typer
from typer.core import TyperGroup

from simpul.errors import SimpulError, unnumbered
from simpul.settings import get_settings

if TYPE_CHECKING:
    from simpul.ledger import Decision

Why = Annotated[
    str | None,
    typer.Option(
        "--why", "--reason", help="The reason, in English, for register, ledger and pages; no personal data."
    ),
]
WhyId = Annotated[
    str | None, typer.Option("--why-id", "--reason-id", help="The reason in Indonesian; either or both.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


class _Patient:
    """What is told to a disk that is full, or a pipe that nobody reads, is lost; the work goes on."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Never raises OSError: from the first one on, all that is told goes nowhere."""
        try:
            written = self._stream.write(text)
            self._stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            return len(text)
        return int(written)

    def flush(self) -> None:
        """`write` does."""


class CleanGroup(TyperGroup):
    """Errors that a person can act on are one line on stderr and exit code 1; the others keep their traceback."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Options before the name of a command are read here."""
        with _without_numbers():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, with our errors made readable. ``SIMPUL_DEBUG=1`` shows the traceback as well."""
        sys.stderr = _Patient(sys.stderr) if not isinstance(sys.stderr, _Patient) else sys.stderr
        is_debug = False  # until the settings are known to be sound
        try:
            is_debug = get_settings().debug
            logging.basicConfig(
                level=logging.DEBUG if is_debug else logging.WARNING,
                format="%(levelname)s %(name)s: %(message)s",
            )
            try:
                with _without_numbers():
                    return super().invoke(ctx)
            finally:
                _keep_journal()
        except SimpulError as error:
            if is_debug:
                raise
            typer.secho(f"simpul: {error}", err=True, fg=typer.colors.RED)
            raise typer.Exit(1) from None


@contextmanager
def _without_numbers() -> Iterator[None]:
    """An error repeats what was typed, and that may be a NIK: a terminal's history and a job's log would keep it."""
    try:
        yield
    except Exception as error:  # ours, and the parser's, whose classes Typer keeps to itself
        for name in ("message", "hint"):
            if isinstance(told := getattr(error, name, None), str):
                setattr(error, name, unnumbered(told))
        raise


def _keep_journal() -> None:
    """What a command told the ledger is written into the archive, too."""
    if "simpul.ledger" in sys.modules:  # else it told nothing, and quick commands stay quick
        from simpul import ledger_journal

        ledger_journal.keep_quietly()


def decided(why: str | None, why_id: str | None, *, is_needed: bool = True) -> Decision:
    """A decision of who sits at this terminal.

    Raises:
        SimpulError: no reason is given where one is needed.
    """
    from simpul.ledger import Decision

    if is_needed and not (why or why_id):
        raise SimpulError(
            "no reason is given", code="no_reason", hint="say it: --reason TEXT, --reason-id TEKS"
        )
    return Decision(why=why or None, why_id=why_id or None)


def say(line: str) -> None:
    """Progress for a person: on stderr, so that stdout holds results only."""
    typer.secho(f"· {line}", err=True, dim=sys.stderr.isatty())


def show_json(value: Any) -> None:
    """The result for a program, on stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def show_table(heading: tuple[str, ...], rows: list[tuple[str, ...]], right: tuple[int, ...] = ()) -> None:
    """Rows under a heading for a person; ``right``: columns of numbers."""
    widths = [max(len(row[n]) for row in [heading, *rows]) for n in range(len(heading))]
    for number, row in enumerate([heading, *rows]):
        cells = (
            cell.rjust(w) if n in right else cell.ljust(w)
            for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        typer.secho("  ".join(cells).rstrip(), bold=number == 0)
