"""Superset's own words in Indonesian: they are those of the version that is pinned, and say as much."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from simpul.settings import get_settings
from tools.looking import WORDS

_PACKAGE = "lib/*/site-packages/superset"
_NEEDS_SUPERSET = pytest.mark.skipif(
    not (get_settings().bi_venv / "lib").exists(), reason="there is no Superset: `make bi`"
)
_PLACE = re.compile(r"%(?:\(\w+\))?[sd]")


@pytest.mark.parametrize("english", WORDS)
def test_what_superset_fills_in_is_filled_in(english: str) -> None:
    indonesian = WORDS[english]
    assert Counter(_PLACE.findall(indonesian)) == Counter(_PLACE.findall(english))
    assert indonesian.strip() and indonesian.endswith(" ") == english.endswith(" ")


@_NEEDS_SUPERSET
def test_superset_says_every_one_of_these_words() -> None:
    """A new version may say it otherwise: then it would be English again, and nobody would notice."""
    (german,) = get_settings().bi_venv.glob(f"{_PACKAGE}/translations/de/LC_MESSAGES/messages.json")
    known = json.loads(german.read_text(encoding="utf-8"))["locale_data"]["superset"]
    rest = {english for english in WORDS if english not in known}
    # some words of its scripts are not in its own lists yet: they ask for a translation all the same
    assert rest <= {english for text in _scripts() for english in rest if f'.t)("{english}")' in text}


@_NEEDS_SUPERSET
def test_the_buttons_of_legends_are_where_they_are_looked_for() -> None:
    """No translation reaches their words, so a script is altered as it is sent."""
    config = (get_settings().project_root / "bi" / "superset" / "superset_config.py").read_text("utf-8")
    (buttons,) = re.findall(r"^_BUTTONS = b'(.*)'$", config, re.MULTILINE)
    assert any(buttons in text for text in _scripts())


def _scripts() -> Iterator[str]:
    """What Superset's pages run."""
    for path in get_settings().bi_venv.glob(f"{_PACKAGE}/static/assets/*.js"):
        yield path.read_text(encoding="utf-8")
