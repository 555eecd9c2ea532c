"""What the landing gate asks besides the rules of a contract, as plain data: no import of Great Expectations.

Structure is looked at natively, a delivery as a whole by `simpul.gate.deliveries`.
"""

from __future__ import annotations

from functools import partial

from expectations.check import Check, Dimension, check
from simpul.contract import HOUSE, Contract, Standing
from simpul.gate import deliveries

COLUMNS_MATCH = "columns_match"
HAS_ROWS = "has_rows"

# nothing of it is asked of PostgreSQL, record by record
_whole = partial(check, query="", standing=Standing(owner="Walidata TKPK", basis=HOUSE))


def _of_delivery(code: str, dimension: Dimension, *, en: str, id: str) -> Check:
    return _whole(code, "warn", dimension, en=en, id=id, bounds=deliveries.BOUNDS[code])


_COLUMNS = _whole(
    COLUMNS_MATCH, "fail", "structural",
    en="The load table has every column of the contract.",
    id="Tabel muatan memuat semua kolom kontrak.",
)  # fmt: skip
_ROWS = _whole(
    HAS_ROWS, "fail", "structural",
    en="The file holds at least one record.",
    id="Berkas berisi sekurangnya satu rekaman.",
)  # fmt: skip
_DELIVERY = {
    one.code: one
    for one in (
        _of_delivery(
            deliveries.SHRUNK, "analytical",
            en="A correction holds about as many records as what it replaces.",
            id="Berkas perbaikan memuat kurang lebih sebanyak rekaman yang digantikannya.",
        ),
        _of_delivery(
            deliveries.NAMED, "logical",
            en="The name of the file says the period that its records say.",
            id="Nama berkas menyebut periode yang sama dengan isinya.",
        ),
        _of_delivery(
            deliveries.SIZE, "analytical",
            en="The list is about as long as the last ones, or as those of the same season in earlier years.",
            id="Panjang daftar kurang lebih sama dengan kiriman terakhir, atau dengan musim yang sama tahun lalu.",
        ),
        _of_delivery(
            deliveries.AMOUNT, "analytical",
            en="The rupiah of the list are about those of the last ones, or of the same season in earlier years.",
            id="Jumlah rupiah daftar kurang lebih sama dengan kiriman terakhir, atau musim yang sama tahun lalu.",
        ),
        _of_delivery(
            deliveries.REPEATED, "analytical",
            en="The rows are not those of the period before once more.",
            id="Barisnya bukan baris periode sebelumnya yang dikirim lagi.",
        ),
        _of_delivery(
            deliveries.FIGURES, "analytical",
            en="The figures are not those of another year once more (90 % of eight or more; by chance 4 % are equal).",
            id="Angkanya bukan angka tahun lain yang dikirim lagi (90 % dari delapan atau lebih; kebetulan sama 4 %).",
        ),
        _of_delivery(
            deliveries.GAP, "analytical",
            en="No period of the list is left out between the last one and this.",
            id="Tidak ada periode yang terlewat antara kiriman terakhir dan kiriman ini.",
        ),
    )
}  # fmt: skip


def structural_checks() -> tuple[Check, Check]:
    """The checks on a load table as a whole, which stop the file."""
    return _COLUMNS, _ROWS


def delivery_checks(contract: Contract) -> tuple[Check, ...]:
    """The checks on the delivery as a whole, against earlier ones of its list: they only warn."""
    return tuple(_DELIVERY[code] for code in deliveries.rules_of(contract))
