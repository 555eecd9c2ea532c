"""A declared dashboard → Superset's grid of charts and its filters."""

from __future__ import annotations

from typing import Any

from simpul.contract import Text
from simpul.render.superset.datasets import Dataset
from simpul.render.superset.declaration import LAST, TABLE_ROWS, DashboardSpec, FilterSpec, stable_uuid

_ROOT, _GRID, _HEADER = "ROOT_ID", "GRID_ID", "HEADER_ID"


def dashboard_yaml(spec: DashboardSpec, datasets: dict[str, Dataset]) -> dict[str, Any]:
    """The dashboard in the form of Superset's export."""
    numbers = {name: number for number, name in enumerate(spec.charts, start=1)}
    return {
        "dashboard_title": spec.title,
        "description": " ".join(spec.description.split()),
        "css": None,
        "slug": spec.slug,
        "uuid": stable_uuid("dashboard", spec.slug),
        "position": _position(spec, numbers, datasets),
        "metadata": {
            "color_scheme": "",  # a scheme here would colour the map by name, not by figure
            "cross_filters_enabled": False,
            "default_filters": "{}",
            "expanded_slices": {},
            "refresh_frequency": 0,
            "timed_refresh_immune_slices": [],
            "label_colors": {},
            "native_filter_configuration": [_filter(spec, one, datasets, numbers) for one in spec.filters],
        },
        "version": "1.0.0",
        "published": True,
        "is_managed_externally": True,
    }


def left_alone(spec: DashboardSpec, one: FilterSpec, datasets: dict[str, Dataset]) -> list[str]:
    """Charts that a filter does not act on: those it must not, and those whose mart does not tell its column.

    The chart that each dashboard ends with is none of them: no filter is about it.
    """
    return [
        name
        for name, chart in spec.charts.items()
        if name in one.not_for or (name != LAST and one.column not in datasets[chart.dataset].columns)
    ]


def _words(spec: DashboardSpec, datasets: dict[str, Dataset]) -> tuple[str, int]:
    """What stands above the charts, and how high it is: nobody should take a chart for filtered that is not."""
    words = Text.of(" ".join(spec.description.split()))
    parts, lines = [words.id, f"*{words.en}*"], 0
    told = {
        one.title: ", ".join(f"“{spec.charts[name].title}”" for name in names)
        for one in spec.filters
        if (names := left_alone(spec, one, datasets))
    }
    if told:
        parts.append("Tidak diubah oleh filter — *not changed by the filter*:")
        parts.append("\n".join(f"- **{title}**: {charts}" for title, charts in told.items()))
        lines = 1 + len(told) + sum(len(charts) // _LINE for charts in told.values())
    if any(chart.is_whole for name, chart in spec.charts.items() if name != LAST):
        parts.append(_CUT)
        lines += 1
    told_lines = sum(-(-len(text) // _LINE) for text in (words.id, words.en))
    return "\n\n".join(parts), 4 + 3 * told_lines + 4 * lines


_CUT = (
    "Tabel memuat paling banyak {id} baris; bila lebih, pilih filter — "
    "*a table holds at most {en} rows; where there are more, choose a filter*."
).format(id=f"{TABLE_ROWS:,}".replace(",", "."), en=f"{TABLE_ROWS:,}")
"""Of a nation's regencies and lists there are more; Superset marks a table that it cut by a sign beside its title."""
_LINE = 150
"""Letters of a line across a dashboard."""


def _position(spec: DashboardSpec, numbers: dict[str, int], datasets: dict[str, Dataset]) -> dict[str, Any]:
    rows = [f"ROW-{number}" for number in range(len(spec.layout) + 1)]
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        _ROOT: {"type": "ROOT", "id": _ROOT, "children": [_GRID]},
        _GRID: {"type": "GRID", "id": _GRID, "children": rows, "parents": [_ROOT]},
        _HEADER: {"type": "HEADER", "id": _HEADER, "meta": {"text": spec.title}},
    }
    words, height = _words(spec, datasets)
    text = {
        "type": "MARKDOWN",
        "id": "MARKDOWN-words",
        "children": [],
        "parents": [_ROOT, _GRID, rows[0]],
        "meta": {"width": 12, "height": height, "code": words},
    }
    position[rows[0]] = _row(rows[0], [text["id"]])
    position[str(text["id"])] = text
    for row, names in zip(rows[1:], spec.layout, strict=True):
        position[row] = _row(row, [f"CHART-{name}" for name in names])
        for name in names:
            chart = spec.charts[name]
            position[f"CHART-{name}"] = {
                "type": "CHART",
                "id": f"CHART-{name}",
                "children": [],
                "parents": [_ROOT, _GRID, row],
                "meta": {
                    "chartId": numbers[name],
                    "uuid": stable_uuid("chart", spec.path_of(name)),
                    "sliceName": chart.title,
                    "width": chart.width,
                    "height": chart.height,
                },
            }
    return position


def _row(name: str, children: list[Any]) -> dict[str, Any]:
    return {
        "type": "ROW",
        "id": name,
        "children": children,
        "parents": [_ROOT, _GRID],
        "meta": {"background": "BACKGROUND_TRANSPARENT"},
    }


def default_filter(one: FilterSpec) -> list[dict[str, Any]]:
    """What the filter asks for before anybody touches it."""
    return [{"col": one.column, "op": "IN", "val": one.default}] if one.default else []


def _filter_id(spec: DashboardSpec, title: str) -> str:
    return f"NATIVE_FILTER-{stable_uuid('filter', f'{spec.slug}/{title}')[:8]}"


def _filter(
    spec: DashboardSpec, one: FilterSpec, datasets: dict[str, Dataset], numbers: dict[str, int]
) -> dict[str, Any]:
    mask: dict[str, Any] = {"extraFormData": {}, "filterState": {}}
    if one.default:
        mask = {
            "extraFormData": {"filters": default_filter(one)},
            "filterState": {"value": one.default, "label": ", ".join(map(str, one.default))},
        }
    return {
        "id": _filter_id(spec, one.title),
        "name": one.title,
        "filterType": "filter_select",
        "type": "NATIVE_FILTER",
        "targets": [{"column": {"name": one.column}, "datasetUuid": datasets[one.dataset].uuid}],
        "defaultDataMask": mask,
        "requiredFirst": False,
        "controlValues": {
            "multiSelect": not one.is_single,
            "enableEmptyFilter": one.is_needed,
            "defaultToFirstItem": False,
            "inverseSelection": False,
            "searchAllOptions": True,
            "sortAscending": not one.is_descending,
        },
        "cascadeParentIds": [_filter_id(spec, title) for title in one.below],
        "scope": {
            "rootPath": [_ROOT],
            "excluded": [numbers[name] for name in left_alone(spec, one, datasets)],
        },
        "description": "",
    }
