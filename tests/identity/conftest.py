"""A hand-made ``intermediate.int_person_record``: identity is tested without running dbt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from simpul.database import connect
from simpul.identity import Linked, link
from simpul.settings import Settings

COLUMNS = (
    "record_key",
    "dataset",
    "source_key",
    "period",
    "nik",
    "nik_status",
    "no_kk",
    "name",
    "birth_date",
    "sex",
)


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

    @property
    def key(self) -> str:
        return f"{self.dataset}|{self.source_key}|{self.period}"

    def row(self) -> tuple[Any, ...]:
        status = self.nik_status or ("valid" if self.nik else "missing")
        own = (self.key, self.dataset, self.source_key, self.period, self.nik, status)
        return (*own, self.no_kk, self.name, self.birth_date, None)


class Registry:
    """What the agencies sent, and what identity made of it."""

    record = Record
    change = staticmethod(replace)

    def make(self) -> None:
        with connect() as conn:
            conn.execute(
                "create table intermediate.int_person_record (record_key text, dataset text, source_key text,"
                " period text, nik text, nik_status text, no_kk text, name text, birth_date date, sex text)"
            )

    def empty(self) -> None:
        with connect() as conn:
            conn.execute(
                "truncate identity.link, identity.person_nik, identity.person_key,"
                " identity.family_key, identity.person_event"
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
