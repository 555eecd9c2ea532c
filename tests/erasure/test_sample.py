"""The sample through the real pipeline: people are erased, and the next release is made without them."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

import psycopg
import pytest

from bench.proofs import keep
from sample import write_sample
from simpul import pipeline
from simpul.database import connect
from simpul.landing.verify import verify
from simpul.settings import get_settings
from simpul.stack import postgres
from simpul.trust import erasure
from tests.erasure.conftest import WHY
from tests.erasure.test_erase import traces

_MERGED = """
select person_id from identity.link group by person_id
having count(distinct match_kind) > 1 and bool_or(match_kind = 'probabilistic') order by count(*) desc, 1 limit 20
"""
_VALUES = """
select distinct nik, name from intermediate.int_person_record join identity.link using (record_key)
where person_id = %(person)s and nik_status = 'valid' and not exists (
    select from intermediate.int_person_record as other join identity.link as l using (record_key)
    where l.person_id <> %(person)s and other.nik = int_person_record.nik)
"""
_SUMS = "select sum(amount_idr)::bigint from marts.rpt_program_payment where region_code = '12.74'"


def ask(text: str, **values: object) -> list[tuple]:
    with connect() as conn:
        return conn.execute(text, values).fetchall()


def pages(value: bytes) -> int:
    """Files of the server in which a value stands: pages keep bytes of deleted rows, and the log does."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as conn:
        conn.execute("checkpoint")
        row = conn.execute("show data_directory").fetchone()
    assert row is not None
    return sum(value in path.read_bytes() for path in Path(row[0]).rglob("*") if path.is_file())


@pytest.mark.proof
def test_people_of_the_sample_are_erased_and_the_next_release_is_made_without_them(
    ready_warehouse, tmp_path
) -> None:
    inbox, later = ready_warehouse.inbox, tmp_path / "later"
    write_sample(inbox, people=1000, seed=3, later=later, findings=True)
    pipeline.land_inbox()
    assert pipeline.build("one").status == "published"
    shutil.copytree(later, inbox, dirs_exist_ok=True)
    pipeline.land_inbox()
    assert pipeline.build("two").status == "published"
    people = [person for (person,) in ask(_MERGED)]
    chosen = [*people[:2], *random.Random(1).sample(people[2:], 3)]
    everybody = ask("select count(distinct person_id) from identity.link")[0][0]
    published = ask(_SUMS)
    seconds, values, left = [], [], 0
    for person in chosen:
        told = ask(_VALUES, person=person)
        values += [value for row in told for value in row[:1] if value]
        begun = time.perf_counter()
        done = erasure.erase(person, WHY, "Budi", "Ani")
        seconds.append(time.perf_counter() - begun)
        assert done.certificate and erasure.verify(done.certificate).is_sound
        left += sum(pages(value.encode()) for value, _ in told)
    assert values and [traces(value) for value in values] == [[]] * len(values)
    assert verify().findings == () and ask(_SUMS) == published, "what was published stays"
    assert pipeline.build("three").status == "published"
    assert ask("select count(distinct person_id) from identity.link")[0][0] == everybody - len(chosen)
    assert ask("select count(*) from marts_person.person where person_id = any(%(ids)s)", ids=chosen) == [
        (0,)
    ]
    assert ask(_SUMS) != published, "and the next figures are without them"
    assert [traces(value) for value in values] == [[]] * len(values)
    assert verify().findings == () and all(
        erasure.verify(path).is_sound for path in get_settings().certificates.glob("*.txt")
    )
    keep(
        "erasure",
        "Erasure: people of the sample leave, and the next release is made without them",
        [
            ("people erased, of merged clusters", str(len(chosen))),
            ("traces in the dump, in all files, after it and after the next release", "0"),
            ("files of the server that still hold bytes of a number (pages, write-ahead log)", str(left)),
            ("longest erasure", f"{max(seconds):.1f} s"),
        ],
    )
