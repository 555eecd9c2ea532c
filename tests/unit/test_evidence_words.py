"""How evidence tells numbers: no key below nought, no count without signs between its thousands."""

from __future__ import annotations

from decimal import Decimal

import pytest

from expectations.site.pages import _environment
from simpul.cli.evidence import _count
from simpul.trust.evidence.rows import _unit, _unit_id


def test_who_is_in_no_known_family_is_told_by_the_person():
    assert _unit("family", 12) == "family 12" and _unit("person", 82087) == "person 82087"
    assert _unit("family", -82087) == "family of person 82087 alone"
    assert _unit_id("family", 12) == "keluarga 12" and _unit_id("person", 82087) == "orang 82087"
    assert _unit_id("family", -82087) == "keluarga orang 82087 sendiri"


@pytest.mark.parametrize(
    ("value", "page", "terminal"),
    [
        (10337, "10.337", "10,337"),
        (Decimal("35.73"), "35,73", "35.73"),
        (0, "0", "0"),
        (None, "–", "–"),
        ("2024-06", "2024-06", "2024-06"),
    ],
)
def test_what_is_counted_is_told_alike(value, page, terminal):
    assert _environment().filters["as_printed"](value) == page
    assert _count(value) == terminal
