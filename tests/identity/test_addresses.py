"""Addresses are compared as they are meant."""

import duckdb
import pytest

from simpul.identity.addresses import PLAIN_ADDRESS


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Jl. Mawar No. 05", "J MAWAR 5"),
        ("JALAN MAWAR NO.5 RT 02/RW 03", "J MAWAR 5"),
        ("JLN MAWAR 5 RT.002 RW.003", "J MAWAR 5"),
        ("Jl Mawar No5", "J MAWAR 5"),
        ("Gang Mawar 5", "G MAWAR 5"),
        ("Kp. Pasir", "K PASIR"),
        ("KAMPUNG PASIR", "K PASIR"),
        ("Dusun II", "D II"),
        ("Jl. KH. Ahmad Dahlan No. 10A", "J KH AHMAD DAHLAN 10A"),
        ("RT 01 RW 02", "RT 1 RW 2"),  # nothing else is known
        ("Jl. Norwegia", "J NORWEGIA"),
        (" - ", None),
        (None, None),
    ],
)
def test_an_address_is_compared_as_it_is_meant(written: str | None, meant: str | None) -> None:
    with duckdb.connect() as con:
        [(found,)] = con.execute(
            f"select {PLAIN_ADDRESS} from (select ?::text as address)", [written]
        ).fetchall()
    assert found == meant
