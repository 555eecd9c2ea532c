"""Many files or numbers told shortly: as ranges, and where those are many as a set with a name (``D1``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise

from expectations.site.numerals import number
from simpul.pack.proving import Stamp

_FEW = 8  # ranges that are read at a glance; more are named once and spelt out in appendix A
_A_ROW = 200  # ranges in one row of a set: a cell of a workbook holds 32,767 characters


def ranges(numbers: Collection[int], letter: str = "") -> list[str]:
    """``S3–S7`` and ``S12`` of 3, 4, 5, 6, 7 and 12. None of nothing."""
    ordered = sorted(set(numbers))
    if not ordered:
        return []
    starts = [ordered[0], *(after for before, after in pairwise(ordered) if after != before + 1)]
    ends = [*(before for before, after in pairwise(ordered) if after != before + 1), ordered[-1]]
    return [
        f"{letter}{start}" if start == end else f"{letter}{start}–{letter}{end}"
        for start, end in zip(starts, ends, strict=True)
    ]


class FileSets:
    """The sets of files behind figures, named in the order in which the pages come to them."""

    def __init__(self, stamps: Mapping[str, Stamp]) -> None:
        """``stamps``: of all files of the pack, by id."""
        self._stamps = stamps
        self._names: dict[frozenset[int], str] = {}

    def told(self, file_ids: Collection[str]) -> str:
        """``S4–S97, S101``; ``daftar D1`` where that would be many ranges. The same files have the same name."""
        numbers = frozenset(self._stamps[file_id].number for file_id in file_ids)
        found = ranges(numbers, "S")
        if len(found) <= _FEW:
            return ", ".join(found)
        return f"daftar {self._names.setdefault(numbers, f'D{len(self._names) + 1}')}"

    def rows(self) -> list[dict[str, str]]:
        """For appendix A: name, how many files, and which; a long set goes on in further rows."""
        rows = []
        for numbers, name in self._names.items():
            found = ranges(numbers, "S")
            for start in range(0, len(found), _A_ROW):
                rows.append(
                    {
                        "name": name if start == 0 else f"{name} (lanjutan)",
                        "count": number(len(numbers)),
                        "files": ", ".join(found[start : start + _A_ROW]),
                    }
                )
        return rows
