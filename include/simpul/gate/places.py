"""Records whose district is not in the regency named beside it.

One cell that says another city is no slip of a column: the rest of the record says where the person lives. What tells
is the list of regions: the district's name is known in the province, and not in that regency.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract
from simpul.gate.verdict import Verdict
from simpul.predicates import BLANKS
from simpul.regions import Region, Regions, name_key
from simpul.render import partition_name

ELSEWHERE = "kecamatan_of_kabupaten"
_NAMES = ("provinsi", "kabupaten", "kecamatan")

BOUNDS: dict[str, dict[str, float]] = {ELSEWHERE: {}}
"""Rule → the numbers that decide, for the register of rules."""


def rules_of(contract: Contract) -> tuple[str, ...]:
    """The rule, where each record of a list names its regency and its district."""
    return (ELSEWHERE,) if not contract.is_melted and {*_NAMES} <= {*contract.region_columns} else ()


def judge_places(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], verdict: Verdict
) -> dict[str, int]:
    """Put the records into the verdict whose district is another regency's; how many name both.

    Args:
        conn: autocommit connection that judged the records.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        verdict: of its records.
    """
    if not rules_of(contract):
        return {}
    cells = {
        "load": partition_name(contract, file["file_id"]),
        "names": sql.SQL(", ").join(map(sql.Identifier, _NAMES)),
    }
    # of millions of rows the cells as they are; what they say is looked at once for each of the few groups
    named = conn.execute(
        sql.SQL("select {names}, count(*) from {load} group by {names}").format(**cells)
    ).fetchall()
    districts = Districts(Regions.load())
    asked = [(raw, records) for *raw, records in named if _said(raw[1]) and _said(raw[2])]
    wrong = [raw for raw, _ in asked if districts.is_elsewhere(*map(_said, raw))]  # type: ignore[arg-type]
    if wrong:
        verdict.tell_records(
            conn,
            ELSEWHERE,
            cells["load"],
            sql.SQL(
                "exists (select from unnest(%(of)s::text[], %(regencies)s::text[], %(districts)s::text[])"
                " as wrong ({names}) where record.provinsi is not distinct from wrong.provinsi"
                " and (record.kabupaten, record.kecamatan) = (wrong.kabupaten, wrong.kecamatan))"
            ).format(**cells),
            {
                "of": [raw[0] for raw in wrong],
                "regencies": [raw[1] for raw in wrong],
                "districts": [raw[2] for raw in wrong],
            },
        )
    return {ELSEWHERE: sum(records for _, records in asked)}


def _said(cell: str | None) -> str | None:
    return (cell or "").strip(BLANKS) or None


class Districts:
    """The list of regions, asked where a district is."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._within: defaultdict[str | None, list[Region]] = defaultdict(list)
        for region in regions:
            self._within[region.parent_region_code].append(region)

    def is_elsewhere(self, province: str | None, regency: str, district: str) -> bool:
        """Whether a district is known in the province, but not in the regency that is named.

        False where a name is unknown, or part of a name of that regency.

        Args:
            province: as a list writes it, or None.
            regency: likewise.
            district: likewise.
        """
        known = self._regions
        code = known.resolve(province, regency) if province else known.regency(regency)
        if code is None or known[code].level != "regency" or known.within(code, district):
            return False
        # a city whose name lacks "Kota" is called as the regency around it
        city = known.within(known[code].province_code, f"kota {name_key(regency)}")
        if city and known.within(city, district):
            return False
        others = (
            one.region_code for one in self._within[known[code].province_code] if one.region_code != code
        )
        if not any(known.within(other, district) for other in others):
            return False
        key, own = name_key(district), [name_key(one.name) for one in self._within[code]]
        return not any(key in name or name in key for name in own)
