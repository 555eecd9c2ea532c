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
from simpul.predicates import clean
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
        "told": sql.SQL(", ").join(
            sql.SQL(clean(sql.Identifier(name).as_string(conn)))
            for name in _NAMES  # type: ignore[arg-type]
        ),
        "names": sql.SQL(", ").join(map(sql.Identifier, _NAMES)),
    }
    named = conn.execute(
        sql.SQL("select {told}, count(*) from {load} group by 1, 2, 3").format(**cells)
    ).fetchall()
    asked = [(names, records) for *names, records in named if names[1] and names[2]]
    districts = Districts(Regions.load())
    wrong = [names for names, _ in asked if districts.is_elsewhere(*names)]
    if wrong:
        conn.execute(
            sql.SQL(
                "insert into {verdict} (record, rule_code) select told.record, %(code)s"
                " from (select ctid as record, {told} from {load}) as told (record, {names})"
                " join unnest(%(of)s::text[], %(regencies)s::text[], %(districts)s::text[]) as wrong ({names})"
                " on told.provinsi is not distinct from wrong.provinsi"
                " and (told.kabupaten, told.kecamatan) = (wrong.kabupaten, wrong.kecamatan)"
            ).format(verdict=verdict.table, **cells),
            {
                "code": ELSEWHERE,
                "of": [names[0] for names in wrong],
                "regencies": [names[1] for names in wrong],
                "districts": [names[2] for names in wrong],
            },
        )
    return {ELSEWHERE: sum(records for _, records in asked)}


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
        others = (
            one.region_code for one in self._within[known[code].province_code] if one.region_code != code
        )
        if not any(known.within(other, district) for other in others):
            return False
        key, own = name_key(district), [name_key(one.name) for one in self._within[code]]
        return not any(key in name or name in key for name in own)
