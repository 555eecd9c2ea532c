"""A document laid out as texts: numbers of chapters and tables, cells as they are read, what stands under each figure.

PDF and HTML write nothing but this; the workbook takes headings and what stands under figures from here, and values
from the document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from expectations.site.numerals import number
from simpul.pack.charts import drawn
from simpul.pack.filesets import FileSets, ranges
from simpul.pack.model import Document, Gap, Missing, Part, Picture, Proof, Table, Text
from simpul.pack.proving import Stamp, call
from simpul.pack.stamped import grouped, named, one_by_one, summed
from simpul.pack.words import INTERNAL, moment, plain, told

PROOF = "Bukti"
_ALL_NAMED = 8  # files under one figure; of more, codes stand there and the rest in appendix A
_ALL_PARTED = 40  # files with rows of their own under one figure; of more, the rows stand in appendix B only
_ALL_RANGES = 12  # ranges of rows of one file under one figure
_GROUPED = (
    "Dari {} berkas, daftar bernama yang sejenis dan sewilayah ditulis sebagai satu baris; yang dengan pengecualian"
    " atau yang arsipnya berubah tetap satu per satu. Setiap berkas dengan sidik sha256, surat, dan hasil gerbangnya"
    " ada dalam lembar Sumber pada berkas XLSX bahan ini."
)
_NUMBERS = ("count", "percent", "points", "index", "as_printed")
View = dict[str, Any]
_NO_PROOF = {"number": "–", "call": "–", "files": "tidak ada angka"}
_NO_SOURCE = dict.fromkeys(
    ("code", "dataset", "sha256", "sender", "received", "gate", "waivers", "archive"), "–"
) | {"name": "tidak ada berkas"}


def laid_out(document: Document) -> View:
    """Everything that is read on the pages, in order.

    ``sources`` has a row for every file, for the workbook; ``listed`` is the same for pages, where very many lists of
    one kind are one row; ``sets``: what ``D1`` stands for.
    """
    sets = FileSets(document.stamps)
    chapters = [
        _chapter(document, place, chapter, sets) for place, chapter in enumerate(document.chapters, start=1)
    ]
    proofs = [_proof_row(document, proof, sets) for proof in document.proofs]
    stamps = list(document.stamps.values())
    sources, listed = one_by_one(stamps), grouped(stamps)
    return {
        "title": "Laporan Pelaksanaan Penanggulangan Kemiskinan Daerah (LP2KD)",
        "subtitle": "Bahan rapat koordinasi TKPK",
        "internal": INTERNAL,
        "region": document.region,
        "region_code": document.region_code,
        "year": document.year,
        "release": _release(document),
        "made": moment(document.made_at),
        "chapters": chapters,
        "sources": sources or [_NO_SOURCE],
        "listed": listed or [_NO_SOURCE],
        "listed_note": _GROUPED.format(number(len(stamps))) if len(listed) < len(sources) else None,
        "sets": sets.rows(),
        "proofs": proofs or [_NO_PROOF],
    }


def _release(document: Document) -> str:
    label = f" “{plain(document.label)}”" if document.label else ""
    return f"Rilis {document.release_id}{label}, terbit {moment(document.published_at)}"


def _chapter(document: Document, place: int, chapter: Any, sets: FileSets) -> View:
    blocks: list[View] = []
    counts: dict[str, int] = defaultdict(int)

    def next_of(word: str) -> str:
        counts[word] += 1
        return f"{word} {place}.{counts[word]}"

    for block in chapter.blocks:
        match block:
            case Text(text):
                blocks.append({"kind": "text", "text": plain(text)})
            case Missing(text):
                blocks.append({"kind": "missing", "text": plain(text)})
            case Part(title):
                counts["part"] += 1
                blocks.append({"kind": "part", "text": plain(title), "number": f"{place}.{counts['part']}"})
            case Table():
                blocks.append(_table(document, block, next_of("Tabel"), sets))
            case Picture():
                blocks.append(_picture(document, block, next_of("Gambar"), sets))
    return {"number": str(place), "title": chapter.title, "short": chapter.short, "blocks": blocks}


def _table(document: Document, table: Table, name: str, sets: FileSets) -> View:
    columns = [
        {"heading": column.heading, "is_number": column.kind in _NUMBERS, "width": column.width}
        for column in table.columns
    ]
    rows = [
        [
            {"text": told(column.kind, value), "is_gap": value is None or isinstance(value, Gap)}
            for column, value in zip(table.columns, row.cells, strict=True)
        ]
        for row in table.rows
    ]
    if table.proofs:
        columns.append({"heading": PROOF, "is_number": False, "width": 0.7})
        for cells, row in zip(rows, table.rows, strict=True):
            cells.append({"text": numbered(row.proofs), "is_gap": False})
    return {
        "kind": "table", "name": name, "title": plain(table.title), "columns": columns, "rows": rows,
        "note": plain(table.note) if table.note else None,
        "sources": below(document, table.proofs, sets),
    }  # fmt: skip


def _picture(document: Document, picture: Picture, name: str, sets: FileSets) -> View:
    svg, png = drawn(picture.chart)
    return {
        "kind": "picture", "name": name, "title": plain(picture.title), "svg": svg, "png": png,
        "alt": plain(picture.alt), "note": plain(picture.note) if picture.note else None,
        "sources": below(document, picture.proofs, sets), "proofs": numbered(picture.proofs),
    }  # fmt: skip


def numbered(proofs: Sequence[Proof]) -> str:
    """``[3]``, ``[3–7, 12]``; a dash where there is none."""
    return f"[{', '.join(ranges([proof.number for proof in proofs]))}]" if proofs else "–"


# ------------------------------------------------------------------------------------------------- under every figure
def below(document: Document, proofs: Sequence[Proof], sets: FileSets) -> list[str]:
    """Source files with their rows and what the landing gate said; the release with what the publication gate said."""
    if not proofs:
        return []
    lines = []
    if file_ids := list(dict.fromkeys(file_id for proof in proofs for file_id in proof.file_ids)):
        rows = _rows(proofs, _ALL_RANGES)
        stamps = {file_id: document.stamps[file_id] for file_id in file_ids}
        is_counted = any(proof.is_counted for proof in proofs)
        lines.append(_counted_from(document, stamps) if is_counted else "Sumber: berkas kiriman.")
        if len(stamps) <= _ALL_NAMED:
            lines += [f"{stamp.code} {named(stamp, rows.get(file_id))}" for file_id, stamp in stamps.items()]
        else:
            lines += _summed_up(stamps, rows, sets)
    if cut := _cut(proofs):
        lines.append(f"Baris yang disebut: {cut}.")
    lines += [f"Sumber: {none}." for none in dict.fromkeys(proof.none for proof in proofs if proof.none)]
    lines.append(f"{_release(document)}; gerbang terbit: {_doors(document, proofs)}.")
    return lines


def _counted_from(document: Document, stamps: Mapping[str, Stamp]) -> str:
    later = any(stamp.year and stamp.year > document.year for stamp in stamps.values())
    more = (
        f"; yang sesudah {document.year} ikut menentukan siapa orangnya dan tempat tinggalnya"
        if later
        else ""
    )
    return f"Sumber: dihitung per orang dari daftar bernama berikut{more}."


def _summed_up(stamps: Mapping[str, Stamp], rows: Mapping[str, str], sets: FileSets) -> list[str]:
    ordered = sorted(stamps, key=lambda file_id: stamps[file_id].number)
    groups = [(told_rows, list(group)) for told_rows, group in groupby(ordered, key=rows.get)]
    if len(groups) > _ALL_PARTED:
        named = [f"{sets.told(ordered)}; barisnya di Lampiran B"]
    else:
        named = [
            f"{sets.told(group)} {told_rows}" if told_rows else sets.told(group)
            for told_rows, group in groups
        ]
    return [
        f"{number(len(stamps))} berkas, rinciannya di Lampiran A: {', '.join(named)}. {summed(list(stamps.values()))}"
    ]


def _rows(proofs: Sequence[Proof], most: int | None = None) -> dict[str, str]:
    """File → the rows that are behind these figures, by sheet; of more than ``most`` ranges the rest is counted."""
    found: dict[str, dict[str | None, set[int]]] = defaultdict(lambda: defaultdict(set))
    for proof in proofs:
        for address in proof.addresses:
            if address["row"] is not None:
                found[address["file_id"]][address["sheet"]].add(address["row"])
    return {
        file_id: ", ".join(
            (f"lembar {plain(sheet)} " if sheet else "") + f"baris {_few_ranges(numbers, most)}"
            for sheet, numbers in sheets.items()
        )
        for file_id, sheets in found.items()
    }


def _few_ranges(numbers: set[int], most: int | None) -> str:
    told_ranges = ranges(numbers)
    if most is None or len(told_ranges) <= most:
        return ", ".join(told_ranges)
    return f"{', '.join(told_ranges[:most])}, … ({number(len(numbers))} baris, Lampiran B)"


def _cut(proofs: Sequence[Proof]) -> str | None:
    """``50 dari 5.000 baris``, where more rows are behind figures than are named."""
    cut = [proof for proof in proofs if proof.total > len(proof.addresses)]
    if not cut:
        return None
    shown, total = sum(len(proof.addresses) for proof in cut), sum(proof.total for proof in cut)
    return f"{number(shown)} dari {number(total)} baris"


def _doors(document: Document, proofs: Sequence[Proof]) -> str:
    def told_of(mart: str) -> str:
        if mart not in document.doors:
            return f"{mart} tanpa aturan sendiri"
        passed, of, warned = document.doors[mart]
        return f"{mart} {passed} dari {of} aturan lolos" + (f", {warned} peringatan" if warned else "")

    return "; ".join(told_of(mart) for mart in dict.fromkeys(proof.mart for proof in proofs))


# --------------------------------------------------------------------------------------------------------- appendices
def _proof_row(document: Document, proof: Proof, sets: FileSets) -> View:
    """Files of which rows are named one by one, the others together."""
    rows = _rows([proof])
    files = [
        f"{document.stamps[file_id].code} {rows[file_id]}" for file_id in proof.file_ids if file_id in rows
    ]
    if whole := [file_id for file_id in proof.file_ids if file_id not in rows]:
        files.append(sets.told(whole))
    if cut := _cut([proof]):
        files.append(cut)
    what = "; ".join(files) or proof.none or "tidak ada berkas"
    return {"number": str(proof.number), "call": plain(call(proof, document.release_id)), "files": what}
