"""A labelled city as files through the real doors: landed, built, linked, and held against the truth."""

from __future__ import annotations

import pytest

from bench.identity.stranger.lists import LISTS
from bench.identity.through_doors import bring_in
from bench.proofs import keep


@pytest.mark.slow
def test_a_stranger_s_files_are_linked_rightly(ready_warehouse):
    outcome = bring_in(ready_warehouse, 400, seed=2)
    assert outcome.ended == {"landed": len(LISTS)}
    assert outcome.quality.records > 0.99 * outcome.rows
    assert outcome.quality.precision >= 0.99  # a wrong cluster or two weigh much among so few
    assert outcome.quality.recall >= 0.98
    assert sum(1 for _ in outcome.missed()) == outcome.quality.pairs.true - outcome.quality.pairs.found
    assert sum(1 for _ in outcome.wrong()) == outcome.quality.wrong


@pytest.mark.proof
@pytest.mark.parametrize("seed", [1, 2])
def test_many_of_a_stranger_s_files_are_linked_rightly(ready_warehouse, seed):
    outcome = bring_in(ready_warehouse, 12_000, seed)
    quality = outcome.quality
    keep(
        f"through_doors_{seed}",
        f"A stranger's city as {len(LISTS)} files through the doors, linked, seed {seed}",
        [
            ("rows written; records with a person", f"{outcome.rows:,}; {quality.records:,}"),
            ("pairwise precision", f"{quality.precision:.5f} ({quality.wrong} wrong pairs)"),
            ("pairwise recall", f"{quality.recall:.4f}"),
            ("… where a side has no usable NIK", f"{quality.without_nik.recall:.4f}"),
            ("recall, best less worst subgroup of people", f"{100 * quality.largest_gap:.2f} points"),
        ],
    )
    assert outcome.ended == {"landed": len(LISTS)}
    assert quality.precision >= 0.999
    assert quality.recall >= 0.99
    assert quality.without_nik.recall >= 0.90
    assert quality.largest_gap <= 0.02
