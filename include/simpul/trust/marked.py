"""Is everybody who was erased still known to the vault? A lost or older one would take them in again (ADR 0062)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from simpul import erased

_DONE = """
select distinct on (subject) subject::bigint, detail -> 'vault' from audit.ledger as done
where kind = 'erasure.done' and not exists (
    select from audit.ledger as lifted where lifted.kind = 'erasure.lifted' and lifted.subject = done.subject)
order by subject, event_id desc"""


def told(erasure: int) -> dict[str, Any]:
    """What the ledger is told of the vault when an erasure is done: a fingerprint of its key, the number of marks."""
    key, marks = erased.held()
    return {"key": key, "marks": marks[erasure]}


def problems(conn: psycopg.Connection[Any]) -> Iterator[tuple[str, str]]:
    """What the vault holds otherwise than it did when each erasure that holds today was done; in both languages."""
    key, marks = erased.held()
    for number, said in sorted(conn.execute(_DONE).fetchall()):
        is_less = marks[number] < said["marks"] if said else not marks[number]
        if is_less:
            of, dari = "holds no fingerprint", "tidak memuat sidiknya"
            if marks[number]:
                of = f"holds {marks[number]} of {said['marks']} fingerprints"
                dari = f"memuat {marks[number]} dari {said['marks']} sidiknya"
            yield (
                f"erasure {number}: the vault {of} of it, so who was erased would be taken if delivered again:"
                " restore home/secrets",
                f"penghapusan {number}: brankas {dari}, sehingga orang yang dihapus akan diterima bila"
                " dikirim lagi: pulihkan home/secrets",
            )
        elif marks[number] and (key is None or (said and key != said["key"])):
            yield (
                f"erasure {number}: the key of its fingerprints is {'another' if key else 'gone'}, so they know"
                " nobody: restore home/secrets",
                f"penghapusan {number}: kunci sidiknya {'lain' if key else 'hilang'}, sehingga tidak mengenali siapa"
                " pun: pulihkan home/secrets",
            )
