"""Damaged fixtures, landed as `simpul land` does: every one ends with an outcome that is told, counted and true.

Never anything but an error of ours, never records that nobody counted, never a value in raw that the file does not
have, never another byte in the archive.
"""

from __future__ import annotations

import re
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from psycopg.rows import dict_row

from bench.proofs import keep
from simpul import gate, landing
from simpul.contract import load_contracts, load_fields
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.landing.verify import verify
from simpul.settings import get_settings
from tests.faults.mutator import Mutated, mutations
from tests.faults.reading import Loaded, differences

CUT, WHOLE = 60, 2_000
COMPARED = 0.3  # of the damaged files at least: loaded, and held cell by cell against another reading
RECORDS = 1  # compared, for each damaged file
_BATCH = 50
_ENDS = {"landed", "superseded", "held", "duplicate", "unpacked"}
_LONG_NUMBER = re.compile(r"\d{16}")  # a NIK


@dataclass
class Trials:
    """What the trials came to; ``faults`` must stay empty."""

    faults: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    deeds: Counter[str] = field(default_factory=Counter)


def land_damaged(inbox: Path, numbers: range) -> Trials:
    """Land the mutations of these numbers, a batch of them at a time through the landing gate."""
    trials = Trials()
    batch: dict[str, str] = {}  # file_id → what was done to it
    for number, mutated in mutations(numbers):
        trials.deeds.update(re.sub(r".*: ", "", deed) for deed in mutated.deeds)
        batch |= _land(_drop(inbox, number, mutated), f"{number}, {mutated.name}: {mutated.deeds}", trials)
        if len(batch) >= _BATCH:
            _judge(batch, trials)
            batch = {}
    _judge(batch, trials)
    trials.faults += [str(finding) for finding in verify().findings]
    return trials


def _drop(inbox: Path, number: int, mutated: Mutated) -> Path:
    path = inbox / mutated.agency / str(number) / mutated.name
    path.parent.mkdir(parents=True)
    path.write_bytes(mutated.content)
    if mutated.letter is not None:
        path.with_name(f"{path.name}.yml").write_bytes(mutated.letter)
    return path


def _land(path: Path, what: str, trials: Trials) -> dict[str, str]:
    received, waiting = {}, deque([path])
    while waiting:
        file = waiting.popleft()
        try:
            outcome = landing.land(file)
        except SimpulError as error:
            trials.faults.append(f"{what}: nothing registered, {error.code}: {error}")
            continue
        except BaseException as error:  # a user would see a stack trace
            trials.faults.append(f"{what}: {type(error).__name__}: {error}"[:500])
            continue
        received[outcome.file_id] = what
        try:
            trials.faults += [f"{what}: {fault}" for fault in _look(file, outcome.file_id, trials)]
        except Exception as error:  # of the test itself: say of which file
            trials.faults.append(f"{what}: cannot be compared: {type(error).__name__}: {error}"[:500])
        if outcome.status == "unpacked":
            waiting.extendleft(reversed(landing.members(outcome.file_id)))
    return received


def _register(file_id: str) -> dict[str, Any]:
    with connect(autocommit=True) as conn:
        found = conn.cursor(row_factory=dict_row).execute(
            "select * from audit.file where file_id = %s", (file_id,)
        )
        return found.fetchone() or {}


def _look(path: Path, file_id: str, trials: Trials) -> list[str]:
    """Between loading and the gate: the archive has its bytes, raw has its cells and no others."""
    row, content = _register(file_id), path.read_bytes()
    archived = get_settings().archive / row["archive_path"]
    faults = [] if archived.read_bytes() == content else ["the archive has other bytes"]
    if row["status"] != "loaded":
        return faults
    contract = load_contracts()[row["dataset"]]
    with connect(autocommit=True) as conn:
        table = f'raw."{contract.table}__{file_id}"'
        raw = conn.cursor(row_factory=dict_row).execute(f"select * from {table}").fetchall()
    if len(raw) != row["rows_loaded"]:
        faults.append(f"{len(raw)} records in the table, {row['rows_loaded']} registered")
    codes = frozenset(one.column for one in contract.columns if load_fields()[one.field].type == "code")
    loaded = Loaded(
        row["structure"], raw, row["rows_read"], row["rows_skipped"] or {}, contract.is_melted, codes
    )
    how, wrong = differences(content, loaded)
    trials.compared[how] += 1
    trials.rows["compared"] += len(raw) if how != "not" else 0
    return faults + wrong[:3]


