"""A ledger that really happened: releases published, taken back, decided about; its export, and anchors on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from simpul import ledger, ledger_anchors, release
from simpul.database import connect
from simpul.ledger import Decision
from simpul.ledger_verifier import Anchor
from tests.release.conftest import Workshop


@dataclass(frozen=True)
class Kept:
    """Lines of the export, anchors in the order in which they were drawn; the last is of the last event."""

    lines: list[str]
    anchors: list[Anchor]


@pytest.fixture(scope="module")
def kept(cloned_warehouse, tmp_path_factory) -> Kept:
    anchors = []
    with cloned_warehouse(Path(tmp_path_factory.mktemp("ledger"))):
        Workshop.deliver("aaaaaaaaaaaaaaaa")
        for number in range(4):
            Workshop.publish(rows=5)
            with connect() as conn:
                ledger.append(
                    conn, "test.said", 'a "subject" \\ ½', {"x": [1, 1.50, None, True, {"y": "\t}, "}]}
                )
            with connect() as conn:
                anchors.append(ledger_anchors.draw(conn))
            if number % 2:
                release.rollback(None, Decision("ani", 'wrong: "P0" of 12.74', "keliru — lihat lembar 2"))
        release.pin(2, Decision("budi", "for the audit", "untuk pemeriksaan"))
        with connect() as conn:
            anchors.append(ledger_anchors.draw(conn))
            return Kept(list(ledger.export(conn)), anchors)
