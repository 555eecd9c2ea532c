"""Groups that come to a list at once, or leave it: people of one village, of elsewhere, the dead."""

from __future__ import annotations

from simpul.gate.newcomers import grown, stopped_together
from tests.gate.test_earlier import PEOPLE, listed, with_column
from tests.gate.test_persons import Rows, dtks
from tests.landing.conftest import DTKS

VILLAGES = ("PAHANG", "SIRANTAU", "PERJUANGAN", "SIJAMBI", "GADING")


def of_villages(people: range) -> Rows:
    return with_column(dtks(people), "Desa/Kelurahan", lambda n, said: VILLAGES[n % 5])


def test_a_village_that_grows_alone_is_told_and_one_of_many_or_a_merged_one_is_not():
    was = {"PAHANG": 112, "GADING": 205, "SIJAMBI": 103, "KARYA": 83, "SELAT": 3}
    assert grown(was, was | {"PAHANG": 159}) == {"PAHANG": 47}
    assert not grown(was, was | {"PAHANG": 130, "GADING": 240}), "a tenth and more by chance"
    assert not grown(was, {village: 2 * people for village, people in was.items()}), "the whole list grew"
    assert not grown(was, was | {"PAHANG": 195, "KARYA": 0}), "the people of another came"
    assert not grown(was, was | {"KELURAHAN BARU": 60}), "a new one, or a new spelling"


def test_invented_people_of_one_village_are_told(judged):
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, of_villages(range(1, 201))) == ("landed", [])
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, of_villages(range(1, 251))) == ("landed", [])
    more = with_column(dtks(range(251, 311)), "Desa/Kelurahan", lambda n, said: "PAHANG")
    rows = [*of_villages(range(1, 251)), *more]
    assert judged("dinsos/DTKS 2024-07.csv", DTKS, rows) == ("landed", ["delivery_part_grown"])


def test_people_with_number_and_card_of_another_regency_are_told(judged, query):
    assert judged("dinsos/DTKS 2024-05.csv", DTKS, dtks(range(1, 201))) == ("landed", [])
    rows = dtks(range(1, 221))

    def of_asahan(rows: Rows, *headings: str) -> Rows:
        for heading in headings:
            rows = with_column(rows, heading, lambda n, said: f"1209{said[4:]}" if n >= 200 else said)
        return rows

    born_there = of_asahan(rows, "Nomor NIK")
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, born_there) == ("landed", [])
    both = of_asahan(rows, "Nomor NIK", "Nomor KK")
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, both) == ("landed", ["delivery_people_of_elsewhere"])
    told = query(
        'select "column" from audit.gate_failure where rule_code = %s', "delivery_people_of_elsewhere"
    )
    assert told == [("Nomor NIK",)]


def test_names_that_say_of_their_people_that_they_died(judged):
    def dead(every: int) -> Rows:
        def name(n: int, said: str) -> str:
            return f"{'ALMH.' if n % 2 else 'Alm'} {said}" if n % every == 0 else said

        return with_column(listed(range(1, 301)), "Nama", name)

    assert judged("dinsos/DTKS 2024-05.csv", DTKS, dead(50)) == ("landed", [])
    assert judged("dinsos/DTKS 2024-06.csv", DTKS, dead(30)) == ("landed", []), "some more than before"
    assert judged("dinsos/DTKS 2024-07.csv", DTKS, dead(6)) == ("landed", ["delivery_names_of_dead"])
    almas = with_column(listed(PEOPLE), "Nama", lambda n, said: f"ALMAS {said}" if n % 8 else said)
    assert "delivery_names_of_dead" not in judged("dinsos/DTKS 2023-07.csv", DTKS, almas)[1]


def test_a_part_of_the_list_that_died_at_once_and_a_list_in_the_order_of_who_stopped():
    active = [(False, False)] * 150
    assert stopped_together([*active, *[(True, False)] * 60, *active])
    assert not stopped_together([*active, *active, *[(True, False)] * 60]), "they stand at its end"
    assert not stopped_together([*active, *[(True, True)] * 60, *[(True, False)] * 30, *active]), "sorted"
    scattered = [(n % 9 == 0, False) for n in range(300)]
    assert not stopped_together(scattered)
