"""The models of a declaration → JSON Schema, so that editors complete and check the YAML while it is written."""

from __future__ import annotations

import json
from typing import Any

from simpul.contract import Contract, FieldSpec, Standing

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def contract_schema() -> str:
    """Of ``contracts/<agency>/<dataset>.yml``."""
    return _text({"$schema": _DIALECT, **Contract.model_json_schema(), "title": "A dataset"})


def fields_schema() -> str:
    """Of ``contracts/fields/*.yml``: a mapping name → entry, whose ``name`` is its key."""
    entry = FieldSpec.model_json_schema()
    definitions = entry.pop("$defs", {})
    entry["properties"].pop("name")
    entry["required"].remove("name")
    # what the models require of a rule, its field already says
    return _text(
        {
            "$schema": _DIALECT,
            "title": "Fields of one theme",
            "type": "object",
            "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
            "properties": {"standing": Standing.model_json_schema()},
            "additionalProperties": entry,
            "$defs": definitions,
        }
    )


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
