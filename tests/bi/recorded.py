"""What a browser asks of Superset for a dashboard, and what it is told."""

from __future__ import annotations

import json
import re
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Response

ASKED = ("/api/v1/chart/data", "/superset/explore_json/")
"""Where charts and filters ask for rows; the map alone asks the second."""


class Recorded:
    """Every question for rows of a page, from now on."""

    def __init__(self, page: Page) -> None:
        self.answers: list[Response] = []
        page.on("response", self._keep)

    def _keep(self, answer: Response) -> None:
        if urlsplit(answer.url).path in ASKED:
            self.answers.append(answer)  # its body is asked for later: while an event is told, nothing can be

    def of_charts(self) -> dict[int, tuple[Response, dict[str, Any]]]:
        """Number of a chart → the last answer and its question: a query, or the form of the map."""
        found = {}
        for answer in self.answers:
            told = parse_qs(urlsplit(answer.url).query).get("form_data")
            if told:
                found[json.loads(told[0])["slice_id"]] = (answer, _question(answer))
        return found

    def of_filters(self) -> list[dict[str, Any]]:
        """Every question for the values that a filter offers."""
        return [_question(answer) for answer in self.answers if not urlsplit(answer.url).query]


def _question(answer: Response) -> dict[str, Any]:
    if urlsplit(answer.url).path == ASKED[0]:
        context = answer.request.post_data_json
        (query,) = context["queries"]
        return {**query, "datasource": context["datasource"]}
    head = f"Content-Type: {answer.request.headers['content-type']}\r\n\r\n".encode()
    (part,) = message_from_bytes(head + (answer.request.post_data_buffer or b"")).get_payload()
    form: dict[str, Any] = json.loads(part.get_payload(decode=True))
    return form


def rows_of(answer: Response) -> int:
    """How many rows a chart was told."""
    told = answer.json()
    if "result" in told:
        (result,) = told["result"]
        assert not result["error"], result["error"]
        return int(result["rowcount"])
    return int(told["rowcount"])


def comparable(query: dict[str, Any], columns: set[str] | None = None) -> dict[str, Any]:
    """What decides which rows a query gets, in one form whoever asks it.

    Args:
        query: as a browser or we send it.
        columns: of its dataset: Superset passes over filters of others, which a dashboard sends all the same.
    """
    return {
        "columns": query.get("columns") or [],
        "metrics": query.get("metrics") or [],
        "filters": sorted(
            json.dumps(one, sort_keys=True)
            for one in query.get("filters") or []
            if columns is None or one["col"] in columns
        ),
        "orderby": query.get("orderby") or [],
        "row_limit": query.get("row_limit"),
        "grain": (query.get("extras") or {}).get("time_grain_sqla"),
        "series": query.get("series_columns") or [],
        "post_processing": query.get("post_processing") or [],
    }


def comparable_map(form: dict[str, Any], columns: set[str]) -> dict[str, Any]:
    """The same of the map's form, which Superset makes its query of."""
    assert not re.search(r"HAVING|SQL", json.dumps(form["adhoc_filters"])), "no filter but plain ones"
    plain = [
        {"col": one["subject"], "op": one["operator"], "val": one["comparator"]}
        for one in form["adhoc_filters"]
    ]
    return comparable(
        {
            "columns": [form["entity"]],
            "metrics": [form["metric"]],
            "filters": [*plain, *form["extra_form_data"].get("filters", [])],
            "row_limit": form["row_limit"],
        },
        columns,
    )
