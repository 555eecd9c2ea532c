"""Numbers of a registry beside the results of its verification."""

from __future__ import annotations

import pytest

from tests.gate.months import _numbered
from tests.gate.test_persons import Rows, dtks, name, slid
from tests.landing.conftest import DTKS

VERVAL = [
    "registri",
    "id_sumber",
    "nik",
    "nama",
    "kode_desa",
    "tanggal_verval",
    "hasil",
    "kelayakan",
    "petugas",
]


def visited(people: range, registry: str = "DTKS", head: str = "D") -> Rows:
    return [
        [
            registry,
            f"{head}{n:09d}",
            one.nik,
            name(n),
            "12.74.05.1001",
            "2024-06-11",
            "ditemukan",
            "layak",
            "A",
        ]
        for n, one in map(_numbered, people)
    ]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (visited(range(1, 41)), []),
        (visited(range(21, 71)), []),  # ten are not in the list any more
        (slid(visited(range(1, 41)), VERVAL, "id_sumber"), ["delivery_ids_of_others"]),
        (visited(range(1, 41), head="P"), ["delivery_ids_unknown"]),
        # of P3KE nobody has a list
        (visited(range(1, 41), "P3KE"), ["delivery_ids_unknown"]),
        (visited(range(1, 41), "P3KE", "P"), []),
        (visited(range(1, 11), head="P"), []),
    ],
    ids=["sound", "some new", "slid", "another registry's", "of DTKS", "no list", "few"],
)
def test_numbers_are_of_the_registry_and_of_the_people(judged, rows, told):
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, dtks(range(1, 61))) == ("landed", [])
    assert judged("dinsos/Hasil verval 2024-06.csv", VERVAL, rows) == ("landed", told)
