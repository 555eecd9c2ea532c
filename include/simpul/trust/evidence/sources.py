"""The files behind a figure: what each is, who sent it, where its bytes lie, and what the landing gate said of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul.contract import contract_hash, load_contracts
from simpul.errors import LONG_NUMBER
from simpul.landing.archive import hash_file, relative_path
from simpul.settings import get_settings

_FILES = """
select file_id, printable_name as name, printable_path as path, sha256, bytes, agency, dataset, edition, period,
    region_code, sender, letter_number, structure -> 'letter' as letter, structure -> 'archive' as archive,
    structure ->> 'sheet' as sheet, coalesce(structure ->> 'decimal', '.') as decimal,
    received_at, landed_at, run_id, rows_read, rows_loaded, rows_quarantined, status, reason, reason_id, superseded_by,
    contract_hash, rows_dropped_at,
    array(select older.file_id from audit.file as older where older.superseded_by = file.file_id order by 1)
        as supersedes
from audit.file as file where file_id = any(%s)"""
_GATES = """
select distinct on (result.rule_code, result.column_name) result.rule_code, result.severity, result.dimension,
    result.column_name, result.passed, result.checked, result.failing, result.description_en, result.description_id,
    result.report, result.run_at, to_jsonb(waiver) as waiver, version.version, version.version_hash, version.owner,
    version.basis, version.is_basis_read
from audit.gate_result as result
left join audit.waiver using (waiver_id)
left join audit.rule_version as version using (rule_version_id)
where result.door = 'landing' and result.file_id = %s
order by result.rule_code, result.column_name, result.run_at desc, result.gate_result_id desc"""
_ROW_FAILURES = """
select rule_code, severity, sheet, "row", "column" from audit.gate_failure
where door = 'landing' and file_id = %s and "row" = any(%s) order by "row", rule_code"""


def files_of(conn: psycopg.Connection[Any], addresses: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The files that the addresses name, by id, each with the gate's rules, and what broke one in the rows named.

    The sheet of an address is filled in where the file has one and the mart does not say it.
    """
    wanted = sorted({address["file_id"] for address in addresses})
    with conn.cursor(row_factory=dict_row) as cursor:
        found = {row["file_id"]: dict(row) for row in cursor.execute(_FILES, (wanted,))}
        for file_id, file in found.items():
            mine = [address for address in addresses if address["file_id"] == file_id]
            for address in mine:
                address["sheet"] = address["sheet"] or file["sheet"]
            rows = sorted({address["row"] for address in mine if address["row"] is not None})
            file["gates"] = cursor.execute(_GATES, (file_id,)).fetchall()
            failures = cursor.execute(_ROW_FAILURES, (file_id, rows)).fetchall()
            for address in mine:
                address["broke"] = [
                    {"rule_code": one["rule_code"], "severity": one["severity"], "column": one["column"]}
                    for one in failures
                    if one["row"] == address["row"]
                    and address["column"] in (None, one["column"])  # of a table of figures: of this cell
                ]
            file["archived"] = _archived(file)
            file["contract"] = _contract(file)
            for name in ("sender", "letter_number"):
                file[name] = LONG_NUMBER.sub("…", file[name]) if file[name] else file[name]
    return found


def _archived(file: dict[str, Any]) -> dict[str, Any]:
    """Where the bytes lie, and whether they still are those that were received."""
    path = get_settings().archive / relative_path(file["sha256"])
    is_there = path.is_file()
    return {
        "path": str(path),
        "is_there": is_there,
        "is_unaltered": is_there and hash_file(path) == file["sha256"],
    }


def _contract(file: dict[str, Any]) -> dict[str, Any]:
    """By which form of the contract it was judged, and which general rules that contract waives."""
    contract = load_contracts().get(file["dataset"] or "")
    return {
        "title": (contract.title.en, contract.title.id) if contract else None,
        "personal": contract.personal_data if contract else None,
        "hash": file["contract_hash"],
        "is_of_today": bool(contract) and contract_hash(contract) == file["contract_hash"],
        "waives": list(contract.waives) if contract else [],
    }
