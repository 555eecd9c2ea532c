"""Is what a build is about to read what landed? Delivered rows are held against the ledger before anything is made of
them (ADR 0062).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from simpul import ledger_contents
from simpul.contract import load_contracts
from simpul.database import connect
from simpul.release.needs import TOLD

_FILES = f"""{TOLD}
select dataset, file_id from told join audit.file using (file_id)
where dataset = any(%s) and (status <> 'superseded' or dataset = any(%s))
"""  # noqa: S608


def altered_files(manifest: Mapping[str, Any], models: Collection[str], release_id: int) -> list[str]:
    """Files of the release whose rows in ``raw`` are not those that landed, of the datasets that these models read.

    Replaced editions are read of statistical tables alone. What a model that need not be built was made from was looked
    at when it was built. Lists of regions are read by `simpul.seeds`, before there is a list of models.
    """
    sources = manifest["sources"]
    read = {
        f"{sources[key]['source_name']}.{sources[key]['name']}"
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["name"] in models
        for key in node.get("depends_on", {}).get("nodes", ())
        if key in sources and sources[key]["schema"] == "raw"
    }
    contracts = load_contracts()
    read |= {dataset for dataset in contracts if dataset.startswith("reference.")}
    melted = [dataset for dataset, contract in contracts.items() if contract.is_melted]
    with connect(application_name="simpul inputs") as conn:
        files = conn.execute(_FILES, (release_id, sorted(read), melted)).fetchall()
        tables = {
            f"raw.{contracts[dataset].table}__{file_id}": file_id
            for dataset, file_id in files if dataset in contracts
        }  # fmt: skip
        return sorted(tables[table] for table in ledger_contents.others(conn, tables))
