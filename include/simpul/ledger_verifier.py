#!/usr/bin/env python3
"""Does a ledger of Simpul still say what it said when its anchors were drawn? One file, Python 3.8 or later, offline.

    python verify_ledger.py LEDGER.jsonl ANCHOR.txt [ANCHOR.txt or a folder of them …]

LEDGER.jsonl is what `simpul ledger export` wrote: an event a line, what happened in readable fields, and `hashed`,
the text whose SHA-256 is `hash`. Every text begins with the hash of the event before, so whoever changes an event has
to change all hashes after it; an anchor is a hash that was kept elsewhere, where they cannot. Exit code: 0 whole, 1 an
event does not fit, 2 something cannot be read, 3 the ledger is shorter than an anchor, 4 it is not the one that was
anchored (the chain was made anew), 5 the chain fits, but no anchor was given, 6 the journal was written anew.

The journal of an archive (`journal/events.jsonl`) can be given instead: it holds the same events, each with the rows of
the registers that it is about. These are not part of an event's text; events `journal.kept` tell their digest.

Memeriksa apakah buku peristiwa Simpul masih sama seperti saat jangkarnya dibuat. Satu berkas, Python 3.8 atau lebih
baru, tanpa internet. Kode akhir: 0 utuh, 1 ada peristiwa yang tidak cocok, 2 ada yang tidak terbaca, 3 buku lebih
pendek daripada jangkar, 4 buku bukan yang dijangkarkan (rantai disusun ulang), 5 rantai cocok tetapi tanpa jangkar,
6 jurnal pernah ditulis ulang.
Jurnal arsip (`journal/events.jsonl`) juga dapat diperiksa: baris register di dalamnya dipegang `journal.kept`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any, Iterable, Iterator, NamedTuple

WHOLE, BROKEN, UNREADABLE, SHORTER, REWRITTEN, UNANCHORED, LOST = range(7)


class Anchor(NamedTuple):
    """The ledger as it stood once: how many events, the last one's number, time (UTC) and hash, the release then
    published, and the SHA-256 of all hashes, one a line.
    """

    events: int
    last: int
    at: str
    release: str
    hash: str
    digest: str

    @property
    def check(self) -> str:
        """Eight digits that come out otherwise where one of the others was mistyped."""
        return sha256("|".join(map(str, self)).encode()).hexdigest()[:8]


class Finding(NamedTuple):
    """What is wrong, in both languages."""

    code: int
    english: str
    indonesian: str


class Misfit(ValueError):
    """A line or an anchor that cannot be what it says, in both languages."""


# ------------------------------------------------------------------------------------------------------------ anchors
_FIELD = re.compile(r"[>\s]*(?:([a-z]+)\b[^:]*)?:\s(.*)")


def read_anchor(text: str) -> Anchor:
    """An anchor as `simpul ledger anchor` prints it, or typed from paper: blanks, capitals and quote marks are free.

    Raises:
        Misfit: a line is missing, or the check code does not fit.
    """
    said: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        found = _FIELD.fullmatch(line)
        if found:
            name = found[1] or name  # a line without a name goes on with the one above
            said[name] = said.get(name, "") + found[2].strip() + " "
    try:
        anchor = Anchor(
            int(said["events"]),
            int(said["last"]),
            said["at"].split()[0].upper(),
            said["release"].strip(),
            _digits(said["hash"]),
            _digits(said["digest"]),
        )
        check = _digits(said["check"])
    except (KeyError, ValueError, IndexError):
        raise Misfit("no anchor, or a line of it is missing", "bukan jangkar, atau barisnya kurang") from None
    if check != anchor.check or anchor.events != anchor.last or anchor.last < 1:
        raise Misfit(
            f"its check code would be {anchor.check}: mistyped, or altered",
            f"kode periksanya seharusnya {anchor.check}: salah ketik atau diubah",
        )
    return anchor


def _digits(text: str) -> str:
    return "".join(text.split()).lower()


# ------------------------------------------------------------------------------------------------------------- ledger
_TEXT = r'"[^"\\]*(?:\\(?:["\\/bfnrt]|u[0-9a-f]{4})[^"\\]*)*"'
_START = re.compile(
    rf'\{{"event_id": [0-9]+, "at": ({_TEXT}), "kind": ({_TEXT}), "subject": ({_TEXT}), "detail": (?={{)'
)
_END = ', "previous_hash": '


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names stand once: of two, programs and people may each read another."""
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name stands twice")
    return read


