"""What a run of linking knew at its end, in a file, so that the next one need not work it out again (`changing`).

The file is a DuckDB database in ``home/work``, which may be emptied at any time; without it everything is linked anew.
Its mark stands in ``identity.link_memory``, too, written in the transaction that linked: a file of another run, of
another model or of other code is not used. It holds personal data, as the archive does: only its owner can read it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from simpul.identity.profiles import profile
from simpul.identity.scoring import Measured, Model, told

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger("simpul.identity")

FILE = "linking.duckdb"
_DONE_WITH = ("entry", "key", "decision")
_TOLD_OF = ("member", "speaker", "name", "verdict", "placed")
"""Tables that are still needed to tell what came of it."""
_MEASURED = ("entries", "rarest", "misspelt_are_one", "doubled_are_one", "one_here", "two_here")
_ABOUT = "create or replace table kept.about as select ?::varchar as mark, ?::varchar as told"


@dataclass(frozen=True)
class About:
    """What a memory is of.

    Attributes:
        model: hash of the model file, see `scoring.model_hash`.
        code: see `code_hash`.
        year: see `entries.latest_year`.
        changed: records that have changed since.
    """

    model: str
    code: str
    year: int
    changed: int = 0


@dataclass(frozen=True)
class Memory:
    """An opened memory: its tables are those of schema ``kept`` of ``con``; ``beside`` works until it is closed."""

    con: duckdb.DuckDBPyConnection
    beside: Executor
    about: About
    measured: Measured

    def forget(self) -> None:
        """From here on, until `remember`, the file is of no run: who is killed in between leaves nothing to go on."""
        with _private():
            self.con.execute(_ABOUT, ("", ""))

    def remember(self, mark: str, about: About) -> None:
        """Its tables are those of the run ``mark`` now."""
        self.con.execute(_ABOUT, (mark, _told(about, self.measured)))


def code_hash() -> str:
    """Changes with the code that links, and with what it computes with."""
    import duckdb

    found = hashlib.sha256(f"{duckdb.__version__} {sys.version} {pa.__version__}".encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        found.update(file.read_bytes())
    return found.hexdigest()[:12]


@contextmanager
def keeping(
    con: duckdb.DuckDBPyConnection,
    measured: Measured,
    year: int,
    *,
    path: Path,
    mark: str,
    model: str,
) -> Iterator[None]:
    """Write the tables of a run that linked everything, before and while it tells what came of it; a memory that was
    there is replaced. What is not needed to tell is no longer in memory then.

    Where it cannot be written, the next run links everything again, and the log says why.

    Args:
        con: has them.
        measured: what was measured on all entries.
        year: see `About`.
        path: the file.
        mark: of this run.
        model: hash of the model file.
    """
    import duckdb

    part = draft(path)
    done_with = (*_DONE_WITH, *(f"frequency_{column}" for column in measured.rarest))
    try:
        forget(path)
        forget(part)
        _write(con, part, done_with)
        for table in done_with:
            con.execute(f"drop table {table}")
        is_kept = True
    except (duckdb.Error, OSError) as error:
        _give_up(con, part, path, error)
        is_kept = False
    if not is_kept:
        yield
        return
    with ThreadPoolExecutor(1) as beside:
        written = beside.submit(_write, con.cursor(), part, _TOLD_OF)
        yield
    try:
        written.result()
        with _attached(con, part):
            con.execute("create table kept.said as from said")
            con.execute(_ABOUT, (mark, _told(About(model, code_hash(), year), measured)))
        part.replace(path)
    except (duckdb.Error, OSError) as error:
        _give_up(con, part, path, error)


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    """Its pages leave memory when it is detached."""
    with _private():
        con.execute(f"attach '{_quoted(path)}' as kept")
    yield
    con.execute("detach kept")


def _write(con: duckdb.DuckDBPyConnection, path: Path, tables: Iterable[str]) -> None:
    with _attached(con, path):
        for table in tables:
            con.execute(f"create table kept.{table} as from {table}")


@contextmanager
def _private() -> Iterator[None]:
    """Files that are made meanwhile, the one beside the database too, are their owner's."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _give_up(con: duckdb.DuckDBPyConnection, part: Path, path: Path, error: Exception) -> None:
    con.execute("detach database if exists kept")
    with suppress(OSError):
        forget(part)
    log.warning("%s cannot be written (%s): the next run links everything", path, type(error).__name__)


def draft(path: Path) -> Path:
    """Where a memory is written until it is whole."""
    return path.with_name(f".{path.name}.part")


def forget(path: Path) -> None:
    """Remove a memory: the next run links everything."""
    path.unlink(missing_ok=True)
    _beside(path).unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    """Where DuckDB writes what is not in its file yet."""
    return path.with_name(f"{path.name}.wal")


@contextmanager
def recalled(path: Path, mark: str, model: str) -> Iterator[Memory | None]:
    """The memory in a file if it is of the run ``mark`` (empty: of none), of this model and code; None else."""
    import duckdb

    from simpul.identity.resolving import connect

    if not mark or not path.exists():
        yield None
        return
    with connect() as con, ThreadPoolExecutor(1, thread_name_prefix="beside") as beside:
        memory = None
        try:
            # what changes is written beside the file, and into it only when it is much
            con.execute("set checkpoint_threshold = '256MB'")
            con.execute("pragma disable_checkpoint_on_shutdown")
            con.execute(f"attach '{_quoted(path)}' as kept")
            its_mark, kept = con.execute("from kept.about").fetchall()[0]
            if its_mark == mark:
                said = json.loads(kept)
                about = About(**said["about"])
                if (about.model, about.code) == (model, code_hash()):
                    memory = Memory(con, beside, about, _measured(said["measured"]))
        except (duckdb.Error, LookupError, TypeError, ValueError) as error:
            log.warning("%s cannot be used (%s): everything is linked anew", path, type(error).__name__)
        yield memory


def _measured(said: dict[str, Any]) -> Measured:
    splink = said["settings"]
    rules = profile(said["profile"]).only([name for name, _ in told(splink)])
    return Measured(
        Model(rules, splink),
        **{name: said[name] for name in _MEASURED}
        | {kinds: tuple(said[kinds]) for kinds in ("one_here", "two_here")},
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _told(about: About, measured: Measured) -> str:
    model = measured.model
    kept = {
        "profile": model.profile.name,
        "settings": model.settings,
    } | {name: getattr(measured, name) for name in _MEASURED}
    return json.dumps({"about": asdict(about), "measured": kept})
