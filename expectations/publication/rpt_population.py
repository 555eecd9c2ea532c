"""Who lives where, by decile: as many as are known."""

from __future__ import annotations

from expectations.check import Check
from expectations.made_of_rows import made_of_rows
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    made_of_rows(
        "people_of_region",
        rows="{dim_beneficiary} where deceased_since is null",
        regions="finest",
        key={
            "decile": "case when decile_scope is null or decile_scope = 'national' then coalesce(decile, 0) else 0 end"
        },
        figures={"people": "count(*)"},
        # a family is of the lowest decile in it, where the first of its members lives: both may be nobody else's
        may_be_of_none=True,
        en="In every region, the people of a decile are the living of dim_beneficiary.",
        id="Di setiap wilayah, orang pada suatu desil adalah yang hidup pada dim_beneficiary.",
    ),
    made_of_rows(
        "families_of_region",
        # persons' rows as well: a decile of a region may have people of no family that lives there
        rows="{int_coverage_unit} where deceased_since is null",
        regions="finest",
        key={"decile": "decile"},
        figures={"families": "count(*) filter (where unit = 'family')"},
        en="In every region, the families of a decile are those that coverage is counted by, each once.",
        id="Di setiap wilayah, keluarga pada suatu desil adalah keluarga dalam hitungan cakupan, masing-masing sekali.",
    ),
)
