"""Persons on real PostgreSQL: who is linked, who is kept apart, and that numbers stay."""

from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simpul.errors import ContractBreach

NIK, OTHER = "1274014105800001", "1274014105900002"
DEED = "3201010101010001"


def test_the_same_nik_is_the_same_person_across_registers(registry):
    person = registry.record
    outcome = registry.link([
        person("k1", NIK, birth_date=date(1980, 5, 1)),
        person("b1", NIK, dataset="bpjs.pbi_jk", birth_date=date(1980, 5, 1)),
        person("p1", NIK, dataset="dinsos.kks_payment"),
        person("k2", OTHER),
        person("k3", None),
    ])  # fmt: skip
    found = registry.persons()
    assert (
        len({found["dinsos.dtks|k1|2024"], found["bpjs.pbi_jk|b1|2024"], found["dinsos.kks_payment|p1|2024"]})
        == 1
    )
    assert (outcome.records, outcome.persons, outcome.new_persons) == (5, 3, 3)
    told = registry.ask(
        "select record_key, match_kind, match_probability, explanation, explanation_id from identity.link order by 1"
    )
    assert [(kind, p) for _, kind, p, _, _ in told] == [
        ("nik", 0.999),
        ("nik", 0.999),
        ("single", None),
        ("single", None),
        ("nik", 0.999),
    ]
    assert told[0][3] == "Other records carry the same valid NIK and the same birth date."
    assert all(
        en and indonesian and not any(c.isdigit() for c in en + indonesian) for *_, en, indonesian in told
    )


def test_a_nik_shared_by_two_people_is_kept_apart_and_said(registry):
    person = registry.record
    outcome = registry.link([
        person("k1", NIK, "SITI AMINAH", date(1980, 5, 1)),
        person("k2", NIK, "BUDI SANTOSO", date(1990, 7, 2)),
    ])  # fmt: skip
    assert (outcome.persons, outcome.shared_niks) == (2, 1)
    assert {text[:26] for (text,) in registry.ask("select explanation from identity.link")} == {
        "NIK shared by several peop"
    }
    assert registry.ask("select count(*) from identity.person_nik") == [(0,)], "nobody owns a NIK in dispute"


def test_a_nik_that_contradicts_its_own_record_joins_by_name_only(registry):
    person = registry.record
    registry.link([
        person("k1", NIK, "SITI AMINAH", date(1980, 5, 1)),
        person("k2", NIK, "SITI AMINAH", date(1980, 1, 5), nik_status="contradicts_birth_date"),
        person("k3", NIK, "BUDI SANTOSO", date(1990, 7, 2), nik_status="contradicts_birth_date"),
    ])  # fmt: skip
    found = registry.persons()
    assert found["dinsos.dtks|k1|2024"] == found["dinsos.dtks|k2|2024"] != found["dinsos.dtks|k3|2024"]
    assert registry.ask("select nik, person_id from identity.person_nik") == [
        (NIK, found["dinsos.dtks|k1|2024"])
    ]


@pytest.mark.parametrize("status", ["missing", "temporary", "wrong_length", "is_kk_number", "serial_zero"])
def test_other_forms_of_nik_link_nothing(registry, status):
    person = registry.record
    assert (
        registry.link([person("k1", NIK, nik_status=status), person("k2", NIK, nik_status=status)]).persons
        == 2
    )


def test_an_entry_without_nik_is_one_person_over_its_periods(registry):
    person = registry.record
    registry.link([person("k1", period="2023"), person("k1", period="2024"), person("k2")])
    assert len(set(registry.persons().values())) == 2


def test_numbers_have_no_gaps_and_follow_the_record_keys(registry):
    person = registry.record
    registry.link([person(f"k{n}") for n in (3, 1, 2)])
    assert registry.persons() == {
        "dinsos.dtks|k1|2024": 1,
        "dinsos.dtks|k2|2024": 2,
        "dinsos.dtks|k3|2024": 3,
    }
    registry.link([person(f"k{n}") for n in (0, 2)], 2)
    assert registry.persons() == {"dinsos.dtks|k0|2024": 4, "dinsos.dtks|k2|2024": 2}


def test_who_shared_a_number_keeps_the_person_when_another_leaves(registry):
    """Staging's keys of a shared number (200#…) hang on who the record is about, not on who else has the number."""
    person = registry.record
    registry.link([person(f"200#{name}", name=name) for name in ("ani", "budi", "cici")])
    before = registry.persons()
    registry.link([person(f"200#{name}", name=name, period="2025") for name in ("ani", "cici")], 2)
    after = registry.persons()
    for name in ("ani", "cici"):
        assert after[f"dinsos.dtks|200#{name}|2025"] == before[f"dinsos.dtks|200#{name}|2024"]


def test_linking_again_changes_nothing(registry):
    person = registry.record
    records = [person("k1", NIK, no_kk=DEED), person("b1", NIK, dataset="bpjs.pbi_jk"), person("k2")]
    first = registry.link(records)
    before = registry.decided()
    again = registry.link(records[::-1])
    assert registry.decided() == before and again.new_persons == 0 and again.persons == first.persons


