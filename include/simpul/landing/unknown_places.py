"""Names of regions in a table of figures that nobody is called by: told when the table lands, not only at release."""

from __future__ import annotations

from collections import Counter
from typing import Any

import psycopg
from psycopg import sql

from simpul.contract import Contract
from simpul.readers.reasons import listed
from simpul.regions import NATION, Regions, name_key


def unknown_places(conn: psycopg.Connection[Any], table: sql.Identifier, contract: Contract) -> list[str]:
    """Names without a code that the warehouse will find no region for, most figures first.

    Only of tables of figures: in a list of people a cell that should name a region may hold anything. What a name means
    is decided in ``int_poverty_observation`` (`unknown_name`); this is the same question, asked early.
    """
    columns = {column.field: column.column for column in contract.columns}
    if not contract.is_melted or contract.personal_data != "none" or "wilayah" not in columns:
        return []
    value = sql.SQL("nullif(trim({}), '')")
    parts = [
        value.format(sql.Identifier(columns[name])) if name in columns else sql.SQL("null")
        for name in ("provinsi", "wilayah", "kode_bps")
    ]
    rows = conn.execute(
        sql.SQL("select {}, {}, count(*) from {} where {} is null group by 1, 2").format(
            *parts[:2], table, parts[2]
        )
    ).fetchall()
    regions = Regions.load()
    unknown: Counter[str] = Counter()
    for province, name, figures in rows:
        if name and not _is_known(regions, province, name):
            unknown[name] += figures
    return [name for name, _ in unknown.most_common()]


def _is_known(regions: Regions, province: str | None, name: str) -> bool:
    if name_key(name) == "indonesia":
        return True
    above = regions.within(NATION, province or name)
    is_province = name_key(name) == name_key(province or name)
    return above is not None and (is_province or regions.within(above, name) is not None)


def note(names: list[str]) -> dict[str, str]:
    """For ``audit.file``, on a table that landed with such names."""
    return {
        "reason": f"no region is called {listed(names)}: the figures are kept, but stand in no mart. Correct the name"
        " (a regency is looked for in the province above it) and deliver the table again",
        "reason_id": f"tidak ada wilayah bernama {listed(names)}: angkanya tersimpan, tetapi tidak masuk mart. Perbaiki"
        " namanya (kabupaten dicari dalam provinsi di atasnya) lalu kirim ulang tabelnya",
    }
