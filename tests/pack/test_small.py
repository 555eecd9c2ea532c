"""No small count can be worked out from a row of a pack, by one who knows what adds up and how counts are kept back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from simpul.pack.chapters import programmes, results, team
from simpul.pack.model import Gap
from simpul.pack.world import FEW, FEWER, few, masked

Row = Mapping[str, Any]

# by hand, from what the model tells of the columns: none of it is taken from the chapters
COVERAGE = (("eligible", ("eligible_enrolled", "excluded", "unknown_receipt")),
            ("enrolled", ("eligible_enrolled", "included_in_error", "unknown_eligibility")))  # fmt: skip
PAYMENT = (("recipients", ("with_amount", "without_amount")),)
VISITS = (("verified", ("found", "not_found", "moved", "deceased", "duplicate", "result_unknown")),
          ("verified", ("eligible", "ineligible", "eligibility_unknown")))  # fmt: skip
NIK = (("records", ("broken", "sound")),)
COUNT = st.one_of(st.integers(0, 2 * FEW + 1), st.integers(0, 300))


def possible(told: Row, sums: tuple[tuple[str, tuple[str, ...]], ...], name: str) -> tuple[float, float]:
    """The least and the greatest whole number that a count may be: “< 5” is 1 to 4, “ditahan” 5 or more, what has no
    column anything.
    """
    names = sorted({one for whole, parts in sums for one in (whole, *parts)})
    low, high = np.zeros(len(names)), np.full(len(names), 10_000.0)
    for place, one in enumerate(names):
        match told.get(one, None):
            case Gap() as gap:
                low[place], high[place] = (1, FEW - 1) if gap == FEWER else (FEW, 10_000)
            case int() as count:
                low[place] = high[place] = count
    rows = [[(one == whole) - (one in parts) for one in names] for whole, parts in sums]
    ends = []
    for sign in (1, -1):
        found = milp(
            [sign * (one == name) for one in names], integrality=np.ones(len(names)), bounds=Bounds(low, high),
            constraints=LinearConstraint(np.array(rows), 0, 0),
        )  # fmt: skip
        assert found.success, "the truth itself is one of the solutions"
        ends.append(round(sign * found.fun))
    return ends[0], ends[1]


def hold(row: Row, shown: Row, columns: tuple[str, ...], sums: Any) -> None:
    """Of every small count, told in a column or not, two numbers at least are possible."""
    told = {name: shown[name] for name in columns}
    assert not [name for name, value in told.items() if not isinstance(value, Gap) and few(value)]
    for name in {one for whole, parts in sums for one in (whole, *parts)}:
        if few(row[name]):
            low, high = possible(told, sums, name)
            assert low < high, (name, row, told)


@settings(max_examples=150, deadline=None)
@given(COUNT, COUNT, COUNT, COUNT, COUNT)
@example(35, 46, 0, 0, 1)  # 81 | 35 | 46 | 0 | 0 | 36 was printed
@example(287, 52, 2, 17, 2)
def test_coverage(receiving, excluded, unknown, wrongly, of_unknown_eligibility):
    row = {"eligible": receiving + excluded + unknown, "eligible_enrolled": receiving, "excluded": excluded,
           "unknown_receipt": unknown, "enrolled": receiving + wrongly + of_unknown_eligibility,
           "included_in_error": wrongly, "unknown_eligibility": of_unknown_eligibility}  # fmt: skip
    shown = masked(row, *programmes._IDENTITIES)
    hold(row, shown, programmes._COUNTS, COVERAGE)
    if not any(map(few, (row["eligible"], receiving, excluded, unknown))):
        assert not [
            name for name in ("eligible", "excluded", "unknown_receipt") if isinstance(shown[name], Gap)
        ]


@settings(max_examples=80, deadline=None)
@given(COUNT, COUNT)
@example(1, 4)
@example(4, 4)
@example(3, 97)
def test_payments(with_amount, without_amount):
    row = {"recipients": with_amount + without_amount, "without_amount": without_amount, "with_amount": with_amount,
           "amount_idr": 200_000 * with_amount, "combined_amount_idr": 300_000 * without_amount}  # fmt: skip
    shown = programmes._shown_payment({name: row[name] for name in row if name != "with_amount"})
    hold(row, shown, ("recipients", "without_amount"), PAYMENT)
    assert not few(with_amount) or isinstance(shown["amount_idr"], Gap), "what few were paid"
    assert not few(without_amount) or isinstance(shown["combined_amount_idr"], Gap), (
        "what few were paid together"
    )


@settings(max_examples=80, deadline=None)
@given(st.lists(COUNT, min_size=6, max_size=6), st.data())
def test_visits(results_, data):
    verified = sum(results_)
    eligible = data.draw(st.integers(0, verified))
    ineligible = data.draw(st.integers(0, verified - eligible))
    row = dict(zip(VISITS[0][1], results_, strict=True)) | {
        "verified": verified, "eligible": eligible, "ineligible": ineligible,
        "eligibility_unknown": verified - eligible - ineligible, "target_records": data.draw(COUNT),
    }  # fmt: skip
    shown = masked(row, *team._VISITS)
    hold(row, shown, ("target_records", "verified", "found", "eligible"), VISITS)


@settings(max_examples=80, deadline=None)
@given(COUNT, COUNT)
@example(4, 4)
@example(1, 5)
def test_numbers(broken, sound):
    row = {"records": broken + sound, "broken": broken, "sound": sound}
    hold(
        row,
        results._shown_nik({"records": broken + sound, "broken": broken}),
        ("records", "broken", "sound"),
        NIK,
    )


@pytest.mark.parametrize("count", range(1, FEW))
def test_the_solver_finds_what_is_told(count):
    """The check itself: without keeping back, or with the sum of enrolled as it was, it is worked out."""
    told = {"enrolled": 35 + count, "eligible_enrolled": 35, "included_in_error": 0}
    assert possible(told, COVERAGE, "unknown_eligibility") == (count, count)
