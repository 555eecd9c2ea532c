"""How good the shipped model is where the truth is known: ``quality.json``, written by the bench, shown in reports."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from simpul.identity.scoring import MODEL
from simpul.settings import get_settings

QUALITY = MODEL.with_name("quality.json")


def model_hash(path: Path = MODEL) -> str:
    """The first twelve digits of the model's sha256: what was measured is what is shipped."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def labelled_quality(path: Path = QUALITY) -> dict[str, Any]:
    """Counts of pairs by population and subgroup, with date, commit, sizes; ``is_current``: of the model that links.

    Raises:
        OSError, ValueError: the file is not there or no JSON.
    """
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {**told, "is_current": told["model"] == model_hash(get_settings().link_model or MODEL)}