def test_a_person_survives_a_lost_and_a_corrected_nik(registry):
    person = registry.record
    registry.link([person("k1", NIK)])
    one = registry.persons()["dinsos.dtks|k1|2024"]
    registry.link([person("k1", None)], 2)  # the NIK was destroyed by a spreadsheet
    assert registry.persons()["dinsos.dtks|k1|2024"] == one
    registry.link([person("k1", OTHER)], 3)  # … and corrected
    assert registry.persons()["dinsos.dtks|k1|2024"] == one
    registry.link(
        [person("new", NIK, dataset="bpjs.pbi_jk")], 4
    )  # the entry is gone; both NIKs are remembered
    assert set(registry.persons().values()) == {one}
    registry.link([person("newer", OTHER, dataset="bpjs.pbi_jk")], 5)
    assert set(registry.persons().values()) == {one}


def test_two_persons_found_to_be_one_are_merged_and_told_then_split_again(registry):
    person = registry.record
    registry.link([person("k1", NIK), person("b1", None, dataset="bpjs.pbi_jk")])
    before = registry.persons()
    merged = registry.link([person("k1", NIK), person("b1", NIK, dataset="bpjs.pbi_jk")], 2)
    assert merged.merged == 1 and len(set(registry.persons().values())) == 1
    split = registry.link([person("k1", NIK), person("b1", None, dataset="bpjs.pbi_jk")], 3)
    assert split.split == 1 and registry.persons() == before
    assert registry.ask("select release_id, kind, records from identity.person_event order by 1") == [
        (2, "merge", 1),
        (3, "split", 1),
    ]


def test_families_keep_their_number(registry):
    person = registry.record
    outcome = registry.link(
        [person("k1", no_kk=DEED), person("k2", no_kk=DEED), person("k3", no_kk="0"), person("k4")]
    )
    assert outcome.families == 1
    family = registry.ask("select record_key, family_id from identity.link order by 1")
    assert [number for _, number in family] == [1, 1, None, None]
    registry.link([person("k0", no_kk="3201010101010000"), person("k2", no_kk=DEED)], 2)
    assert registry.ask("select family_id from identity.link where record_key like '%k0%'") == [(2,)]
    assert registry.ask("select family_id from identity.link where record_key like '%k2%'") == [(1,)]


def test_a_repeated_key_is_a_broken_contract(registry):
    person = registry.record
    with pytest.raises(ContractBreach, match=r"1 records of .* repeat"):
        registry.link([person("k1"), person("k1", NIK)])


def test_no_value_of_a_record_in_an_error(registry):
    person = registry.record
    registry.link([person("k1", NIK)])
    registry.ask("select 1")
    from simpul.database import connect
    from simpul.errors import SimpulError

    with connect() as conn:
        conn.execute("alter table identity.person_nik add constraint never check (nik = 'x') not valid")
    with pytest.raises(SimpulError) as caught:
        registry.link([person("k9", OTHER)], 2)
    assert OTHER not in str(caught.value) and caught.value.__cause__ is None


# ------------------------------------------------------------------------------------------------------- properties
NIKS = [None, "1274010101800001", "1274010101800002", "1274010101800003"]
deliveries = st.lists(
    st.tuples(
        st.sampled_from(["dinsos.dtks", "bpjs.pbi_jk"]),
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["2023", "2024"]),
        st.sampled_from(NIKS),
        st.sampled_from(["SITI AMINAH", "BUDI SANTOSO", None]),
        st.sampled_from([date(1980, 1, 1), date(1990, 1, 1), None]),
        st.sampled_from(["valid", "contradicts_birth_date"]),
    ),
    max_size=12,
    unique_by=lambda row: row[:3],
)


def as_records(registry, rows):
    return [
        registry.record(
            key, nik, name, birth, dataset=dataset, period=period, nik_status=status if nik else "missing"
        )
        for dataset, key, period, nik, name, birth, status in rows
    ]


slow_enough = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # shrinking would run the database for minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@slow_enough
@given(history=st.lists(deliveries, min_size=1, max_size=3), random=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_never_matters_and_a_rerun_changes_nothing(registry, history, random):
    outcomes = []
    for shuffle in (False, True):
        registry.empty()
        for number, rows in enumerate(history, 1):
            records = as_records(registry, rows)
            if shuffle:
                random.shuffle(records)
            registry.link(records, number)
            before = registry.decided()
            registry.link(records[::-1], number)
            assert registry.decided() == before
        outcomes.append(
            (
                registry.decided(),
                registry.ask("select person_id, nik, anchor from identity.person_key order by 1"),
            )
        )
    assert outcomes[0] == outcomes[1]
    numbers = [person for person, _, _ in outcomes[0][1]]
    assert numbers == list(range(1, len(numbers) + 1))


@slow_enough
@given(rows=deliveries, more=deliveries, later=st.sets(st.integers(0, 11)))
def test_redelivery_and_new_sources_keep_every_number(registry, rows, more, later):
    """Everybody keeps the number when the same records come again, in part, and with others that contradict nothing."""
    registry.empty()
    records = [r for r in as_records(registry, rows) if r.nik_status != "contradicts_birth_date"]
    registry.link(records)
    before = registry.persons()
    registry.link([record for n, record in enumerate(records) if n not in later], 2)
    registry.link(records, 3)
    assert registry.persons() == before

    payments = [registry.change(r, dataset="dinsos.kks_payment") for r in as_records(registry, more)]
    fresh = {record.key: registry.change(record, birth_date=None, name=None) for record in payments}
    registry.link([*records, *fresh.values()], 4)
    after = registry.persons()
    assert {key: after[key] for key in before} == before
