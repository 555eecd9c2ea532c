"""The stand-alone verifier: what it sees of a forged ledger, and what nobody can see without an anchor."""

from __future__ import annotations

import ast
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bench.proofs import keep
from simpul import ledger_verifier as verifier
from simpul.ledger_anchors import printed
from simpul.ledger_verifier import BROKEN, REWRITTEN, SHORTER, UNANCHORED, UNREADABLE, WHOLE, Misfit, check
from tests.ledger.forging import FORGERIES, SOUND, _chained, forge

TOOL = Path(__file__).parents[2] / "tools" / "verify_ledger.py"


def prove(kept, trials: int) -> tuple[Counter, Counter]:
    """So many forgeries, all kinds in turn → how each was told; and how whole ones were, with any of their anchors."""
    told, alarms = Counter(), Counter()
    kinds = [*FORGERIES]
    for trial in range(trials):
        rng = random.Random(trial)
        kind = kinds[trial % len(kinds)]
        forged = forge(kind, kept.lines, rng)
        found = check(forged, kept.anchors[-1:]).findings
        told[kind, found[0].code if found else WHOLE] += 1
        if kind in SOUND:
            assert not check(forged, []).findings, "it is sound in itself, or the anchor proves nothing"
        until = rng.randrange(1, len(kept.lines) + 1)
        anchors = [anchor for anchor in kept.anchors if anchor.last <= until and rng.random() < 0.7]
        alarms[bool(check(kept.lines[:until], anchors).findings)] += 1
    return told, alarms


def test_forgeries_are_told_and_a_whole_ledger_is_not(kept):
    told, alarms = prove(kept, 300)
    assert len(kept.lines) > 15 and len(kept.anchors) == 5
    assert {kind for kind, _ in told} == set(FORGERIES)
    assert [one for one in told if one[1] == WHOLE] == []
    assert {code for kind, code in told if kind in SOUND} == {REWRITTEN, SHORTER}
    assert {code for kind, code in told if kind not in SOUND} == {BROKEN}
    assert alarms == {False: 300}


@pytest.mark.proof
def test_ten_thousand_forgeries(kept):
    told, alarms = prove(kept, 10_000)
    missed = sum(count for (_, code), count in told.items() if code == WHOLE)
    by_kind = Counter()
    for (kind, _), count in told.items():
        by_kind[kind] += count
    keep(
        "ledger",
        f"Forgeries of an exported ledger of {len(kept.lines)} events, held against one anchor of its end",
        [
            *((kind.replace("_", " "), f"{count:,}") for kind, count in by_kind.items()),
            ("all together", f"{sum(told.values()):,}"),
            ("… that were not told", str(missed)),
            ("whole ledgers with any of their anchors", f"{sum(alarms.values()):,}"),
            ("… that were told as forged", str(alarms[True])),
        ],
    )
    assert (sum(told.values()), missed, alarms[True]) == (10_000, 0, 0)


# ----------------------------------------------------------------------------------------------------- what it cannot
def test_what_lies_after_the_last_anchor_can_be_made_anew_unseen(kept):
    """Said by the verifier itself: so many events are held, of the others only the chain speaks."""
    anchor = kept.anchors[-2]
    events = [json.loads(line) for line in kept.lines]
    events[-1]["subject"] = "another"
    forged = _chained(events)
    assert anchor.last < len(forged) and forged != kept.lines
    done = check(forged, [anchor])
    assert (done.findings, done.anchored, done.events) == ([], anchor.last, len(forged))
    assert check(forged[: anchor.last], [anchor]).findings == []


def test_it_says_between_which_anchors_the_ledger_was_rewritten(kept):
    one, two = kept.anchors[1:3]
    events = [json.loads(line) for line in kept.lines]
    events[one.last]["detail"]["added"] = 1  # the first after it
    [found] = check(_chained(events), kept.anchors).findings
    assert found.code == REWRITTEN
    assert f"from an event after {one.last} and up to {two.last}" in found.english
    assert f"setelah {one.last} sampai dengan {two.last}" in found.indonesian


def test_a_false_anchor_is_no_word_against_a_ledger_that_a_later_one_holds(kept):
    false = kept.anchors[0]._replace(hash="0" * 64)
    [found] = check(kept.lines, [false, kept.anchors[-1]]).findings
    assert found.code == UNREADABLE and "the anchor is false" in found.english and "palsu" in found.indonesian


# --------------------------------------------------------------------------------------------------------------- lines
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"kind": "', '"kind":  "'),  # a blank
        ('"subject": "', '"subject": "x", "subject": "'),  # readers differ in which of two they show
        ("{", '{"said": 1, ', ),  # a field that nobody hashed
        ('"detail": {', '"detail": {"x": 1}, "more": {'),
        ('"hash": "', '"hash": "0'),
    ],
)  # fmt: skip
def test_a_line_is_as_it_was_written_or_it_is_told(kept, before, after):
    line = kept.lines[0].replace(before, after, 1)
    assert line != kept.lines[0]
    assert check([line, *kept.lines[1:]], []).findings[0].code == BROKEN


