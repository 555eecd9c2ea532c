"""Records → persons, set by set in one transaction: all of it is there afterwards, or nothing.

PostgreSQL hands the records out and keeps what was decided; who is who is decided by `simpul.identity.resolving`, or
where little has changed since the last run by `simpul.identity.changing`. The result depends on what the records say
and on which of them chance was measured, never on the order in which they came; running it again changes nothing.
"""

from __future__ import annotations

import logging
import uuid
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import psycopg
import pyarrow as pa

from simpul.database import advisory_lock, connect, no_values
from simpul.errors import SimpulError
from simpul.identity import figures, memory, numbers, reading, writing
from simpul.identity.changing import Fetch, groups_of, resolve_changes
from simpul.identity.profiles import FAMILIES
from simpul.identity.resolving import Resolution, resolve
from simpul.identity.scoring import MODEL, Model, load_model, model_hash
from simpul.settings import get_settings

log = logging.getLogger("simpul.identity")


@dataclass(frozen=True)
class Linked:
    """What a run of `link` found; counts only. ``looked_at``: records that were linked anew, all or those concerned."""

    release_id: int
    records: int
    persons: int
    new_persons: int
    families: int
    shared_niks: int
    doubtful_pairs: int
    merged: int
    split: int
    looked_at: int

    def as_json(self) -> dict[str, int]:
        """Plain values for a task runner."""
        return asdict(self)


def link(release_id: int, *, everything: bool = False) -> Linked:
    """Link every record of ``intermediate.int_person_record`` to a person and, by family card, to a family.

    A record, a register entry or a NIK keeps its person over reloads, reordering and new sources. Decisions of stewards
    (``staging.stg_review__link_decision``) bind. Pairs that somebody should look at are written to
    ``identity.doubtful_pair``. The model is the one of ``SIMPUL_LINK_MODEL``, or the one that comes with the package.

    Args:
        release_id: the open candidate; noted on what is decided now.
        everything: link all records and measure chance anew, however little has changed (``SIMPUL_LINK_EVERYTHING``).

    Raises:
        ContractBreach: two records have the same key.
        SimpulError: the model cannot be read, or was trained for other levels or other records.
    """
    chosen = get_settings().link_model or MODEL
    model, named = load_model(chosen), model_hash(chosen)
    if model.profile.name != FAMILIES.name:
        raise SimpulError(
            f"{chosen.name} was learned for records of profile {model.profile.name}; a release needs {FAMILIES.name}",
            hint="train one with a mapping of profile families: simpul identity train",
        )
    with (
        connect(application_name="simpul link") as conn,
        no_values(f"linking the records of release {release_id}"),
        advisory_lock(conn, "identity"),
        ExitStack() as opened,
    ):
        conn.execute("set temp_buffers = '256MB'")  # before the first temporary table
        found, kept = _resolved(conn, opened, release_id, model, named, everything)
        writing.hand_over(conn, found)
        # all rows are met on one way through each table; but a few of a million are looked up
        conn.execute("set local random_page_cost = 1.1" if kept else "set local enable_nestloop = off")
        new_persons = numbers.assign_persons(conn, release_id, kept and partial(groups_of, kept))
        numbers.assign_families(conn, release_id)
        merged, split = writing.write(conn, release_id)
        if not kept:  # dbt reads these next, before the server would look at them by itself
            conn.execute(f"analyze {', '.join(writing.TABLES)}")
        looked_at = found.records.num_rows
        totals = figures.count_figures(conn, release_id, found.counts, found.shared_niks, looked_at, named)
        linked = Linked(
            release_id, totals["records"], totals["persons"], new_persons, totals["families"], found.shared_niks,
            totals["doubtful_pairs"], merged, split, looked_at,
        )  # fmt: skip
        log.info(
            "release %s: %s records are %s persons, %s of them new; %s records were looked at",
            release_id, linked.records, linked.persons, new_persons, linked.looked_at,
        )  # fmt: skip
        return linked


def _resolved(
    conn: psycopg.Connection[Any],
    opened: ExitStack,
    release_id: int,
    model: Model,
    named: str,
    everything: bool,
) -> tuple[Resolution, memory.Memory | None]:
    """Who is who, and the memory of the run before where it was enough to look at what has changed.

    The mark of this run is written in its transaction: if that fails, the memory is of no run that was.
    """
    settings, mark = get_settings(), uuid.uuid4().hex
    path = settings.work / memory.FILE
    before, linked = conn.execute(
        "select (select mark from identity.link_memory), (select count(*) from identity.link)"
    ).fetchone()
    decisions = reading.decisions(conn)
    if before and not (everything or settings.link_everything):
        kept = opened.enter_context(memory.recalled(path, before, named))
        if kept and kept.records <= linked:  # else somebody emptied the tables
            marks, chosen = reading.marks(conn), partial(reading.chosen_records, conn)
            if changes := _changes(kept, mark, marks, chosen, decisions):
                touched = changes.records.num_rows or (
                    changes.replaces is not None and changes.replaces.num_rows
                )
                conn.execute(
                    "update identity.link_memory set mark = %s,"
                    " changed_release = case when %s then %s else changed_release end",
                    (mark, bool(touched), release_id),
                )
                return changes, kept
    opened.close()
    reading.check_keys(conn)
    keep = partial(memory.keeping, path=path, mark=mark, model=named)
    found = resolve(reading.records(conn), decisions, model, keep)
    conn.execute("delete from identity.link_memory")
    conn.execute("insert into identity.link_memory values (%s, %s, %s)", (mark, release_id, release_id))
    return found, None


def _changes(
    kept: memory.Memory, mark: str, marks: pa.Table, chosen: Fetch, decisions: pa.Table
) -> Resolution | None:
    """As `resolve_changes`; None also where the memory fails, for everything can still be linked."""
    import duckdb

    try:
        return resolve_changes(kept, mark, marks, chosen, decisions)
    except duckdb.Error as error:
        log.warning(
            "what the last run kept cannot be used (%s): everything is linked anew", type(error).__name__
        )
        return None
