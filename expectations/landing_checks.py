"""What the landing gate asks besides the rules of a contract, as plain data: no import of Great Expectations.

Structure is looked at natively, a delivery as a whole by `simpul.gate.deliveries`.
"""

from __future__ import annotations

from expectations.check import Check, check
from simpul.contract import HOUSE, Contract, Standing
from simpul.gate import deliveries

COLUMNS_MATCH = "columns_match"
HAS_ROWS = "has_rows"

_STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

_COLUMNS = check(
    COLUMNS_MATCH,
    "fail",
    "structural",
    en="The load table has every column of the contract.",
    id="Tabel muatan memuat semua kolom kontrak.",
    query="",
    standing=_STANDING,
)
_ROWS = check(
    HAS_ROWS,
    "fail",
    "structural",
    en="The file holds at least one record.",
    id="Berkas berisi sekurangnya satu rekaman.",
    query="",
    standing=_STANDING,
)


_DELIVERY = {
    one.code: one
    for one in (
        check(
            deliveries.SHRUNK,
            "warn",
            "analytical",
            en="A correction holds about as many records as what it replaces.",
            id="Berkas perbaikan memuat kurang lebih sebanyak rekaman yang digantikannya.",
            query="",
            standing=_STANDING,
            bounds=deliveries.BOUNDS[deliveries.SHRUNK],
        ),
        check(
            deliveries.NAMED,
            "warn",
            "logical",
            en="The name of the file says the period that its records say.",
            id="Nama berkas menyebut periode yang sama dengan isinya.",
            query="",
            standing=_STANDING,
            bounds=deliveries.BOUNDS[deliveries.NAMED],
        ),
        check(
            deliveries.SIZE,
            "warn",
            "analytical",
            en="The list is about as long as the last ones, or as those of the same season in earlier years.",
            id="Panjang daftar kurang lebih sama dengan kiriman terakhir, atau dengan musim yang sama tahun lalu.",
            query="",
            standing=_STANDING,
            bounds=deliveries.BOUNDS[deliveries.SIZE],
        ),
        check(
            deliveries.AMOUNT,
            "warn",
            "analytical",
            en="The rupiah of the list are about those of the last ones, or of the same season in earlier years.",
            id="Jumlah rupiah daftar kurang lebih sama dengan kiriman terakhir, atau musim yang sama tahun lalu.",
            query="",
            standing=_STANDING,
            bounds=deliveries.BOUNDS[deliveries.AMOUNT],
        ),
        check(
            deliveries.REPEATED,
            "warn",
            "analytical",
            en="The rows are not those of the period before once more.",
            id="Barisnya bukan baris periode sebelumnya yang dikirim lagi.",
            query="",
            standing=_STANDING,
            bounds=deliveries.BOUNDS[deliveries.REPEATED],
        ),
        check(
            deliveries.GAP,
            "warn",
            "analytical",
            en="No period of the list is left out between the last one and this.",
            id="Tidak ada periode yang terlewat antara kiriman terakhir dan kiriman ini.",
            query="",
            standing=_STANDING,
            bounds=deliveries.BOUNDS[deliveries.GAP],
        ),
    )
}


def structural_checks() -> tuple[Check, Check]:
    """The checks on a load table as a whole, which stop the file."""
    return _COLUMNS, _ROWS


def delivery_checks(contract: Contract) -> tuple[Check, ...]:
    """The checks on the delivery as a whole, against earlier ones of its list: they only warn."""
    return tuple(_DELIVERY[code] for code in deliveries.rules_of(contract))
