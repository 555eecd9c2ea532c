"""Records that contradict themselves about where they are: the district is not in the regency named beside it, the code
is another region's than the name.

One cell that says another city is no slip of a column: the rest of the record says where it belongs. What tells is the
list of regions: the district's name is known in the province, and not in that regency; code and name are each known,
and of two places; a list of persons is of one region. Where the warehouse then takes a record to be is
`Regions.place`, which is asked here, too.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from simpul.contract import Contract
from simpul.gate.persons import is_of_persons
from simpul.gate.verdict import Verdict
from simpul.predicates import BLANKS
from simpul.regions import Region, Regions, Sent, name_key
from simpul.render import partition_name

ELSEWHERE, CONTRADICTS = "kecamatan_of_kabupaten", "code_of_region_name"
_NAMES = ("provinsi", "kabupaten", "kecamatan")
_CODES = ("kode_wilayah", "kode_bps", "kode_desa")
_PARTS = ("kode_provinsi", "kode_kabupaten")
"""Columns that hold the beginning of a code of BPS in two parts."""
_NAMED = ("nama_wilayah", "wilayah", *_NAMES, "desa")

BOUNDS: dict[str, dict[str, float]] = {ELSEWHERE: {}, CONTRADICTS: {}}
"""Rule → the numbers that decide, for the register of rules."""


def rules_of(contract: Contract) -> tuple[str, ...]:
    """The rules: where each record of a list names its regency and its district; where it has a code, and a name or a
    list's region to hold it against.
    """
    names_districts = not contract.is_melted and {*_NAMES} <= {*contract.region_columns}
    asked = {ELSEWHERE: names_districts, CONTRADICTS: code_column(contract) is not None}
    return tuple(rule for rule, is_asked in asked.items() if is_asked)


def columns_of(contract: Contract) -> dict[str, str]:
    """Rule → the column that it is about, where that is called otherwise in every dataset."""
    code = code_column(contract)
    return {CONTRADICTS: code} if code else {}


def code_column(contract: Contract) -> str | None:
    """The column of codes that are held against names or the list's region; of a code in parts the last."""
    columns, codes = _columns(contract), _codes(contract)
    is_asked = codes and (is_of_persons(contract) or any(name in columns for name in _NAMED))
    return columns[codes[-1]] if is_asked else None


def _codes(contract: Contract) -> tuple[str, ...]:
    columns = _columns(contract)
    if {*_PARTS} <= columns.keys():
        return _PARTS
    return next(((name,) for name in _CODES if name in columns), ())


def _columns(contract: Contract) -> dict[str, str]:
    """Field or name of a column → the column."""
    return contract.column_of | {name: name for name in contract.column_names}


def judge_places(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], verdict: Verdict
) -> dict[str, int]:
    """Put the records into the verdict that contradict themselves; how many each rule looked at.

    Args:
        conn: autocommit connection that judged the records.
        contract: the file's dataset.
        file: its row of ``audit.file``.
        verdict: of its records.
    """
    judges = {ELSEWHERE: _judge_districts, CONTRADICTS: _judge_codes}
    return {code: judges[code](conn, contract, file, verdict) for code in rules_of(contract)}


def _judge_codes(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], verdict: Verdict
) -> int:
    """Codes that are known, of another place than the name beside them, or than the list is of; how many were asked."""
    columns, codes = _columns(contract), _codes(contract)
    fields = [*codes, *(field for field in _NAMED if field in columns)]
    cells = {
        "load": partition_name(contract, file["file_id"]),
        "said": sql.SQL(", ").join(sql.Identifier(columns[field]) for field in fields),
    }
    told = conn.execute(
        sql.SQL("select {said}, count(*) from {load} group by {said}").format(**cells)
    ).fetchall()
    regions = Regions.load()
    region = file["region_code"] if is_of_persons(contract) else None
    asked = [
        (raw, records)
        for *raw, records in told
        if all(map(_said, raw[: len(codes)])) and (region or any(map(_said, raw[len(codes) :])))
    ]
    wrong = [
        raw
        for raw, _ in asked
        if _contradicts(regions, dict(zip(fields, map(_said, raw), strict=True)), region)
    ]
    if wrong:
        verdict.tell_records(
            conn,
            CONTRADICTS,
            cells["load"],
            sql.SQL("jsonb_build_array({said}) = any(%(wrong)s)").format(**cells),
            {"wrong": [Jsonb(raw) for raw in wrong]},
        )
    return sum(records for _, records in asked)


def _contradicts(regions: Regions, said: dict[str, str | None], region: str | None) -> bool:
    """Whether code and names are known, and of two places in whichever system the code is; where no regency is named,
    whether the code is of another one than ``region``.
    """
    sent = _sent(said)
    if regions.place(sent).status == "code_and_name_disagree":
        return True
    if sent.regency or not region or len(region) < 5:
        return False
    of_code = regions.place(Sent(sent.code, sent.system)).region_code
    return of_code is not None and len(of_code) >= 5 and of_code[:5] != regions.current(region[:5])[:5]


def _sent(said: dict[str, str | None]) -> Sent:
    if code := said.get("kode_bps"):
        name, province = said.get("wilayah"), said.get("provinsi")
        if name_key(name) == "indonesia":  # BPS: 9999, 0000
            return Sent()
        is_province = len(code) <= 2 or code.endswith("00")
        return Sent(code, "bps", province=name) if is_province else Sent(code, "bps", province, name)
    if "nama_wilayah" in said or "wilayah" in said:
        return Sent.of_form(said["kode_wilayah"], said.get("nama_wilayah") or said.get("wilayah"))
    names = [said.get(level) for level in (*_NAMES, "desa")]
    if _PARTS[0] in said:
        return Sent("".join(said[part] or "" for part in _PARTS), "bps", *names)
    return Sent(said.get("kode_wilayah") or said.get("kode_desa"), None, *names)


def _judge_districts(
    conn: psycopg.Connection[Any], contract: Contract, file: dict[str, Any], verdict: Verdict
) -> int:
    """Districts that are another regency's; how many records name both."""
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
    return sum(records for _, records in asked)


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
