"""The region that a delivery is about, from its records or from the cover letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract
from simpul.landing.region_level import (
    LEVELS,
    ONE_DISTRICT,
    check_level,
    check_name,
    is_coarser,
    is_list,
    level_of,
    region_of_titles,
)
from simpul.landing.slice import contains
from simpul.readers.reasons import Held, printable
from simpul.regions import NATION, Place, Regions, Sent, name_key

DOMINANT = 0.95
"""Share of the records that must name the same region: a stray address does not make a city's list provincial."""
_MOST = 0.5  # share of the records that must not be of another region than the letter says
_SAMPLE = 100_000
_FEW_CODES = 5  # so many codes are told; who sends one of them sends more


def find_region(
    conn: psycopg.Connection[Any],
    table: sql.Identifier,
    contract: Contract,
    columns: set[str],
    rows: int,
    stated: str | None,
    remarks: dict[str, Any],
    *,
    file_name: str = "",
    headings: Sequence[str] = (),
    titles: Sequence[str] = (),
) -> tuple[str | None, str | None]:
    """Region of a loaded table.

    Args:
        conn: in the transaction that loads.
        table: the load table.
        contract: of the dataset.
        columns: contract columns that can hold a value.
        rows: records in the table.
        stated: code in the cover letter.
        remarks: gets ``region`` (names as printed), ``region_share`` and ``double_codes`` for the register.
        file_name: as it was delivered.
        headings: what the contract does not know.
        titles: the rows above the heading: whose list it is, where neither records nor letter say it.

    Returns:
        (region for the slice, see `Slice`; Kemendagri code). Both None when nothing says it.

    Raises:
        Held: the letter's code is none, or the records are of another region; no letter says it, and a column of
            regions is missing, or the file's name says another.
    """
    found = _of_records(conn, table, contract, columns, rows, remarks)
    remarks["region"] = " / ".join(found.path) if found.path else found.code
    if stated is None:
        if not is_list(contract):
            return found.region, found.code
        check_level(contract, found.code, found.path, found.empty, headings)
        if found.path is None and found.code is None and (titled := region_of_titles(titles)):
            found.region = found.code = titled
            remarks["region"] = Regions.load()[titled].name
        check_name(found.code, file_name)
        return _cut(contract, found, rows)
    said = _said_by_letter(stated, found.code if found.path is not None else None)
    _check_letter(contract, said, found)
    if double := remarks.pop("double_codes", None):
        sent = [Sent(one, file_region=said) for one in double]
        if double := [one.code for one in sent if Regions.load().place(one).status == "ambiguous_code"]:
            remarks["double_codes"] = double
    return said, said


@dataclass
class _Found:
    """What the records say. ``path``: names coarse to fine, None when they say none; ``most``: the code that at least
    half of them share; ``empty``: columns that a list's region needs and that are missing, or empty in every record.
    """

    region: str | None = None
    code: str | None = None
    path: list[str] | None = None
    most: str | None = None
    empty: list[str] = field(default_factory=list)


def _of_records(
    conn: psycopg.Connection[Any],
    table: sql.Identifier,
    contract: Contract,
    columns: set[str],
    rows: int,
    remarks: dict[str, Any],
) -> _Found:
    names = [name for name in contract.region_columns if name in columns]
    found = _Found(empty=_needed(contract))
    if contract.region_code in columns:
        # the name beside a code tells whose code it is
        found.path = _coded_path(_grouped(conn, table, [contract.region_code, *names[:1]], rows), remarks)
        if found.path is not None:
            found.region = found.code = found.path[-1] if found.path else NATION
    # without a province, a regency whose name no other province has says as much
    for first in contract.region_columns[:2]:
        level = level_of(contract, first)
        if found.path is None and first in names and level not in ("district", "village"):
            asked = names[names.index(first) :]
            groups = _names(conn, table, asked, rows)
            filled = {name for n, name in enumerate(asked) if any(keys[n] for _, keys, _ in groups)}
            found.empty = [name for name in found.empty if name not in filled]
            found.path = _common_path(groups, remarks)
            if found.path is not None:
                is_first = first == contract.region_columns[0] and level != "regency"
                coded = _coded if is_first else _coded_by_regency
                found.region, found.code = coded(found.path)
                found.most = coded(_common_path(groups, {}, _MOST) or found.path)[1]
    if found.path is None and contract.region_level == "nation":
        found.region = found.code = NATION
    return found


