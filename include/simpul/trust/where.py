"""``--where`` as people write it: columns and the values they must have."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from simpul.errors import SimpulError


def read_where(texts: Sequence[str]) -> dict[str, str]:
    """``region_code=12.74 program_code=PKH`` as columns and values; a value with blanks stands in quotes.

    Raises:
        SimpulError: something is no ``column=value``, a quote is not closed, a column is named twice. Repeats nothing
            of it: a value may be a person's.
    """
    found: dict[str, str] = {}
    try:
        pairs = [pair for text in texts for pair in shlex.split(text)]
    except ValueError:
        raise _unreadable() from None
    for pair in pairs:
        name, mark, value = pair.partition("=")
        if not mark or not name or name in found:
            raise _unreadable()
        found[name] = value
    return found


def _unreadable() -> SimpulError:
    return SimpulError(
        "--where is read as column=value, each column once",
        code="where",
        hint='write --where "region_code=12.74 period=2024-06"; quote a value that holds blanks',
    )
