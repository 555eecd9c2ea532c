"""Judge again what was set aside, by the contract of today and without a new delivery.

The archived bytes of the file are landed once more as a receipt of their own, which replaces the old one. Nothing that
a release was built from ever changes: a file id means the same records for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simpul.contract import contract_hash, load_contracts
from simpul.database import connect, no_values
from simpul.landing.receive import reland
from simpul.landing.result import LandResult

log = logging.getLogger("simpul.landing")


@dataclass(frozen=True)
class Waiting:
    """A landed file with records that wait in quarantine."""

    file_id: str
    file_name: str
    dataset: str
    records: int
    is_changed: (
        bool  # its contract, or a rule of the field dictionary, is another one than when it was judged
    )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def waiting(
    *, file_ids: Sequence[str] = (), dataset: str | None = None, rule: str | None = None
) -> list[Waiting]:
    """The landed files with open records in quarantine, oldest first; all, or those that are named.

    Args:
        file_ids: only these files.
        dataset: only files of this dataset.
        rule: only files with an open record that broke this rule.
    """
    contracts = load_contracts()
    with no_values("reading the quarantine"), connect(application_name="simpul quarantine") as conn:
        rows = conn.execute(
            'select f.file_id, f.file_name, f.dataset, count(distinct (q.sheet, q."row", q."column")), f.contract_hash'
            " from audit.file as f join quarantine.row as q using (file_id)"
            " where f.status = 'landed' and q.status = 'open' and (cardinality(%(files)s::text[]) = 0 or"
            " f.file_id = any(%(files)s)) and (%(dataset)s::text is null or f.dataset = %(dataset)s)"
            " group by 1 having %(rule)s::text is null or bool_or(q.rule_code = %(rule)s)"
            " order by f.received_at, f.file_id",
            {"files": list(file_ids), "dataset": dataset, "rule": rule},
        ).fetchall()
    return [
        Waiting(file_id, name, of, records, of in contracts and contract_hash(contracts[of]) != judged_by)
        for file_id, name, of, records, judged_by in rows
    ]


def load_again(files: Sequence[Waiting], *, run_id: str | None = None) -> list[LandResult]:
    """Load the archived bytes of ``files`` once more; the gate then judges them (`simpul.gate.gate_files`).

    When a new receipt lands it supersedes the old one, whose open records are then ``replayed``.

    Raises:
        SimpulError: archived bytes are gone or altered, or the database fails; what was loaded stays loaded.
    """
    return [reland(file.file_id, run_id=run_id) for file in files]
