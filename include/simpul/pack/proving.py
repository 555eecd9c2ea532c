"""What stands behind every row of the pack: addresses as `simpul evidence` lists them, and the stamp of each file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg

from simpul.contract import load_contracts
from simpul.pack.model import Proof
from simpul.pack.words import plain
from simpul.pack.world import NATION
from simpul.release import stored_in
from simpul.trust.evidence import sources
from simpul.trust.evidence.declared import declared
from simpul.trust.evidence.figure import Figure, find
from simpul.trust.evidence.rows import list_rows

_LIMIT = 50
_SHORT = 12
_NO_COUNTS = {"_release_id", "source_row", "year"}
# Their figures are counted person by person: listing the rows again for each of them takes as long as counting did.
# Whoever follows one asks `simpul evidence`, which does; the pack names the lists of the release for the region.
COUNTED = frozenset(
    {
        "rpt_program_coverage",
        "rpt_program_payment",
        "rpt_program_overlap",
        "rpt_registry_crosswalk",
        "rpt_population",
        "rpt_finding",
        "rpt_nik_quality",
    }
)


@dataclass(frozen=True)
class Stamp:
    """What the pack tells of a file. ``code``: by which it names it; ``year``: of its period; ``gate``: rules
    passed, of how many.
    """

    code: str
    name: str
    sha256: str
    dataset: str
    title: str
    sender: str
    received: Any
    gate: tuple[int, int]
    warnings: tuple[str, ...]
    waivers: tuple[str, ...]
    is_unaltered: bool
    year: int | None = None


def prove(
    proofs: Sequence[Proof],
    asker: psycopg.Connection[Any],
    conn: psycopg.Connection[Any],
    release_id: int,
    role: str,
    region_code: str,
) -> dict[str, Stamp]:
    """Fill in addresses and files of the proofs; the stamps of all files by id, in the order in which they appear.

    Args:
        proofs: by number.
        asker: as ``role``, with the release chosen: what it may not see has no evidence.
        conn: the owner's, with the release chosen: addresses and files, never values.
        release_id: the release that is read.
        role: who asks.
        region_code: of the pack, for figures that are counted.
    """
    lists = None
    for proof in proofs:
        parts = declared()[proof.mart]
        if proof.mart in COUNTED:
            lists = _lists(conn, release_id, region_code) if lists is None else lists
            proof.is_counted, proof.file_ids = True, lists
            continue
        if all(part.none for part in parts):
            proof.none = "daftar milik proyek; tidak ada dalam berkas kiriman"
            continue
        figure = find(asker, proof.mart, proof.where, role)
        is_kept = True
        for part in parts:
            told = list_rows(conn, part, figure, proof.column, _LIMIT, release_id)
            proof.addresses += told["addresses"]
            proof.total += told["total"]
            proof.file_ids += told["file_ids"]
            is_kept = is_kept and not told["notes"]
        proof.none = _without_rows(proof, figure, is_kept=is_kept)
        named = [address["file_id"] for address in proof.addresses]
        proof.file_ids = list(dict.fromkeys([*named, *proof.file_ids]))
    ordered = dict.fromkeys(file_id for proof in proofs for file_id in proof.file_ids)
    addresses = [address for proof in proofs for address in proof.addresses]
    whole = [{"file_id": file_id, "sheet": None, "row": None, "column": None} for file_id in ordered]
    files = sources.files_of(conn, [*addresses, *whole])
    return {file_id: _stamp(f"S{n}", files[file_id]) for n, file_id in enumerate(ordered, start=1)}


def _without_rows(proof: Proof, figure: Figure, *, is_kept: bool) -> str | None:
    """What is said where nothing was found behind a figure above 0: that there is no file would not be true."""
    told = [proof.column] if proof.column else figure.values.keys() - proof.where.keys() - _NO_COUNTS
    values = [figure.values[name] for name in told]
    is_above_0 = any(
        isinstance(value, int | Decimal) and not isinstance(value, bool) and value > 0 for value in values
    )
    if proof.file_ids or not is_above_0:
        return None
    return (
        "barisnya tidak ditemukan dalam rilis ini"
        if is_kept
        else "baris rilis ini tidak lagi tersimpan; berkasnya tidak dapat disebut"
    )


def _lists(conn: psycopg.Connection[Any], release_id: int, region_code: str) -> list[str]:
    """Files of the release that name persons, of the region, of what is above or below it, or of no stated region."""
    personal = [name for name, contract in load_contracts().items() if contract.personal_data != "none"]
    rows = conn.execute(
        """select file_id from audit.release_input join audit.file using (file_id)
        where release_id = %s and dataset = any(%s) and (region_code is null or region_code = %s
            or region_code ^@ %s or %s ^@ region_code)
        order by dataset, period, file_id""",
        (release_id, personal, NATION, region_code, region_code),
    ).fetchall()
    return [row[0] for row in rows]


def _stamp(code: str, file: Mapping[str, Any]) -> Stamp:
    gates = file["gates"]
    contract = load_contracts().get(file["dataset"] or "")
    is_personal = (
        contract is None or contract.personal_data != "none"
    )  # then a rule's count may be of few persons
    return Stamp(
        code=code,
        name=plain(file["name"]),
        sha256=file["sha256"][:_SHORT],
        dataset=file["dataset"] or "–",
        title=contract.title.id if contract else "–",
        sender=_sender(file),
        received=file["received_at"],
        gate=(sum(rule["passed"] for rule in gates), len(gates)),
        warnings=tuple(
            rule["rule_code"] + ("" if is_personal else f" ({rule['failing']} dari {rule['checked'] or 0})")
            for rule in gates
            if not rule["passed"]
        ),
        waivers=tuple(
            f"{rule['rule_code']} (#{rule['waiver']['waiver_id']}, s.d. {rule['waiver']['until']})"
            for rule in gates
            if rule["waiver"]
        ),
        is_unaltered=file["archived"]["is_unaltered"],
        year=int(file["period"][:4]) if file["period"] else None,
    )  # fmt: skip


def _sender(file: Mapping[str, Any]) -> str:
    """Who sent it by its cover letter, with the letter's number."""
    number = f", surat {file['letter_number']}" if file["letter_number"] else ""
    if file["sender"]:
        return plain(f"{file['sender']}{number}")
    return (
        "pengirim tidak disebut surat pengantar"
        if (file["letter"] or {}).get("name")
        else "tanpa surat pengantar"
    )


def doors(
    conn: psycopg.Connection[Any], proofs: Sequence[Proof], release_id: int
) -> dict[str, tuple[int, int]]:
    """Mart → rules of the publication gate that it passed, of how many; of a mart that was carried over: then."""
    stored = stored_in(conn, release_id)
    found = {}
    for mart in sorted({proof.mart for proof in proofs}):
        for number in (release_id, stored.get(mart, release_id)):
            row: Any = conn.execute(
                """select count(*) filter (where passed), count(*) from audit.gate_result
                where door = 'publication' and release_id = %s and table_name = %s""",
                (number, mart),
            ).fetchone()
            if row[1]:
                found[mart] = (row[0], row[1])
                break
    return found


def call(proof: Proof, release_id: int) -> str:
    """The command that follows the figure, as it is typed."""
    where = shlex.join(f"{name}={value}" for name, value in proof.where.items())
    column = ["--column", proof.column] if proof.column else []
    return shlex.join(
        ["simpul", "evidence", "--mart", proof.mart, "--where", where, *column, "--release", str(release_id)]
    )
