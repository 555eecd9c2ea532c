"""A declared chart → Superset's parameters: names are those of Superset 6.1's own charts (`form_data`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from simpul.render.superset.datasets import Dataset, Figure
from simpul.render.superset.declaration import ChartSpec, stable_uuid
from simpul.render.superset.queries import comparison, query_context

_VIZ = {
    "number": "big_number_total",
    "line": "echarts_timeseries_line",
    "column": "echarts_timeseries_bar",
    "bar": "echarts_timeseries_bar",
    "heatmap": "heatmap_v2",
    "map": "country_map",
    "pivot": "pivot_table_v2",
    "table": "table",
    "rows": "table",
}
_COLOURS = "supersetColors"
_SHADE = "#fd8d3c"
"""The darkest of a pivot's cells: an orange as heat maps have it, on which black letters can be read."""
PAGE = 50
"""Rows of a page of a table."""


def used_columns(chart: ChartSpec) -> list[str]:
    """Every column that the chart asks its dataset for."""
    order = (chart.order or "").lstrip("+")
    named = [*chart.by, *([chart.x] if chart.x else []), *chart.columns, *chart.where]
    return list(dict.fromkeys([*named, *([order] if order and order not in chart.metrics else [])]))


def chart_yaml(path: str, chart: ChartSpec, dataset: Dataset) -> dict[str, Any]:
    """The chart in the form of Superset's export.

    Args:
        path: its name in all of the house.
        chart: as declared.
        dataset: that it reads.
    """
    viz = _VIZ[chart.kind]
    params = {
        "viz_type": viz,
        "datasource": "0__table",  # Superset writes the number of the dataset here when it imports the chart
        "adhoc_filters": [_adhoc(column, value) for column, value in chart.where.items()],
        "row_limit": chart.rows,
        "time_range": "No filter",
        "color_scheme": _COLOURS,
        **_PARAMS[chart.kind](chart, chart.format or _format(chart, dataset)),
        **({"column_config": _cell_formats(chart, dataset)} if viz == "table" else {}),
        **chart.options,
    }
    if params.get("timeseries_limit_metric") and params["order_desc"]:
        first = _figures_first(dataset.metrics[params["timeseries_limit_metric"]])
        params["timeseries_limit_metric"] = first
        if chart.kind == "bar":
            # what has no figure would be at the end of the order, which is the top of a horizontal chart
            params["x_axis_sort"] = first["label"]
    return {
        "slice_name": chart.title,
        "description": " ".join(chart.description.split()),
        "viz_type": viz,
        "params": params,
        "query_context": json.dumps(query_context(chart, params), sort_keys=True),
        "cache_timeout": None,
        "uuid": stable_uuid("chart", path),
        "version": "1.0.0",
        "dataset_uuid": dataset.uuid,
        "is_managed_externally": True,
    }


def _figures_first(figure: Figure) -> dict[str, Any]:
    """By this metric, the largest first and what has no figure last: PostgreSQL puts it first."""
    return {
        "expressionType": "SQL",
        "sqlExpression": f"coalesce({figure.sql}, -1)",
        "label": f"order of {figure.label or ''}".strip(),
        "hasCustomLabel": True,
    }


def _format(chart: ChartSpec, dataset: Dataset) -> str:
    figure = dataset.metrics.get(chart.metrics[0]) if chart.metrics else None
    return figure.format if figure else ",d"


def _cell_formats(chart: ChartSpec, dataset: Dataset) -> dict[str, Any]:
    """How the numbers of a table's columns are written; a year is no quantity."""
    kinds = {name: dataset.columns[name].type for name in (*chart.columns, *chart.by)}
    quantities = {
        "numeric": ",.2f",
        "double precision": ",.2f",
        "bigint": ",d",
        "integer": ",d",
        "smallint": "d",
    }
    return {
        name: {"d3NumberFormat": "d" if name in _NUMBERS_OF_THINGS else quantities[kind]}
        for name, kind in kinds.items()
        if kind in quantities
    }


_NUMBERS_OF_THINGS = ("year", "_release_id", "person_id")


# ------------------------------------------------------------------------------------------------------------ filters
def _adhoc(column: str, value: Any) -> dict[str, Any]:
    common = {"clause": "WHERE", "expressionType": "SIMPLE", "subject": column}
    if value == "not null":
        return {**common, "operator": "IS NOT NULL", "operatorId": "IS_NOT_NULL", "comparator": None}
    if compared := comparison(value):
        operator, number = compared
        ids = {">": "GREATER_THAN", ">=": "GREATER_THAN_OR_EQUAL"}
        return {**common, "operator": operator, "operatorId": ids[operator], "comparator": number}
    if isinstance(value, list):
        return {**common, "operator": "IN", "operatorId": "IN", "comparator": value}
    return {**common, "operator": "==", "operatorId": "EQUALS", "comparator": value}


# --------------------------------------------------------------------------------------------------------- parameters
def _number(chart: ChartSpec, form: str) -> dict[str, Any]:
    return {
        "metric": chart.metrics[0],
        "y_axis_format": form,
        "header_font_size": 0.4,
        "subheader_font_size": 0.125,
    }


