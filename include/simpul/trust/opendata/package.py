"""A cut → a Frictionless data package, with its records for catalogues and a page for people."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simpul.errors import SimpulError
from simpul.files import write_whole
from simpul.settings import get_settings
from simpul.trust.opendata import dcat, readme, sdi
from simpul.trust.opendata.declared import REGION, Declared
from simpul.trust.opendata.reading import Rows
from simpul.trust.opendata.relations import Cell
from simpul.trust.opendata.tabular import csv_of, fields

DESCRIPTOR = "datapackage.json"
_LICENCES = {
    "CC-BY-4.0": ("Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC0-1.0": ("Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
}


@dataclass(frozen=True)
class Package:
    """What is written: a release, its day, k, the rows and what is suppressed of them."""

    release_id: int
    day: str
    k: int
    tables: dict[str, Rows]
    hidden: Mapping[Cell, str]


def require_free(out: Path) -> None:
    """Refuse a folder that holds something else.

    Raises:
        SimpulError: it does, or it is a file.
    """
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / DESCRIPTOR).exists())):
        raise SimpulError(
            f"{out.name} holds something else", code="open_data", hint="name an empty or a new folder"
        )


def write(out: Path, package: Package) -> dict[str, dict[str, int]]:
    """Write all files; rows, counts and suppressed counts of each table.

    Raises:
        SimpulError: the folder cannot be written.
    """
    try:
        draft = out.parent / f".{out.name}.part"
        shutil.rmtree(draft, ignore_errors=True)
        (draft / "data").mkdir(parents=True)
        counted, resources = {}, []
        for name, rows in package.tables.items():
            content, lines, suppressed = csv_of(rows, package.hidden)
            write_whole(draft / "data" / f"{name}.csv", content)
            counts = lines * len(rows.table.open.all_counts)
            counted[name] = {"rows": lines, "counts": counts, "suppressed": suppressed}
            resources.append(_resource(rows.table, content))
        descriptor = _descriptor(package, resources)
        about = readme.readme(package.release_id, package.day, package.k, package.tables, counted)
        write_whole(draft / DESCRIPTOR, _json(descriptor))
        write_whole(draft / "dcat.jsonld", _json(dcat.record(descriptor, package.tables)))
        write_whole(draft / "metadata-sdi.json", _json(sdi.metadata(descriptor, package.tables)))
        write_whole(draft / "README.md", about)
        for file in (draft, *draft.rglob("*")):
            file.chmod(0o755 if file.is_dir() else 0o644)  # meant for everybody
        shutil.rmtree(out, ignore_errors=True)
        draft.rename(out)
    except OSError as error:
        raise SimpulError(f"the package cannot be written: {error.strerror}", code="open_data") from error
    return counted


def _descriptor(package: Package, resources: list[dict[str, Any]]) -> dict[str, Any]:
    settings = get_settings()
    title, path = _LICENCES.get(settings.open_data_license, (settings.open_data_license, ""))
    licence = {"name": settings.open_data_license, "title": title, **({"path": path} if path else {})}
    return {
        "profile": "tabular-data-package",
        "name": "simpul-open-data",
        "id": f"simpul-open-data-r{package.release_id}",
        "title": "Poverty and social protection — Kemiskinan dan perlindungan sosial",
        "description": "Poverty figures and counts of social programmes by region; counts of small groups are"
        " suppressed, see README.md. — Angka kemiskinan dan cakupan program perlindungan sosial menurut wilayah;"
        " angka kelompok kecil disembunyikan, lihat README.md.",
        "version": f"{package.release_id}.0.0",
        "created": f"{package.day}T00:00:00+07:00",
        "homepage": settings.open_data_url,
        "keywords": ["kemiskinan", "perlindungan sosial", "poverty", "social protection", "Indonesia"],
        "licenses": [licence],
        "contributors": [
            {"title": settings.open_data_publisher, "role": "publisher", "path": settings.open_data_contact}
        ],
        "sources": [
            {"title": source}
            for source in dict.fromkeys(rows.table.open.source for rows in package.tables.values())
        ],
        "suppression": {"k": package.k, "marker": "", "companion": "suppressed"},
        "resources": resources,
    }


def _resource(table: Declared, content: bytes) -> dict[str, Any]:
    key = list(table.open.key)
    return {
        "profile": "tabular-data-resource",
        "name": table.name.replace("_", "-"),
        "path": f"data/{table.name}.csv",
        "title": table.open.title,
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "sources": [{"title": table.open.source}],
        "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": {
            "fields": [_field(column, key) for column in fields(table)],
            "primaryKey": key,
            "missingValues": [""],
        },
    }


def _field(column: Any, key: list[str]) -> dict[str, Any]:
    said = {"name": column.name, "type": column.data_type, "title": column.description.split(" — ")[0]}
    if column.data_type == "boolean":
        said |= {"trueValues": ["true"], "falseValues": ["false"]}
    said["description"] = column.description
    if column.name == REGION:
        said["description"] += (
            "; `….other`: in none of the regions below that are told — `….other`: tidak termasuk wilayah bawahan"
            " mana pun yang ditampilkan"
        )
    if column.name in key:
        said["constraints"] = {"required": True}
    return said


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
