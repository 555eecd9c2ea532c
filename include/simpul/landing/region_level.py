"""Whether the region found for a delivery can be: as fine as the contract says, and the one of the file's name.

A list is of the region that its records share. Where that is another level than such lists are of (a district alone, a
whole province), it is noted on the file; where a misspelt heading or name may be the cause, the list is held, and a
line in the cover letter says whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from simpul.contract import Contract, Level, load_fields
from simpul.headings import bare_key
from simpul.landing.slice import contains
from simpul.readers.reasons import Held, listed
from simpul.regions import NATION, Regions

LEVELS: tuple[Level, ...] = ("nation", "province", "regency", "district", "village")
ONE_DISTRICT = 20
"""So many records of one district alone are that district's list; fewer, one of its regency."""
_NEAR = 0.8  # of two headings' letters in common
_LEVEL_ID = {
    "nation": "nasional",
    "province": "provinsi",
    "regency": "kabupaten/kota",
    "district": "kecamatan",
    "village": "desa/kelurahan",
}
_NAMED = re.compile(r"\b(kota|kab|kabupaten|prov|provinsi)\b(?=((?: [a-z]+){1,4}))")


def level_of(contract: Contract, column: str) -> Level | None:
    """Of the regions that the column names; None where it may be any."""
    return load_fields()[next(one.field for one in contract.columns if one.column == column)].level


def level_of_code(code: str) -> Level:
    """``12.74`` → regency."""
    return LEVELS[0] if code == NATION else LEVELS[1 + code.count(".")]


def is_coarser(code: str, contract: Contract) -> bool:
    """Whether the region is coarser than those that the contract's deliveries are of."""
    return LEVELS.index(level_of_code(code)) < LEVELS.index(contract.region_level)


def is_list(contract: Contract) -> bool:
    """Whether all records are of the delivery's one region. A form has a region in each row; tables of BPS too."""
    return contract.region_level != "nation" and not contract.region_code


def check_level(
    contract: Contract,
    code: str | None,
    path: list[str] | None,
    empty: list[str],
    headings: Iterable[str],
) -> None:
    """Hold a list whose records do not say of which region of the contract's level they are.

    Args:
        contract: of the list.
        code: the region found, before it is cut to the contract's level.
        path: the names that it was found by.
        empty: columns down to the contract's level that are missing, or empty throughout.
        headings: what the contract does not know.

    Raises:
        Held: it is coarser, or says no region, and a heading may be the missing column misspelt; or the region that it
            says is not known.
    """
    near = _near(contract, empty, headings)
    if code is None:
        if path is None and near:
            raise _coarse(contract, None, empty, near)
        return
    # a title that names a province names the region of the whole table, which no record says in part
    if is_coarser(code, contract) and not contract.needs_region and (near or _is_unknown(code, path)):
        raise _coarse(contract, code, empty, near)


def _is_unknown(code: str, path: list[str] | None) -> bool:
    """The records agree on a name below ``code`` that is no region's."""
    return path is not None and len(path) > LEVELS.index(level_of_code(code))


def level_note(contract: Contract, code: str | None, is_stated: bool) -> dict[str, str]:
    """A note for ``audit.file`` on a list that was taken for one of another level than such lists are of."""
    if code is None or is_stated or not is_list(contract) or level_of_code(code) == contract.region_level:
        return {}
    of = f"{code} {Regions.load()[code].name}"
    if is_coarser(code, contract):
        return {
            "reason": f"its records say no single region below {of}, so it is taken for the list of the whole of it;"
            " if it is not, say in the cover letter whose it is",
            "reason_id": f"datanya tidak menyebut satu wilayah di bawah {of}, sehingga dianggap daftar seluruh wilayah"
            " itu; bila bukan, sebutkan wilayahnya pada surat pengantar",
        }
    whole = ".".join(code.split(".")[: LEVELS.index(contract.region_level)])
    return {
        "reason": f"all its records are of {of}, so it is taken for the list of that {level_of_code(code)} alone; if it"
        f" is the list of all {Regions.load()[whole].name}, say so in the cover letter (`region_code: '{whole}'`)",
        "reason_id": f"seluruh datanya dari {of}, sehingga dianggap daftar {_LEVEL_ID[level_of_code(code)]} itu saja;"
        f" bila daftar seluruh {Regions.load()[whole].name}, sebutkan pada surat pengantar (`region_code: '{whole}'`)",
    }


