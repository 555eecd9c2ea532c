"""A hand-made ``intermediate.int_person_record``: identity is tested without running dbt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import pytest

from simpul.database import connect
from simpul.identity import Linked, link, resolving
from simpul.settings import Settings

COLUMNS = ("period", *resolving.COLUMNS)


@dataclass(frozen=True)
class Record:
    """A record as dbt hands it over; its key says where it stands, not in which file."""

    source_key: str
    nik: str | None = None
    name: str | None = "SITI AMINAH"
    birth_date: date | None = None
    no_kk: str | None = None
    dataset: str = "dinsos.dtks"
    period: str = "2024"
    nik_status: str | None = None
    sex: str | None = None
    mother_name: str | None = None
    address: str | None = None
    village_region_code: str | None = None

    @property
    def key(self) -> str:
        return f"{self.dataset}|{self.source_key}|{self.period}"

    def row(self) -> list[Any]:
        village = self.village_region_code
        said = asdict(self) | {
            "record_key": self.key,
            "nik_status": self.nik_status or ("valid" if self.nik else "missing"),
            "district_region_code": village and village[:8],
        }
        return [said.get(name) for name in COLUMNS]


class Registry:
    """What the agencies sent, and what identity made of it."""

    record = Record
    change = staticmethod(replace)

    def make(self) -> None:
        with connect() as conn:
            conn.execute(
                "create table intermediate.int_person_record ("
                + ", ".join(f"{name} {'date' if name == 'birth_date' else 'text'}" for name in COLUMNS)
                + ")"
            )

    def empty(self) -> None:
        with connect() as conn:
            conn.execute(
                "truncate identity.link, identity.person_nik, identity.person_key,"
                " identity.family_key, identity.person_event, identity.person_redirect, identity.doubtful_pair,"
                " identity.link_memory"
            )

    def link(self, records: Iterable[Record], release_id: int = 1) -> Linked:
        """Replace the records and link them."""
        with connect() as conn:
            conn.execute("truncate intermediate.int_person_record")
            with (
                conn.cursor() as cursor,
                cursor.copy(f"copy intermediate.int_person_record ({', '.join(COLUMNS)}) from stdin") as copy,
            ):
                for record in records:
                    copy.write_row(record.row())
        return link(release_id)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with connect() as conn:
            return conn.execute(query).fetchall()

    def persons(self) -> dict[str, int]:
        """Record key → person of the records that are there now."""
        return dict(
            self.ask(
                "select record_key, person_id from identity.link join intermediate.int_person_record using (record_key)"
            )
        )

    def decided(self) -> list[tuple[Any, ...]]:
        return self.ask("select * from identity.link order by 1")


@pytest.fixture
def registry(fresh_warehouse: Settings) -> Iterator[Registry]:
    """An empty warehouse whose ``int_person_record`` is there."""
    made = Registry()
    made.make()
    yield made
