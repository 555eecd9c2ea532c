"""dbt's own words on the published tables → ``docs/marts.md``: what an analyst may query, in both languages.

Read from the YAML of the models, not from dbt's manifest: reading that takes dbt, and nothing else here needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from simpul.declaration import read_yaml

NOTICE = "written by `simpul contracts render` from dbt_project/models/marts; do not edit"
_SCHEMAS = {
    "marts": "For every reader (`simpul dsn --role bi_reader`); no names, numbers or addresses: a person is a row under"
    " a number of our own (`person_id`). — Untuk semua pembaca; tanpa nama, nomor, atau alamat: tiap orang satu baris"
    " dengan nomor buatan gudang (`person_id`).",
    "marts_person": "Persons: the steward, and caseworkers in the regions granted to them"
    " ([who may see them](runbooks/access.md))."
    " — Data orang: steward, dan petugas di wilayah yang diberikan kepadanya.",
}
_STAMPS = ("_release_id", "_as_of")


def marts_page(folder: Path) -> str:
    """The page on all models below ``folder`` that are published, by schema and name.

    Raises:
        ContractBreach: a file is no YAML.
    """
    models = sorted(_published(folder), key=lambda model: model["name"])
    blocks = [
        f"<!-- {NOTICE} -->\n# Published tables — Tabel yang diterbitkan",
        "Views show the published release; `set simpul.release_id = 7` another one that is kept. Every table also"
        " has `_release_id` (the release) and `_as_of` (the day it was opened). Examples: [querying.md](querying.md).",
        "Tampilan memuat rilis yang terbit; `set simpul.release_id = 7` memilih rilis lain yang disimpan. Setiap tabel"
        " juga memuat `_release_id` (rilis) dan `_as_of` (hari rilis dibuka). Contoh: [querying.md](querying.md).",
    ]
    for schema, readers in _SCHEMAS.items():
        blocks += [f"## Schema `{schema}`", readers]
        for model in models:
            if _meta(model)["publish"] == schema:
                blocks += list(_table(model))
    return "\n\n".join(blocks) + "\n"


def published_columns(folder: Path) -> dict[str, list[str]]:
    """The columns of every published model below ``folder``, by its name.

    Raises:
        ContractBreach: a file is no YAML.
    """
    models = sorted(_published(folder), key=lambda model: model["name"])
    return {model["name"]: [column["name"] for column in model["columns"]] for model in models}


def live_columns(folder: Path) -> dict[str, dict[str, str]]:
    """Model → column → SQL that its view computes instead of what was stored; models without any are left out.

    Raises:
        ContractBreach: a file is no YAML.
    """
    found: dict[str, dict[str, str]] = {}
    for model in _published(folder):
        for column in model["columns"]:
            if live := _meta(column).get("live"):
                found.setdefault(model["name"], {})[column["name"]] = live
    return found


def published_models(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every published model below ``folder``, with the file that declares it.

    Raises:
        ContractBreach: a file is no YAML.
    """
    for path in sorted(folder.glob("*/_*__models.yml")):
        for model in (read_yaml(path) or {}).get("models") or ():
            if _meta(model).get("publish"):
                yield path, model


def _published(folder: Path) -> Iterator[dict[str, Any]]:
    return (model for _, model in published_models(folder))


def _meta(model: dict[str, Any]) -> dict[str, Any]:
    return (model.get("config") or {}).get("meta") or {}


def _table(model: dict[str, Any]) -> Iterator[str]:
    key = [
        name
        for constraint in model.get("constraints") or ()
        if constraint.get("type") == "primary_key"
        for name in constraint["columns"]
        if name not in _STAMPS
    ]
    yield f"### `{model['name']}`"
    yield _plain(model["description"])
    yield "Key — kunci: " + ", ".join(f"`{name}`" for name in key)
    rows = [
        (f"`{column['name']}`", str(column.get("data_type") or ""), _plain(column.get("description") or ""))
        for column in model["columns"]
        if column["name"] not in _STAMPS
    ]
    yield "\n".join(map(_line, [("column — kolom", "type — tipe", "meaning — arti"), ("---",) * 3, *rows]))


def _plain(text: str) -> str:
    return " ".join(text.split())


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
