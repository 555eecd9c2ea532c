"""Hold every chart against what its dataset can have, and every dataset against the mart that it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from simpul.render.superset.charts import used_columns
from simpul.render.superset.datasets import Dataset
from simpul.render.superset.declaration import ChartSpec, DashboardSpec, Declared


def is_declared(folder: Path) -> bool:
    """Whether there are dashboards: the warehouse does without them."""
    return (folder / "datasets.yml").is_file() and any((folder / "dashboards").glob("*.yml"))


def problems(folder: Path, dbt: Path) -> list[str]:
    """One line for every chart or filter that could not be drawn, naming its dashboard and what is missing.

    Raises:
        ContractBreach: a declaration is not valid.
    """
    from simpul.render.superset.bundle import built_datasets

    if not is_declared(folder):
        return []
    declared = Declared(folder)
    return find_problems(declared, built_datasets(declared, dbt))


def find_problems(declared: Declared, datasets: Mapping[str, Dataset]) -> list[str]:
    """The same, for what is read already."""
    found = [
        f"dataset '{name}', metric '{metric}' divides: a share is declared once, in dbt_project/metrics.yml"
        for name, spec in declared.datasets.datasets.items()
        for metric, custom in spec.metrics.items()
        if "/" in custom.sql
    ]
    for name, spec in declared.datasets.datasets.items():
        unknown = [share for share in spec.shares if f"overall_{share}" not in _told_by(datasets[name])]
        found += [
            f"dataset '{name}': no share '{share}' is declared in dbt_project/metrics.yml"
            for share in unknown
        ]
    for dashboard in declared.dashboards:
        for name, chart in dashboard.charts.items():
            where = f"dashboard '{dashboard.title}', chart '{chart.title}'"
            found += [f"{where}: {line}" for line in _of_chart(chart, datasets, declared.datasets.labels)]
            if sum(name in row for row in dashboard.layout) != 1:
                found.append(f"{where}: stands not once in the layout")
        found += [f"dashboard '{dashboard.title}', {line}" for line in _of_filters(dashboard, datasets)]
    return found


def _told_by(dataset: Dataset) -> set[str]:
    """Metrics that it has, or would have if its mart had the column."""
    return {*dataset.metrics, *dataset.gone}


def _of_chart(chart: ChartSpec, datasets: Mapping[str, Dataset], labels: Mapping[str, str]) -> Iterator[str]:
    dataset = datasets.get(chart.dataset)
    if dataset is None:
        yield f"there is no dataset '{chart.dataset}'"
        return
    for name in used_columns(chart):
        if name not in dataset.columns:
            yield _lost(name, dataset, "column")
        elif name not in labels and name not in chart.where:
            yield f"column '{name}' has no label in datasets.yml"
    yield from _of_stack(chart, dataset)
    for name in chart.metrics:
        if name not in dataset.metrics:
            yield _lost(name, dataset, "metric")
        elif not dataset.metrics[name].label:
            yield f"metric '{name}' has no label in datasets.yml"


def _of_stack(chart: ChartSpec, dataset: Dataset) -> Iterator[str]:
    """Bars on top of each other are a sum."""
    if chart.options.get("stack"):
        for name in chart.by:
            if _CODE_OF.get(name, name.removesuffix("_words")) in dataset.spec.apart:
                yield f"series of '{name}' must not be added up, so it is not stacked"


_CODE_OF = {"program_name": "program_code", "region_name": "region_code"}
"""A name beside the code that datasets say in ``apart``."""


def _of_filters(dashboard: DashboardSpec, datasets: Mapping[str, Dataset]) -> Iterator[str]:
    for one in dashboard.filters:
        dataset = datasets.get(one.dataset)
        if dataset is None:
            yield f"filter '{one.title}': there is no dataset '{one.dataset}'"
        elif one.column not in dataset.columns:
            yield f"filter '{one.title}': {_lost(one.column, dataset, 'column')}"
        titles = {other.title for other in dashboard.filters} - {one.title}
        for title in one.below:
            if title not in titles:
                yield f"filter '{one.title}': there is no filter '{title}' that it could be below"
        for name in one.not_for:
            if name not in dashboard.charts:
                yield f"filter '{one.title}': there is no chart '{name}'"


def _lost(name: str, dataset: Dataset, kind: str) -> str:
    needed = dataset.gone.get(name)
    if needed:
        column = needed if "." in needed else f"{dataset.spec.mart}.{needed}"
        return f"{kind} '{name}' needs {column}, which is not published"
    return f"{kind} '{name}' is not in dataset '{dataset.name}' ({dataset.spec.mart})"
