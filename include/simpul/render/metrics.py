"""``dbt_project/metrics.yml`` → ``macros/metrics.sql``, which marts call, and ``docs/metrics.md`` for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from simpul.declaration import read_yaml, validate
from simpul.render.marts import published_columns

NOTICE = "written by `simpul contracts render` from dbt_project/metrics.yml; do not edit"
_BothLanguages = Annotated[str, Field(pattern="(?s).+ — .+")]


class Metric(BaseModel):
    """A share that marts work out (``part`` of ``whole``), or a figure that one of them takes from who publishes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _BothLanguages
    meaning: _BothLanguages
    unit: _BothLanguages
    source: _BothLanguages
    part: str | None = None
    whole: str | None = None
    formula: _BothLanguages | None = None
    taken_by: str | None = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Metric:
        computed, taken = (self.part, self.whole), (self.formula, self.taken_by)
        if sum(map(all, (computed, taken))) != 1 or any(computed) == any(taken):
            raise ValueError("a metric has part and whole, or formula and taken_by")
        return self

    @property
    def is_computed(self) -> bool:
        """A mart works it out; else it stands as its publisher printed it."""
        return self.part is not None

    @property
    def equation(self) -> str:
        """Its formula, as people write one."""
        return self.formula or f"100 × {self.part} ÷ {self.whole}"


class _Metrics(RootModel[dict[str, Metric]]):
    """A file of them, by name."""


def load_metrics(path: Path) -> dict[str, Metric]:
    """Every metric by its name.

    Raises:
        ContractBreach: the file is no YAML, or a metric lacks something; names file and line.
    """
    metrics: dict[str, Metric] = validate(path, _Metrics, read_yaml(path)).root
    return metrics


def metrics_macro(metrics: dict[str, Metric]) -> str:
    """The macro `metric`: the one place where a share is worked out."""
    lines = [
        f"        '{name}': ({metric.part!r}, {metric.whole!r})"
        for name, metric in metrics.items()
        if metric.is_computed
    ]
    table = ",\n".join(lines)
    return f"""{{# {NOTICE} #}}
{{% macro metric(name) -%}}
    {{%- set known = {{
{table}
    }} -%}}
    {{{{ percent(known[name][0], known[name][1]) }}}}
{{%- endmacro %}}
"""


def metrics_page(metrics: dict[str, Metric], marts: Path) -> str:
    """The page on all metrics: what each means, formula, unit, source, and the columns of ``marts`` that hold it."""
    columns = published_columns(marts)
    blocks = [
        f"<!-- {NOTICE} -->\n# Metrics — Metrik",
        "Every share and rate of the published tables has one definition; no table has a formula of its own. Shares are"
        " rounded to two decimals and empty where the whole is 0 or not known: never 0 % for what cannot be said.",
        "Setiap persentase pada tabel yang diterbitkan memiliki satu definisi; tidak ada tabel dengan rumus sendiri."
        " Persentase dibulatkan dua desimal dan kosong bila penyebutnya 0 atau tidak diketahui: bukan 0 % untuk yang"
        " tidak dapat dikatakan.",
    ]
    for name, metric in metrics.items():
        blocks += [f"## {metric.title}", " ".join(metric.meaning.split())]
        blocks.append("\n".join(_lines(name, metric, columns)))
    return "\n\n".join(blocks) + "\n"


def _lines(name: str, metric: Metric, columns: dict[str, list[str]]) -> Iterator[str]:
    yield f"- Name — nama: `{name}`"
    yield f"- Formula — rumus: {metric.equation if metric.formula else f'`{metric.equation}`'}"
    yield f"- Unit — satuan: {metric.unit}"
    yield f"- Source — sumber: {' '.join(metric.source.split())}"
    held = [
        f"`{mart}.{column}`"
        for mart, names in columns.items()
        for column in names
        if is_named_by(column, name)
    ]
    yield f"- Columns — kolom: {', '.join(held) or '—'}"


def is_named_by(column: str, metric: str) -> bool:
    """Whether a column holds a metric: it has its name, or ends in it (``province_p0_percent``)."""
    return column == metric or column.endswith(f"_{metric}")
