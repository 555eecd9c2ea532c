"""The region that a delivery is about, from its records or from the cover letter."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract, Level, load_fields
from simpul.landing.slice import contains
from simpul.readers.reasons import Held, printable
from simpul.regions import NATION, Place, Regions, Sent, name_key

DOMINANT = 0.95
"""Share of the records that must name the same region: a stray address does not make a city's list provincial."""
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

    Returns:
        (region for the slice, see `Slice`; Kemendagri code). Both None when nothing says it.

    Raises:
        Held: the letter's code is none, or the records are of another region.
    """
    names = [name for name in contract.region_columns if name in columns]
    path = region = code = None
    if contract.region_code in columns:
        # the name beside a code tells whose code it is
        path = _coded_path(_grouped(conn, table, [contract.region_code, *names[:1]], rows), remarks)
        region = code = (path[-1] if path else NATION) if path is not None else None
    # without a province, a regency whose name no other province has says as much
    for first in contract.region_columns[:2]:
        level = _level(contract, first)
        if path is None and first in names and level not in ("district", "village"):
            path = _common_path(_names(conn, table, names[names.index(first) :], rows), remarks)
            if path is not None:
                is_first = first == contract.region_columns[0] and level != "regency"
                region, code = _coded(path) if is_first else _coded_by_regency(path)
    if path is None and contract.region_level == "nation":
        region = code = NATION
    remarks["region"] = " / ".join(path) if path else code
    if stated is None:
        return region, code
    said = _said_by_letter(stated, code if path is not None else None)
    if path is not None and code and not contains(said, code):
        raise Held(
            f"the cover letter is for region {said}, the records are of {code}: correct whichever is wrong",
            f"surat pengantar untuk wilayah {said}, sedangkan datanya wilayah {code}: perbaiki yang keliru",
            code="contradiction",
        )
    if double := remarks.pop("double_codes", None):
        sent = [Sent(one, file_region=said) for one in double]
        if double := [one.code for one in sent if Regions.load().place(one).status == "ambiguous_code"]:
            remarks["double_codes"] = double
    return said, said


def _level(contract: Contract, column: str) -> Level | None:
    """Of the regions that the column names; None where it may be any."""
    return load_fields()[next(one.field for one in contract.columns if one.column == column)].level


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

    A code that is none says nothing. One that is another region to BPS, where no name decides, is read as the clear
    ones of the file have it; where those do not tell either, it says nothing, and ``double_codes`` names it.
    """
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


def _common_path(groups: list[Group], remarks: dict[str, Any]) -> list[str] | None:
    """The finest region that `DOMINANT` of the records share, coarse to fine; None when no record says one."""
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
        if key == _ENDS or count < filled * DOMINANT:
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
