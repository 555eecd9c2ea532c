"""Superset's own API as one user: what a dashboard asks of it, without a browser. For the bench and for tests."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import httpx
import yaml

from bench import machine
from simpul import vault
from simpul.settings import get_settings

DASHBOARDS = ("posisi-kemiskinan", "cakupan-program", "temuan", "mutu-data", "verval-nik")
MONTH = "2024-06"  # the newest month of the sample


class Api:
    """Logged in as ``user``, whose password is kept under ``superset_<user>``."""

    def __init__(self, user: str) -> None:
        self.address = f"http://127.0.0.1:{get_settings().bi_port}/api/v1"
        self.http = httpx.Client(timeout=120, trust_env=False)
        body = {"username": user, "password": vault.read(f"superset_{user}"), "provider": "db"}
        answer = self.http.post(f"{self.address}/security/login", json=body).raise_for_status()
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def connect(self) -> None:
        """Begin with new connections: one that was idle for two seconds is closed by the server, perhaps just now.

        A browser then asks again without a word; here it would be an error.
        """
        headers = self.http.headers
        self.http.close()
        self.http = httpx.Client(timeout=120, trust_env=False, headers=headers)

    def get(self, path: str) -> Any:
        """The answer of ``/api/v1/<path>``."""
        return self.http.get(f"{self.address}/{path}").raise_for_status().json()["result"]

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Every ``dashboard``, ``chart``, ``dataset`` or ``database``."""
        found: list[dict[str, Any]] = self.get(f"{kind}/?q=(page_size:100)")
        return found

    def charts(self, slug: str) -> dict[str, int]:
        """Title → number of the charts of a dashboard."""
        return {one["slice_name"]: one["id"] for one in self.get(f"dashboard/{slug}/charts")}

    def context(self, chart: int, filters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """The question that a chart asks, with further filters."""
        found: dict[str, Any] = json.loads(self.get(f"chart/{chart}")["query_context"])
        found["queries"][0]["filters"] += filters or []
        return found

    def ask(self, context: dict[str, Any], **more: str) -> httpx.Response:
        """Ask it."""
        return self.http.post(f"{self.address}/chart/data", json={**context, **more})

    def rows(self, chart: int, filters: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
        """The rows that a chart is made of; an error of Superset's or of the database's is one here."""
        return self._answered(self.context(chart, filters))

    def options(self, slug: str, region: str | None = None) -> list[dict[str, Any]]:
        """What a dashboard asks for the values that its filters offer, in a browser as here."""
        numbers = {one["uuid"]: one["id"] for one in self.all("dataset")}
        board = _asset(f"dashboards/{slug}.yaml")["metadata"]["native_filter_configuration"]
        by_id = {one["id"]: one for one in board}
        return [_offered(one, numbers, by_id, region) for one in board]

    def readers(self, chart: int, filters: list[dict[str, Any]] | None = None) -> set[str]:
        """The roles as which the database answers the chart's own question: it says so in each row."""
        context = self.context(chart, filters)
        (query,) = context["queries"]
        asked = {"expressionType": "SQL", "sqlExpression": "current_user", "label": "reader"}
        if query["metrics"]:
            query["metrics"].append(asked)
        else:
            query["columns"].append(asked)
        return {row["reader"] for row in self._answered(context)}

    def _answered(self, context: dict[str, Any]) -> list[dict[str, Any]]:
        (query,) = context["queries"]
        query.pop("post_processing", None)  # which makes a picture's series of the rows
        answer = self.ask(context)
        assert answer.status_code == 200, answer.text
        (result,) = answer.json()["result"]
        assert not result["error"], result["error"]
        rows: list[dict[str, Any]] = result["data"]
        return rows


@cache
def _asset(path: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(
        (machine.ROOT / "bi" / "superset" / "assets" / path).read_text(encoding="utf-8")
    )
    return found


def first_seen(slug: str, region: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """Title of each chart of a dashboard → the filters that it is first drawn with: those whose column it has.

    Args:
        slug: of the dashboard.
        region: chosen in its filter *Wilayah*; None is what it begins with.
    """
    board = _asset(f"dashboards/{slug}.yaml")
    columns = {}
    for path in sorted((machine.ROOT / "bi" / "superset" / "assets" / "datasets").rglob("*.yaml")):
        dataset = _asset(str(path.relative_to(machine.ROOT / "bi" / "superset" / "assets")))
        columns[dataset["uuid"]] = {one["column_name"] for one in dataset["columns"]}
    seen: dict[str, list[dict[str, Any]]] = {}
    for place in board["position"].values():
        if isinstance(place, dict) and place["type"] == "CHART":
            name = place["id"].removeprefix("CHART-")
            chart = _asset(f"charts/{slug}/{name}.yaml")
            seen[chart["slice_name"]] = [
                asked
                for one in board["metadata"]["native_filter_configuration"]
                if place["meta"]["chartId"] not in one["scope"]["excluded"]
                for asked in _begins_with(one, region)
                if asked["col"] in columns[chart["dataset_uuid"]]
            ]
    return seen


def _begins_with(one: dict[str, Any], region: str | None = None) -> list[dict[str, Any]]:
    column = one["targets"][0]["column"]["name"]
    if region and column == "region_name":
        return [{"col": column, "op": "IN", "val": [region]}]
    found: list[dict[str, Any]] = one["defaultDataMask"]["extraFormData"].get("filters", [])
    return found


def _offered(
    one: dict[str, Any], numbers: dict[str, int], by_id: dict[str, dict[str, Any]], region: str | None
) -> dict[str, Any]:
    """The question for a filter's values: of 1,000 at most, below what is chosen in the filters above it."""
    column = one["targets"][0]["column"]["name"]
    above = [asked for parent in one["cascadeParentIds"] for asked in _begins_with(by_id[parent], region)]
    query = {
        "columns": [column],
        "metrics": [],
        "filters": above,
        "orderby": [[column, one["controlValues"]["sortAscending"]]],
        "row_limit": 1000,
        "extras": {},
    }
    return {
        "datasource": {"id": numbers[one["targets"][0]["datasetUuid"]], "type": "table"},
        "force": False,
        "queries": [query],
        "form_data": {"viz_type": "filter_select"},
        "result_format": "json",
        "result_type": "full",
    }