def check_name(code: str | None, file_name: str) -> None:
    """Hold a list whose file is named after another region than its records are of.

    Raises:
        Held: names both.
    """
    named = region_of_name(file_name)
    if not code or not named or contains(named, code) or contains(code, named):
        return
    said, found = (f"{one} {Regions.load()[one].name}" for one in (named, code))
    raise Held(
        f"the file's name says {said}, its records are of {found}: deliver the right list, or say in the cover letter"
        f" whose it is (`region_code: '{code}'`)",
        f"nama berkas menyebut {said}, sedangkan datanya dari {found}: kirim daftar yang benar, atau sebutkan"
        f" wilayahnya pada surat pengantar (`region_code: '{code}'`)",
        code="contradiction",
    )


def region_of_titles(titles: Iterable[str]) -> str | None:
    """The one region that the rows above a heading name; of a regency and its province the regency."""
    named = {code for title in titles for code in _named(title)}
    finest = {code for code in named if not any(code != other and contains(code, other) for other in named)}
    return finest.pop() if len(finest) == 1 else None


def region_of_name(file_name: str) -> str | None:
    """What a file's name, or a title, says with the word for its level before it: ``DTKS Kota Medan.csv`` → 12.71."""
    return next(_named(file_name), None)


def _named(text: str) -> Iterator[str]:
    regions = Regions.load()
    for found in _NAMED.finditer(re.sub(r"[^a-z]+", " ", text.lower())):
        words = found[2].split()
        for count in range(len(words), 0, -1):
            name = " ".join((found[1], *words[:count]))
            if code := regions.resolve(name) if found[1].startswith("prov") else regions.regency(name):
                yield code
                break


def _near(contract: Contract, empty: list[str], headings: Iterable[str]) -> list[tuple[str, str]]:
    """Unknown headings that may be one of the ``empty`` columns: (as written, as meant)."""
    found = []
    for column in (one for one in contract.columns if one.column in empty):
        spelt = {column.header, *column.aliases}
        spelt |= {text for edition in contract.editions for text in edition.aliases.get(column.column, ())}
        for heading in headings:
            key = bare_key(heading)
            if key and any(SequenceMatcher(None, bare_key(text), key).ratio() >= _NEAR for text in spelt):
                found.append((heading, column.header))
    return found


def _coarse(contract: Contract, code: str | None, empty: list[str], near: list[tuple[str, str]]) -> Held:
    level = contract.region_level
    headers = [one.header for one in contract.columns if one.column in empty]
    found_en = f"only {code} {Regions.load()[code].name}" if code else "no region"
    found_id = f"hanya {code} {Regions.load()[code].name}" if code else "tanpa wilayah"
    if headers:
        why_en = f"the column {listed(headers)} is missing or empty throughout"
        why_id = f"kolom {listed(headers)} tidak ada atau kosong seluruhnya"
    else:
        why_en = "the name they say below it is not known"
        why_id = "nama wilayah di bawahnya tidak dikenal"
    if near:
        why_en += "; " + ", ".join(f"{listed([one])} may be meant as '{meant}'" for one, meant in near)
        why_id += "; " + ", ".join(f"{listed([one])} mungkin maksudnya '{meant}'" for one, meant in near)
    whole_en = f", or `region_code: '{code}'` if it is the list of the whole of it" if code else ""
    whole_id = f", atau `region_code: '{code}'` bila memang daftar untuk seluruhnya" if code else ""
    return Held(
        f"these lists come per {level}, and the records say {found_en}: {why_en}. Correct that and deliver one file per"
        f" {level}, or say in the cover letter whose list it is (`region_code: '12.74'`){whole_en}",
        f"daftar ini dikirim per {_LEVEL_ID[level]}, sedangkan datanya menyebut {found_id}: {why_id}. Perbaiki dan"
        f" kirim satu berkas per {_LEVEL_ID[level]}, atau sebutkan wilayahnya pada surat pengantar"
        f" (`region_code: '12.74'`){whole_id}",
        code="region",
    )
