"""As rpt_finding, for each programme."""

from __future__ import annotations

from expectations.check import Check
from expectations.made_of_rows import made_of_rows
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

KEY = {"rule_code": "rule_code", "program_code": "program_code", "period": "period"}

CHECKS: tuple[Check, ...] = (
    made_of_rows(
        "findings_of_worklist",
        rows="{worklist_finding}",
        key=KEY,
        figures={
            "amount_at_risk_idr": "sum(amount_at_risk_idr)",
            "records": "count(distinct hashtextextended(record_key, 0))",  # numbers are sorted sooner than texts
            "people": "count(distinct person_id)",
        },
        is_distinct=True,
        en="In every region, records, people and rupiah that a rule found in a programme are those of worklist_finding,"
        " each record and person once.",
        id="Di setiap wilayah, rekaman, orang, dan rupiah temuan suatu aturan pada suatu program sama dengan isi"
        " worklist_finding, tiap rekaman dan orang sekali.",
    ),
    made_of_rows(
        "added_amount_of_rows",
        rows="{rpt_finding_row}",
        key=KEY,
        figures={"added_amount_idr": "sum(added_amount_idr)"},
        en="In every region, the rupiah that a rule adds to those before it are, by programme, those of"
        " rpt_finding_row.",
        id="Di setiap wilayah, rupiah yang ditambahkan suatu aturan pada aturan sebelumnya sama dengan isi"
        " rpt_finding_row, per program.",
    ),
)
