"""Which cells are left out, so that from all that is published none of them can be worked out or narrowed down.

Left out is

- small: a count of 1 … k−1;
- rest: a count that leaves 1 … k−1 of those whom another table tells (`Whole`), where these are k or more: where they
  are fewer, nobody is told how many they are;
- change: a count that is 1 … k−1 away from what an earlier cut told of the same cell: the difference is such a group;
- amount: what is paid to a count that is left out;
- earlier: what an earlier cut left out and has not changed since;
- complement: whatever else is needed.

The rule: as far as anybody can tell from all cuts together, a small count may be 0 and may be k, a rest likewise; a
changed one may be as it was, and k away from that; an amount may be half of what it is, and half as much again; and no
other that is left out has one number only. It is kept by construction: for both ends another world is found that looks
the same from outside (`system`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simpul.errors import SimpulError
from simpul.trust.opendata.relations import Cell, Cut
from simpul.trust.opendata.system import System

SMALL, CHANGE, COMPLEMENT, EARLIER, AMOUNT, REST = (
    "small", "change", "complement", "earlier", "amount", "rest"
)  # fmt: skip


@dataclass(frozen=True)
class _Need:
    """An unknown that must be able to go down to ``low`` and up to ``high``; to either, where that is enough.

    ``whole``: the unknown that may be left out beside it where it cannot: of an unknown number an unknown number is
    left.
    """

    number: int
    low: int
    high: int
    either: bool = False
    whole: int | None = None


def protect(cut: Cut, earlier: Sequence[Cut]) -> dict[Cell, str]:
    """Cells of ``cut`` that must not be published, and why; its own ``hidden`` is not looked at.

    Args:
        cut: of the release to open.
        earlier: what was opened before, oldest first.

    Raises:
        SimpulError: a cell cannot be protected, because too much that tells of it was published before.
    """
    system = System([*earlier, cut])
    reasons = _first(cut, earlier, system)
    needs = [
        _need(system, cut, cell, why, _last_told(earlier, cell, cut.values[cell], cut.k))
        for cell, why in sorted(reasons.items())
    ]
    for before in earlier:
        needs += [_need(system, before, cell, why) for cell, why in before.hidden.items()]
    _suppress(system, [need for need in needs if need])
    paid = [
        amount for amount, counts in cut.amounts.items() if any(_is_hidden(system, cut, c) for c in counts)
    ]
    reasons |= {amount: AMOUNT for amount in paid if not _is_hidden(system, cut, amount)}
    _suppress(system, [need for amount in paid if (need := _need(system, cut, amount, AMOUNT))])
    return {cell: reasons.get(cell, COMPLEMENT) for cell in cut.values if _is_hidden(system, cut, cell)}


def is_small(value: int, k: int) -> bool:
    """Whether a count or a difference is that of a group too small to be told of."""
    return 0 < abs(value) < k


def _first(cut: Cut, earlier: Sequence[Cut], system: System) -> dict[Cell, str]:
    """Mark what is published and what is suppressed already; the counts that must be, with their reasons."""
    for before in earlier:
        for cell, value in before.values.items():
            number = system.number[cell, value]
            (system.hidden if cell in before.hidden else system.fixed)[number] = True
    system.hidden &= ~system.fixed  # told once is told
    reasons: dict[Cell, str] = {}
    for cell, value in cut.values.items():
        number = system.number[cell, value]
        if system.fixed[number]:
            continue
        if cell not in cut.amounts and is_small(value, cut.k):
            reasons[cell] = SMALL
        elif (whole := _whole(cut, cell)) is not None and whole >= cut.k > whole - value > 0:
            reasons[cell] = REST
        elif cell not in cut.amounts and _last_told(earlier, cell, value, cut.k) is not None:
            reasons[cell] = CHANGE
        elif system.hidden[number]:
            reasons[cell] = EARLIER  # publishing it now would tell the earlier cut's
    return reasons


def _is_hidden(system: System, cut: Cut, cell: Cell) -> bool:
    return bool(system.hidden[system.number[cell, cut.values[cell]]])


def _whole(cut: Cut, cell: Cell) -> int | None:
    """How many there are of whom a cell counts some, if another table tells."""
    return cut.values[cut.wholes[cell]] if cell in cut.wholes else None


def _last_told(earlier: Sequence[Cut], cell: Cell, value: int, k: int) -> int | None:
    """What the latest cut that told of the cell said, when that is a small group away."""
    for before in reversed(earlier):
        if cell in before.values and cell not in before.hidden:
            return before.values[cell] if is_small(value - before.values[cell], k) else None
    return None


def _need(system: System, cut: Cut, cell: Cell, why: str, told: int | None = None) -> _Need | None:
    """What has to be possible of a cell that is left out; it is marked as such."""
    value = cut.values[cell]
    number = system.number[cell, value]
    if system.fixed[number]:
        return None
    system.hidden[number] = True
    if why == SMALL:
        return _Need(number, 0, cut.k)
    if why == REST:
        whole = cut.wholes[cell]
        of = cut.values[whole]
        return _Need(number, max(of - cut.k, 0), of, whole=system.number[whole, of])
    if why == CHANGE and told is not None:
        falls = value < told >= cut.k
        # no more than there are: of eight of whom five were told, six now may be eight
        most = max(told + cut.k if (whole := _whole(cut, cell)) is None else whole, value)
        return _Need(number, told - cut.k if falls else told, told if falls else min(told + cut.k, most))
    if why == AMOUNT:
        return _Need(number, value - value // 2, value + max(value // 2, 1))
    # left out for another's sake, now or then: no one number may be left of it
    return _any_other(system, number)


def _suppress(system: System, needs: Sequence[_Need]) -> None:
    reach = _Reach(system.value.copy(), system.value.copy())
    # those that can move least come first: what is suppressed for them serves the others
    for need in sorted(needs, key=lambda need: (need.either, -system.value[need.number], need.number)):
        if _is_met(system, need, reach):
            continue
        instead = _instead(system, need)
        if not instead or not all(_is_met(system, one, reach) for one in instead):
            raise _refusal(system, need)


@dataclass(frozen=True)
class _Reach:
    """The least and the greatest that each unknown is in the worlds found so far."""

    low: Any
    high: Any

    def note(self, number: int, value: float) -> None:
        self.low[number], self.high[number] = min(self.low[number], value), max(self.high[number], value)


def _is_met(system: System, need: _Need, reach: _Reach) -> bool:
    """Whether there are other worlds enough; what differs in them is left out."""
    at = need.number
    for end in (need.high, need.low):
        if reach.low[at] <= end <= reach.high[at] or (need.either and reach.low[at] < reach.high[at]):
            continue
        moved = _other_world(system, at, end - system.value[at])
        if moved is None:
            if need.either:
                continue
            return False
        opposite = {number: -step for number, step in moved.items()}
        worlds = [moved, opposite] if system.is_another_world(opposite) else [moved]
        for number in moved:
            system.hidden[number] = True
            for world in worlds:
                reach.note(number, system.value[number] + world[number])
    return bool(reach.low[at] < reach.high[at])


def _other_world(system: System, number: int, by: float) -> dict[int, float] | None:
    """The cheapest; None where there is none."""
    for in_block in (True, False):
        moved = system.change(number, by, in_block=in_block)
        if moved and system.is_another_world(moved):
            return moved
    return None


def _instead(system: System, need: _Need) -> list[_Need]:
    """What will do where a need cannot be met: how many are left of a whole that is not told either."""
    if need.whole is None or system.fixed[need.whole]:
        return []
    system.hidden[need.whole] = True
    return [_any_other(system, number) for number in (need.whole, need.number)]


def _any_other(system: System, number: int) -> _Need:
    value = int(system.value[number])
    return _Need(number, max(value - 1, 0), value + 1, either=True)


def _refusal(system: System, need: _Need) -> SimpulError:
    cell, _ = system.unknowns[need.number]
    return SimpulError(
        f"{cell[0]} {'/'.join(cell[1])}: {cell[2]} cannot be protected beside what was opened before",
        code="open_data",
        hint="open the next release instead, or leave the table out (meta.open_data)",
    )
