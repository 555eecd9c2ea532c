"""Persons of whom nobody speaks any more: kept as long as what had spoken of them, then only their numbers, taken."""

from __future__ import annotations

import json

import pytest

from simpul import ledger, ledger_held, ledger_journal
from simpul.contract import load_contracts
from simpul.database import connect
from simpul.errors import SimpulError
from simpul.ledger import Decision
from simpul.rebuild import fates
from simpul.rebuild.doing import put_back
from simpul.trust import erasure, retention, unspoken

WHY = Decision(why="their time is over", why_id="masa simpan habis")
ANI, BUDI, CICI = "1274014503900001", "1274010604910002", "1274010705920003"
CARD, OTHER = "1274010101240001", "1274010101240002"
_KEPT = load_contracts()["dinsos.dtks"].retention
MONTHS = max(filter(None, (_KEPT.rows_months, _KEPT.files_months, _KEPT.releases_months)))


def noted(months: int = 0) -> list[tuple[str, int]]:
    """Of whom nobody speaks; so many months pass."""
    with connect(autocommit=True) as conn:
        unspoken.note(conn)
        conn.execute("update identity.unspoken set since = since - make_interval(months => %s)", (months,))
        return conn.execute("select kind, number from identity.unspoken order by 1 desc, 2").fetchall()


def do(statement: str, *values: object) -> None:
    with connect() as conn:
        conn.execute(statement, values)


def removed() -> dict[tuple[str, str], str]:
    return {(one.dataset, one.kind): one.subject for one in retention.remove(WHY)}


@pytest.fixture
def three(registry):
    """Ani and Budi under one card, Cici under another."""
    person = registry.record
    people = [
        person("ani", nik=ANI, name="ANI", no_kk=CARD), person("budi", nik=BUDI, name="BUDI", no_kk=CARD),
        person("cici", nik=CICI, name="CICI", no_kk=OTHER),
    ]  # fmt: skip
    registry.link(people)
    assert [registry.persons()[one.key] for one in people] == [1, 2, 3] and noted() == []
    return people


def test_a_list_that_is_away_for_a_while_finds_its_persons_again(registry, three):
    registry.link(three[:1], 2)
    assert noted() == [("person", 2), ("person", 3), ("family", 2)], "the card is Ani's, too"
    assert noted(MONTHS - 1) and removed() == {}
    registry.link(three, 3)
    assert noted() == [] and [registry.persons()[one.key] for one in three] == [1, 2, 3]
    registry.link(three[:1], 4)
    assert noted(MONTHS - 1) and removed() == {}, "its time begins anew"


def test_when_their_time_is_over_only_the_numbers_stay_taken(registry, three):
    registry.link(three[:1], 2)
    noted(MONTHS)
    told = {(one.dataset, one.kind): one.subject for one in retention.remove(Decision(), dry_run=True)}
    assert told == {("identity", "persons"): "2", ("identity", "families"): "1"}
    assert registry.ask("select count(*) from identity.person_nik") == [(3,)], "dry"
    assert removed() == told and removed() == {}
    everything = json.dumps(
        [
            registry.ask(f"select t::text from identity.{table} t")
            for table in (
                "link",
                "person_key",
                "person_nik",
                "family_key",
                "person_event",
                "doubtful_pair",
                "unspoken",
            )
        ]
    )
    assert ANI in everything and CARD in everything
    assert not [value for value in (BUDI, CICI, OTHER, "budi", "cici") if value in everything]
    assert registry.ask("select person_id, anchor, nik from identity.person_key where person_id > 1 order by 1") == [
        (2, "#removed 2", None), (3, "#removed 3", None),
    ]  # fmt: skip
    assert registry.ask("select count(*) from identity.link_memory") == [(0,)]
    ((detail,),) = registry.ask("select detail from audit.ledger where kind = 'identity.removed'")
    assert (detail["persons"], detail["families"]) == (2, 1) and detail["why"] == WHY.why
    with pytest.raises(SimpulError, match="has left already"):
        erasure.preview(3)
    # who comes back is somebody new, and nobody gets a number of before
    registry.link(three, 3)
    assert [registry.persons()[one.key] for one in three] == [1, 4, 5] and noted() == []
    assert registry.ask("select max(family_id) from identity.link") == [(3,)]


