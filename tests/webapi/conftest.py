"""A server on this machine that plays the BPS WebAPI, and misbehaves when it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from simpul.settings import get_settings

KEY = "kunci-rahasia-0123456789abcdef"
Act = Callable[["Handler"], None]


def years_page(years: list[int], page: int = 1, pages: int = 1) -> dict[str, Any]:
    items = [{"th_id": year - 1900, "th": str(year)} for year in years]
    return {"status": "OK", "data-availability": "available", "data": [{"page": page, "pages": pages}, items]}


def table(*years: int, figure: float = 13.4) -> dict[str, Any]:
    """A small answer of the data model; figures are invented."""
    return {
        "status": "OK",
        "data-availability": "available",
        "var": [
            {"val": 621, "label": "Persentase Penduduk Miskin (P0) Menurut Kabupaten/Kota", "unit": "Persen"}
        ],
        "turvar": [{"val": 0, "label": "Tidak ada"}],
        "labelvervar": "Kabupaten/Kota",
        "vervar": [{"val": 1272, "label": "Kota Tanjungbalai"}],
        "tahun": [{"val": year - 1900, "label": str(year)} for year in years],
        "turtahun": [{"val": 0, "label": "Tahun"}],
        "datacontent": {f"12726210{year - 1900}0": figure for year in years},
    }


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        if self.server.script and (act := self.server.script.pop(0)):
            act(self)
            return
        self.honest()

    def honest(self) -> None:
        if "/model/th/" in self.path:
            page = int(self.path.split("/page/")[1].split("/")[0])
            pages = self.server.pages
            self.reply(years_page(pages[page - 1], page, len(pages)))
        else:
            asked = self.path.split("/th/")[1].split("/")[0].split(";")
            self.reply(table(*(1900 + int(th) for th in asked), figure=self.server.figure))

    def reply(self, content: Any, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.paths: list[str] = []
        self.script: list[Act | None] = []  # what the next calls meet; None: an honest answer
        self.pages: list[list[int]] = [[2021, 2022], [2023, 2024]]
        self.figure = 13.4


@pytest.fixture
def bps(tmp_path, monkeypatch) -> Iterator[Server]:
    """The server, and settings that point to it."""
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("SIMPUL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SIMPUL_BPS_WEBAPI_KEY", KEY)
    monkeypatch.setenv("SIMPUL_BPS_WEBAPI_URL", f"http://127.0.0.1:{server.server_port}/v1/api")
    get_settings.cache_clear()
    yield server
    server.shutdown()
    server.server_close()
    monkeypatch.undo()
    get_settings.cache_clear()
