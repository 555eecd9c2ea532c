"""Figures that are counted person by person, and the lists of persons that they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from simpul.contract import load_contracts
from simpul.pack.model import Proof
from simpul.pack.world import NATION

# Their figures are counted person by person: listing the rows again for each of them takes as long as counting did.
# Whoever follows one asks `simpul evidence`, which does; the pack names the lists of the release for the region.
COUNTED = frozenset(
    {
        "rpt_program_coverage",
        "rpt_program_payment",
        "rpt_program_overlap",
        "rpt_registry_crosswalk",
        "rpt_population",
        "rpt_finding",
        "rpt_nik_quality",
    }
)


@dataclass(frozen=True)
class PersonList:
    """A list of persons in the release."""

    file_id: str
    dataset: str
    period: str | None


def lists_of(conn: psycopg.Connection[Any], release_id: int, region_code: str) -> list[PersonList]:
    """Files of the release that name persons, of the region, of what is above or below it, or of no stated region;
    those of one kind and region after each other.
    """
    personal = [name for name, contract in load_contracts().items() if contract.personal_data != "none"]
    rows = conn.execute(
        """select file_id, dataset, period from audit.release_input join audit.file using (file_id)
        where release_id = %s and dataset = any(%s) and (region_code is null or region_code = %s
            or region_code ^@ %s or %s ^@ region_code)
        order by dataset, region_code nulls first, period, file_id""",
        (release_id, personal, NATION, region_code, region_code),
    ).fetchall()
    return [PersonList(*row) for row in rows]


def counted_in(proof: Proof, lists: Sequence[PersonList]) -> list[str]:
    """Which lists a count comes from.

    All of them wherever people are counted: who is one person, who has died and where somebody lives is said by every
    list, also by one of another kind or of a later period. The quality of numbers is counted record by record within
    one kind of list and one period, both in its key.
    """
    if proof.mart != "rpt_nik_quality":
        return [one.file_id for one in lists]
    dataset, period = proof.where["dataset"], proof.where["period"] or None
    return [one.file_id for one in lists if one.dataset == dataset and one.period in (period, None)]
