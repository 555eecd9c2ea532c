"""``simpul run | releases | rollback | pin | unpin``: build and publish, look, go back, keep."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simpul.cli.shared import AsJson, Why, WhyId, decided, say, show_json, show_table

if TYPE_CHECKING:
    from types import FrameType

    from simpul.pipeline import BuildOutcome
    from simpul.release import Release

commands = typer.Typer()

_GOOD = ("landed", "superseded", "duplicate", "unpacked")
_INTERRUPTED = 130
_SHORT = 12  # of a hash, enough to compare by eye


# --------------------------------------------------------------------------------------------------------------- run
@commands.command()
def run(
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", help="Build from these file ids only; may be given several times."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Build although nothing is new.")] = False,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Take over the candidate of a run that you know is dead.")
    ] = False,
    why: Why = None,
    why_id: WhyId = None,
    as_json: AsJson = False,
) -> None:
    """Land what waits in the inbox, build a release and publish it, all in this process. Exit code 1 when a file is
    held or the release is refused, 130 when it is stopped; readers then still see the last one.
    """
    from simpul import pipeline
    from simpul.database import ensure_database

    ensure_database()
    owner = f"cli/{socket.gethostname()}/{os.getpid()}/{time.time_ns()}"
    try:
        with _stoppable() as go_on:
            with _steps("landing", None, as_json, go_on) as step:
                files = [] if inputs else pipeline.land_inbox(run_id=owner, progress=step)
            troubled = [file for file in files if file["status"] not in _GOOD]
            with _steps("building", len(pipeline.BUILD_STEPS), as_json, go_on) as step:
                outcome = pipeline.build(
                    owner,
                    inputs=inputs,
                    force=force,
                    take_over=take_over,
                    decision=decided(why, why_id, is_needed=False),
                    progress=step,
                )
    except KeyboardInterrupt:
        say(
            "stopped: readers see what they saw before. Say `simpul run` again; it goes on where this one was"
        )
        say(
            "dihentikan: pembaca tetap melihat rilis sebelumnya. Ulangi `simpul run`; pekerjaannya dilanjutkan"
        )
        raise typer.Exit(_INTERRUPTED) from None
    if as_json:
        show_json({"files": files, "release": asdict(outcome)})
    else:
        for file in troubled:
            typer.secho(
                f"{file['file_name']}: {file['status']}\n  {file['reason']}", fg=typer.colors.YELLOW, err=True
            )
        _show_outcome(outcome)
    if troubled or outcome.status == "refused":
        raise typer.Exit(1)


@contextmanager
def _stoppable() -> Iterator[Callable[[], None]]:
    """Ctrl-C stops what is inside, and what is yielded does so where Ctrl-C could not.

    Python drops an exception that falls into a callback of its garbage collector (SQLAlchemy has such): who asked for a
    stop there is heard at the next step.
    """
    asked = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        asked.set()
        signal.default_int_handler(number, frame)

    def go_on() -> None:
        if asked.is_set():
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    # a job that a shell started in the background ignores it, and goes on to
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield go_on
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield go_on
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _steps(
    label: str, length: int | None, quiet: bool, go_on: Callable[[], None]
) -> Iterator[Callable[[str], None]]:
    """A bar over named steps where a person looks on, one line per step where only a log does; ``go_on`` is asked
    before each.
    """
    if quiet or not sys.stderr.isatty() or length is None:

        def told(name: str) -> None:
            go_on()
            if not quiet:
                say(name)

        yield told
        return
    with typer.progressbar(
        length=length, label=label, show_eta=False, item_show_func=lambda name: name or "", file=sys.stderr
    ) as bar:
        begun = False

        def step(name: str) -> None:
            nonlocal begun
            go_on()
            bar.update(int(begun), name)
            begun = True

        yield step
        bar.update(int(begun), "")


def _show_outcome(outcome: BuildOutcome) -> None:
    if not outcome.is_new:
        say(outcome.reason)
        return
    typer.secho(f"release {outcome.release_id} is published", bold=True)
    for mart, rows in sorted(outcome.rows.items()):
        typer.echo(f"  {mart:<28} {rows:>12,} rows")
    say(", ".join(f"{name} {seconds:.1f} s" for name, seconds in outcome.seconds.items()))


# ---------------------------------------------------------------------------------------------------------- releases
@commands.command()
def releases(
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the releases: which one is shown, which are kept, and what became of the others."""
    from simpul.database import ensure_database
    from simpul.release import list_releases
    from simpul.transform import TROUBLE

    ensure_database()
    found = list_releases()[:limit]
    if as_json:
        show_json([_facts(release) for release in found])
        return
    if not found:
        say("no release yet: `simpul run` builds one")
        return
    heading = ("", "release", "status", "built", "files", "rows", "content", "")
    show_table(heading, [_line(release) for release in found], right=(1, 4, 5))
    for release in found:
        if release.status == "candidate" and (release.reason or "").startswith(TROUBLE):
            typer.secho(
                f"release {release.release_id} could not be built: {release.reason}", fg=typer.colors.YELLOW
            )


