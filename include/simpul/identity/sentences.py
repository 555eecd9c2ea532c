"""Why a record belongs to its person, in sentences for people. None ever holds a value of a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Sentence(NamedTuple):
    """The same in both languages."""

    en: str
    id: str


_HOW = {
    "nik": Sentence("Linked by NIK", "Dihubungkan lewat NIK"),
    "item": Sentence("One item of its list", "Satu entri pada daftarnya"),
    "decision": Sentence("Linked by a steward's decision", "Dihubungkan atas keputusan petugas"),
    "only": Sentence(
        "Linked to the only person whom it fits", "Dihubungkan dengan satu-satunya orang yang cocok"
    ),
    "weight": Sentence("Linked by the weight of the evidence", "Dihubungkan menurut bobot bukti"),
}
_ALONE = {
    "alone": Sentence(
        "It has no valid NIK, and no other record fits it well enough.",
        "Tidak memiliki NIK yang valid, dan tidak ada rekaman lain yang cukup cocok.",
    ),
    "alone|nik": Sentence(
        "No other record carries its NIK, and none fits it well enough otherwise.",
        "Tidak ada rekaman lain dengan NIK yang sama, dan tidak ada yang cukup cocok menurut data lainnya.",
    ),
    "alone|shared": Sentence(
        "Other records carry its NIK but are not the same person by what else they say, so they are kept apart.",
        "Rekaman lain memakai NIK yang sama, tetapi menurut data lainnya bukan orang yang sama, sehingga dipisahkan.",
    ),
}
# what two records have in common in one attribute; a code that is not here is not worth a word
_WORDS: tuple[dict[str, Sentence], ...] = (
    {
        "same valid": Sentence("same valid NIK", "NIK valid sama"),
        "same": Sentence("same number as NIK", "nomor NIK sama"),
        "slip": Sentence("NIK differs by one slip", "NIK berbeda satu kesalahan tulis"),
        "slips": Sentence("NIK differs by two slips", "NIK berbeda dua kesalahan tulis"),
        "one": Sentence("one has no usable NIK", "salah satu tanpa NIK yang dapat dipakai"),
        "neither": Sentence("neither has a usable NIK", "keduanya tanpa NIK yang dapat dipakai"),
        "other": Sentence("different NIK", "NIK berbeda"),
    },
    {
        "same": Sentence("same name", "nama sama"),
        "same words": Sentence(
            "same name but for spelling, titles or order", "nama sama selain ejaan, gelar, atau urutan"
        ),
        "a slip": Sentence(
            "name alike but for a slip or its sound", "nama mirip, beda satu kesalahan tulis atau bunyi"
        ),
        "one name holds the other": Sentence("one name holds the other", "satu nama memuat nama lainnya"),
        "one word of the other": Sentence("one name is a part of the other", "satu nama adalah bagian nama lainnya"),
        "shortened": Sentence("names agree, shortened", "nama cocok dalam bentuk singkat"),
        "alike": Sentence("names alike", "nama mirip"),
        "a slip of a short name": Sentence(
            "short names alike but for a slip", "nama pendek mirip, beda satu kesalahan tulis"
        ),
        "some letters": Sentence("names alike but for some letters", "nama mirip, beda beberapa huruf"),
        "a word in common": Sentence("a word of the names in common", "satu kata nama sama"),
        "called after a child": Sentence("one is called after a child", "salah satu disebut menurut nama anaknya"),
        "missing": Sentence("a name is missing", "salah satu nama tidak ada"),
        "else": Sentence("different names", "nama berbeda"),
    },
    {
        "same day": Sentence("same birth date", "tanggal lahir sama"),
        "day and month swapped": Sentence(
            "birth date with day and month swapped", "hari dan bulan lahir tertukar"
        ),
        "default day of the year": Sentence(
            "same birth year, one of them a day that forms are filled with",
            "tahun lahir sama, salah satunya tanggal isian formulir"
        ),
        "one digit": Sentence("birth date differs by one slip", "tanggal lahir berbeda satu kesalahan tulis"),
        "same year, or same day of another": Sentence(
            "birth date differs in the year, or in the day", "tanggal lahir berbeda pada tahun atau harinya"
        ),
        "another date": Sentence("different birth dates", "tanggal lahir berbeda"),
        "missing": Sentence("a birth date is missing", "salah satu tanggal lahir tidak ada"),
        "else": Sentence("different birth dates", "tanggal lahir berbeda"),
    },
    {
        "same": Sentence("same sex", "jenis kelamin sama"),
        "other": Sentence("different sex", "jenis kelamin berbeda"),
    },
    {
        "same": Sentence("same mother's name", "nama ibu sama"),
        "slip": Sentence("mother's name differs by a slip", "nama ibu berbeda satu kesalahan tulis"),
        "part": Sentence("part of the mother's name", "sebagian nama ibu sama"),
        "other": Sentence("different mother's name", "nama ibu berbeda"),
    },
    {
        "same": Sentence("same family card", "nomor KK sama"),
        "slip": Sentence("family card differs by a slip", "nomor KK berbeda satu kesalahan tulis"),
        "other": Sentence("different family card", "nomor KK berbeda"),
    },
    {
        "address": Sentence("same address", "alamat sama"),
        "village": Sentence("same village", "desa atau kelurahan sama"),
        "district": Sentence("same district", "kecamatan sama"),
        "other": Sentence("another district", "kecamatan lain"),
    },
)  # fmt: skip


def sentence(codes: Sequence[str]) -> Sentence:
    """Say what `simpul.identity.explaining` found.

    Args:
        codes: how the record was linked, then what it has in common by attribute; or that it is alone.
    """
    how, *common = codes
    if how == "alone":
        return _ALONE["|".join(codes)]
    told = [words[code] for words, code in zip(_WORDS, common, strict=True) if code in words]
    return Sentence(
        f"{_HOW[how].en}: {'; '.join(one.en for one in told)}.",
        f"{_HOW[how].id}: {'; '.join(one.id for one in told)}.",
    )