def test_what_stays_is_what_the_ledger_tells(registry, three):
    registry.link(three[:1], 2)
    with connect() as conn:
        held = ledger_held.digests(conn, ledger_held.IDENTITY, ["newest"])
        ledger.append(conn, "release.attached", "2", {"held": held})
    noted(MONTHS)
    assert removed()
    with connect() as conn:
        assert ledger_held.others(conn, ledger_held.IDENTITY) == {}
        conn.execute("update identity.person_key set created_release = 7 where person_id = 1")
        assert list(ledger_held.others(conn, ledger_held.IDENTITY)) == ["identity.person_key"]


def test_who_is_one_with_somebody_who_is_spoken_of_stays(registry):
    """An undone merge gives each the records they had: so the number that was merged away stays, too."""
    person = registry.record
    ani, other = person("ani", nik=ANI, name="ANI"), person("x", name="ANI", mother_name="IBU")
    registry.link([ani, other])
    assert sorted(registry.persons().values()) == [1, 2]
    joined = registry.change(other, nik=ANI)
    registry.link([ani, joined], 2)
    (merged,) = {1, 2} - set(registry.persons().values())
    assert registry.ask("select person_id from identity.person_redirect") == [(merged,)]
    assert noted() == []
    registry.link([ani], 3)
    assert noted() == []
    registry.link([], 4)
    assert noted() == [("person", 1), ("person", 2)]


def test_a_kept_release_speaks_of_them(registry, three):
    with connect() as conn:
        conn.execute("create table release.person (_release_id bigint, person_id bigint, family_id bigint)")
        conn.execute("insert into release.person values (1, 2, 1)")
    registry.link([], 2)
    assert noted() == [("person", 1), ("person", 3), ("family", 2)]


def test_files_that_may_have_held_them_leave_first(registry, three):
    registry.link([], 2)
    with connect() as conn:
        conn.execute(
            "insert into audit.file (file_id, sha256, agency, dataset, file_name, source_path, bytes, status,"
            " archive_path, received_at) values ('f', 'f', 'dinsos', 'dinsos.dtks', 'f', 'f', 1, 'held', 'f/f', now())"
        )
    noted(MONTHS)

    def due() -> list[tuple[str, str, object]]:
        with connect() as conn:
            found = retention.due(conn)
        return [(one.kind, one.subject, one.blocked) for one in found if one.dataset == retention.IDENTITY]

    assert due() == [("families", "2", None), ("persons", "3", None)], "it came after they had gone"
    do("update audit.file set received_at = received_at - make_interval(months => %s)", MONTHS + 1)
    assert due() == [("families", "2", retention._HELD), ("persons", "3", retention._HELD)]
    do("update audit.file set status = 'landed'")
    assert due()[1] == ("persons", "3", None), "what is in use does not hold them"
    do("update audit.file set status = 'held', archive_path = null")
    assert due()[1] == ("persons", "3", None)


def test_a_rebuild_gives_nobody_their_numbers(registry, three):
    """The journal tells of the numbers; they are put back before anybody is linked."""
    registry.link(three[:1], 2)
    noted(MONTHS)
    removed()
    ledger_journal.keep()
    lines, problems = ledger_journal.read()
    assert problems == [] and not any(BUDI in line.text or BUDI in str(line.about) for line in lines)
    do(
        "truncate identity.person_key, identity.person_nik, identity.link, identity.family_key, identity.link_memory"
    )
    put_back(fates.BEFORE, fates.read(lines).rows)
    registry.link(three)
    assert [registry.persons()[one.key] for one in three] == [1, 4, 5]
