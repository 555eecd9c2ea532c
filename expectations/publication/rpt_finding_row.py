"""The payments that the rules found, without names: the same as on the worklist, and no dearer than they were."""

from __future__ import annotations

from expectations.check import Check, check
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    check(
        "same_as_worklist",
        "fail",
        "analytical",
        column="amount_at_risk_idr",
        en="It holds exactly the payments of worklist_finding, with their rupiah; none adds more than it puts at risk.",
        id="Isinya tepat penyaluran pada worklist_finding beserta rupiahnya; tidak ada yang menambah lebih dari yang"
        " berisiko.",
        query="""
with listed as (
    select rule_code, file_id, coalesce(sheet, '') as sheet, "row", program_code, period, person_id,
        amount_at_risk_idr as idr
    from {worklist_finding}),
    told as (
    select rule_code, file_id, sheet, "row", program_code, period, person_id, amount_at_risk_idr as idr,
        added_amount_idr
    from {batch})
select rule_code, file_id, sheet, "row", program_code, period
from listed full join told using (rule_code, file_id, sheet, "row", program_code, period)
where listed.person_id is distinct from told.person_id or listed.idr is distinct from told.idr
    or added_amount_idr not between 0 and told.idr""",
    ),
    check(
        "at_risk_within_payment",
        "fail",
        "analytical",
        column="amount_at_risk_idr",
        en="No more rupiah are at risk than were paid, or were due, with that record.",
        id="Rupiah yang berisiko tidak melebihi yang disalurkan, atau yang menjadi haknya, pada rekaman itu.",
        query="""
select rule_code, file_id, sheet, "row", program_code, period
from {worklist_finding} as found join {int_payment} as payment using (record_key, program_code, period)
where found.amount_at_risk_idr > payment.amount_idr""",
        checked="select count(amount_at_risk_idr) from {batch}",
    ),
)
