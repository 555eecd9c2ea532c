"""The package → the metadata that Satu Data Indonesia asks for (Perpres 39/2019): activity, indicators, variables.

What the declarations of the tables do not tell is null, for the walidata to fill in: nothing is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simpul.contract import Text
from simpul.settings import get_settings
from simpul.trust.opendata.dcat import extent, places
from simpul.trust.opendata.declared import REGION
from simpul.trust.opendata.reading import Rows
from simpul.trust.opendata.tabular import SUPPRESSED, fields

_UNITS = {
    "_percent": "persen",
    "_idr": "rupiah",
    "people": "orang",
    "families": "keluarga",
    "records": "rekaman",
}
_REFERENCES = {
    REGION: "Kode dan data wilayah administrasi pemerintahan (Kemendagri)",
    "program_code": "data/dim_program.csv",
}


def metadata(descriptor: Mapping[str, Any], tables: Mapping[str, Rows]) -> dict[str, Any]:
    """Metadata kegiatan, indikator and variabel."""
    settings = get_settings()
    first, last = extent(tables)
    return {
        "dasar": "Peraturan Presiden 39/2019 tentang Satu Data Indonesia",
        "metadata_kegiatan": {
            "judul": _indonesian(descriptor["title"]),
            "penyelenggara": settings.open_data_publisher,
            "kontak": settings.open_data_contact,
            "tujuan": _indonesian(descriptor["description"]),
            "cara_pengumpulan": "Kompilasi produk administrasi",
            "cakupan_wilayah": [{"kode": code, "nama": name} for code, name in places(tables)],
            "periode": {"awal": first, "akhir": last},
            "rilis": descriptor["version"],
            "tanggal_rilis": descriptor["created"][:10],
            "sumber": [_indonesian(source["title"]) for source in descriptor["sources"]],
            "kerahasiaan": f"Angka 1 sampai {descriptor['suppression']['k'] - 1} dan pelengkapnya disembunyikan",
            "nomor_rekomendasi": None,
            "produsen_data": None,
            "walidata": None,
        },
        "metadata_indikator": [entry for rows in tables.values() for entry in _indicators(rows)],
        "metadata_variabel": [entry for rows in tables.values() for entry in _variables(rows)],
    }


def _indicators(rows: Rows) -> list[dict[str, Any]]:
    table = rows.table
    numbers = [
        column
        for column in fields(table)
        if column.data_type in ("integer", "number") and column.name not in table.open.key
    ]
    return [
        {
            "kode_indikator": None,  # Kode Referensi Indikator Pembangunan, where there is one
            "nama": f"{table.name}.{column.name}",
            "definisi": _indonesian(column.description),
            "satuan": _unit(column.name),
            "klasifikasi_penyajian": list(table.open.key),
            "level_estimasi": table.open.level,
            "berkas": f"data/{table.name}.csv",
            "dapat_diakses_umum": True,
        }
        for column in numbers
    ]


def _variables(rows: Rows) -> list[dict[str, Any]]:
    table = rows.table
    return [
        {
            "berkas": f"data/{table.name}.csv",
            "nama": column.name,
            "definisi": _indonesian(column.description),
            "tipe_data": column.data_type,
            "satuan": _unit(column.name),
            "kode_referensi": _REFERENCES.get(column.name),
            "kunci": column.name in table.open.key,
        }
        for column in fields(table)
        if column.name != SUPPRESSED
    ]


def _unit(name: str) -> str | None:
    return next((unit for end, unit in _UNITS.items() if name.endswith(end)), None)


def _indonesian(text: str) -> str:
    return Text.of(text).id
