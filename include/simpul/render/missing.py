"""Contract → ``macros/missing.sql``: the spellings of "no value" that the rules know, for staging to know the same."""

from __future__ import annotations

from collections.abc import Iterable

from simpul.contract import Contract
from simpul.predicates import ascii_lower
from simpul.render.sources import NOTICE


def missing_macro(contracts: Iterable[Contract]) -> str:
    """Dataset → column → what its `required` rule calls missing, in lower case.

    A macro, because dbt's unit tests see neither the sources' meta nor the graph.
    """
    lines = []
    for contract in contracts:
        spellings = {
            rule.column: [ascii_lower(spelling) for spelling in rule.missing]
            for rule in contract.rules
            if rule.kind == "required" and rule.column and rule.missing
        }
        columns = [f"            '{column}': {known!r}" for column, known in sorted(spellings.items())]
        if columns:
            lines.append(f"        '{contract.dataset}': {{\n" + ",\n".join(columns) + "\n        }")
    table = ",\n".join(lines)
    return f"""{{# {NOTICE} #}}
{{% macro missing_spellings(dataset, column) -%}}
    {{%- set known = {{
{table}
    }} -%}}
    {{{{ return(known[dataset][column]) }}}}
{{%- endmacro %}}
"""
