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
from simpul.gate.persons import is_of_persons
from simpul.gate.verdict import Verdict
from simpul.predicates import BLANKS
from simpul.regions import Region, Regions, Sent, name_key
from simpul.render import partition_name

ELSEWHERE, CODED = "kecamatan_of_kabupaten", "code_of_place"
_NAMES = ("provinsi", "kabupaten", "kecamatan")
_CODES = ("kode_wilayah", "kode_desa")
"""Columns that hold the whole code of a village …"""
_PARTS = ("kode_provinsi", "kode_kabupaten")
"""… and those that hold its beginning, in the codes of BPS."""

BOUNDS: dict[str, dict[str, float]] = {ELSEWHERE: {}, CODED: {}}
"""Rule → the numbers that decide, for the register of rules."""


def rules_of(contract: Contract) -> tuple[str, ...]:
    """The rule, where each record of a list names its regency and its district."""
    if contract.is_melted:
        return ()
    named = (ELSEWHERE,) if {*_NAMES} <= {*contract.region_columns} else ()
    return (*named, CODED) if is_of_persons(contract) and _code(contract) else named


def _code(contract: Contract) -> tuple[str, ...]:
    """The columns that say the code of a record's place; empty: none do."""
    names = {column.column for column in contract.columns}
    whole = tuple(name for name in _CODES if name in names)[:1]
    return _PARTS if {*_PARTS} <= names else whole


def code_column(contract: Contract) -> str | None:
    """Where a wrong code is pointed to."""
    return next(iter(_code(contract)[-1:]), None)


def judge_places(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], verdict: Verdict
) -> dict[str, int]:
    """Put the records into the verdict whose district or code is another regency's; how many name both.

    Args:
        conn: autocommit connection that judged the records.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        verdict: of its records.
    """
    asked = rules_of(contract)
    told = _judge_names(conn, contract, file, verdict) if ELSEWHERE in asked else {}
    return told | (_judge_codes(conn, contract, file, verdict) if CODED in asked else {})


def _judge_codes(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], verdict: Verdict
) -> dict[str, int]:
    """Codes of another regency or district than is named beside them; where nothing is, of another than the list's."""
    codes = _code(contract)
    names = [name for name in _NAMES if name in contract.region_columns]
    columns = sql.SQL(", ").join(map(sql.Identifier, (*codes, *names)))
    load = partition_name(contract, file["file_id"])
    rows = conn.execute(
        sql.SQL("select {columns}, count(*) from {load} group by {columns}").format(
            columns=columns, load=load
        )
    ).fetchall()
    known = Regions.load()
    looked_at, wrong = 0, list[list[str | None]]()
    for *raw, records in rows:
        said = list(map(_said, raw))
        if not all(said[: len(codes)]):
            continue
        looked_at += records
        code = "".join(one or "" for one in said[: len(codes)])
        of = dict(zip(names, said[len(codes) :], strict=True))
        if _is_of_another(known, code, codes == _PARTS, of, file["region_code"]):
            wrong.append(raw)
    if wrong:
        cells = zip(*wrong, strict=True)
        keys = [f"key_{place}" for place in range(len(wrong[0]))]
        verdict.tell_records(
            conn,
            CODED,
            load,
            sql.SQL(
                "exists (select from unnest({arrays}) as wrong ({keys})"
                " where ({columns}) is not distinct from ({keys}))"
            ).format(
                arrays=sql.SQL(", ").join(sql.SQL("{}::text[]").format(sql.Placeholder(key)) for key in keys),
                keys=sql.SQL(", ").join(map(sql.Identifier, keys)),
                columns=columns,
            ),
            {key: list(of_key) for key, of_key in zip(keys, cells, strict=True)},
        )
    return {CODED: looked_at}


def _is_of_another(
    known: Regions, code: str, is_bps: bool, names: dict[str, str | None], file_region: str | None
) -> bool:
    """Whether a code contradicts what stands beside it, in either system of codes."""
    sent = Sent(
        code,
        "bps" if is_bps else "kemendagri",
        names.get("provinsi"),
        names.get("kabupaten"),
        names.get("kecamatan"),
        None,
        file_region,
    )
    if sent.regency:
        return known.place(sent).status == "code_and_name_disagree"
    if not file_region or len(file_region) < 5:
        return False
    of_code = known.place(Sent(code, sent.system)).region_code
    return of_code is not None and len(of_code) >= 5 and of_code[:5] != known.current(file_region[:5])[:5]


def _judge_names(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], verdict: Verdict
) -> dict[str, int]:
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
