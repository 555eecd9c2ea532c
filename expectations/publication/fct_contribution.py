"""What companies and banks gave: what the rows of the forms say."""

from __future__ import annotations

from expectations.check import Check
from expectations.form_rows import figure_of_its_rows
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    figure_of_its_rows(
        "amount_idr",
        "stg_dinsos__contribution",
        en="The rupiah of a giver are the sum of the delivered rows that they are said to be made of.",
        id="Rupiah suatu pemberi sama dengan jumlah baris kiriman yang disebut sebagai dasarnya.",
    ),
    figure_of_its_rows(
        "recipients",
        "stg_dinsos__contribution",
        en="The recipients of a giver are the sum of the delivered rows that they are said to be made of.",
        id="Penerima suatu pemberi sama dengan jumlah baris kiriman yang disebut sebagai dasarnya.",
    ),
)
