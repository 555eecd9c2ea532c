"""Forgeries of an exported ledger, drawn by a seed: what somebody with all rights on the database could do to it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from hashlib import sha256
from typing import Any

Event = dict[str, Any]
Lines = list[str]


def forge(kind: str, lines: Lines, rng: random.Random) -> Lines:
    """One forgery of what is there: the ledger as it was with a further event is none, it may have happened since."""
    while (forged := FORGERIES[kind](list(lines), rng))[: len(lines)] == lines:
        pass
    return forged


# ------------------------------------------------------------------------------------------- without making hashes anew
def a_field(lines: Lines, rng: random.Random) -> Lines:
    """Any field that is shown, or the hashed text; nothing else follows."""
    place = rng.randrange(len(lines))
    event = json.loads(lines[place])
    _change(event, rng.choice([*event]), rng)
    lines[place] = _line(event)
    return lines


def one_hash(lines: Lines, rng: random.Random) -> Lines:
    """An event with a sound hash of its own; those after it stay."""
    place = rng.randrange(len(lines) - 1)  # of the last it would be a sound chain
    event = json.loads(lines[place])
    _change(event, rng.choice(("at", "kind", "subject", "detail")), rng)
    lines[place] = _sealed(event)
    return lines


def a_character(lines: Lines, rng: random.Random) -> Lines:
    """A letter of the file: another, one more, or one less; not what ends it."""
    text = "".join(lines)
    place = rng.randrange(len(text) - 1)
    put = rng.choice('0a "\\{},:\n') if rng.random() < 0.7 else ""
    text = text[:place] + put + text[place + rng.randrange(2) :]
    return text.splitlines(keepends=True)


def deleted(lines: Lines, rng: random.Random) -> Lines:
    place = rng.randrange(len(lines) - 1)  # without the last it is cut off
    return lines[:place] + lines[place + 1 :]


def inserted(lines: Lines, rng: random.Random) -> Lines:
    return _with(lines, rng.randrange(len(lines)), rng.choice(lines))


def swapped(lines: Lines, rng: random.Random) -> Lines:
    one, two = rng.sample(range(len(lines)), 2)
    lines[one], lines[two] = lines[two], lines[one]
    return lines


def cut_off(lines: Lines, rng: random.Random) -> Lines:
    return lines[: rng.randrange(len(lines))]


# ---------------------------------------------------------------------------------- with every hash after it made anew
def rechained_edit(lines: Lines, rng: random.Random) -> Lines:
    events = [json.loads(line) for line in lines]
    _change(rng.choice(events), rng.choice(("at", "kind", "subject", "detail")), rng)
    return _chained(events)


def rechained_deletion(lines: Lines, rng: random.Random) -> Lines:
    return _chained([json.loads(line) for line in deleted(lines, rng)])


def rechained_insertion(lines: Lines, rng: random.Random) -> Lines:
    return _chained([json.loads(line) for line in inserted(lines, rng)])


def rechained_swap(lines: Lines, rng: random.Random) -> Lines:
    return _chained([json.loads(line) for line in swapped(lines, rng)])


def another_ledger(lines: Lines, rng: random.Random) -> Lines:
    """A shorter one, sound in itself, of some of the events."""
    chosen = sorted(rng.sample(range(len(lines)), rng.randrange(1, len(lines))))
    return _chained([json.loads(lines[place]) for place in chosen])


FORGERIES: dict[str, Callable[[Lines, random.Random], Lines]] = {
    one.__name__: one
    for one in (
        a_field, one_hash, a_character, deleted, inserted, swapped, cut_off,
        rechained_edit, rechained_deletion, rechained_insertion, rechained_swap, another_ledger,
    )
}  # fmt: skip
SOUND = (
    "cut_off",
    "rechained_edit",
    "rechained_deletion",
    "rechained_insertion",
    "rechained_swap",
    "another_ledger",
)
"""Those whose chain fits: without an anchor nobody could tell."""


def _with(lines: Lines, place: int, line: str) -> Lines:
    return [*lines[:place], line, *lines[place:]]


def _change(event: Event, name: str, rng: random.Random) -> None:
    value = event[name]
    if isinstance(value, dict):
        inner = rng.choice([*value, "added"])
        value[inner] = rng.choice(["", 0, None, "another", f"{value.get(inner)} "])
    elif isinstance(value, int):
        event[name] = value + rng.choice((-1, 1, 10))
    else:
        told = value or ""
        place = rng.randrange(len(told) + 1)
        event[name] = told[:place] + rng.choice("0123456789abcdef") + told[place + rng.randrange(2) :]


def _sealed(event: Event) -> str:
    names = ("previous_hash", "event_id", "at", "kind", "subject", "detail")
    event["hashed"] = json.dumps([event[name] for name in names], ensure_ascii=False)
    event["hash"] = sha256(event["hashed"].encode()).hexdigest()
    return _line(event)


def _chained(events: list[Event]) -> Lines:
    lines, previous = [], None
    for number, event in enumerate(events, 1):
        event |= {"event_id": number, "previous_hash": previous}
        lines.append(_sealed(event))
        previous = event["hash"]
    return lines


def _line(event: Event) -> str:
    return json.dumps(event, ensure_ascii=False) + "\n"