def _series(chart: ChartSpec, form: str) -> dict[str, Any]:
    return {
        "x_axis": chart.x,
        "metrics": chart.metrics,
        "groupby": chart.by,
        "y_axis_format": form,
        "show_legend": len(chart.metrics) + len(chart.by) > 1 or bool(chart.by),
        "legendType": "plain",  # two lines of whole names where they fit; Superset turns its pages where they do not
        "legendOrientation": "top",
        "rich_tooltip": True,
        "tooltipTimeFormat": "%b %Y",
        "truncate_metric": True,
        "show_empty_columns": True,
        "truncateXAxis": False,
    }


def _line(chart: ChartSpec, form: str) -> dict[str, Any]:
    return {
        **_series(chart, form),
        "markerEnabled": True,
        "markerSize": 5,
        "x_axis_time_format": "%b %Y",
        "x_axis_sort_asc": True,
    }


def _column(chart: ChartSpec, form: str) -> dict[str, Any]:
    """Over time: a month that was not told stays empty, and nothing leads over it."""
    return {
        **_series(chart, form),
        "orientation": "vertical",
        "time_grain_sqla": "P1M",
        "x_axis_time_format": "%b %Y",
        "x_axis_sort_asc": True,
    }


def _bar(chart: ChartSpec, form: str) -> dict[str, Any]:
    order = (chart.order or chart.metrics[0]).lstrip("+")
    by_metric = {"timeseries_limit_metric": order, "order_desc": True}
    return {
        **_series(chart, form),
        "orientation": "horizontal",
        "xAxisForceCategorical": True,
        # by the name of a metric Superset sorts one series only
        "x_axis_sort": "sum" if chart.by and order in chart.metrics else order,
        # a horizontal chart is drawn from below
        "x_axis_sort_asc": not (chart.order or "").startswith("+"),
        **(by_metric if order in chart.metrics and not chart.by else {}),
        "show_value": True,
        "only_total": True,
        "x_axis_time_format": "%b %Y",
    }


def _heatmap(chart: ChartSpec, form: str) -> dict[str, Any]:
    return {
        "x_axis": chart.x,
        "groupby": chart.by[0],
        "metric": chart.metrics[0],
        "y_axis_format": form,
        "linear_color_scheme": "oranges",
        "normalize_across": "heatmap",
        "legend_type": "continuous",
        "show_legend": True,
        "show_values": True,
        "show_percentage": False,
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "alpha_desc",
        "xscale_interval": 1,  # every one: left to itself it drops those that do not fit beside each other
        "xAxisLabelRotation": 45,
        "yscale_interval": -1,
        "left_margin": 50,
        "bottom_margin": 50,
        "value_bounds": [None, None],
        "x_axis_time_format": "%b %Y",
    }


def _pivot(chart: ChartSpec, form: str) -> dict[str, Any]:
    """Figures of rows and columns of which nobody knows how many there will be: it scrolls, and nothing is cut."""
    return {
        "groupbyRows": chart.by,
        "groupbyColumns": chart.columns,
        "metrics": chart.metrics,
        "order_desc": True,
        "metricsLayout": "ROWS",  # the metric is told once, and not at the head of every column
        "combineMetric": False,
        "aggregateFunction": "Sum",  # of one figure each: nothing is added up
        "valueFormat": form,
        "rowOrder": "key_a_to_z",
        "colOrder": "key_a_to_z",
        "rowTotals": False,
        "colTotals": False,
        "rowSubTotals": False,
        "colSubTotals": False,
        "conditional_formatting": [
            {"column": metric, "operator": "None", "colorScheme": _SHADE} for metric in chart.metrics
        ],
    }


def _map(chart: ChartSpec, form: str) -> dict[str, Any]:
    return {
        "entity": chart.by[0],
        "select_country": "indonesia",
        "metric": chart.metrics[0],
        "number_format": form,
        "linear_color_scheme": "oranges",
        "color_scheme": None,  # with one, every region has a colour of its own, whatever its figure
    }


def _table(chart: ChartSpec, _form: str) -> dict[str, Any]:
    order = chart.order or chart.metrics[0]
    is_sorted = bool(chart.by) and order.lstrip("+") in chart.metrics  # without groups there is one row
    return {
        "query_mode": "aggregate",
        "groupby": chart.by,
        "metrics": chart.metrics,
        "all_columns": [],
        "percent_metrics": [],
        "timeseries_limit_metric": order.lstrip("+") if is_sorted else None,
        "order_desc": not order.startswith("+"),
        **_cells(chart),
    }


def _rows(chart: ChartSpec, _form: str) -> dict[str, Any]:
    order = chart.order or f"+{chart.columns[0]}"
    return {
        "query_mode": "raw",
        "all_columns": chart.columns,
        "groupby": [],
        "metrics": [],
        "percent_metrics": [],
        "order_by_cols": [json.dumps([order.lstrip("+"), order.startswith("+")])],
        **_cells(chart),
    }


def _cells(chart: ChartSpec) -> dict[str, Any]:
    return {
        "server_pagination": False,
        "table_timestamp_format": "%d/%m/%Y",
        "show_cell_bars": False,
        "color_pn": False,
        "include_search": False,
        "page_length": PAGE if chart.is_paged else 0,
        "allow_rearrange_columns": False,
        "allow_render_html": False,
    }


_PARAMS: dict[str, Callable[[ChartSpec, str], dict[str, Any]]] = {
    "number": _number,
    "line": _line,
    "column": _column,
    "bar": _bar,
    "heatmap": _heatmap,
    "map": _map,
    "pivot": _pivot,
    "table": _table,
    "rows": _rows,
}
