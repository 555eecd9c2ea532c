"""Whether the team met often enough: the meetings, counted."""

from __future__ import annotations

from expectations.check import Check
from expectations.made_of_rows import made_of_rows
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    made_of_rows(
        "meetings_counted",
        rows="{fct_tkpk_meeting}",
        regions="as they are",
        key={"place_key": "place_key", "year": "year"},
        figures={"meetings": "count(*)"},
        en="The meetings of a place and year are those of fct_tkpk_meeting.",
        id="Rapat suatu tempat dan tahun sama dengan isi fct_tkpk_meeting.",
    ),
)
