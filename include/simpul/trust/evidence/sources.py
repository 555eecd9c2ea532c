"""The files behind a figure: what each is, who sent it, where its bytes lie, and what the landing gate said of it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from simpul.contract import contract_hash, load_contracts
from simpul.errors import LONG_NUMBER
from simpul.landing.archive import hash_file, relative_path
from simpul.settings import get_settings

_UNSETTLED_NS = 2_000_000_000  # two changes within one tick of the file system's clock look like one
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
select distinct on (result.file_id, result.rule_code, result.column_name) result.file_id, result.rule_code,
    result.severity, result.dimension, result.column_name, result.passed, result.checked, result.failing,
    result.description_en, result.description_id, result.report, result.run_at, to_jsonb(waiver) as waiver,
    version.version, version.version_hash, version.owner, version.basis, version.is_basis_read
from audit.gate_result as result
left join audit.waiver using (waiver_id)
left join audit.rule_version as version using (rule_version_id)
where result.door = 'landing' and result.file_id = any(%s)
order by result.file_id, result.rule_code, result.column_name, result.run_at desc, result.gate_result_id desc"""
_ROW_FAILURES = """
select failure.file_id, rule_code, severity, sheet, failure."row", "column"
from unnest(%s::text[], %s::bigint[]) as named (file_id, "row")
join audit.gate_failure as failure using (file_id, "row")
where door = 'landing' order by failure.file_id, failure."row", rule_code"""


def files_of(
    conn: psycopg.Connection[Any], addresses: Sequence[dict[str, Any]], whole: Iterable[str] = ()
) -> dict[str, dict[str, Any]]:
    """Files by id, each with the gate's rules, and what broke one in the rows named.

    The sheet of an address is filled in where the file has one and the mart does not say it.

    Args:
        conn: that reads the register.
        addresses: rows of files.
        whole: ids of files, of which no row need be named.
    """
    by_file: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for address in addresses:
        by_file[address["file_id"]].append(address)
    wanted = sorted({*by_file, *whole})
    with conn.cursor(row_factory=dict_row) as cursor:
        found = {row["file_id"]: dict(row) for row in cursor.execute(_FILES, (wanted,))}
        gates = _by_file(cursor.execute(_GATES, (wanted,)).fetchall())
        rows = sorted({(one["file_id"], one["row"]) for one in addresses if one["row"] is not None})
        failures = _by_file(
            cursor.execute(_ROW_FAILURES, ([one for one, _ in rows], [row for _, row in rows])).fetchall()
        )
    for file_id, file in found.items():
        broken = defaultdict(list)
        for one in failures[file_id]:
            broken[one["row"]].append(one)
        for address in by_file[file_id]:
            address["sheet"] = address["sheet"] or file["sheet"]
            if address["row"] is not None:
                address["broke"] = [
                    {"rule_code": one["rule_code"], "severity": one["severity"], "column": one["column"]}
                    for one in broken[address["row"]]
                    if address["column"] in (None, one["column"])  # of a table of figures: of this cell
                ]
            else:
                address["broke"] = []
        file["gates"] = gates[file_id]
        file["archived"] = _archived(file)
        file["contract"] = _contract(file)
        for name in ("sender", "letter_number"):
            file[name] = LONG_NUMBER.sub("…", file[name]) if file[name] else file[name]
    return found


def _by_file(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row.pop("file_id")].append(row)
    return found


def _archived(file: dict[str, Any]) -> dict[str, Any]:
    """Where the bytes lie, and whether they still are those that were received."""
    path = get_settings().archive / relative_path(file["sha256"])
    is_there = path.is_file()
    return {
        "path": str(path),
        "is_there": is_there,
        "is_unaltered": is_there and _hash_of(path) == file["sha256"],
    }


def _hash_of(path: Path) -> str:
    """sha256 of the bytes that lie there now. Packs of a province name the same thousands of lists again and again: a
    file is read once per process, and again when anything of it has changed since.
    """
    told = path.stat()
    if time.time_ns() - told.st_ctime_ns < _UNSETTLED_NS:
        return hash_file(path)
    # whoever writes into a file and puts size and mtime back cannot put ctime back
    return _hashed(path, (told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns))


@lru_cache(maxsize=100_000)
def _hashed(path: Path, _told: tuple[int, ...]) -> str:
    return hash_file(path)


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
