"""``nik_status`` of many records at once: the grammar of `simpul.identity.grammar`, record by record."""

from __future__ import annotations

import numpy as np

from sample.draws import Integers
from sample.words import Texts, texts
from simpul.identity import grammar

MISSING = np.iinfo(np.int64).min
"""A birth date that is not said."""


def nik_status(nik: Texts, no_kk: Texts, born: Integers, sex: Texts) -> Texts:
    """The status of each NIK beside the family card, birth date and sex of its own record; None is not said."""
    days = np.where(born == MISSING, 0, born).astype("datetime64[D]").astype(object)
    days[born == MISSING] = None
    return texts(grammar.nik_status(*row).value for row in zip(nik, no_kk, days, sex, strict=True))
