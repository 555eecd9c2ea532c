"""Records → persons, set by set in one transaction: all of it is there afterwards, or nothing.

PostgreSQL hands the records out and keeps what was decided; who is who is decided by an engine
(`simpul.identity.backends`). The result depends on what the records say and on which of them chance was measured, never
on the order in which they came; running it again changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import psycopg
import pyarrow as pa

from simpul.database import advisory_lock, connect, no_values
from simpul.errors import SimpulError
from simpul.identity import bulk, figures, numbers, reading, writing
from simpul.identity.backends import Answer, Question, backend
from simpul.identity.profiles import FAMILIES
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
    ``identity.doubtful_pair``. The model is the one of ``SIMPUL_LINK_MODEL``, or the one that comes with the package;
    the engine that of ``SIMPUL_LINK_BACKEND``.

    Args:
        release_id: the open candidate; noted on what is decided now.
        everything: link all records and measure chance anew, however little has changed (``SIMPUL_LINK_EVERYTHING``).

    Raises:
        ContractBreach: two records have the same key.
        SimpulError: the model cannot be read, or was trained for other levels or other records; no such engine.
    """
    chosen = get_settings().link_model or MODEL
    model, named = load_model(chosen), model_hash(chosen)
    if model.profile.name != FAMILIES.name:
        raise SimpulError(
            f"{chosen.name} was learned for records of profile {model.profile.name}; a release needs {FAMILIES.name}",
            hint="train one with a mapping of profile families: simpul identity train",
        )
    engine = backend()
    with (
        connect(application_name="simpul link") as conn,
        no_values(f"linking the records of release {release_id}"),
        advisory_lock(conn, "identity"),
        ExitStack() as filling,
        ThreadPoolExecutor(1) as beside,
        ExitStack() as answering,
    ):
        conn.execute("set temp_buffers = '256MB'")  # before the first temporary table
        anew = everything or get_settings().link_everything
        answer = answering.enter_context(engine.answer(_question(conn, model, named, anew, beside)))
        _note(conn, release_id, answer)
        found, in_part = answer.found, answer.groups_of is not None
        # all rows are met on one way through each table; but a few of a million are looked up
        conn.execute("set local random_page_cost = 1.1" if in_part else "set local enable_nestloop = off")
        looked_at = writing.hand_over(conn, found, release_id)
        filling.enter_context(bulk.keys_afterwards(conn, () if in_part else writing.FILLED))
        new_persons = numbers.assign_persons(conn, release_id, answer.groups_of)
        let_go = beside.submit(answering.pop_all().close)  # a gigabyte, while PostgreSQL goes on
        numbers.assign_families(conn, release_id)
        merged, split = writing.write(conn, release_id)
        filling.close()
        if not in_part:  # dbt reads these next, before the server would look at them by itself
            conn.execute(f"analyze {', '.join(writing.TABLES)}")
        counts = found.counts()
        totals = figures.count_figures(conn, release_id, counts, looked_at, named)
        linked = Linked(
            release_id, totals["records"], totals["persons"], new_persons, totals["families"], counts.shared_niks,
            totals["doubtful_pairs"], merged, split, looked_at,
        )  # fmt: skip
        let_go.result()
        log.info(
            "release %s: %s records are %s persons, %s of them new; %s records were looked at",
            release_id, linked.records, linked.persons, new_persons, linked.looked_at,
        )  # fmt: skip
        return linked


def _question(
    conn: psycopg.Connection[Any], model: Model, named: str, anew: bool, beside: ThreadPoolExecutor
) -> Question:
    (before,) = conn.execute("select (select mark from identity.link_memory)").fetchone()
    decided = reading.decided(conn)
    marks = partial(reading.marks, conn)
    if before and not anew:  # PostgreSQL tells while the engine's libraries and its memory are read
        marks = beside.submit(marks).result

    def every() -> Iterable[pa.Table]:
        reading.check_keys(conn)
        return reading.records(conn)

    return Question(
        records=every,
        query=reading.RECORDS,
        marks=marks,
        chosen=partial(reading.chosen_records, conn),
        decisions=reading.decisions(decided),
        model=model,
        model_hash=named,
        before=None if anew else before,
    )


def _note(conn: psycopg.Connection[Any], release_id: int, answer: Answer) -> None:
    """The mark of this answer, in its transaction: if that fails, what the engine remembers is of no run that was."""
    if answer.groups_of is None:
        conn.execute("delete from identity.link_memory")
        conn.execute(
            "insert into identity.link_memory values (%s, %s, %s)", (answer.mark, release_id, release_id)
        )
        return
    conn.execute(
        "update identity.link_memory set mark = %s, changed_release = case when %s then %s else changed_release end",
        (answer.mark, answer.has_changed, release_id),
    )
