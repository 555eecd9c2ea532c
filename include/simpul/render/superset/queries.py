"""A chart's parameters → the query that a browser makes of them, which Superset's API answers without one.

Each chart of Superset puts its query together in its own script, in the browser. The same is done here, so that whoever
asks the API (tests, the bench, an export) asks what a dashboard asks: a test holds every chart's query against the
request that Chromium sends (`tests/bi/test_superset.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from simpul.render.superset.declaration import ChartSpec


def query_context(chart: ChartSpec, params: dict[str, Any]) -> dict[str, Any]:
    """What `/api/v1/chart/data` is asked for the chart, but for the filters of its dashboard.

    Args:
        chart: as declared.
        params: its parameters, options and all.
    """
    query = {
        "columns": [],
        "metrics": [],
        "filters": [_simple(column, value) for column, value in chart.where.items()],
        "orderby": [],
        "row_limit": params["row_limit"],
        "extras": {},
        **_QUERIES[params["viz_type"]](params),
    }
    return {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [query],
        "form_data": {"viz_type": params["viz_type"]},
        "result_format": "json",
        "result_type": "full",
    }


def comparison(value: Any) -> tuple[str, int] | None:
    """Of a condition as ``>= 5`` its operator and number; None of any other."""
    found = re.fullmatch(r"(>=?) (\d+)", value) if isinstance(value, str) else None
    return (found[1], int(found[2])) if found else None


def _simple(column: str, value: Any) -> dict[str, Any]:
    if value == "not null":
        return {"col": column, "op": "IS NOT NULL"}
    if compared := comparison(value):
        operator, number = compared
        return {"col": column, "op": operator, "val": number}
    return {"col": column, "op": "IN" if isinstance(value, list) else "==", "val": value}


def _ask_number(params: dict[str, Any]) -> dict[str, Any]:
    return {"metrics": [params["metric"]]}


def _ask_map(params: dict[str, Any]) -> dict[str, Any]:
    """The map alone asks by an older way (`explore_json`), and gets the same rows."""
    return {"columns": [params["entity"]], "metrics": [params["metric"]]}


def _ask_table(params: dict[str, Any]) -> dict[str, Any]:
    if params["query_mode"] == "raw":
        return {
            "columns": params["all_columns"],
            "metrics": None,
            "orderby": [json.loads(one) for one in params["order_by_cols"]],
        }
    order = params["timeseries_limit_metric"] or params["metrics"][0]
    return {
        "columns": params["groupby"],
        "metrics": params["metrics"],
        "orderby": [[order, not params["order_desc"]]],
    }


def _ask_pivot(params: dict[str, Any]) -> dict[str, Any]:
    return {
        "columns": [*params["groupbyColumns"], *params["groupbyRows"]],
        "metrics": params["metrics"],
        "orderby": [[params["metrics"][0], not params["order_desc"]]],
    }


def _ask_heatmap(params: dict[str, Any]) -> dict[str, Any]:
    return {
        "columns": [_axis(params), params["groupby"]],
        "metrics": [params["metric"]],
        "orderby": [
            [params[name], params[sort] == "alpha_asc"]
            for name, sort in (("x_axis", "sort_x_axis"), ("groupby", "sort_y_axis"))
        ],
        "post_processing": [{"operation": "rank", "options": {"metric": params["metric"]}}],
    }


def _ask_series(params: dict[str, Any]) -> dict[str, Any]:
    """Its rows are asked for by the first metric, whatever its axis is sorted by: what is left out are the smallest."""
    by, order = params["groupby"], params.get("timeseries_limit_metric")
    metrics = [*params["metrics"], *([order] if order else [])]
    labels = [metric if isinstance(metric, str) else metric["label"] for metric in metrics]
    pivot = {
        "index": [params["x_axis"]],
        "columns": by,
        "aggregates": {label: {"operator": "mean"} for label in labels},
        "drop_missing_columns": not params["show_empty_columns"],
    }
    steps: list[dict[str, Any]] = [{"operation": "pivot", "options": pivot}]
    if by and len(labels) == 1 and params["truncate_metric"]:
        renamed = {"columns": {labels[0]: None}, "level": 0, "inplace": True}
        steps.append({"operation": "rename", "options": renamed})
    if params.get("x_axis_sort") in labels and not by:
        sort = {"by": params["x_axis_sort"], "ascending": params["x_axis_sort_asc"]}
        steps.append({"operation": "sort", "options": sort})
    grain = params.get("time_grain_sqla")
    return {
        "columns": [_axis(params), *by],
        "series_columns": by,
        "metrics": metrics,
        "orderby": [[order or params["metrics"][0], False]],
        "extras": {"time_grain_sqla": grain} if grain else {},
        "post_processing": [*steps, {"operation": "flatten"}],
    }


def _axis(params: dict[str, Any]) -> dict[str, Any]:
    grain = params.get("time_grain_sqla")
    return {
        "columnType": "BASE_AXIS",
        "expressionType": "SQL",
        "isColumnReference": True,
        "label": params["x_axis"],
        "sqlExpression": params["x_axis"],
        **({"timeGrain": grain} if grain else {}),
    }


_QUERIES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "big_number_total": _ask_number,
    "echarts_timeseries_line": _ask_series,
    "echarts_timeseries_bar": _ask_series,
    "heatmap_v2": _ask_heatmap,
    "country_map": _ask_map,
    "pivot_table_v2": _ask_pivot,
    "table": _ask_table,
}