_read = json.JSONDecoder(object_pairs_hook=_once).raw_decode


def read_event(line: str, number: int, previous: str | None, has_anchor: bool = False) -> str:
    """The hash of an event that fits.

    From its readable fields the whole line is written once more, hashed text and hash included, and must come out to
    the letter: so no reader sees a field that is not the one that was hashed.

    Args:
        line: of the export.
        number: that it has to bear.
        previous: hash of the event before; None for the first.
        has_anchor: an anchor follows. It tells of every text that PostgreSQL did not write; only where none does, the
            detail is looked into, whether it is one sound object.

    Raises:
        Misfit: it does not fit.
    """
    line = line.rstrip("\n")
    start = _START.match(line)
    end = line.rfind(_END)  # in `hashed` every quote has a backslash, so this stands before it
    if not start or end < start.end():
        raise Misfit("the line is not as it was written", "barisnya tidak seperti saat ditulis")
    at, kind, subject = start.groups()
    detail = line[start.end() : end]
    before = "null" if previous is None else f'"{previous}"'
    text = f"[{before}, {number}, {at}, {kind}, {subject}, {detail}]"
    try:
        told = sha256(text.encode()).hexdigest()
        is_one = has_anchor or _read(detail)[1] == len(detail)
    except (ValueError, RecursionError):
        raise Misfit("a field cannot be read", "ada isian yang tidak terbaca") from None
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    written = (
        f'{{"event_id": {number}, "at": {at}, "kind": {kind}, "subject": {subject}, "detail": {detail}{_END}{before},'
        f' "hash": "{told}", "hashed": "{quoted}"}}'
    )
    if line != written or not is_one:
        raise _why(line, number, previous)
    return told


def _why(line: str, number: int, previous: str | None) -> Misfit:
    """Why a line is not what its fields make."""
    try:
        said = json.loads(line)
        told, hashed = said["hash"], sha256(said["hashed"].encode("utf-8", "surrogateescape")).hexdigest()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Misfit("the line cannot be read", "barisnya tidak terbaca")
    if said.get("event_id") != number:
        return Misfit(
            "it bears another number: removed, added or moved",
            "nomornya lain: dihapus, ditambah, atau dipindah",
        )
    if said.get("previous_hash") != previous:
        return Misfit("it does not follow the event before", "tidak menyambung ke peristiwa sebelumnya")
    if hashed != told:
        return Misfit("its text does not give its hash", "teksnya tidak menghasilkan sidiknya")
    return Misfit(
        "a readable field is not what was hashed", "isian yang terbaca bukan yang dihitung sidiknya"
    )


# ------------------------------------------------------------------------------------------------------------ journal
KEPT, ANEW = "journal.kept", "journal.written_anew"
"""Kinds of events: what all lines so far come to; the journal was lost, and what follows is of another one."""
_SEAL = re.compile(r"[0-9a-f]{64} (?=[{])")


