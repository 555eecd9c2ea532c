"""The worklist without persons: as many as stand on it."""

from __future__ import annotations

from expectations.check import Check
from expectations.made_of_rows import made_of_rows
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    made_of_rows(
        "uncovered_of_worklist",
        rows="{worklist_uncovered}",
        key={
            "program_code": "program_code",
            "period": "period",
            "reason_code": "reason_code",
            "decile": "coalesce(decile, 0)::smallint",
        },
        figures={"uncovered": "count(*)"},
        en="In every region, who does not receive, by programme, reason and decile, stands on worklist_uncovered.",
        id="Di setiap wilayah, yang tidak menerima, per program, alasan, dan desil, ada pada worklist_uncovered.",
    ),
)
