"""What was paid, region by region: the sum of what each recipient got."""

from __future__ import annotations

from expectations.check import Check
from expectations.made_of_rows import made_of_rows
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    made_of_rows(
        "payments_of_recipients",
        rows="{fct_program_enrollment}",
        regions="finest",
        key={"program_code": "program_code", "period": "period"},
        figures={
            "amount_idr": "sum(amount_idr)",
            "combined_amount_idr": "sum(combined_amount_idr)",
            "recipients": "count(*) filter (where status = 'active')",
            "recipients_without_amount": "count(*) filter (where status = 'active' and amount_idr is null)",
            "stopped": "count(*) filter (where status <> 'active')",
        },
        en="In every region, recipients and rupiah of a programme and month are those of fct_program_enrollment.",
        id="Di setiap wilayah, penerima dan rupiah suatu program dan bulan sama dengan isi fct_program_enrollment.",
    ),
)
