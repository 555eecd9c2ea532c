"""How good the NIKs are: every record is counted."""

from __future__ import annotations

from expectations.check import Check
from expectations.made_of_rows import made_of_rows
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    made_of_rows(
        "records_of_dataset",
        rows="{person_record}",
        regions="as they are",
        key={
            "place_key": "coalesce(case when length(region_code) >= 5 then left(region_code, 5) end, 'not_said')",
            "dataset": "dataset",
            "period": "period",
            "nik_status": "coalesce(nik_status, 'missing')",
        },
        figures={"records": "count(*)"},
        en="The records of a place, dataset, period and kind of NIK are those of person_record.",
        id="Rekaman suatu tempat, kumpulan data, periode, dan jenis NIK sama dengan isi person_record.",
    ),
)