def _judge(batch: dict[str, str], trials: Trials) -> None:
    """Through the gate; then each file has an outcome, a reason in two languages where it needs one, and its counts."""
    waiting = [file_id for file_id in batch if _register(file_id)["status"] == "loaded"]
    try:
        gate.gate_files(waiting)
    except BaseException as error:
        trials.faults.append(f"the gate: {type(error).__name__}: {error}"[:500])
    for file_id, what in batch.items():
        row = _register(file_id)
        trials.outcomes[row["status"]] += 1
        trials.rows["read"] += row["rows_read"] or 0
        trials.rows["set aside"] += row["rows_quarantined"] or 0
        told = f"{row['reason'] or ''} {row['reason_id'] or ''}"
        if row["status"] not in _ENDS:
            trials.faults.append(f"{what}: is {row['status']}")
        if (row["rows_read"] or 0) != (row["rows_loaded"] or 0) + (row["rows_quarantined"] or 0):
            trials.faults.append(f"{what}: counts are not conserved")
        if row["status"] == "held" and not (row["reason"] and row["reason_id"]):
            trials.faults.append(f"{what}: held without a reason in both languages")
        if "\n" in told or _LONG_NUMBER.search(re.sub(r"[0-9a-f]*[a-f][0-9a-f]*", "", told)):
            trials.faults.append(f"{what}: its reason quotes a number or breaks a line")


STRUCTURE = {
    "format": "csv", "encoding": "utf-8", "delimiter": ";", "header_row": 1, "first_row": 2, "decimal": ".",
    "columns": {"NIK": "nik", "Nama": "nama"}, "letter": {"sha256": None},
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "raw", "how", "wrong"),
    [
        ("NIK;Nama;X\n1;a;\n2;b;z\n", [("1", "a", None), ("2", "b", {"X": "z"})], "cells", 0),
        ("NIK;Nama;X\n1;a;\n2;b;z\n", [("1", "a", None), ("2", "a", {"X": "z"})], "cells", 1),
        ("NIK;Nama;X\n1;a;\n2;b;z\n", [("a", "1", None), ("2", "b", {"X": "y"})], "cells", 3),
        ("NIK;Nama;X\n1;a;\n2;b;z\n3;c;\n", [("1", "a", None), ("2", "b", {"X": "z"})], "cells", 1),
        ('NIK;Nama;X\n1;a;\n2;"b;z\n', [("1", "a", None), ("2", "d", None)], "texts", 1),
    ],
    ids=["as it is", "a value changed", "columns changed", "a row lost", "quotes do not balance"],
)
def test_the_reading_sees_what_differs(text, raw, how, wrong):
    records = [
        {"_row": row, "nik": nik, "nama": name, "_extra": extra}
        for row, (nik, name, extra) in enumerate(raw, 2)
    ]
    found = differences(text.encode(), Loaded(STRUCTURE, records, len(records), {}, False))
    assert (found[0], len(found[1])) == (how, wrong)


def enough(trials: Trials, count: int) -> None:
    """That so many damaged files were compared that the absence of faults says something."""
    print(f"of {count}: {dict(trials.outcomes)}, {dict(trials.compared)}, {dict(trials.rows)}", flush=True)
    assert trials.compared["cells"] >= COMPARED * count
    assert trials.rows["compared"] >= RECORDS * count
    assert trials.compared["not"] <= count // 10


@pytest.mark.slow
def test_a_seeded_cut(module_warehouse):
    trials = land_damaged(module_warehouse.inbox, range(CUT))
    assert not trials.faults, "\n".join(trials.faults)
    assert trials.outcomes["held"] and trials.outcomes["landed"]
    enough(trials, CUT)


@pytest.mark.proof
def test_two_thousand(module_warehouse):
    began = time.monotonic()
    trials = Trials()
    for start in range(CUT, CUT + WHOLE, 250):
        part = land_damaged(module_warehouse.inbox, range(start, min(start + 250, CUT + WHOLE)))
        trials = Trials(
            trials.faults + part.faults, *(getattr(trials, name) + getattr(part, name)
            for name in ("outcomes", "compared", "rows", "deeds"))
        )  # fmt: skip
        print(f"{start + 250 - CUT} of {WHOLE} landed, {len(trials.faults)} faults", flush=True)
    assert not trials.faults, "\n".join(trials.faults)
    enough(trials, WHOLE)
    ends = ", ".join(f"{status} {count:,}" for status, count in trials.outcomes.most_common())
    keep(
        "mutations",
        "Damaged files: each ends with an outcome that is told, counted and true",
        [
            ("fixtures damaged and landed (1 to 3 deeds each)", f"{WHOLE:,}"),
            ("kinds of deeds", str(len(trials.deeds))),
            ("receipts (members of zips count) and how they ended", ends),
            ("stack traces, counts not conserved, values in raw that the file does not have", "0"),
            (
                "files whose raw was held against an independent reading, cell by cell",
                f"{trials.compared['cells']:,}",
            ),
            ("… against the text of the file, where quotes do not balance", f"{trials.compared['texts']:,}"),
            ("… that no other library opens", f"{trials.compared['not']:,}"),
            (
                "records compared / read / set aside",
                f"{trials.rows['compared']:,} / {trials.rows['read']:,} / {trials.rows['set aside']:,}",
            ),
            ("duration", f"{time.monotonic() - began:,.0f} s"),
        ],
    )
