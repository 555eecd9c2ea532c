"""Recognises a block of sound CSV records as a whole, without looking at single ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from simpul.readers.quoting import NEWLINE, QUOTE, RETURN

if TYPE_CHECKING:
    import numpy as np

Suspect = Callable[[bytes], bool]


class Clean(NamedTuple):
    """Complete sound records, with plain line ends, and the bytes after the last of them."""

    block: bytes
    count: int
    rest: bytes


class CleanCheck:
    r"""Takes the complete records off the front of some bytes when every one of them is sound.

    Deleting every byte but the separators must leave exactly ``,,,\n`` times the number of records. That is one pass at
    more than a gigabyte per second; with quotes in the block it takes some vector arithmetic instead.

    Args:
        delimiter: one byte.
        width: number of fields of a sound record.
        suspect: whether a block may hold rows that are no data; None = it cannot.
        limit: bytes after which a quote that is still open cannot be a sound one.
    """

    def __init__(self, delimiter: bytes, width: int, suspect: Suspect | None, limit: int) -> None:
        self._delimiter = delimiter
        self._width = width
        self._suspect = suspect
        self._limit = limit
        self.unit = delimiter * (width - 1) + NEWLINE
        self._blank_quoted = delimiter.join([b'""'] * width) + NEWLINE
        told = {*delimiter, *b'\n"\r\0'}
        self._untold = bytes(byte for byte in range(256) if byte not in told)

    def take(self, data: bytes) -> Clean | None:
        """The sound records; None when one of them needs a closer look."""
        found = self._take_quoted(data) if QUOTE in data else self._take_plain(data)
        if found is None or not is_text(found.block) or self._may_hold_other(found.block):
            return None
        return found

    def _take_plain(self, data: bytes) -> Clean | None:
        cut = data.rfind(NEWLINE) + 1
        block = data[:cut]
        if RETURN in block:
            block = block.replace(b"\r\n", NEWLINE)
        skeleton = block.translate(None, self._untold)
        count, rest = divmod(len(skeleton), self._width)
        return None if rest or skeleton != self.unit * count else Clean(block, count, data[cut:])

    def _take_quoted(self, data: bytes) -> Clean | None:
        """Each quote must open or close a field, or be one of a doubled pair."""
        import numpy as np  # a tenth of a second that files without quotes need not pay

        codes = np.frombuffer(data, np.uint8)
        is_quote = codes == ord(QUOTE)
        is_inside = np.cumsum(is_quote, dtype=np.uint8) & 1  # parity survives the wrap at 256
        ends = np.flatnonzero((codes == ord(NEWLINE)) & (is_inside == 0))
        if not len(ends):
            return None if len(data) > self._limit else Clean(b"", 0, data)
        cut = int(ends[-1]) + 1
        codes, is_outside = codes[:cut], is_inside[:cut] == 0
        if not self._quotes_are_regular(codes, np.flatnonzero(is_quote[:cut])):
            return None
        if self._swallows(codes, is_outside):
            return None
        returns = np.flatnonzero((codes == ord(RETURN)) & is_outside)
        if len(returns):
            if not (codes[returns + 1] == ord(NEWLINE)).all():
                return None
            keep = np.ones(cut, bool)
            keep[returns] = False
            codes, is_outside = codes[keep], is_outside[keep]
        is_separator = (codes == ord(self._delimiter)) | (codes == ord(NEWLINE))
        skeleton = codes[is_outside & is_separator].tobytes()
        count, rest = divmod(len(skeleton), self._width)
        if rest or skeleton != self.unit * count or not codes.all():  # the last: no NUL
            return None
        return Clean(codes.tobytes(), count, data[cut:])

    def _quotes_are_regular(self, codes: np.ndarray, quotes: np.ndarray) -> bool:
        """``codes`` ends with a line end outside quotes, so the quotes come in pairs and none is the last byte."""
        import numpy as np

        before = np.where(quotes[0::2] > 0, codes[quotes[0::2] - 1], ord(NEWLINE))
        after = codes[quotes[1::2] + 1]
        borders = (ord(self._delimiter), ord(NEWLINE), ord(QUOTE))
        return bool(np.isin(before, borders).all() and np.isin(after, (*borders, ord(RETURN))).all())

    def _swallows(self, codes: np.ndarray, is_outside: np.ndarray) -> bool:
        """Whether a line within quotes has as many delimiters as a record."""
        import numpy as np

        ends = np.flatnonzero(codes == ord(NEWLINE))
        within = ~is_outside[ends]
        if not holds_records(self._width) or not within.any():
            return False
        delimiters = np.cumsum((codes == ord(self._delimiter)) & ~is_outside)[ends]
        return bool((within[:-1] & within[1:] & (np.diff(delimiters) >= self._width - 1)).any())

    def _may_hold_other(self, block: bytes) -> bool:
        """A blank record, PostgreSQL's end mark or a row that is no data may be among the records."""
        if block.startswith(self.unit) or NEWLINE + self.unit in block:
            return True
        if QUOTE in block and (block.startswith(self._blank_quoted) or NEWLINE + self._blank_quoted in block):
            return True
        if self._width == 1 and b"\\." in block:
            return True
        return self._suspect is not None and self._suspect(block)


def holds_records(width: int) -> bool:
    """Whether a line with as many delimiters as a record is one: a note of two lines may hold one or two."""
    return width > 3


def is_text(data: bytes) -> bool:
    """Whether ``data`` is UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