def _check_letter(contract: Contract, said: str, found: _Found) -> None:
    """The letter's word is taken where the records do not agree on a region of the list's level, or do not say it.

    Raises:
        Held: they say another.
    """
    if found.path is None or not found.code or contains(said, found.code):
        return
    is_open = is_list(contract) and is_coarser(found.code, contract) and contains(found.code, said)
    if is_open and found.most and (contains(said, found.most) or contains(found.most, said)):
        return
    raise Held(
        f"the cover letter is for region {said}, the records are of {found.code}: correct whichever is wrong",
        f"surat pengantar untuk wilayah {said}, sedangkan datanya wilayah {found.code}: perbaiki yang keliru",
        code="contradiction",
    )


def _needed(contract: Contract) -> list[str]:
    """The columns without which a list's region is not known."""
    levels = LEVELS[: LEVELS.index(contract.region_level) + 1]
    return [name for name in contract.region_columns if level_of(contract, name) in levels]


def _cut(contract: Contract, found: _Found, rows: int) -> tuple[str | None, str | None]:
    """No finer than the contract's level, but for a list of one district alone."""
    if found.code is None:
        return found.region, None
    finest = LEVELS.index(contract.region_level) + (
        rows >= ONE_DISTRICT and contract.region_level == "regency"
    )
    code = ".".join(found.code.split(".")[:finest])
    return code, code


def _said_by_letter(stated: str, records: str | None) -> str:
    """The region of a cover letter, which writes codes of Kemendagri.

    With its dots a code is one of Kemendagri. Without, it may be one of BPS: the region of the ``records`` tells that,
    and where they say none, the code must be the same region to both.

    Raises:
        Held: the code is none, is one of BPS, or may be one.
    """
    regions = Regions.load()
    stated = stated.strip()
    is_village = len(stated.replace(".", "")) > 7  # of which no list is at hand here
    as_kemendagri = regions.place(Sent(stated, "kemendagri"))
    said = None if is_village or as_kemendagri.status == "unknown_code" else as_kemendagri.region_code
    # BPS writes no dots; of its districts no list is at hand, but the regency is told by the first four digits
    bps = None if is_village or "." in stated else regions.place(Sent(stated, "bps")).region_code
    status = regions.place(Sent(stated, "kemendagri", file_region=records)).status
    is_clear = records or "." in stated or bps in (said, None)
    if said and status != "code_of_other_system" and is_clear:
        return said
    shown = printable(stated)
    if bps is None:
        raise Held(
            f"the cover letter states region '{shown}', no Kemendagri code of a province, regency or district: write"
            " one, such as `region_code: 12.74`",
            f"surat pengantar menyebut wilayah '{shown}', bukan kode Kemendagri provinsi, kabupaten, kecamatan: tulis"
            " misalnya `region_code: 12.74`",
            code="letter",
        )
    meant = f"{bps} {regions[bps].name}"
    if said and not is_clear:
        other = f"{said} {regions[said].name}"
        raise Held(
            f"the cover letter states region '{shown}', which is {other} to Kemendagri and {meant} to BPS, and the"
            f" records do not say which: write the Kemendagri code with its dots (region_code: '{said}' or '{bps}')",
            f"surat pengantar menyebut wilayah '{shown}', yaitu {other} menurut Kemendagri dan {meant} menurut BPS,"
            f" sedangkan datanya tidak menyebut yang mana: tulis kode Kemendagri dengan titik (region_code: '{said}'"
            f" atau '{bps}')",
            code="letter",
        )
    raise Held(
        f"the cover letter states region '{shown}', which is the BPS code of {meant}: write the Kemendagri code"
        f" (region_code: '{bps}')",
        f"surat pengantar menyebut wilayah '{shown}', yaitu kode BPS untuk {meant}: tulis kode Kemendagri"
        f" (region_code: '{bps}')",
        code="contradiction" if records else "letter",
    )


def _coded(path: list[str]) -> tuple[str, str | None]:
    """Names, coarse to fine, as far as possible as a code: ``12.74.05/sirantau``; the code alone.

    The name of a regency or city alone is enough where no other in the country is called so.
    """
    regions = Regions.load()
    if not path:
        return NATION, NATION
    for depth in range(min(len(path), 3), 0, -1):
        if code := regions.resolve(*path[:depth]):
            return "/".join((code, *map(name_key, path[depth:]))), code
    if len(path) == 1 and (code := regions.regency(path[0])):
        return code, code
    return "/".join(map(name_key, path)), None


def _coded_by_regency(path: list[str]) -> tuple[str | None, str | None]:
    """As `_coded`, for names that begin with the regency; nothing where it is not one alone in the nation."""
    regions = Regions.load()
    regency = regions.regency(path[0]) if path else None
    return _coded([regions[regions[regency].province_code].name, *path]) if regency else (None, None)


Group = tuple[list[str], list[str], int]  # names as written, their keys, records
_ENDS = "."  # a code is no finer than this: a province's figure is not its only city's


