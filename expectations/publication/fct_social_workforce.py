"""Who works for the poor: what the rows of the forms say."""

from __future__ import annotations

from expectations.check import Check
from expectations.form_rows import figure_of_its_rows
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    figure_of_its_rows(
        "people",
        "stg_dinsos__social_workforce",
        en="The people of a kind are the sum of the delivered rows that they are said to be made of.",
        id="Petugas suatu jenis sama dengan jumlah baris kiriman yang disebut sebagai dasarnya.",
    ),
)
