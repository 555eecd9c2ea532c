"""What officers found: the visits, counted."""

from __future__ import annotations

from expectations.check import Check
from expectations.made_of_rows import made_of_rows
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

_RESULTS = ("found", "not_found", "moved", "deceased", "duplicate")

CHECKS: tuple[Check, ...] = (
    made_of_rows(
        "visits_counted",
        rows="{int_verval_visit}",
        regions="as they are",
        key={
            "place_key": "coalesce(region_code, 'not_said')",
            "year": "year",
            "registry": "registry_code",
        },
        figures={"verified": "count(*)"}
        | {result: f"count(*) filter (where result = '{result}')" for result in _RESULTS}
        | {
            "result_unknown": "count(*) filter (where result is null)",
            "eligible": "count(*) filter (where is_eligible)",
            "ineligible": "count(*) filter (where not is_eligible)",
            "eligibility_unknown": "count(*) filter (where is_eligible is null)",
        },
        en="Verified records and their results are the visits of the place in that year, the last of each record.",
        id="Rekaman yang diverifikasi beserta hasilnya adalah kunjungan di tempat itu pada tahun tersebut, yang"
        " terakhir untuk tiap rekaman.",
    ),
)
