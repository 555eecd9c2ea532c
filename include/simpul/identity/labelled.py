"""How good the shipped model is where the truth is known: ``quality.json``, written by the bench, shown in reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from simpul.identity.scoring import MODEL

QUALITY = MODEL.with_name("quality.json")


def labelled_quality(path: Path = QUALITY) -> dict[str, Any]:
    """Counts of pairs by population and subgroup, with date, commit, sizes and the hash of the ``model``.

    Raises:
        OSError, ValueError: the file is not there or no JSON.
    """
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told
