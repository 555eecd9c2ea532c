"""A body of the BPS WebAPI (model ``data``), saved to a file, as a table: one row per region, one column per period.

A key of ``datacontent`` is ``vervar + var + turvar + tahun + turtahun`` written together without a mark between them,
each part of any length. It cannot be split, so every combination of the five lists is put together and looked up.
"""

from __future__ import annotations

import html
import itertools
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simpul.headings import JOINT
from simpul.readers.reasons import Held, listed, printable

MAX_BYTES = 4 << 20  # a year of all 552 regions is 0.1 MiB; parsed, hostile text takes thirty times its size
MAX_COMBINATIONS = 300_000
HEADINGS = ("kode vervar", "vervar")  # of the columns before the figures: code and label of the region
_LISTS = ("vervar", "var", "turvar", "tahun", "turtahun")
_KEY = re.compile(r"[0-9A-Za-z]{20,}")  # of the one who asked: some errors repeat it
_TAG = re.compile(r"<[^<>]{1,100}>")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


@dataclass(frozen=True)
class WebApiTable:
    """The table in a body.

    Attributes:
        title: what the figures are: id, label and unit of the variable.
        headings: `HEADINGS`, then ``turvar | tahun | turtahun`` of every column that holds a figure.
        rows: one per ``vervar``, in the order of the body; a figure stands as it is written there, None = not there.
    """

    title: str
    headings: list[str]
    rows: list[list[str | None]]

    def numbered(self) -> Iterator[tuple[int, list[str | None]]]:
        """Rows by the number of their ``vervar``, from 1."""
        return enumerate(self.rows, 1)


def parse(text: str) -> WebApiTable:
    """Understand a body.

    Raises:
        Held: it is not one, holds no data and says why, is larger or deeper than one can be, or holds a figure that its
            own lists do not explain.
    """
    if len(text) > MAX_BYTES:
        raise Held(
            f"the JSON text is larger than {MAX_BYTES >> 20} MiB: ask the WebAPI for fewer years at a time",
            f"teks JSON lebih besar dari {MAX_BYTES >> 20} MiB: minta lebih sedikit tahun sekali ambil dari WebAPI",
            code="too_large",
        )
    body = _json(text)
    if not isinstance(body, dict) or not {"status", "datacontent", "data-availability", "data"} & body.keys():
        raise _other()
    _check_available(body)
    lists = [_entries(body, name) for name in _LISTS]
    content = body.get("datacontent")
    if not isinstance(content, dict):
        raise _broken("'datacontent' is missing or no object", "'datacontent' tidak ada atau bukan objek")
    return _table(lists, content)


def _json(text: str) -> Any:
    try:
        # numbers stay the text they were
        return json.loads(
            text, parse_int=str, parse_float=str, parse_constant=_no_number, object_pairs_hook=_unique
        )
    except RecursionError:
        raise _broken("it is nested too deep", "isinya bersarang terlalu dalam") from None
    except ValueError:  # json.JSONDecodeError is one
        raise _broken(
            "it is not valid JSON, breaks off, or names a key twice",
            "isinya bukan JSON yang benar, terpotong, atau menyebut satu kunci dua kali",
        ) from None


def _no_number(name: str) -> None:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError  # the second would silently take the place of the first
    return found


def _check_available(body: dict[str, Any]) -> None:
    """Hold an answer that says that it has no data."""
    if str(body.get("status", "OK")).upper() == "ERROR":
        message = printable(_KEY.sub("…", str(body.get("message") or "?")))
        raise Held(
            f"the WebAPI answered with an error instead of data ({message}): correct the address or the key and ask"
            " it again",
            f"WebAPI menjawab dengan galat, bukan data ({message}): perbaiki alamat atau kuncinya, lalu minta lagi",
            code="webapi_error",
        )
    availability = printable(str(body.get("data-availability", "available")))
    if availability != "available" or ("data" in body and not body["data"] and "datacontent" not in body):
        raise Held(
            f"the WebAPI has no data for this variable and year (data-availability: {availability}): ask it for others",
            f"WebAPI tidak memiliki data untuk variabel dan tahun ini (data-availability: {availability}): minta yang"
            " lain",
            code="not_available",
        )
    if "datacontent" not in body:
        raise _other()


