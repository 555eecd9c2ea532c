"""Where the records of a CSV text begin: the same cuts by which it is loaded, so row 17 is row 17."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from simpul.readers.source import TitleSplitter
from simpul.readers.splitter import NEWLINE, QUOTE


class _Places(TitleSplitter):
    def starts(self, chunks: Iterable[bytes]) -> array[int]:
        found, base = array("q"), 0
        for data, is_last in self._filled(chunks):
            begin = 0
            if QUOTE not in data:  # every line is a record
                while (end := data.find(NEWLINE, begin)) >= 0:
                    found.append(base + begin)
                    begin = end + 1
                if is_last and begin < len(data):
                    found.append(base + begin)
                    begin = len(data)
                self._carry = data[begin:]
            else:
                for _ in self._records(data, is_last):
                    found.append(base + begin)
                    begin = self.position
            base += len(data) - len(self._carry)
        return found


def starts_of(chunks: Iterable[bytes], delimiter: str) -> array[int]:
    """Offset of every record in the UTF-8 text, titles and headings included: row 1 is the first of them."""
    return _Places(delimiter).starts(chunks)
