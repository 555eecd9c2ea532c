"""The queries of docs/querying.md, as an analyst copies them."""

from __future__ import annotations

import re

from simpul.settings import get_settings


def examples() -> dict[str, str]:
    """By the comment at their head."""
    text = (get_settings().project_root / "docs" / "querying.md").read_text(encoding="utf-8")
    return {block.split("\n", 1)[0][3:]: block for block in re.findall(r"```sql\n(.*?)```", text, re.DOTALL)}