def read_line(line: str) -> tuple[str, str]:
    """The seal and the event (as the export has it) of a line of the journal.

    Raises:
        Misfit: it is damaged, or was cut off.
    """
    seal, text = line[:64], line[65:].rstrip("\n")
    if not line.endswith("\n") or sha256(text.encode("utf-8", "surrogateescape")).hexdigest() != seal:
        raise Misfit("damaged or cut off", "rusak atau terpotong")
    try:
        event = json.loads(text)["event"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Misfit("the line cannot be read", "barisnya tidak terbaca") from None
    if not isinstance(event, str):
        raise Misfit("the line cannot be read", "barisnya tidak terbaca")
    return seal, event


class Journal:
    """What the lines of a journal come to, each digest covering the line and all before it; held against what events
    tell of it. Anybody can seal a line anew; nobody can alter the event that tells what it came to. ``anew``: events
    that say that it was written anew, so that what was told before is not of these lines.
    """

    def __init__(self) -> None:
        self.digests = [""]
        self.anew: list[int] = []
        self._told: list[tuple[int, str]] = []

    def add(self, seal: str, kind: str, detail: Any) -> None:
        """The next line."""
        self.digests.append(sha256((self.digests[-1] + seal).encode()).hexdigest())
        if kind == ANEW:
            self._told.clear()
            self.anew.append(len(self.digests) - 1)
        elif kind == KEPT:
            self._told.append((int(detail["lines"]), str(detail["digest"])))

    def events(self, lines: Iterable[str]) -> Iterator[str]:
        """The events of a journal's lines, which are added; lines of an export as they are, and so what is damaged."""
        for line in lines:
            try:
                seal, event = read_line(line) if _SEAL.match(line) else ("", line)
                if seal:
                    said = json.loads(event)
                    self.add(seal, said["kind"], said["detail"])
            except (ValueError, KeyError, TypeError, RecursionError):
                event = line  # `read_event` says what is wrong
            yield event

    def altered(self) -> tuple[int, int] | None:
        """First and last of the lines among which one is not as it was written; None: all are."""
        first = 1
        for lines, digest in self._told:
            if lines >= len(self.digests) or self.digests[lines] != digest:
                return first, lines
            first = lines + 1
        return None


def told_of_journal(first: int, last: int) -> tuple[str, str]:
    """What `Journal.altered` found, in both languages."""
    return (
        f"lines {first} to {last}: what the journal says beside its events is not what was written",
        f"baris {first} sampai {last}: isi jurnal di samping peristiwanya bukan yang dahulu ditulis",
    )


def told_of_loss(number: int) -> tuple[str, str]:
    """What one of `Journal.anew` means, in both languages. Who wants to alter the journal can say so as well."""
    return (
        f"event {number} says that the journal was lost and written anew: what it says beside events 1 to {number - 1}"
        " is held by nothing that was told before it",
        f"peristiwa {number} menyatakan jurnal hilang dan ditulis ulang: isinya di samping peristiwa 1 sampai"
        f" {number - 1} tidak dipegang oleh apa pun yang dicatat sebelumnya",
    )


class Checked(NamedTuple):
    """What was read, up to which event an anchor holds it, and what is wrong."""

    events: int
    anchored: int
    findings: list[Finding]


def check(lines: Iterable[str], anchors: Iterable[Anchor]) -> Checked:
    """Hold the lines of an export against each other and against anchors; ends at the first event that does not fit."""
    wanted: dict[int, list[Anchor]] = {}
    for anchor in anchors:
        wanted.setdefault(anchor.last, []).append(anchor)
    number, previous, digest, longest = 0, None, sha256(), max(wanted, default=0)
    anchored, others, findings = 0, [], []
    for number, line in enumerate(lines, 1):
        try:
            previous = read_event(line, number, previous, number <= longest)
        except Misfit as misfit:
            english, indonesian = misfit.args
            findings.append(
                Finding(BROKEN, f"event {number}: {english}", f"peristiwa {number}: {indonesian}")
            )
            return Checked(number - 1, anchored, findings)
        digest.update(previous.encode() + b"\n")
        for anchor in wanted.get(number, ()):
            if (anchor.hash, anchor.digest) == (previous, digest.hexdigest()):
                anchored = number
            else:
                others.append(number)
    if others and others[0] < anchored:
        findings.append(
            Finding(
                UNREADABLE,
                f"an anchor of event {others[0]} is not of this ledger, but that of {anchored} is: the anchor is false",
                f"jangkar peristiwa {others[0]} bukan milik buku ini, yang {anchored} cocok: jangkarnya palsu",
            )
        )
    elif others:
        findings.append(
            Finding(
                REWRITTEN,
                f"event {others[0]} has another hash than in its anchor: the ledger was rewritten, from an event after"
                f" {anchored} and up to {others[0]}",
                f"sidik peristiwa {others[0]} bukan yang ada di jangkarnya: buku ditulis ulang, mulai dari peristiwa"
                f" setelah {anchored} sampai dengan {others[0]}",
            )
        )
    if longest > number:
        findings.append(
            Finding(
                SHORTER,
                f"the ledger has {number} events, an anchor tells of {longest}: it was cut off",
                f"buku memuat {number} peristiwa, jangkar menyebut {longest}: ekornya dipotong",
            )
        )
    return Checked(number, anchored, findings)


# --------------------------------------------------------------------------------------------------------------- face
def main(arguments: list[str] | None = None) -> int:
    """Read, check, say; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("ledger", type=Path, help="what `simpul ledger export` wrote · hasil ekspor")
    parser.add_argument("anchors", type=Path, nargs="*", help="anchors, or folders · jangkar, atau foldernya")
    asked = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # an old console may not know every sign
    anchors, findings = _anchors(asked.anchors)
    journal = Journal()
    try:
        # bytes that are no text cannot give the hash they should: no error of their own
        with asked.ledger.open(encoding="utf-8", errors="surrogateescape") as lines:
            done = check(journal.events(lines), anchors)
    except OSError as error:
        _say(Finding(UNREADABLE, f"{asked.ledger}: {error.strerror}", f"{asked.ledger} tidak terbaca"))
        return UNREADABLE
    lost = journal.altered()
    if lost and not done.findings:
        findings.append(Finding(BROKEN, *told_of_journal(*lost)))
    findings += [Finding(LOST, *told_of_loss(number)) for number in journal.anew]
    findings = done.findings + findings
    for finding in findings:
        _say(finding)
    if findings:
        return findings[0].code
    held = f"{done.anchored} of {done.events} events are held by {len(anchors)} anchors"
    dipegang = f"{done.anchored} dari {done.events} peristiwa dipegang {len(anchors)} jangkar"
    if not anchors:
        held, dipegang = f"{done.events} events", f"{done.events} peristiwa"
    if done.anchored < done.events:
        held += "; whoever owns the database can make anew what no anchor holds"
        dipegang += "; yang tidak dipegang jangkar dapat disusun ulang oleh pemilik basis data"
    code = WHOLE if anchors else UNANCHORED
    verdict = (
        ("whole", "utuh") if anchors else ("the chain fits, no anchor given", "rantai cocok, tanpa jangkar")
    )
    _say(Finding(code, f"{verdict[0]}: {held}", f"{verdict[1]}: {dipegang}"))
    return code


def _anchors(paths: Iterable[Path]) -> tuple[list[Anchor], list[Finding]]:
    anchors, findings = [], []
    for named in paths:
        for path in sorted(named.glob("*.txt")) if named.is_dir() else [named]:
            if path.suffix == ".py":  # `anchors/*` of before: this program lay among them
                _say_both(
                    f"{path}: a program, passed over as no anchor",
                    f"{path}: program, dilewati karena bukan jangkar",
                )
                continue
            try:
                anchors.append(read_anchor(path.read_text(encoding="utf-8-sig", errors="replace")))
            except OSError as error:
                findings.append(Finding(UNREADABLE, f"{path}: {error.strerror}", f"{path} tidak terbaca"))
            except Misfit as misfit:
                english, indonesian = misfit.args
                findings.append(Finding(UNREADABLE, f"{path}: {english}", f"{path}: {indonesian}"))
    return anchors, findings


def _say(finding: Finding) -> None:
    _say_both(finding.english, finding.indonesian)


def _say_both(english: str, indonesian: str) -> None:
    sys.stdout.write(f"{english}\n{indonesian}\n")


if __name__ == "__main__":
    sys.exit(main())