def _names(conn: psycopg.Connection[Any], table: sql.Identifier, names: list[str], rows: int) -> list[Group]:
    """The named regions of the records, coarse to fine."""
    return [
        ([name or "" for name in written], [name_key(name) for name in written], count)
        for *written, count in _grouped(conn, table, names, rows)
    ]


def _coded_path(rows: list[tuple[Any, ...]], remarks: dict[str, Any]) -> list[str] | None:
    """The region that the records share by their codes and the name beside each: province, regency, district.

    A code that is none says nothing, but no region is then shared by the records, unless such codes are strays. One
    that is another region to BPS, where no name decides, is read as the clear ones of the file have it; where those do
    not tell either, it says nothing, and ``double_codes`` names it.
    """
    sent = [(Sent.of_form(code, *name), count) for code, *name, count in rows]
    unread = sum(
        n for one, n in sent if one.code and Regions.load().place(one) == Place(None, "unknown_code")
    )
    if unread > (1 - DOMINANT) * sum(count for one, count in sent if one.code):
        return None
    path = _common_path(_codes(rows, None)[0], dict(remarks))
    groups, double = _codes(rows, path[-1][:5] if path else None)  # no finer than what such a code says
    if double:
        remarks["double_codes"] = double[:_FEW_CODES]
    return _common_path(groups, remarks)


def _codes(rows: list[tuple[Any, ...]], file_region: str | None) -> tuple[list[Group], list[str]]:
    """The regions of the records, and the codes that have two meanings."""
    regions = Regions.load()
    groups: list[Group] = []
    double: set[str] = set()
    for written, *name, count in rows:
        sent = Sent.of_form(written, *name)
        place = regions.place(sent)  # the seeds end with districts
        if sent.code and place.status == "ambiguous_code":
            place = regions.place(replace(sent, file_region=file_region))
            if place.status == "ambiguous_code":
                double.add(sent.code)
                place = Place(None, place.status)
        found = place.region_code if sent.code else None
        path = [code for code in regions.ancestors(found) if code != NATION][::-1] if found else []
        path += [_ENDS if found else ""] * (3 - len(path))
        groups.append((path, path, count))
    return groups, sorted(double)


def double_codes_note(codes: list[str]) -> dict[str, str]:
    """A note for ``audit.file`` on a file that landed with codes of which nobody knows the region."""
    regions = Regions.load()
    told = []
    for code in codes:
        meanings = (regions.place(Sent(code, system)).region_code for system in ("kemendagri", "bps"))
        told.append((code, *(f"{one} {regions[one].name}" if one else "?" for one in meanings)))
    en = "; ".join(f"{code} is {one} to Kemendagri and {other} to BPS" for code, one, other in told)
    id_ = "; ".join(
        f"{code} adalah {one} menurut Kemendagri dan {other} menurut BPS" for code, one, other in told
    )
    return {
        "reason": f"codes without dots that may be of either system, and no name beside them decides: {en}. Their"
        " records have no region until they come with dots, with nama_wilayah, or with region_code in the cover letter",
        "reason_id": f"kode tanpa titik yang bermakna ganda tanpa nama yang memastikan: {id_}. Catatannya tanpa"
        " wilayah sampai kodenya ditulis bertitik, nama_wilayah diisi, atau surat pengantar menyebut region_code",
    }


def _grouped(
    conn: psycopg.Connection[Any], table: sql.Identifier, columns: list[str], rows: int
) -> list[tuple[Any, ...]]:
    """Distinct values with the number of their records.

    A large table is judged by a tenth or less of it, always the same blocks.
    """
    sample = sql.SQL("")
    if rows > 2 * _SAMPLE:
        sample = sql.SQL("tablesample system ({}) repeatable (1)").format(100 * _SAMPLE / rows)
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL("select {}, count(*) from {} {} group by {}").format(named, table, sample, named)
    return conn.execute(query).fetchall()


def _common_path(groups: list[Group], remarks: dict[str, Any], least: float = DOMINANT) -> list[str] | None:
    """The finest region that so many of the records share, coarse to fine; None when no record says one."""
    depth = max((len(keys) for _, keys, _ in groups), default=0)
    path: list[str] = []
    shared: list[str] = []
    for level in range(depth):
        filled = sum(count for _, keys, count in groups if keys[level])
        counts: Counter[str] = Counter()
        for _, keys, count in groups:
            if keys[:level] == shared and keys[level]:
                counts[keys[level]] += count
        if not counts:
            return path or None
        key, count = counts.most_common(1)[0]
        if key == _ENDS or count < filled * least:
            break
        if count < filled:
            remarks["region_share"] = round(count / filled, 4)
        shared.append(key)
        spellings: Counter[str] = Counter()
        for values, keys, number in groups:
            if keys[: level + 1] == shared:
                spellings[values[level].strip()] += number
        path.append(spellings.most_common(1)[0][0])
    return path
