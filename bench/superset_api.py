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
MONTH = "2024-06"  # the newest month of the sample, with which a filter of months begins


class Api:
    """Logged in as ``user``, whose password is kept under ``superset_<user>``."""

    def __init__(self, user: str) -> None:
        self.address = f"http://127.0.0.1:{get_settings().bi_port}/api/v1"
        self.http = httpx.Client(timeout=120, trust_env=False)
        body = {"username": user, "password": vault.read(f"superset_{user}"), "provider": "db"}
        answer = self.http.post(f"{self.address}/security/login", json=body).raise_for_status()
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

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
        """The rows of a chart; an error of Superset's or of the database's is one here."""
        return self._answered(self.context(chart, filters))

    def readers(self, chart: int, filters: list[dict[str, Any]] | None = None) -> set[str]:
        """The roles as which the database answers the chart's own question: it says so in each row."""
        context = self.context(chart, filters)
        (query,) = context["queries"]
        asked = {"expressionType": "SQL", "sqlExpression": "current_user", "label": "reader"}
        if query["metrics"]:
            query["metrics"].append(asked | {"sqlExpression": "max(current_user)"})
        else:
            query["columns"].append(asked)
        return {row["reader"] for row in self._answered(context)}

    def _answered(self, context: dict[str, Any]) -> list[dict[str, Any]]:
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


def first_seen(slug: str) -> dict[str, list[dict[str, Any]]]:
    """Title of each chart of a dashboard → the filters that it is first drawn with: those whose column it has."""
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
                for asked in _begins_with(one)
                if asked["col"] in columns[chart["dataset_uuid"]]
            ]
    return seen


def _begins_with(one: dict[str, Any]) -> list[dict[str, Any]]:
    if one["requiredFirst"]:
        return [{"col": one["targets"][0]["column"]["name"], "op": "IN", "val": [MONTH]}]
    found: list[dict[str, Any]] = one["defaultDataMask"]["extraFormData"].get("filters", [])
    return found
