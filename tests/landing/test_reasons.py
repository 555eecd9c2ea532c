"""Every reason to hold a file says what to do, in both languages: whoever reads it can act without asking us."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from simpul.readers.reasons import RECORD_REASONS

PACKAGE = Path(__file__).resolve().parents[2] / "include" / "simpul"

# what was found stands before a mark, what to do after it; a new verb may be added here, a reason without any may not
TO_DO = (
    re.compile(
        r"[:;.?] (?:or )?(?:add|ask|copy|correct|deliver|delete|keep|move|put|remove|replace|save|say|unpack|write)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"[:;.?] (?:atau )?(?:apit|ekstrak|ganti|hapus|kirim|minta|perbaiki|pindahkan|salin|sebutkan|simpan|sisakan|"
        r"tambahkan|tulis)\b",
        re.IGNORECASE,
    ),
)
AROUND_ANOTHER = ("stated as …, but …", "disebut sebagai …, tetapi …")  # which says what to do


def _text(node: ast.expr) -> str | None:
    """The fixed words of a text; None of one that is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp):
        parts = [_text(node.left), _text(node.right)]
        return "".join(filter(None, parts)) if any(parts) else None
    return None


def _reasons() -> Iterator[tuple[str, int, str]]:
    """(place, language, words) of every reason in the code."""
    for path in sorted([*PACKAGE.glob("readers/*.py"), *PACKAGE.glob("landing/*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Held":
                for language, argument in enumerate(node.args[:2]):
                    if (text := _text(argument)) is not None and text not in AROUND_ANOTHER:
                        yield f"{path.relative_to(PACKAGE)}:{node.lineno}", language, text


def test_there_are_reasons():
    assert len(list(_reasons())) > 100


@pytest.mark.parametrize(("place", "language", "text"), list(_reasons()))
def test_a_reason_says_what_to_do(place, language, text):
    assert TO_DO[language].search(text), f"{place}: what was found, but not what to do: {text}"


@pytest.mark.parametrize("rule", RECORD_REASONS)
def test_so_does_the_reason_of_a_record(rule):
    for language, text in enumerate(RECORD_REASONS[rule]):
        assert TO_DO[language].search(text), text