def _facts(release: Release) -> dict[str, Any]:
    tables = {
        mart: {"rows": table["rows"], "content_hash": table["content_hash"]}
        for mart, table in release.tables.items()
    }
    return asdict(release) | {"tables": tables}


def _line(release: Release) -> tuple[str, ...]:
    from simpul.clock import told

    remarks = [
        "pinned" if release.is_pinned else "",
        "chosen inputs" if release.is_chosen else "",
        release.reason or release.reason_id or "",
    ]
    return (
        "→" if release.is_current else " ",
        str(release.release_id),
        release.status,
        told(release.created_at),
        str(release.files),
        f"{release.rows:,}" if release.tables else "–",
        (release.content_hash or "–")[:_SHORT],
        "; ".join(filter(None, remarks))[:80],
    )


# ------------------------------------------------------------------------------------------------ rollback, pin, unpin
Number = Annotated[int, typer.Argument(help="Number of the release, as `simpul releases` lists it.")]


@commands.command()
def rollback(
    release_id: Annotated[
        int | None, typer.Argument(metavar="[RELEASE]", help="The release to show; default: the one before.")
    ] = None,
    why: Why = None,
    why_id: WhyId = None,
    as_json: AsJson = False,
) -> None:
    """Show an earlier release again, in one step for all tables; with a number, also forward again."""
    from simpul.database import ensure_database
    from simpul.release import rollback as go_back

    decision = decided(why, why_id)
    ensure_database()
    started = time.perf_counter()
    done: dict[str, Any] = go_back(release_id, decision)
    done["seconds"] = round(time.perf_counter() - started, 3)
    from simpul.gate import update_index

    update_index()
    if as_json:
        show_json(done)
    elif done["release_id"] == done["previous"]:
        say(
            f"release {done['release_id']} is shown already: nothing was changed, and the reason is kept nowhere"
        )
    else:
        typer.echo(
            f"release {done['release_id']} is shown, before it was {done['previous']} ({done['seconds']:.3f} s)"
        )


@commands.command()
def pin(release_id: Number, why: Why = None, why_id: WhyId = None, as_json: AsJson = False) -> None:
    """Keep a release for ever, so that what was known then can be read: SET simpul.release_id = NUMBER."""
    from simpul.database import ensure_database
    from simpul.release import pin as keep

    ensure_database()
    keep(release_id, decided(why, why_id, is_needed=False))
    show_json({"release_id": release_id, "is_pinned": True}) if as_json else say(
        f"release {release_id} is kept"
    )


@commands.command()
def unpin(release_id: Number, why: Why = None, why_id: WhyId = None, as_json: AsJson = False) -> None:
    """Let a release be retired when its time comes."""
    from simpul.database import ensure_database
    from simpul.release import unpin as release_it

    ensure_database()
    release_it(release_id, decided(why, why_id, is_needed=False))
    show_json({"release_id": release_id, "is_pinned": False}) if as_json else say(
        f"release {release_id} may be retired"
    )
