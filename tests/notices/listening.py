"""A webhook and a mail server on this machine that keep what they are told."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer


@dataclass
class Heard:
    """What a server was told; ``answer`` is the status that the webhook gives."""

    port: int = 0
    messages: list[dict[str, str]] = field(default_factory=list)
    answer: int = 200


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def a_webhook() -> Iterator[Heard]:
    heard = Heard()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if heard.answer == 200:
                heard.messages.append(body)
            self.send_response(heard.answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    heard.port = server.server_port
    with _serving(server):
        yield heard


@contextmanager
def a_mail_server() -> Iterator[Heard]:
    heard = Heard()

    class Smtp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            lines, is_data = [], False
            for raw in self.rfile:
                line = raw.decode().rstrip("\r\n")
                if is_data and line == ".":
                    heard.messages.append({"message": "\n".join(lines)})
                    is_data = False
                    self.wfile.write(b"250 taken\r\n")
                elif is_data:
                    lines.append(line)
                elif line.upper() == "DATA":
                    is_data = True
                    self.wfile.write(b"354 go on\r\n")
                elif line.upper() == "QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"250 ok\r\n")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp)
    heard.port = server.server_address[1]
    with _serving(server):
        yield heard