def test_a_name_that_stands_twice_is_told_though_its_hash_is_right(kept):
    event = json.loads(kept.lines[0])
    event["hashed"] = event["hashed"].replace('{"', '{"by": "a", "by": "b", "', 1)
    detail = event["hashed"][event["hashed"].index("{") : -1]
    digest = verifier.sha256(event["hashed"].encode()).hexdigest()
    told = {**event, "hash": digest, "detail": "HERE"}
    line = json.dumps(told, ensure_ascii=False).replace('"HERE"', detail) + "\n"
    [found] = check([line], []).findings
    assert found.english == "event 1: a field cannot be read"


def test_an_anchor_is_read_as_it_is_printed_typed_or_quoted(kept):
    for anchor in kept.anchors:
        text = printed(anchor)
        assert verifier.read_anchor(text) == anchor
        quoted = "Subject: anchor\nFrom: inspektorat\n\n" + "".join(
            f"> {line}\r\n" for line in text.splitlines()
        )

        assert verifier.read_anchor(quoted) == anchor
        assert max(map(len, text.splitlines())) <= 100 and not verifier.re.search(r"\d{16}", text)
    digits = kept.anchors[0].hash[:4]
    other = "0000" if digits != "0000" else "1111"
    with pytest.raises(Misfit, match="mistyped, or altered"):
        verifier.read_anchor(printed(kept.anchors[0]).replace(digits, other, 1))
    with pytest.raises(Misfit, match="a line of it is missing"):
        verifier.read_anchor(printed(kept.anchors[0]).replace("digest", "digset"))


# --------------------------------------------------------------------------------------------------------- stand-alone
def run(*words: object, cwd: Path) -> tuple[int, str]:
    """A copy of the one file, in a Python that sees nothing but its own library."""
    copy = cwd / "verify_ledger.py"
    copy.write_bytes(TOOL.read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(copy), *map(str, words)],
        cwd=cwd, capture_output=True, text=True, encoding="utf-8", env={"PYTHONUTF8": "1"}, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def test_its_exit_code_and_words_in_both_languages(kept, tmp_path):
    export, folder = tmp_path / "ledger.jsonl", tmp_path / "anchors"
    folder.mkdir()
    for number, anchor in enumerate(kept.anchors):
        (folder / f"{number}.txt").write_text(printed(anchor), encoding="utf-8")
    last = folder / "4.txt"

    def told(lines: list[str], *anchors: Path) -> tuple[int, str]:
        export.write_text("".join(lines), encoding="utf-8", newline="\n")
        return run(export, *anchors, cwd=tmp_path)

    events = len(kept.lines)
    code, text = told(kept.lines, folder)
    assert code == WHOLE and f"whole: {events} of {events} events are held by 5 anchors" in text
    assert f"utuh: {events} dari {events} peristiwa dipegang 5 jangkar" in text
    (folder / "verify_ledger.py").write_bytes(TOOL.read_bytes())  # where a home of before has it
    code, text = told(kept.lines, *sorted(folder.iterdir()))
    assert code == WHOLE and "held by 5 anchors" in text and "passed over as no anchor" in text
    assert "dilewati karena bukan jangkar" in text
    code, text = told(kept.lines)
    assert code == UNANCHORED and "no anchor given" in text and "tanpa jangkar" in text
    code, text = told([*kept.lines[:3], *kept.lines[4:]], last)
    assert (
        code == BROKEN and "event 4: it bears another number" in text and "peristiwa 4: nomornya lain" in text
    )
    code, text = told(kept.lines[:-2], last)
    assert code == SHORTER and f"an anchor tells of {events}: it was cut off" in text and "dipotong" in text
    code, text = told(forge("rechained_edit", kept.lines, random.Random(1)), last)
    assert code == REWRITTEN and f"event {events} has another hash" in text and "ditulis ulang" in text
    last.write_text(printed(kept.anchors[-1]).replace("events", "even"), encoding="utf-8")
    code, text = told(kept.lines, folder)
    assert code == UNREADABLE and "a line of it is missing" in text and "barisnya kurang" in text
    assert run(tmp_path / "gone.jsonl", cwd=tmp_path)[0] == UNREADABLE
    export.write_bytes(b"\xff\xfe{}\n")
    assert run(export, cwd=tmp_path)[0] == BROKEN


def test_it_needs_nothing_but_an_old_python():
    tree = ast.parse(TOOL.read_text(encoding="utf-8"), feature_version=(3, 8))
    named = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert named <= sys.stdlib_module_names
    assert TOOL.is_file() and TOOL.read_bytes() == Path(verifier.__file__).read_bytes()
