"""Why a file or a record is turned away, in both languages."""

from __future__ import annotations

import unicodedata

from simpul.errors import LONG_NUMBER, HeldFile


class Held(HeldFile):
    """A held file whose reason exists in English and in Indonesian. Neither may hold a value of a personal column."""

    def __init__(self, reason: str, reason_id: str, *, code: str = "held") -> None:
        super().__init__(reason, code=code)
        self.reason = reason
        self.reason_id = reason_id


def below_note(row: int, note: int) -> Held:
    """A record where the table has ended: dropping it and all below it would be silent."""
    where_en = "begins like a note" if row == note else f"stands below the note in row {note}"
    where_id = "berawal seperti catatan" if row == note else f"berada di bawah catatan pada baris {note}"
    return Held(
        f"row {row} holds a record, but {where_en}, where a table ends: move the notes below the last record",
        f"baris {row} memuat data, tetapi {where_id}, tempat tabel berakhir: pindahkan catatan ke bawah data terakhir",
        code="below_note",
    )


def printable(text: str, limit: int = 80) -> str:
    """A name from outside made safe to print: one line, no control characters, no long number (a NIK), not too long."""
    plain = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    plain = LONG_NUMBER.sub("…", " ".join(plain.split()))
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def holds_long_number(text: str) -> bool:
    """Whether a name from outside holds what may be a NIK or the number of a card."""
    return bool(LONG_NUMBER.search(text))


def listed(names: list[str] | tuple[str, ...], limit: int = 8) -> str:
    """``'a', 'b' and 3 more``: a list that stays readable."""
    shown = ", ".join(f"'{printable(name)}'" for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} (+{len(names) - limit})"


# rule code of a record that is set aside before the gate → why, English and Indonesian; `field_count` is told in two
# ways, because what to do differs where fields are missing
RECORD_REASONS: dict[str, tuple[str, str]] = {
    "field_count": (
        "the record has {found} fields where the heading has {expected}: put cells that hold the delimiter in quotation"
        " marks",
        "baris memuat {found} isian, sedangkan judul kolom ada {expected}: apit sel yang memuat pemisah dengan tanda"
        " kutip",
    ),
    "too_few_fields": (
        "the record has {found} fields where the heading has {expected}: correct the row, which has lost cells or is"
        " broken in two by a line break within a cell (put such a cell in quotation marks)",
        "baris memuat {found} isian, sedangkan judul kolom ada {expected}: perbaiki baris yang kehilangan sel atau"
        " terbelah oleh ganti baris di dalam sel (apit sel itu dengan tanda kutip)",
    ),
    "encoding": (
        "the record holds bytes that are not text in the file's encoding: save the file as UTF-8",
        "baris memuat bita yang bukan teks menurut pengodean berkas: simpan berkas sebagai UTF-8",
    ),
    "template_example": (
        "the record is an example of the form, not yours: replace it with a record of your own, or delete it",
        "baris ini contoh bawaan templat, bukan data Anda: ganti dengan data Anda, atau hapus",
    ),
    "nul_byte": (
        "the record holds a NUL byte: delete it, or save the table anew",
        "baris memuat bita NUL: hapus, atau simpan ulang tabelnya",
    ),
    "unbalanced_quote": (
        "a quotation mark is opened and not closed, or stands where none may stand: correct it, or save the table anew",
        "tanda kutip dibuka tetapi tidak ditutup, atau salah tempat: perbaiki, atau simpan ulang tabelnya",
    ),
}
