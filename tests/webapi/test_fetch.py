"""The WebAPI fetched from a server on this machine that misbehaves as real ones do."""

from __future__ import annotations

import json
import logging
import time

import pytest

from simpul import pipeline, vault, webapi
from simpul.settings import get_settings
from tests.webapi.conftest import KEY, Handler, table

P0 = webapi.Query(domain="0000", variable=621, since=2021, title="P0")


def fetch(*wanted: webapi.Query, timeout: float = 5.0) -> list[webapi.Fetched]:
    return webapi.fetch(wanted or (P0,), pause=0.0, backoff=0.01, timeout=timeout)


def fail(status: int, **headers: str):
    return lambda handler: handler.reply(
        {"status": "Error", "message": f"key {KEY} is bad"}, status, **headers
    )


def cut(handler: Handler) -> None:
    """Half an answer, then the line is dead."""
    body = json.dumps(table(2021)).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def hang(handler: Handler) -> None:
    time.sleep(1.0)
    handler.close_connection = True


def page_of_a_proxy(handler: Handler) -> None:
    handler.reply(b"<html>Bad gateway</html>")


def test_years_are_asked_page_by_page_and_figures_three_years_a_call(bps) -> None:
    done = fetch()
    assert [(one.status, one.years) for one in done] == [("new", (2021, 2022, 2023)), ("new", (2024,))]
    assert [path.rpartition("/key/")[0] for path in bps.paths] == [
        "/v1/api/list/model/th/domain/0000/var/621/page/1",
        "/v1/api/list/model/th/domain/0000/var/621/page/2",
        "/v1/api/list/model/data/lang/ind/domain/0000/var/621/th/121;122;123",
        "/v1/api/list/model/data/lang/ind/domain/0000/var/621/th/124",
    ]
    first = get_settings().fetched / "bps" / "0000_621_2021-2023.json"
    assert done[0].path == first and json.loads(first.read_bytes()) == table(2021, 2022, 2023)


def test_the_same_bytes_are_no_new_delivery_and_a_revision_is_one(bps) -> None:
    (first, _) = fetch()
    before = first.path.stat().st_mtime_ns
    assert [one.status for one in fetch()] == ["same", "same"]
    assert first.path.stat().st_mtime_ns == before
    bps.figure = 12.9
    assert [one.status for one in fetch()] == ["changed", "changed"]


@pytest.mark.parametrize(
    "trouble", [fail(500), fail(503), fail(429, Retry_After="0.01"), cut, page_of_a_proxy]
)
def test_a_passing_trouble_is_waited_out(bps, trouble) -> None:
    bps.script = [trouble, trouble, None, None, trouble]
    assert [one.status for one in fetch()] == ["new", "new"]


def test_silence_is_a_trouble_too(bps) -> None:
    bps.script = [hang]
    assert len(fetch(timeout=0.3)) == 2


def test_the_server_says_how_long_to_wait(bps) -> None:
    bps.script = [fail(429, Retry_After="0.4")]
    started = time.monotonic()
    fetch()
    assert time.monotonic() - started >= 0.4


def test_a_lasting_trouble_ends_and_leaves_the_other_tables(bps) -> None:
    other = P0.model_copy(update={"variable": 619})
    bps.script = [fail(503)] * 5
    with pytest.raises(
        webapi.WebApiUnavailable, match="table 621 of domain 0000: the server answered 503, 5 times"
    ):
        fetch(P0, other)
    assert sorted(path.name for path in (get_settings().fetched / "bps").glob("*.json")) == [
        "0000_619_2021-2023.json",
        "0000_619_2024-2024.json",
    ]


@pytest.mark.parametrize("refusal", [fail(200), fail(401), fail(302, Location="http://127.0.0.1:9/steal")])
def test_a_refusal_is_not_repeated(bps, refusal) -> None:
    bps.script = [refusal]
    with pytest.raises(webapi.WebApiError):
        fetch()
    assert len(bps.paths) == 1


@pytest.mark.parametrize("absent", ["not-available", "list-not-available"])
def test_no_figures_is_an_answer(bps, absent) -> None:
    def nothing(handler: Handler) -> None:
        handler.reply({"status": "OK", "data-availability": absent, "data": ""})

    bps.script = [nothing]
    assert fetch() == []
    bps.script = [None, None, nothing]
    assert next((one.status, one.path) for one in fetch()) == ("none", None)


def test_a_flood_is_cut_off(bps, monkeypatch) -> None:
    monkeypatch.setattr(webapi, "MAX_BYTES", 1000)
    bps.script = [lambda handler: handler.reply(b" " * 10_000)]
    with pytest.raises(webapi.WebApiError, match="MiB"):
        fetch()


def test_the_key_is_never_told(bps, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for script in ([fail(401)], [fail(503)] * 5, [cut] * 5, [page_of_a_proxy] * 5, [fail(200)]):
        bps.script = list(script)
        with pytest.raises((webapi.WebApiError, webapi.WebApiUnavailable)) as caught:
            fetch()
        told.append(f"{caught.value} {caught.value!r} {caught.getrepr(showlocals=False)}")
    fetch()
    told += [record.getMessage() for record in caplog.records]
    assert KEY not in repr(get_settings())
    assert all(KEY not in text for text in told)
    assert any(f"/key/{KEY}" in path for path in bps.paths)


def test_rounds_are_a_day_apart_and_need_a_key(bps, monkeypatch) -> None:
    assert webapi.is_due()
    fetch()
    assert not webapi.is_due()
    monkeypatch.setenv("SIMPUL_BPS_WEBAPI_HOURS", "0")
    get_settings.cache_clear()
    assert webapi.is_due()
    monkeypatch.delenv("SIMPUL_BPS_WEBAPI_KEY")
    get_settings.cache_clear()
    assert not webapi.is_due()
    with pytest.raises(webapi.WebApiError, match="no key"):
        fetch()
    get_settings().prepare()
    vault.path(webapi.SECRET).write_text("dari-berkas\n")
    fetch()
    assert bps.paths[-1].endswith("/key/dari-berkas")


def test_the_declared_tables_can_be_read() -> None:
    assert {(query.domain, query.variable) for query in webapi.queries()} >= {("0000", 192), ("0000", 621)}


def test_what_was_fetched_waits_to_be_landed_as_a_delivery_of_bps(fresh_warehouse, bps, monkeypatch) -> None:
    monkeypatch.setenv("SIMPUL_SETTLE_SECONDS", "0")
    get_settings.cache_clear()
    assert pipeline.step_fetch() and pipeline.step_fetch() is None, "once a day"
    waiting = pipeline.step_select("bps")
    assert len(waiting) == 2 * len(webapi.queries())
    outcome = pipeline.step_land(waiting[0], run_id="r")
    assert (outcome["dataset"], outcome["status"]) == ("bps.webapi", "loaded")
    assert pipeline.step_gate_files([outcome])[0]["status"] == "landed"
    assert len(pipeline.step_select("bps")) == len(waiting) - 1
