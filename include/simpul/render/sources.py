"""Contract → ``models/staging/<agency>/_<agency>__sources.yml``: what dbt knows of the raw tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from simpul.contract import Contract, FieldSpec
from simpul.render.raw import comments

NOTICE = "written by `simpul contracts render` from include/contracts; do not edit"


def sources_yaml(agency: str, contracts: Iterable[Contract], fields: Mapping[str, FieldSpec]) -> str:
    """The sources of one agency, tables and columns described in both languages."""
    tables = [_table(contract, fields) for contract in contracts]
    content = {"sources": [{"name": agency, "schema": "raw", "tables": tables}]}
    text = yaml.dump(content, Dumper=_Indented, sort_keys=False, allow_unicode=True, width=1000)
    return f"# {NOTICE}\n{text}"


def _table(contract: Contract, fields: Mapping[str, FieldSpec]) -> dict[str, Any]:
    texts = comments(contract, fields)
    personal = {
        column.column: column.personal or fields[column.field].personal for column in contract.columns
    }
    return {
        "name": contract.dataset.split(".", 1)[1],
        "identifier": contract.table,
        "description": texts[None],
        "config": {
            "meta": {
                "dataset": contract.dataset,
                "owner": contract.owner,
                "cadence": contract.cadence,
                "region_level": contract.region_level,
                "personal_data": contract.personal_data,
            }
        },
        "columns": [
            {"name": name, "description": text}
            | (
                {"config": {"meta": {"personal_data": personal[name]}}}
                if personal.get(name, "none") != "none"
                else {}
            )
            for name, text in texts.items()
            if name is not None
        ],
    }


class _Indented(yaml.SafeDumper):
    """Lists stand two blanks in, as dbt projects are written."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Never without an indent."""
        super().increase_indent(flow, False)
