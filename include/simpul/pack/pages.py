"""A document laid out as texts: numbers of chapters and tables, cells as they are read, what stands under each figure.

PDF and HTML write nothing but this; the workbook takes headings and what stands under figures from here, and values
from the document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from expectations.site.numerals import number
from simpul.pack.charts import drawn
from simpul.pack.model import Document, Gap, Missing, Part, Picture, Proof, Table, Text
from simpul.pack.proving import Stamp, call
from simpul.pack.words import INTERNAL, moment, plain, told

PROOF = "Bukti"
_ALL_NAMED = 8  # files under one figure; of more, codes stand there and the rest in appendix A
_ALL_WARNED = 3
_NUMBERS = ("count", "percent", "points", "index", "as_printed")
View = dict[str, Any]
_NO_PROOF = {"number": "–", "call": "–", "files": "tidak ada angka"}
_NO_SOURCE = dict.fromkeys(
    ("code", "dataset", "sha256", "sender", "received", "gate", "waivers", "archive"), "–"
) | {"name": "tidak ada berkas"}


def laid_out(document: Document) -> View:
    """Everything that is read on the pages, in order."""
    return {
        "title": "Laporan Pelaksanaan Penanggulangan Kemiskinan Daerah (LP2KD)",
        "subtitle": "Bahan rapat koordinasi TKPK",
        "internal": INTERNAL,
        "region": document.region,
        "region_code": document.region_code,
        "year": document.year,
        "release": _release(document),
        "made": moment(document.made_at),
        "chapters": [
            _chapter(document, number, chapter) for number, chapter in enumerate(document.chapters, start=1)
        ],
        "sources": [_source_row(document, stamp) for stamp in document.stamps.values()] or [_NO_SOURCE],
        "proofs": [_proof_row(document, proof) for proof in document.proofs] or [_NO_PROOF],
    }


def _release(document: Document) -> str:
    label = f" “{plain(document.label)}”" if document.label else ""
    return f"Rilis {document.release_id}{label}, terbit {moment(document.published_at)}"


def _chapter(document: Document, number: int, chapter: Any) -> View:
    blocks: list[View] = []
    counts: dict[str, int] = defaultdict(int)

    def next_of(word: str) -> str:
        counts[word] += 1
        return f"{word} {number}.{counts[word]}"

    for block in chapter.blocks:
        match block:
            case Text(text):
                blocks.append({"kind": "text", "text": plain(text)})
            case Missing(text):
                blocks.append({"kind": "missing", "text": plain(text)})
            case Part(title):
                counts["part"] += 1
                blocks.append({"kind": "part", "text": plain(title), "number": f"{number}.{counts['part']}"})
            case Table():
                blocks.append(_table(document, block, next_of("Tabel")))
            case Picture():
                blocks.append(_picture(document, block, next_of("Gambar")))
    return {"number": str(number), "title": chapter.title, "short": chapter.short, "blocks": blocks}


def _table(document: Document, table: Table, name: str) -> View:
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
        "sources": below(document, table.proofs),
    }  # fmt: skip


def _picture(document: Document, picture: Picture, name: str) -> View:
    svg, png = drawn(picture.chart)
    return {
        "kind": "picture", "name": name, "title": plain(picture.title), "svg": svg, "png": png,
        "alt": plain(picture.alt), "note": plain(picture.note) if picture.note else None,
        "sources": below(document, picture.proofs), "proofs": numbered(picture.proofs),
    }  # fmt: skip


def numbered(proofs: Sequence[Proof]) -> str:
    """``[3]``, ``[3–7, 12]``; a dash where there is none."""
    return f"[{_ranges({proof.number for proof in proofs})}]" if proofs else "–"


def _ranges(numbers: set[int], letter: str = "") -> str:
    ordered = sorted(numbers)
    starts = [ordered[0], *(after for before, after in pairwise(ordered) if after != before + 1)]
    ends = [*(before for before, after in pairwise(ordered) if after != before + 1), ordered[-1]]
    return ", ".join(
        f"{letter}{start}" if start == end else f"{letter}{start}–{letter}{end}"
        for start, end in zip(starts, ends, strict=True)
    )


# ------------------------------------------------------------------------------------------------- under every figure
def below(document: Document, proofs: Sequence[Proof]) -> list[str]:
    """Source files with their rows and what the landing gate said; the release with what the publication gate said."""
    if not proofs:
        return []
    lines = []
    if file_ids := list(dict.fromkeys(file_id for proof in proofs for file_id in proof.file_ids)):
        rows = _rows(proofs)
        stamps = {file_id: document.stamps[file_id] for file_id in file_ids}
        is_counted = any(proof.is_counted for proof in proofs)
        lines.append(_counted_from(document, stamps) if is_counted else "Sumber: berkas kiriman.")
        if len(stamps) <= _ALL_NAMED:
            lines += [f"{stamp.code} {_named(stamp, rows.get(file_id))}" for file_id, stamp in stamps.items()]
        else:
            lines += _summed_up(stamps, rows)
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


def _named(stamp: Stamp, rows: str | None) -> str:
    return (
        f"{stamp.name} (sha256 {stamp.sha256}{f', {rows}' if rows else ''}; {stamp.sender}; {_gate(stamp)};"
        f" {_waivers(stamp)}{'' if stamp.is_unaltered else '; ARSIP BERUBAH ATAU HILANG'})"
    )


def _gate(stamp: Stamp) -> str:
    passed, of = stamp.gate
    more = len(stamp.warnings) - _ALL_WARNED
    told_rules = ", ".join(stamp.warnings[:_ALL_WARNED]) + (f", dan {more} lagi" if more > 0 else "")
    return f"gerbang masuk {passed} dari {of} aturan lolos" + (
        f", perhatian: {told_rules}" if told_rules else ""
    )


def _waivers(stamp: Stamp) -> str:
    return f"dikecualikan: {', '.join(stamp.waivers)}" if stamp.waivers else "tanpa pengecualian"


def _summed_up(stamps: Mapping[str, Stamp], rows: Mapping[str, str]) -> list[str]:
    named = []
    for told_rows, group in groupby(stamps, key=rows.get):
        codes = _ranges({int(stamps[key].code.removeprefix("S")) for key in group}, "S")
        named.append(f"{codes} {told_rows}" if told_rows else codes)
    passed, of = (sum(stamp.gate[n] for stamp in stamps.values()) for n in (0, 1))
    waived = sum(bool(stamp.waivers) for stamp in stamps.values())
    return [
        f"{len(stamps)} berkas, rinciannya di Lampiran A: {', '.join(named)}. Gerbang masuk {passed} dari {of} aturan"
        f" lolos; {f'{waived} berkas dengan pengecualian' if waived else 'tanpa pengecualian'}."
    ]


def _rows(proofs: Sequence[Proof]) -> dict[str, str]:
    """File → the rows that are behind these figures, by sheet."""
    found: dict[str, dict[str | None, set[int]]] = defaultdict(lambda: defaultdict(set))
    for proof in proofs:
        for address in proof.addresses:
            if address["row"] is not None:
                found[address["file_id"]][address["sheet"]].add(address["row"])
    return {
        file_id: ", ".join(
            (f"lembar {plain(sheet)} " if sheet else "") + f"baris {_ranges(numbers)}"
            for sheet, numbers in sheets.items()
        )
        for file_id, sheets in found.items()
    }


def _cut(proofs: Sequence[Proof]) -> str | None:
    """``50 dari 5.000 baris``, where more rows are behind figures than are named."""
    cut = [proof for proof in proofs if proof.total > len(proof.addresses)]
    if not cut:
        return None
    shown, total = sum(len(proof.addresses) for proof in cut), sum(proof.total for proof in cut)
    return f"{number(shown)} dari {number(total)} baris"


def _doors(document: Document, proofs: Sequence[Proof]) -> str:
    told_marts = [
        f"{mart} {document.doors[mart][0]} dari {document.doors[mart][1]} aturan lolos"
        if mart in document.doors
        else f"{mart} tanpa aturan sendiri"
        for mart in dict.fromkeys(proof.mart for proof in proofs)
    ]
    return "; ".join(told_marts)


# --------------------------------------------------------------------------------------------------------- appendices
def _source_row(document: Document, stamp: Stamp) -> View:
    return {
        "code": stamp.code, "name": stamp.name, "dataset": f"{stamp.title} ({stamp.dataset})", "sha256": stamp.sha256,
        "sender": stamp.sender, "received": moment(stamp.received), "gate": _gate(stamp), "waivers": _waivers(stamp),
        "archive": "utuh" if stamp.is_unaltered else "BERUBAH ATAU HILANG",
    }  # fmt: skip


def _proof_row(document: Document, proof: Proof) -> View:
    rows = _rows([proof])
    files = [
        f"{document.stamps[file_id].code}{f' {rows[file_id]}' if file_id in rows else ''}"
        for file_id in proof.file_ids
    ]
    if cut := _cut([proof]):
        files.append(cut)
    what = "; ".join(files) or proof.none or "tidak ada berkas"
    return {"number": str(proof.number), "call": plain(call(proof, document.release_id)), "files": what}
