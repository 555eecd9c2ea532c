"""Reference data: built when it has changed, not with every release.

Two parts: the seeds (regions, programmes, indicators), and the lists of regions that were delivered. The ledger
remembers which form of each is in the warehouse, so an auditor sees when reference data changed.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Any

import psycopg

from simpul import ledger, ledger_contents, transform
from simpul.database import advisory_lock, connect
from simpul.errors import SimpulError
from simpul.settings import get_settings

log = logging.getLogger("simpul.seeds")

SEEDS, LISTS = "seeds.loaded", "lists.loaded"


@dataclass(frozen=True)
class _Part:
    """``event`` of the ledger tells the ``form`` that is there; ``tables`` are what ``select`` builds."""

    event: str
    form: str
    select: tuple[str, ...]
    tables: tuple[str, ...]

    def is_there(self, conn: psycopg.Connection[Any]) -> bool:
        last = conn.execute(
            "select subject from audit.ledger where kind = %s order by event_id desc limit 1", (self.event,)
        ).fetchone()
        return last == (self.form,) and len(self.places(conn)) == len(self.tables)

    def places(self, conn: psycopg.Connection[Any]) -> list[str]:
        """Those of its tables that there are, with their schema."""
        return [
            place
            for (place,) in conn.execute(
                "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                " where c.relkind = 'r' and c.relname = any(%s) and n.nspname in ('staging', 'intermediate')",
                (list(self.tables),),
            )
        ]

    def altered(self, conn: psycopg.Connection[Any]) -> list[str]:
        """Those that do not say what they said when they were built; of which nothing was told then, too."""
        if ledger.is_retold():
            return []
        places, told = self.places(conn), ledger_contents.said(conn)
        return sorted(
            {*ledger_contents.others(conn, places), *(place for place in places if place not in told)}
        )


def ensure_reference() -> bool:
    """Build what of the reference data the warehouse holds in another form, or not at all. Returns whether it did.

    The lists are those of the open release; without one they are looked at until the first of them has landed, empty.

    Raises:
        SimpulError: dbt could not build them.
    """
    with (
        connect(autocommit=True, application_name="simpul seeds") as conn,
        advisory_lock(conn, "reference data"),  # two builds of the same tables would undo each other
    ):
        stale = []
        for part in _parts(conn):
            altered = part.altered(conn) if part.is_there(conn) else []
            if altered:
                log.warning("built anew, for they are not what was loaded: %s", ", ".join(altered))
            if altered or not part.is_there(conn):
                stale.append(part)
                # after a crash nobody may take what stands there for the form before
                gone = dict.fromkeys(part.places(conn))
                ledger.append(conn, part.event, "building", {"altered": altered, "contents": gone})
        if not stale:
            return False
        # build, not seed or run: their tests are the reason to trust them; as a whole, for a column may be new
        outcome = transform.run_dbt(
            [selector for part in stale for selector in part.select], arguments=["--full-refresh"]
        )
        if not outcome.success:
            raise SimpulError(f"the reference data cannot be built:\n{outcome.explain()}", code="transform")
        for part in stale:
            rows = ledger_contents.contents(conn, part.places(conn))
            ledger.append(conn, part.event, part.form, {"tables": list(part.tables), "contents": rows})
    log.info("reference data built: %s", ", ".join(table for part in stale for table in part.tables))
    return True


def _parts(conn: psycopg.Connection[Any]) -> list[_Part]:
    root = get_settings().dbt_dir
    seeds = sorted(path.stem for path in (root / "seeds").glob("*.csv"))
    project = [root / "dbt_project.yml", *(root / "macros").glob("*.sql")]
    form = _hash([*(root / "seeds").iterdir(), *project])
    parts = [_Part(SEEDS, form, ("path:seeds",), tuple(seeds))]
    files = conn.execute(
        "select file_id from audit.release_input join audit.file using (file_id)"
        " join audit.release using (release_id) where release.status = 'candidate' and dataset ^@ 'reference.'"
        " order by file_id"
    ).fetchall()
    # before the first list lands they are empty, whatever release comes: its build need not wait for them
    known = conn.execute(
        "select exists (select from audit.release where status = 'candidate')"
        " or not exists (select from audit.file where dataset ^@ 'reference.' and status = 'landed')"
    ).fetchone()
    if known == (True,):
        models = [path for name in transform.LISTS for path in (root / "models").rglob(f"{name}.sql")]
        models += sorted(
            {path.with_name(f"_{path.parent.name}__models.yml") for path in models}
        )  # their tests
        # the lists are held against the seeds
        form = _hash(models, form, *(file_id for (file_id,) in files))
        parts.append(_Part(LISTS, form, transform.LISTS, transform.LISTS))
    return parts


def _hash(paths: list[Any], *more: str) -> str:
    digest = hashlib.sha256("\0".join(more).encode())
    for path in sorted(paths):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
