"""What stands behind every row of the pack: addresses as `simpul evidence` lists them, and the stamp of each file."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg

from simpul.contract import load_contracts
from simpul.pack.counted import COUNTED, counted_in, lists_of
from simpul.pack.model import Proof
from simpul.pack.words import plain
from simpul.release import stored_in
from simpul.trust.evidence import sources
from simpul.trust.evidence.declared import declared
from simpul.trust.evidence.figure import Figure
from simpul.trust.evidence.many import find_many, list_many

_LIMIT = 50
_SHORT = 12
_NO_COUNTS = {"_release_id", "source_row", "year"}


@dataclass(frozen=True)
class Stamp:
    """What the pack tells of a file. ``code``: by which it names it; ``year``: of its period; ``gate``: rules
    passed, of how many; ``warnings``: rules that it broke and that hold nothing; ``aside``: rules whose rows were set
    aside, ``has_rows_aside``: by them, or for they could not be read; ``region``: code and name of the region it is
    about; ``is_personal``: a list of persons.
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
    period: str | None = None
    region: str | None = None
    is_personal: bool = False
    aside: tuple[str, ...] = ()
    has_rows_aside: bool = False

    @property
    def number(self) -> int:
        """7 of ``S7``: files stand by it in the order in which the pages come to them."""
        return int(self.code.removeprefix("S"))


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
    by_mart: dict[tuple[str, tuple[str, ...]], list[Proof]] = defaultdict(list)
    for proof in proofs:
        if proof.mart in COUNTED:
            lists = lists_of(conn, release_id, region_code) if lists is None else lists
            proof.is_counted, proof.file_ids = True, counted_in(proof, lists)
        elif all(part.none for part in declared()[proof.mart]):
            proof.none = "daftar milik proyek; tidak ada dalam berkas kiriman"
        else:
            by_mart[proof.mart, proof.columns].append(proof)
    for (mart, columns), alike in by_mart.items():
        _prove_listed(alike, mart, columns, asker, conn, release_id, role)
    # lists of persons last and one kind after the other: what is counted in all of them, or in those of one kind, is
    # one range of codes then
    places = {one.file_id: place for place, one in enumerate(lists or ())}
    seen = dict.fromkeys(file_id for proof in proofs for file_id in proof.file_ids)
    ordered = sorted(seen, key=lambda file_id: places.get(file_id, -1))
    addresses = [address for proof in proofs for address in proof.addresses]
    files = sources.files_of(conn, addresses, ordered)
    regions = _regions(conn, {file["region_code"] for file in files.values() if file["region_code"]})
    return {file_id: _stamp(f"S{n}", files[file_id], regions) for n, file_id in enumerate(ordered, start=1)}


def _prove_listed(
    proofs: Sequence[Proof],
    mart: str,
    columns: tuple[str, ...],
    asker: psycopg.Connection[Any],
    conn: psycopg.Connection[Any],
    release_id: int,
    role: str,
) -> None:
    """Rows of one mart, all by the same few queries: a province's pack proves thousands."""
    figures = find_many(asker, mart, [proof.where for proof in proofs], role)
    is_kept = [True] * len(proofs)
    for part in declared()[mart]:
        every = list_many(conn, part, figures, columns, _LIMIT, release_id)
        for place, (proof, told) in enumerate(zip(proofs, every, strict=True)):
            proof.addresses += told["addresses"]
            proof.total += told["total"]
            proof.file_ids += told["file_ids"]
            is_kept[place] = is_kept[place] and not told["notes"]
    for proof, figure, has_all in zip(proofs, figures, is_kept, strict=True):
        proof.none = _without_rows(proof, figure, is_kept=has_all)
        named = [address["file_id"] for address in proof.addresses]
        proof.file_ids = list(dict.fromkeys([*named, *proof.file_ids]))


def _without_rows(proof: Proof, figure: Figure, *, is_kept: bool) -> str | None:
    """What is said where nothing was found behind a figure above 0: that there is no file would not be true."""
    told = proof.columns or figure.values.keys() - proof.where.keys() - _NO_COUNTS
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


def _regions(conn: psycopg.Connection[Any], codes: Collection[str]) -> dict[str, str]:
    """Code → code and name of today, or of the day when it last was one."""
    rows = conn.execute(
        """select distinct on (region_code) region_code, name from marts.dim_region where region_code = any(%s)
        order by region_code, is_current desc, valid_from desc""",
        (sorted(codes),),
    ).fetchall()
    return {code: f"{code} {name}" for code, name in rows}


def _stamp(code: str, file: Mapping[str, Any], regions: Mapping[str, str]) -> Stamp:
    gates = file["gates"]
    contract = load_contracts().get(file["dataset"] or "")
    is_personal = (
        contract is None or contract.personal_data != "none"
    )  # then a rule's count may be of few persons
    broken = [rule for rule in gates if not rule["passed"]]

    def told(rule: Mapping[str, Any]) -> str:
        count = "" if is_personal else f" ({rule['failing']} dari {rule['checked'] or 0})"
        return f"{rule['rule_code']}{count}"

    return Stamp(
        code=code,
        name=plain(file["name"]),
        sha256=file["sha256"][:_SHORT],
        dataset=file["dataset"] or "–",
        title=contract.title.id if contract else "–",
        sender=_sender(file),
        received=file["received_at"],
        gate=(sum(rule["passed"] for rule in gates), len(gates)),
        warnings=tuple(told(rule) for rule in broken if rule["severity"] == "warn"),
        aside=tuple(told(rule) for rule in broken if rule["severity"] == "fail" and not rule["waiver"]),
        has_rows_aside=bool(file["rows_quarantined"]),
        waivers=tuple(
            f"{rule['rule_code']} (#{rule['waiver']['waiver_id']}, s.d. {rule['waiver']['until']})"
            for rule in gates
            if rule["waiver"]
        ),
        is_unaltered=file["archived"]["is_unaltered"],
        year=int(file["period"][:4]) if file["period"] else None,
        period=file["period"],
        region=regions.get(file["region_code"], file["region_code"]),
        is_personal=is_personal,
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
) -> dict[str, tuple[int, int, int]]:
    """Mart → rules of the publication gate that it passed, of how many, and how many of the others only warn; of a mart
    that was carried over: then.
    """
    stored = stored_in(conn, release_id)
    found = {}
    for mart in sorted({proof.mart for proof in proofs}):
        for number in (release_id, stored.get(mart, release_id)):
            row: Any = conn.execute(
                """select count(*) filter (where passed), count(*),
                    count(*) filter (where not passed and severity = 'warn')
                from audit.gate_result
                where door = 'publication' and release_id = %s and table_name = %s""",
                (number, mart),
            ).fetchone()
            if row[1]:
                found[mart] = row
                break
    return found


def call(proof: Proof, release_id: int) -> str:
    """The command that follows the figure, as it is typed."""
    where = shlex.join(f"{name}={value}" for name, value in proof.where.items())
    columns = [word for column in proof.columns for word in ("--column", column)]
    return shlex.join(
        ["simpul", "evidence", "--mart", proof.mart, "--where", where, *columns, "--release", str(release_id)]
    )
