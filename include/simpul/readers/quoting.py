"""One CSV record that holds quotes."""

from __future__ import annotations

QUOTE, NEWLINE, RETURN = b'"', b"\n", b"\r"


def read_quoted(
    data: bytes, position: int, line_end: int, delimiter: bytes, *, is_last: bool
) -> tuple[int, list[bytes] | None, bool] | None:
    """Read the record that begins at ``position`` and whose first line ends at ``line_end``.

    A field is quoted when it starts with a quote; a doubled quote inside is one; after the closing quote only blanks
    may stand before the delimiter. A quote later in an unquoted field is a plain character.

    Args:
        data: whole lines, as far as they are known.
        position: where the record begins.
        line_end: index of the first line end after it.
        delimiter: one byte.
        is_last: nothing follows ``data``.

    Returns:
        (index of its line end, fields, whether PostgreSQL's CSV reads the bytes alike); fields None: a quote stands
        where none may stand. None: the data ends before the record does.
    """
    fields: list[bytes] = []
    is_verbatim = True
    while True:
        is_quoted = data.startswith(QUOTE, position)
        value = b""
        if is_quoted:
            close = _closing_quote(data, position + 1, is_last=is_last)
            if close is None:
                return None
            value = data[position + 1 : close].replace(b'""', QUOTE)
            position = close + 1
            if position > line_end:
                line_end = data.find(NEWLINE, position)
                if line_end < 0:
                    if not is_last:
                        return None
                    line_end = len(data)
        stop = data.find(delimiter, position, line_end)
        text = _without_return(data[position:line_end]) if stop < 0 else data[position:stop]
        if is_quoted and text.strip(b" "):
            return line_end, None, False
        is_verbatim = is_verbatim and (is_quoted or (QUOTE not in text and RETURN not in text))
        fields.append(value + text)
        if stop < 0:
            return line_end, fields, is_verbatim
        position = stop + 1


def _closing_quote(data: bytes, seek: int, *, is_last: bool) -> int | None:
    while (close := data.find(QUOTE, seek)) >= 0 and data.startswith(QUOTE, close + 1):
        seek = close + 2
    # a quote that ends the data may be the first of a doubled pair
    return None if close < 0 or (close + 1 == len(data) and not is_last) else close


def _without_return(text: bytes) -> bytes:
    return text[:-1] if text.endswith(RETURN) else text
