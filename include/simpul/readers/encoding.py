"""From whatever bytes a text file is made of to UTF-8 chunks."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

from simpul.readers.reasons import Held

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins alike
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SOUND = re.compile("[\x80-\ud7ff\ue000-\U0010ffff]")
_BROKEN = re.compile("[\udc80-\udcff]")


def wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32 by their mark, or UTF-16 without one: in Latin text every second byte is then zero."""
    for mark, name in _BOMS[1:]:
        if head.startswith(mark):
            return name
    sample = head[: len(head) // 2 * 2][:4096]
    if len(sample) < 4:
        return None
    half = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return None


class TextFacts:
    """What the bytes of a file say about its encoding, gathered while the file is copied."""

    def __init__(self, head: bytes) -> None:
        self.wide = wide_encoding(head)
        self.has_mark = any(head.startswith(mark) for mark, _ in _BOMS)
        self.has_sound = False  # a valid UTF-8 sequence of more than one byte
        self.has_broken = False  # a byte that cannot be UTF-8
        self.has_quote = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._was_ascii = True

    def feed(self, chunk: bytes) -> None:
        """Look at the next chunk. Costs next to nothing while the text is ASCII."""
        self.has_quote = self.has_quote or b'"' in chunk
        if self.wide:
            return
        is_ascii = chunk.isascii()
        if is_ascii and self._was_ascii:
            return
        self._was_ascii = is_ascii
        text = self._decoder.decode(chunk)
        self.has_sound = self.has_sound or _SOUND.search(text.removeprefix("\ufeff")) is not None
        self.has_broken = self.has_broken or _BROKEN.search(text) is not None

    def encoding(self) -> str:
        """``utf-8``, ``cp1252``, ``utf-16-le`` …

        No byte breaks UTF-8: UTF-8. No byte sequence *is* UTF-8 beyond ASCII: Windows-1252. Both kinds in one file:
        UTF-8 with broken records, because reading the sound ones as Windows-1252 would spoil them without a trace.
        """
        if self.wide:
            return self.wide
        return "cp1252" if self.has_broken and not self.has_sound and not self.has_mark else "utf-8"


def family(encoding: str) -> str:
    """The name contracts use: ``utf-16-le`` → ``utf-16``."""
    return encoding.removesuffix("-le").removesuffix("-be")


def check_allowed(encoding: str, allowed: tuple[str, ...]) -> str:
    """The encoding to read by; Windows-1252 that the edition does not know is read as UTF-8 with broken records.

    Raises:
        Held: the edition does not know this encoding.
    """
    if family(encoding) in {family(name.lower()) for name in allowed}:
        return encoding
    if encoding == "cp1252":
        return "utf-8"
    names = ", ".join(allowed)
    raise Held(
        f"the text is encoded as {encoding}; this layout is known in {names}: save the file as UTF-8",
        f"teks dikodekan sebagai {encoding}; tata letak ini dikenal dalam {names}: simpan berkas sebagai UTF-8",
    )


def as_utf8(chunks: Iterable[bytes], encoding: str, *, has_newline: bool = True) -> Iterator[bytes]:
    """Chunks in ``encoding`` as UTF-8 without a byte order mark.

    What is no text in ``encoding`` comes out as bytes that are no UTF-8 either, so the record that holds it is told
    apart later. Without ``has_newline`` the lines end in a carriage return alone (old Mac exports).
    """
    converted = chunks if encoding == "utf-8" else _converted(chunks, encoding)
    is_first = True
    for chunk in converted:
        if is_first and chunk:
            chunk = chunk.removeprefix(codecs.BOM_UTF8)
            is_first = False
        yield chunk if has_newline else chunk.replace(b"\r", b"\n")


def _converted(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    errors = "surrogateescape" if encoding == "cp1252" else "surrogatepass"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for chunk in chunks:
        yield _encoded(decoder.decode(chunk), errors)
    try:
        rest = _encoded(decoder.decode(b"", final=True), errors)
    except UnicodeDecodeError:
        rest = b"\xff"  # half a character at the end: spoils the last record, which is then told apart
    if rest:
        yield rest


def _encoded(text: str, errors: str) -> bytes:
    return text.encode("utf-8", errors)
