"""What differences between two deliveries look like, and that chance does not look so."""

from __future__ import annotations

import random

import pytest

from simpul.gate.shapes import block, block_of_pairs, exchanged, lost

PEOPLE = 1_000


def _families(share: float, seed: int) -> list[bool]:
    """Of families of four so many change, each as a whole."""
    chance = random.Random(seed)
    return [differs for _ in range(PEOPLE // 4) for differs in [chance.random() < share] * 4]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.1, 0.3, 0.7])
def test_families_that_change_here_and_there_are_no_block(share):
    assert not any(block(_families(share, seed)) for seed in range(100))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.05])
@pytest.mark.parametrize(("rows", "within"), [(40, 1.0), (80, 0.8), (160, 0.6), (320, 0.6)])
def test_rows_that_stand_together_and_differ_are_a_block(share, rows, within):
    changed, chance = _families(share, 1), random.Random(2)
    changed[300 : 300 + rows] = [chance.random() < within for _ in range(rows)]
    found = block(changed)
    assert found and found.differ >= found.people / 2


def test_of_those_who_gave_one_answer_a_block_is_told_too():
    """A flag that one person in five has, taken from all of a block: of all people there, few differ."""
    was = ["YA" if n % 5 == 0 else "TIDAK" for n in range(PEOPLE)]
    now = [*was[:300], *(["TIDAK"] * 300), *was[600:]]
    pairs = list(zip(now, was, strict=True))
    changed = [here != there for here, there in pairs]
    assert block(changed) is None
    assert block_of_pairs(pairs, changed) is not None


def test_two_columns_exchanged_or_copied():
    both = [("YA", "TIDAK"), ("TIDAK", "YA"), ("YA", "YA"), ("TIDAK", "TIDAK")] * 10
    assert exchanged([pair[::-1] for pair in both], both) == (True, True)
    assert exchanged([(one, one) for one, _ in both], both) == (False, True)
    assert exchanged([(other, other) for _, other in both], both) == (True, False)
    assert exchanged(both, both) == ()
    assert exchanged([("TIDAK", other) for _, other in both], both) == (), "a programme that ended"
    assert exchanged([("TIDAK", "TIDAK")] * len(both), both) == (), "two that ended"


def test_a_part_that_is_gone_but_not_one_that_is_called_otherwise():
    before = {"BAROS": 100, "CIKOLE": 300, "CITAMIANG": 5}
    assert lost(before, {"CIKOLE": 300}) == ["BAROS"]
    assert lost(before, {"BAROS": 4, "CIKOLE": 290}) == ["BAROS"]
    assert lost(before, {"BAROS": 60, "CIKOLE": 300}) == []
    assert lost(before, {"KEC. BAROS": 100, "CIKOLE": 300}) == []
    assert lost({"BAROS": 10, "CIKOLE": 30}, {"CIKOLE": 30}) == [], "of a short list nobody can tell"
