"""The cover letter: a small YAML file beside a delivery that says what the delivery itself cannot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from simpul.errors import SimpulError
from simpul.readers.reasons import Held, listed, printable

MAX_BYTES = 64 << 10
SUFFIXES = (".yml", ".yaml")
KEYS = (
    "dataset",
    "edition",
    "decimal",
    "period",
    "region_code",
    "sender",
    "letter_number",
    "rows",
    "totals",
    "sheet",
    "replaces",
    "part",
    "incomplete",
    "constants",
)
"""What a letter says by names of its own; any other is a column of the dataset."""
_YES = ("yes", "ya", "true")
_NO = ("no", "tidak", "false")


@dataclass(frozen=True)
class Letter:
    """What the sender states.

    ``constants``: columns with one value for the whole delivery. ``decimal``: the decimal mark of its numbers; the
    other mark then parts their thousands. ``replaces``: it takes the place of what was delivered for the same period
    and region, however little they have in common. ``part``: it is one of several parts, of which none replaces
    another. ``incomplete``: it counts without the records that break rules, however many they are.
    """

    name: str
    sha256: str
    dataset: str | None = None
    edition: str | None = None
    decimal: str | None = None
    period: str | None = None
    region_code: str | None = None
    sender: str | None = None
    letter_number: str | None = None
    sheet: str | None = None
    part: str | None = None
    replaces: bool = False
    incomplete: bool = False
    rows: int | None = None
    totals: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)


def letter_path(path: Path) -> Path | None:
    """The cover letter of ``path``: ``list.csv.yml``, else ``list.yml``."""
    for name in (*(path.name + suffix for suffix in SUFFIXES), *(path.stem + suffix for suffix in SUFFIXES)):
        beside = path.with_name(name)
        try:
            if beside != path and beside.is_file() and not beside.is_symlink():
                return beside
        except OSError:  # with the suffix the name is too long for the disk, so there is no such file
            continue
    return None


def letter_bytes(file: Path) -> bytes:
    """Content of a cover letter, one byte beyond `MAX_BYTES` at most.

    Raises:
        SimpulError: it cannot be read.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise SimpulError(
            f"the cover letter '{printable(file.name)}' cannot be read: {error.strerror}", code="letter"
        ) from None


def letter_fingerprint(path: Path) -> str | None:
    """sha256 of the cover letter of the delivery ``path`` as it is now; None when there is none that can be read."""
    beside = letter_path(path)
    try:
        return hashlib.sha256(letter_bytes(beside)).hexdigest() if beside else None
    except SimpulError:  # landing will say so; the other files wait for nothing
        return None


def parse_letter(name: str, content: bytes) -> Letter:
    """Understand a cover letter.

    Args:
        name: its file name, for messages.
        content: from `letter_bytes`.

    Raises:
        Held: it cannot be understood. A letter that is there is never ignored.
    """
    name = printable(name)
    if len(content) > MAX_BYTES:
        raise _bad(name, f"is larger than {MAX_BYTES >> 10} KiB", f"lebih besar dari {MAX_BYTES >> 10} KiB")
    try:
        stated = yaml.load(content.decode("utf-8-sig"), Loader=_Loader)  # noqa: S506 — makes nothing but text
    except UnicodeDecodeError:
        raise _bad(name, "is not UTF-8", "bukan UTF-8") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f" (line {mark.line + 1})" if mark else ""
        di = f" (baris {mark.line + 1})" if mark else ""
        raise _bad(name, f"is not valid YAML{at}", f"bukan YAML yang benar{di}") from None
    if not isinstance(stated, dict) or not all(isinstance(key, str) for key in stated):
        raise _bad(name, "must be lines of `key: value`", "harus berupa baris `kunci: nilai`")
    return _letter(name, hashlib.sha256(content).hexdigest(), stated)


class _Loader(yaml.BaseLoader):
    """Every value stays the text that was written: ``12.10`` is a region, not 12.1. No key twice, no aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):  # a small file could grow without bounds
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        mapping = super().construct_mapping(node, deep=True)
        if len(mapping) < len(node.value):
            raise yaml.YAMLError("a key is written twice")
        return mapping


def _letter(name: str, digest: str, stated: dict[str, Any]) -> Letter:
    known = {key: stated[key] for key in KEYS if stated.get(key)}
    others = {key: value for key, value in stated.items() if key not in KEYS and value}
    constants = known.pop("constants", {})
    totals = known.pop("totals", {})
    for key, value in (("constants", constants), ("totals", totals)):
        if not isinstance(value, dict):
            raise _bad(
                name, f"'{key}' must be `column: value` lines", f"'{key}' harus berupa baris `kolom: nilai`"
            )
    scalars = {**known, **others, **constants, **totals}
    if nested := [key for key, value in scalars.items() if not isinstance(value, str)]:
        raise _bad(name, f"{listed(nested)} must have one value", f"{listed(nested)} harus bernilai tunggal")
    rows = known.pop("rows", None)
    if rows is not None and not (rows.isascii() and rows.isdigit()):
        raise _bad(name, "'rows' must be a whole number", "'rows' harus bilangan bulat")
    if known.get("decimal", ".") not in (".", ","):
        raise _bad(name, '\'decimal\' must be "." or ","', '\'decimal\' harus "." atau ","')
    replaces, incomplete = (_is_said(name, known, key) for key in ("replaces", "incomplete"))
    if replaces and "part" in known:
        raise _bad(name, "says both `replaces` and `part`", "menyebut `replaces` sekaligus `part`")
    return Letter(
        name=name,
        sha256=digest,
        rows=int(rows) if rows else None,
        replaces=replaces,
        incomplete=incomplete,
        totals=totals,
        constants={**others, **constants},
        **known,
    )


def _is_said(name: str, known: dict[str, Any], key: str) -> bool:
    """Take a yes or no out of what is ``known``."""
    answer = known.pop(key, "no").strip().lower()
    if answer not in _YES + _NO:
        raise _bad(name, f"'{key}' must be yes or no", f"'{key}' harus ya atau tidak")
    return answer in _YES


def _bad(name: str, en: str, id_: str) -> Held:
    return Held(
        f"the cover letter '{name}' {en}: correct the letter, the file will be read again",
        f"surat pengantar '{name}' {id_}: perbaiki suratnya, berkas akan dibaca lagi",
        code="letter",
    )
