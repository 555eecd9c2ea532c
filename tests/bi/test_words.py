"""Superset's own words in Indonesian: they are those of the version that is pinned, and say as much."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from simpul.settings import get_settings
from tools.looking import WORDS

_PLACE = re.compile(r"%(?:\(\w+\))?[sd]")


@pytest.mark.parametrize("english", WORDS)
def test_what_superset_fills_in_is_filled_in(english: str) -> None:
    indonesian = WORDS[english]
    assert Counter(_PLACE.findall(indonesian)) == Counter(_PLACE.findall(english))
    assert indonesian.strip() and indonesian.endswith(" ") == english.endswith(" ")


@pytest.mark.skipif(not (get_settings().bi_venv / "lib").exists(), reason="there is no Superset: `make bi`")
def test_superset_says_every_one_of_these_words() -> None:
    """A new version may say it otherwise: then it would be English again, and nobody would notice."""
    (german,) = get_settings().bi_venv.glob(
        "lib/*/site-packages/superset/translations/de/LC_MESSAGES/messages.json"
    )
    known = json.loads(german.read_text(encoding="utf-8"))["locale_data"]["superset"]
    assert not [english for english in WORDS if english not in known]
