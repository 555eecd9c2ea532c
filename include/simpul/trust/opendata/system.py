"""The cells of several cuts as one system of equations, and the smallest change of it that moves one cell.

Cells of two cuts that hold the same number are one unknown: who knows that nothing has changed there reckons so. A
change ``d`` with A·d = 0, B·d ≥ −B·v (what is at most something else stays so), no cell below 0 and d = 0 on everything
published is another world that looks the same from outside: it proves that each of its cells may be v + d instead of v.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simpul.trust.opendata.relations import Cell, Cut, Relation

Unknown = tuple[Cell, int]
"""A cell and what it holds, in whichever cuts it holds that."""

_FREE = 1e-3  # of moving a suppressed cell, beside one that is published yet
_NAUGHT = 4.0  # a group that is empty is worth telling
_BELOW = {0: 3.0, 1: 2.0, 2: 1.5}  # nation, province, regency: read by more than a district
_WHOLE = 1e-6  # of a whole number, as the solver reckons
_ROOM = 8  # × k, or × the way of the one that is moved: no other need move further than that


@dataclass(frozen=True)
class _Bound:
    """Unknowns that move together: columns once up and once down, a row per relation, of which none may fall below."""

    columns: list[int]
    place: dict[int, int]
    matrix: Any
    low: Any
    high: Any


class System:
    """Unknowns, what binds them, and which of them are published (``fixed``, for good) or suppressed (``hidden``)."""

    def __init__(self, cuts: Sequence[Cut]) -> None:
        self.k = max(cut.k for cut in cuts)
        self.unknowns: list[Unknown] = []
        self.number: dict[Unknown, int] = {}
        for cut in cuts:
            for unknown in cut.values.items():
                if unknown not in self.number:
                    self.number[unknown] = len(self.unknowns)
                    self.unknowns.append(unknown)
        self.value = np.array([value for _, value in self.unknowns], dtype=float)
        self.fixed = np.zeros(len(self.unknowns), dtype=bool)
        self.hidden = np.zeros(len(self.unknowns), dtype=bool)
        equal = self._numbered(cuts, lambda cut: cut.relations)
        at_most = self._numbered(cuts, lambda cut: cut.bounds) - equal
        self.relations = [*sorted(equal), *sorted(at_most)]
        room = [
            sum(sign * self.value[n] for n, sign in relation) for relation in self.relations[len(equal) :]
        ]
        self._low = np.concatenate([np.zeros(len(equal)), -np.array(room, dtype=float)])
        self._high = np.concatenate([np.zeros(len(equal)), np.full(len(room), np.inf)])
        self._of: dict[int, list[int]] = defaultdict(list)
        for row, relation in enumerate(self.relations):
            for unknown, _ in relation:
                self._of[unknown].append(row)
        self._block = [_block_of(cell) for cell, _ in self.unknowns]
        self._bounds: dict[bool, dict[int, _Bound]] = {True: {}, False: {}}
        self._weight = np.array([_weight(cell, value) for cell, value in self.unknowns])

    def _numbered(self, cuts: Sequence[Cut], of: Callable[[Cut], Sequence[Relation]]) -> set[tuple[Any, ...]]:
        return {
            tuple(sorted((self.number[cell, cut.values[cell]], sign) for cell, sign in relation))
            for cut in cuts
            for relation in of(cut)
        }

    def change(self, number: int, by: float, *, in_block: bool) -> dict[int, float] | None:
        """The cheapest other world in which one unknown is ``by`` more; None: there is none.

        In whole numbers: people come whole.

        Args:
            number: of the unknown.
            by: how far it is moved.
            in_block: nothing moves but what differs from it in region and one key: quick, and mostly enough.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        if self.fixed[number]:
            return None
        bound = self._bound_to(number, in_block)
        size, columns, mine = len(bound.columns), bound.columns, bound.place[number]
        limit = _ROOM * max(float(self.k), abs(by))
        low, high = np.zeros(2 * size), np.full(2 * size, limit)
        high[size:] = np.minimum(self.value[columns], limit)
        low[mine] = high[mine] = max(by, 0.0)
        low[size + mine] = high[size + mine] = max(-by, 0.0)
        cost = np.where(self.hidden[columns], _FREE, self._weight[columns])
        for whole in (0, 1):  # mostly the cheapest is whole by itself
            found = milp(
                np.concatenate([cost, cost]),
                constraints=LinearConstraint(bound.matrix, bound.low, bound.high)
                if bound.matrix.shape[0]
                else (),
                bounds=Bounds(low, high),
                integrality=np.full(2 * size, whole),
                options={"time_limit": 60.0, "mip_rel_gap": 0.05},
            )
            if found.x is None:
                return None
            moved = found.x[:size] - found.x[size:]
            near = np.rint(moved)
            if np.abs(moved - near).max() < _WHOLE:
                return {n: float(near[at]) for at, n in enumerate(columns) if near[at]}
        return None

    def _bound_to(self, number: int, in_block: bool) -> _Bound:
        """All unknowns that hang together with it through cells that are not published, and what binds them."""
        kept = self._bounds[in_block]
        if number not in kept:
            bound = self._find(number, in_block)
            kept.update(dict.fromkeys(bound.columns, bound))
        return kept[number]

    def _find(self, number: int, in_block: bool) -> _Bound:
        from scipy.sparse import csr_array

        block = self._block[number]
        seen, waiting = {number}, [number]
        while waiting:
            for row in self._of[waiting.pop()]:
                for n, _ in self.relations[row]:
                    if n not in seen and not self.fixed[n] and (not in_block or self._block[n] == block):
                        seen.add(n)
                        waiting.append(n)
        columns = sorted(seen)
        place = {n: at for at, n in enumerate(columns)}
        rows = sorted({row for n in columns for row in self._of[n]})
        entries = [
            (at, place[n] + size, sign * up)
            for at, row in enumerate(rows)
            for n, sign in self.relations[row]
            if n in place
            for size, up in ((0, 1), (len(columns), -1))
        ]
        at, to, sign = zip(*entries, strict=True) if entries else ((), (), ())
        matrix = csr_array((sign, (at, to)), shape=(len(rows), 2 * len(columns)))
        return _Bound(columns, place, matrix, self._low[rows], self._high[rows])

    def is_another_world(self, moved: dict[int, float]) -> bool:
        """Whether the change keeps every relation and every published cell, and nothing is below 0."""
        touched = {row for n in moved for row in self._of[n]}
        return (
            not any(self.fixed[n] for n in moved)
            and all(self.value[n] + by >= 0 for n, by in moved.items())
            and all(
                self._low[row]
                <= sum(sign * moved.get(n, 0.0) for n, sign in self.relations[row])
                <= self._high[row]
                for row in touched
            )
        )


def _block_of(cell: Cell) -> object:
    table, key, _ = cell
    # the region (first, as every aggregate declares) and the last key may vary: deciles, sets, months, statuses
    return table, key[1:-1]


def _weight(cell: Cell, value: int) -> float:
    """What leaving it out costs the reader: few cells, and little of all that is counted, shall be missing."""
    region = cell[1][0] if cell[1] else ""
    depth = 0 if region == "00" else region.count(".") + 1
    return (_NAUGHT if value == 0 else 1.0 + np.sqrt(value) / 4) * _BELOW.get(depth, 1.0)
