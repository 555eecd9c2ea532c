"""Silence is told: every declared dataset stands here, and what is late is named."""

# ruff: noqa: S608 — queries are put together from constants of this module and names of contracts
from __future__ import annotations

from expectations.check import Check, check
from simpul.contract import Standing, load_contracts

_DECLARED = ", ".join(f"('{dataset}')" for dataset in sorted(load_contracts()))

STANDING = Standing(owner="Walidata TKPK", basis="Perpres 39/2019 (Satu Data Indonesia)")

CHECKS: tuple[Check, ...] = (
    check(
        "every_dataset_told",
        "fail",
        "structural",
        column="dataset",
        en="Every dataset that has a contract stands here, also when nothing of it ever came.",
        id="Setiap kumpulan data yang punya kontrak ada di sini, juga bila belum pernah dikirim.",
        query=f"select dataset from (values {_DECLARED}) as declared (dataset)"
        " where dataset not in (select dataset from {batch})",
        checked=f"select count(*) from (values {_DECLARED}) as declared",
    ),
    check(
        "not_late",
        "warn",
        "analytical",
        column="is_late",
        en="No dataset that has come before is late.",
        id="Tidak ada kumpulan data yang pernah dikirim dan kini terlambat.",
        query="select dataset, region_code from {batch} where is_late",
    ),
)
