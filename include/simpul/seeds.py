"""Reference seeds (regions, programmes): loaded when their files have changed, not with every release.

The ledger remembers which form of the seeds is in the warehouse, so an auditor sees when reference data changed.
"""

from __future__ import annotations

import hashlib
import logging

from simpul import ledger, transform
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.settings import get_settings

log = logging.getLogger("simpul.seeds")

EVENT = "seeds.loaded"


def ensure_seeds() -> bool:
    """Load the seeds when the warehouse holds another form of them, or none. Returns whether it did.

    Raises:
        SimpulError: dbt could not load them.
    """
    folder = get_settings().dbt_dir / "seeds"
    tables = sorted(path.stem for path in folder.glob("*.csv"))
    wanted = _fingerprint()
    with connect(autocommit=True, application_name="simpul seeds") as conn:
        last = conn.execute(
            "select subject from audit.ledger where kind = %s order by event_id desc limit 1", (EVENT,)
        ).fetchone()
        row = conn.execute(
            "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind = 'r' and c.relname = any(%s) and n.nspname = 'staging'",
            (tables,),
        ).fetchone()
        if last and row and last[0] == wanted and row[0] == len(tables):
            return False
        # build, not seed: their tests are the reason to trust them; refreshed as a whole, for a column may be new
        outcome = transform.run_dbt(["path:seeds"], arguments=["--full-refresh"])
        if not outcome.success:
            raise SimpulError(f"the seeds cannot be loaded:\n{outcome.explain()}", code="transform")
        ledger.append(conn, EVENT, wanted, {"tables": tables})
    log.info("seeds loaded: %s", ", ".join(tables))
    return True


def _fingerprint() -> str:
    """Hash over the seed files, their declaration and the macros that load them."""
    root = get_settings().dbt_dir
    digest = hashlib.sha256()
    for path in sorted(
        [*(root / "seeds").iterdir(), root / "dbt_project.yml", *(root / "macros").glob("*.sql")]
    ):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
