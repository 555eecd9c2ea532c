"""``python -m bench.identity.through_doors PEOPLE SEED``: the stranger's city as files, landed and linked.

Prints how good it is, and the pairs of mistakes of which most was missed or made.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pyarrow as pa

from bench.identity.quality import Quality, measure
from bench.identity.stranger import lists
from bench.identity.stranger.mistakes import Row
from bench.identity.stranger.people import City
from simpul import pipeline, release
from simpul.database import connect, ensure_database
from simpul.settings import Settings
from simpul.stack.apart import own_home

OWNER = "stranger"
_LINKED = """
select file_name, r.row, record_key, person_id, nik_status
from audit.file join intermediate.int_person_record r using (file_id) join identity.link using (record_key)
"""


@dataclass(frozen=True)
class Record:
    """A row of a file as it came out of linking."""

    row: Row
    key: str
    person_id: int
    nik_status: str


@dataclass(frozen=True)
class Outcome:
    """What became of the files."""

    ended: Counter[str]
    """Status of a file → how many."""
    rows: int
    """Rows that were written."""
    records: Sequence[Record]
    """Records that have a person: rows of one list with the same number, NIK and name are one."""
    quality: Quality

    def missed(self) -> Iterator[tuple[Record, Record]]:
        """Pairs of one person that are not together."""
        return self._pairs(lambda record: record.row.person.number, lambda record: record.person_id)

    def wrong(self) -> Iterator[tuple[Record, Record]]:
        """Pairs of two people that are."""
        return self._pairs(lambda record: record.person_id, lambda record: record.row.person.number)

    def _pairs(self, alike, apart) -> Iterator[tuple[Record, Record]]:  # type: ignore[no-untyped-def]
        groups = defaultdict(list)
        for record in self.records:
            groups[alike(record)].append(record)
        for group in groups.values():
            yield from ((a, b) for a, b in combinations(group, 2) if apart(a) != apart(b))


def bring_in(settings: Settings, people: int, seed: int) -> Outcome:
    """Write the files into the inbox, land them, build what linking reads, link, and compare with the truth."""
    city = City(people, seed)
    written = lists.write(city, seed, settings.inbox)
    landed = pipeline.land_inbox()
    with release.attend(OWNER):
        opened = pipeline.step_open(OWNER)
        pipeline.step_prepare(OWNER)
        pipeline.step_link(opened["release_id"], OWNER)
        with connect() as conn:
            found = conn.execute(_LINKED).fetchall()
    records = [
        Record(written[name][row - 2], key, person_id, nik_status)
        for name, row, key, person_id, nik_status in found
    ]
    return Outcome(
        Counter(str(result["status"]) for result in landed),
        sum(map(len, written.values())),
        records,
        _measured(records),
    )


def _measured(records: Sequence[Record]) -> Quality:
    people = [record.row.person for record in records]
    key = pa.array([record.key for record in records])
    band = [
        ("0-17", "18-39", "40-59", "60+")[(one.age >= 18) + (one.age >= 40) + (one.age >= 60)]
        for one in people
    ]
    truth = pa.table({
        "record_key": key,
        "person": [one.number for one in people],
        "family": [one.family for one in people],
        "sex": [one.sex for one in people],
        "mononym": [" " not in one.name for one in people],
        "age_band": band,
        "region": ["12.74"] * len(people),
        "nik": [record.row.nik for record in records],
        "nik_usable": [record.nik_status == "valid" for record in records],
    })  # fmt: skip
    return measure(pa.table({"record_key": key, "cluster": [record.person_id for record in records]}), truth)


def told(pairs: Iterator[tuple[Record, Record]]) -> Mapping[str, int]:
    """What went wrong on both sides → pairs, the most frequent first."""
    sides = (sorted("+".join(sorted(one.row.wrong)) or "nothing" for one in pair) for pair in pairs)
    return dict(Counter(" | ".join(side) for side in sides).most_common())


def main(people: str, seed: str) -> None:
    """Bring it in and print what came of it."""
    with own_home(settle_seconds="0") as settings:
        ensure_database()
        outcome = bring_in(settings, int(people), int(seed))
    quality = outcome.quality
    print(
        f"{dict(outcome.ended)}, {outcome.rows:,} rows, {quality.records:,} records: precision {quality.precision:.5f}"
        f" recall {quality.recall:.4f} without NIK {quality.without_nik.recall:.4f} wrong {quality.wrong}"
        f" largest gap {quality.largest_gap:.4f}"
    )
    for title, pairs in (("missed", outcome.missed()), ("wrong", outcome.wrong())):
        print(title)
        for what, count in list(told(pairs).items())[:30]:
            print(f"{count:6} {what}")


if __name__ == "__main__":
    main(*sys.argv[1:])