def _entries(body: dict[str, Any], name: str) -> list[tuple[str, str, str]]:
    """(value, label, unit) of a list of the body."""
    entries = body.get(name)
    if not isinstance(entries, list) or not entries:
        raise _broken(f"the list '{name}' is missing or empty", f"daftar '{name}' tidak ada atau kosong")
    found = []
    for entry in entries:
        value = entry.get("val") if isinstance(entry, dict) else None
        if not isinstance(value, str) or not value.isascii() or not value.isalnum():
            raise _broken(f"an entry of '{name}' has no 'val'", f"satu isi '{name}' tanpa 'val'")
        found.append((value, _label(entry.get("label")), _label(entry.get("unit"))))
    if len({value for value, _, _ in found}) < len(found):
        raise _broken(f"a value stands twice in '{name}'", f"satu nilai tercantum dua kali dalam '{name}'")
    return found


def _label(text: Any) -> str:
    """Without tags, entities and blanks around: ``<b>SUMATERA UTARA</b> `` → ``SUMATERA UTARA``."""
    return " ".join(html.unescape(_TAG.sub("", text)).split()) if isinstance(text, str) else ""


def _table(lists: list[list[tuple[str, str, str]]], content: dict[str, Any]) -> WebApiTable:
    regions, variables, kinds, years, terms = lists
    if len(variables) > 1:
        raise _broken(
            f"it holds {len(variables)} variables: save one variable per file",
            f"berisi {len(variables)} variabel: simpan satu variabel per berkas",
        )
    if math.prod(map(len, lists)) > MAX_COMBINATIONS:
        raise Held(
            f"the lists of the WebAPI body make more than {MAX_COMBINATIONS:,} combinations: ask for fewer years at a"
            " time",
            f"daftar pada isi WebAPI membentuk lebih dari {MAX_COMBINATIONS:,} kombinasi: minta lebih sedikit tahun",
            code="too_large",
        )
    ((variable, label, unit),) = variables
    columns = list(itertools.product(kinds, years, terms))
    keys = [variable + "".join(value for value, _, _ in column) for column in columns]
    cells = [[content.get(region + key) for key in keys] for region, _, _ in regions]
    _check_explained([region + key for region, _, _ in regions for key in keys], content)
    used = [n for n in range(len(columns)) if any(row[n] is not None for row in cells)]
    headings = [
        JOINT.join((kind[1] or "-", _year(year), term[1] or "-"))
        for kind, year, term in (columns[n] for n in used)
    ]
    return WebApiTable(
        JOINT.join((variable, label or "-", unit or "-")),
        [*HEADINGS, *headings],
        [
            [code, name or None, *(_figure(row[n]) for n in used)]
            for (code, name, _), row in zip(regions, cells, strict=True)
        ],
    )


def _check_explained(keys: list[str], content: dict[str, Any]) -> None:
    """Every figure belongs to one combination: none to no one, none to two."""
    known = set(keys)
    strangers = [number for number, key in enumerate(content, 1) if key not in known]
    if strangers:
        places = listed([str(number) for number in strangers])
        raise _broken(
            f"{len(strangers)} keys of 'datacontent' belong to no combination of its lists (their places: {places})",
            f"{len(strangers)} kunci 'datacontent' tidak cocok dengan daftar mana pun (urutannya: {places})",
        )
    if len(known) < len(keys):
        seen: set[str] = set()
        twice = {key for key in keys if key in seen or seen.add(key)}  # type: ignore[func-returns-value]
        if twice & content.keys():
            raise _broken(
                "a key of 'datacontent' fits two combinations of its lists: save fewer years or regions at a time",
                "satu kunci 'datacontent' cocok dengan dua kombinasi: simpan lebih sedikit tahun atau wilayah",
            )


def _year(entry: tuple[str, str, str]) -> str:
    """``tahun`` counts from 1900; where its label is a year, both must say the same."""
    value, label, _ = entry
    year = str(int(value) + 1900) if value.isdigit() and len(value) <= 3 else ""
    if not _YEAR.fullmatch(year) or (_YEAR.fullmatch(label) and label != year):
        raise _broken(
            f"'tahun' {printable(value)} is labelled '{printable(label)}'",
            f"'tahun' {printable(value)} berlabel '{printable(label)}'",
        )
    return year


def _figure(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise _broken("'datacontent' holds something other than figures", "'datacontent' memuat selain angka")


def _broken(en: str, id_: str) -> Held:
    return Held(
        f"the body of the BPS WebAPI cannot be read: {en}. Save the answer anew, as it comes, and deliver that",
        f"isi WebAPI BPS tidak terbaca: {id_}. Simpan ulang jawabannya apa adanya, lalu kirim kembali",
        code="broken_structure",
    )


def _other() -> Held:
    return Held(
        "the content is JSON, but no body of the BPS WebAPI: save the table as .xlsx or .csv and deliver that",
        "isi berkas adalah JSON, tetapi bukan isi WebAPI BPS: simpan tabelnya sebagai .xlsx atau .csv lalu kirim",
        code="not_a_table",
    )
