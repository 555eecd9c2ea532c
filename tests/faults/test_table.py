"""The table of `README.md`: every case is there, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
CASES = set(range(1, 55))
OUTCOMES = ("accepted", "repaired", "quarantined", "held", "refused", "told")
_NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows() -> list[tuple[list[int], str, str]]:
    """Cases, tests and outcome of each row."""
    lines = Path(__file__).with_name("README.md").read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if line.startswith("| ")
    ]
    return [
        ([int(number) for number in first.split()[0].split(",")], tests, outcome)
        for first, tests, outcome in cells
        if first[:1].isdigit()
    ]


@cache
def functions(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_case_has_its_tests_and_its_outcome() -> None:
    assert {number for numbers, *_ in rows() for number in numbers} == CASES
    for numbers, tests, outcome in rows():
        assert _NAMED.search(tests), numbers
        assert outcome.startswith(OUTCOMES), (numbers, outcome)


def test_every_test_that_is_named_exists() -> None:
    named = [found for _, tests, _ in rows() for found in _NAMED.findall(tests)]
    assert [one for one in named if one[1] not in functions(one[0])] == []
