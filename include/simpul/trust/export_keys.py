"""Keyed hashes of exports: the keys stand in the vault, the database holds nothing to try out without them.

Several keys live at once: the first makes new exports, all are asked when a file is to be named.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from simpul import vault
from simpul.files import write_whole

NAME = "export_key"  # one key per line, the newest first
MARK = re.compile(r"SMP-(\d{1,18})-[0-9a-f]{16}")
SKETCH = 8192
_HASH = 8


def live_keys() -> list[bytes]:
    """All keys, the one of new exports first; the first one is made when there is none."""
    return [line.encode() for line in vault.read_or_create(NAME).split()]


def rotate() -> str:
    """Put a new key before the others, and give its name. Delete old lines only with the exports they can name."""
    lines = [secrets.token_urlsafe(24), *(key.decode() for key in live_keys())]
    write_whole(vault.path(NAME), "\n".join(lines) + "\n")
    return name_of(lines[0].encode())


def name_of(key: bytes) -> str:
    """What `audit.export.key_id` says: names the key without telling it."""
    return _mac(key, "name")[:12]


def mark(key: bytes, number: int) -> str:
    """What stands in every row of export ``number``."""
    return f"SMP-{number}-{_mac(key, f'mark {number}')[:16]}"


def order_key(key: bytes, number: int) -> str:
    """By what the rows of export ``number`` are shuffled."""
    return _mac(key, f"order {number}")


def order_of(order: str, value: str) -> bytes:
    """Place of a row in the shuffled order; `export_reading` asks PostgreSQL for the same."""
    return hashlib.sha256((order + value).encode()).digest()


def _mac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def hash_of(key: bytes, text: str, size: int = _HASH) -> bytes:
    """Keyed hash of a cell or row (BLAKE2b with a key is a MAC, at a third of the cost of HMAC)."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size, key=key).digest()


def hash_of_row(key: bytes, cells: list[str]) -> bytes:
    """Of the cells as `export_cells.known` gives them, whatever the order of the columns."""
    return hash_of(key, "\x1f".join(sorted(filter(None, cells))), 16)


class Sketch:
    """The smallest hashes of all that were shown: of 8,192 or fewer values it is all of them, of more a fair sample."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._limit: bytes | None = None

    def add(self, hashed: bytes) -> None:
        """Show one."""
        if self._limit is None or hashed < self._limit:
            self._seen.add(hashed)
            if len(self._seen) >= 2 * SKETCH:
                self._trim()

    def _trim(self) -> None:
        smallest = sorted(self._seen)[:SKETCH]
        if len(self._seen) > SKETCH:
            self._limit = smallest[-1]
        self._seen = set(smallest)

    def result(self) -> tuple[bool, bytes]:
        """Whether it holds every value, and the hashes, ascending."""
        if len(self._seen) > SKETCH:
            self._trim()
        return self._limit is None, b"".join(sorted(self._seen))


class RowSet:
    """A sum that does not depend on the order of the rows, but on how often each is there."""

    def __init__(self) -> None:
        self._sum = 0

    def add(self, hashed: bytes) -> None:
        """Show the hash of a row."""
        self._sum = (self._sum + int.from_bytes(hashed, "big")) % (1 << 128)

    def result(self) -> str:
        """Hexadecimal."""
        return f"{self._sum:032x}"

    def without(self, hashed: bytes) -> str:
        """As if this row had not been shown: the heading of a file that was saved again."""
        return f"{(self._sum - int.from_bytes(hashed, 'big')) % (1 << 128):032x}"
