"""Who was erased, without saying who: keyed fingerprints in the vault, asked when files land and erasure is checked.

They stand outside the database, so that neither a restored backup nor a warehouse rebuilt from the archive forgets
them. A fingerprint cannot be turned back; whoever has the key *and* the fingerprints can try out whether a number he
knows is among them, which is why both lie in ``home/secrets`` alone (ADR 0049).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from simpul import vault
from simpul.errors import SimpulError
from simpul.files import write_whole

KEY, MARKS = "erasure_key", "erasure_marks"
Kind = Literal["number", "who", "card", "row"]
"""``number``: a NIK that was the person's alone, and that no fewer of their records carried than any other. ``who``: a
NIK beside a name. ``card``: the number of a family card beside a birth date and a name. ``row``: a whole record of a
dataset."""
_SIEVE = 8  # hexadecimal digits: of a million numbers one in four thousand passes the sieve of another


@dataclass(frozen=True)
class Marks:
    """All fingerprints of this installation.

    Attributes:
        key: of the fingerprints.
        found: (kind, fingerprint) → erasure.
        sieves: kind → what `sieve` gives of the marked texts.
    """

    key: bytes
    found: dict[tuple[str, str], int]
    sieves: dict[str, frozenset[str]]

    @property
    def seed(self) -> str:
        """Before what PostgreSQL hashes to sort out nearly everything that is not meant: ``md5(seed || text)``."""
        return _mac(self.key, "sieve")[:16]

    def erasure(self, kind: Kind, text: str) -> int | None:
        """Number of the erasure that marked this text."""
        return self.found.get((kind, _mac(self.key, f"{kind} {text}")))


def marks() -> Marks | None:
    """None while nobody was ever erased here.

    Raises:
        SimpulError: their key is gone.
    """
    rows = [line.split() for line in _lines()]
    if not rows:
        return None
    sieves: dict[str, set[str]] = {}
    for _, kind, sieve, _ in rows:
        sieves.setdefault(kind, set()).add(sieve)
    return Marks(
        _key(rows),
        {(kind, mac): int(erasure) for erasure, kind, _, mac in rows},
        {kind: frozenset(of_kind) for kind, of_kind in sieves.items()},
    )


def add(erasure: int, texts: Iterable[tuple[Kind, str]]) -> int:
    """Mark texts; how many there are of this erasure now. Adding them again changes nothing.

    Raises:
        SimpulError: the key of the marks that are there is gone.
    """
    lines = _lines()
    key = _key(lines)
    known = {tuple(line.split()[1::2]) for line in lines}
    for kind, text in texts:
        mark = _mac(key, f"{kind} {text}")
        if (kind, mark) not in known:
            known.add((kind, mark))
            lines.append(f"{erasure} {kind} {sieve(key, kind, text)} {mark}")
    _write(lines)
    return sum(line.split()[0] == str(erasure) for line in lines)


def lift(erasure: int) -> int:
    """Forget the marks of an erasure: who was erased may come again. How many there were."""
    lines = _lines()
    left = [line for line in lines if line.split()[0] != str(erasure)]
    if len(left) < len(lines):
        _write(left)
    return len(lines) - len(left)


def held() -> tuple[str | None, Counter[int]]:
    """What the vault holds, without saying whom: a fingerprint of the key (None: there is none), marks by erasure."""
    key = vault.read(KEY)
    return _mac(key.encode(), "key")[:16] if key else None, Counter(
        int(line.split(" ", 1)[0]) for line in _lines()
    )


def sieve(key: bytes, kind: Kind, text: str) -> str:
    """What PostgreSQL computes of the same text, see `Marks.seed`: of ``who`` and ``card`` the number alone."""
    told = text.split(" ", 1)[0] if kind in ("who", "card") else text
    seed = _mac(key, "sieve")[:16]
    return hashlib.md5((seed + told).encode(), usedforsecurity=False).hexdigest()[:_SIEVE]


def _lines() -> list[str]:
    return [line for line in (vault.read(MARKS) or "").split("\n") if line]


def _key(known: Sized) -> bytes:
    """Made before the first mark and never again: by another key the marks there are would know nobody."""
    if known and not vault.read(KEY):
        raise SimpulError(
            "the vault holds fingerprints of who was erased and not their key · brankas memuat sidik orang yang"
            " dihapus tanpa kuncinya",
            code="vault",
            hint=f"put {vault.path(KEY)} back from the backup of home/secrets; nothing lands until then",
        )
    return vault.read_or_create(KEY, lambda: secrets.token_urlsafe(32)).encode()


def _mac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def _write(lines: Collection[str]) -> None:
    path: Path = vault.path(MARKS)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, "".join(f"{line}\n" for line in lines))
