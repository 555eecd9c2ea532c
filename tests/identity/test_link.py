"""Persons on real PostgreSQL: who is linked, who is kept apart, and that numbers stay."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simpul.database import connect
from simpul.errors import ContractBreach, SimpulError
from simpul.settings import get_settings

NIK, OTHER = "1274014105800001", "1274035506920017"
DEED = "3201010101010001"
NAMES = (
    "AGUS", "BUNGA", "CAHYO", "DEWI", "EKO", "FITRI", "GILANG", "HESTI", "INDRA", "JULIA", "KARTIKA", "LUKMAN",
    "MELATI", "NANDA", "OKTAVIA", "PUTRI", "RATNA", "SURYADI", "TAUFIK", "WULANDARI",
)  # fmt: skip


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
        "select match_kind, match_probability, compared_with, explanation, explanation_id"
        " from identity.link order by record_key"
    )
    assert [row[:3] for row in told] == [
        ("nik", 0.999, "dinsos.dtks|k1|2024"),
        ("nik", 0.999, "bpjs.pbi_jk|b1|2024"),
        ("single", None, None),
        ("single", None, None),
        ("nik", 0.995, "bpjs.pbi_jk|b1|2024"),
    ]
    assert told[0][3:] == (
        "Linked by NIK: same valid NIK; same name; same birth date.",
        "Dihubungkan lewat NIK: NIK valid sama; nama sama; tanggal lahir sama.",
    )
    assert not any(c.isdigit() for *_, en, indonesian in told for c in en + indonesian)


def test_a_nik_shared_by_two_people_is_kept_apart_and_said(registry):
    person = registry.record
    outcome = registry.link([
        person("k1", NIK, "SITI AMINAH", date(1980, 5, 1)),
        person("k2", NIK, "BUDI SANTOSO", date(1990, 7, 2)),
    ])  # fmt: skip
    assert (outcome.persons, outcome.shared_niks) == (2, 1)
    assert {text[:29] for (text,) in registry.ask("select explanation from identity.link")} == {
        "Other records carry its NIK b"
    }
    assert registry.ask("select record_key_a, record_key_b, reason from identity.doubtful_pair") == [
        ("dinsos.dtks|k1|2024", "dinsos.dtks|k2|2024", "shared_nik")
    ]
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


@pytest.mark.parametrize("status", ["missing", "temporary", "is_kk_number", "serial_zero"])
def test_other_forms_of_nik_link_nothing_by_themselves(registry, status):
    person = registry.record
    outcome = registry.link([
        person("k1", NIK, "SITI AMINAH", nik_status=status),
        person("k2", NIK, "BUDI SANTOSO", nik_status=status),
    ])  # fmt: skip
    assert outcome.persons == 2


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


def test_a_number_of_an_erased_person_is_given_to_nobody(registry):
    """The last one is taken though nobody has it; and so are all, where history is linked once more (ADR 0059)."""
    person = registry.record
    with connect() as conn:
        conn.execute(
            "insert into identity.person_key (person_id, anchor) values (2, '#erased 2'), (5, '#erased 5')"
        )
        conn.execute("insert into identity.family_key (family_id, no_kk) values (1, '#erased 1')")
    registry.link([person("k1", no_kk=DEED), person("k2"), person("k4")])
    assert [registry.persons()[f"dinsos.dtks|k{n}|2024"] for n in (1, 2, 4)] == [1, 3, 4]
    assert registry.ask("select family_id from identity.link where family_id is not null") == [(2,)]
    registry.link([person("k7"), person("k8")], 2)
    assert sorted(registry.persons().values()) == [6, 7]


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


def test_a_card_with_a_slip_is_no_other_family(registry):
    """The card on most of a person's records is meant; where as many have each, and where she moved, both stay."""
    card, slip, moved = "1274010101100001", "1274010101100010", "1274020505990007"
    person = registry.record
    hers = [person(f"k{n}", NIK, no_kk=no_kk) for n, no_kk in enumerate((card, card, slip, moved))]
    even = [person(f"e{n}", OTHER, no_kk=no_kk) for n, no_kk in enumerate((card, slip))]
    assert registry.link([*hers, *even]).families == 3
    families = dict(registry.ask("select record_key, family_id from identity.link"))
    assert families[hers[0].key] == families[hers[2].key] == families[even[0].key]
    assert len({families[one.key] for one in (hers[0], hers[3], even[1])}) == 3


def test_a_card_of_four_hundred_makes_nobody_one(registry):
    """A home for children, or a desk's favourite number: one family by its card, and still four hundred people."""
    given, kin = list(NAMES), [f"{one[::-1]} {two}" for one, two in zip(NAMES, reversed(NAMES), strict=True)]
    everybody = [
        registry.record(
            f"k{n:03d}", None, f"{given[n % 20]} {kin[n // 20]}", date(1950, 1, 1) + timedelta(days=61 * n),
            no_kk=DEED, sex="LP"[n % 2], mother_name=f"{kin[n % 20]} {given[n // 20]}",
        )
        for n in range(400)
    ]  # fmt: skip
    outcome = registry.link(everybody)
    assert (outcome.persons, outcome.families) == (400, 1)
    again = [
        registry.change(one, dataset="bpjs.pbi_jk", source_key=f"b{one.source_key}")
        for one in everybody[::40]
    ]
    assert registry.link([*everybody, *again], 2).persons == 400, "and who is listed twice is found on it"


def test_a_repeated_key_is_a_broken_contract(registry):
    person = registry.record
    with pytest.raises(ContractBreach, match=r"1 records of .* repeat"):
        registry.link([person("k1"), person("k1", NIK)])


def test_no_value_of_a_record_in_an_error(registry):
    person = registry.record
    registry.link([person("k1", NIK)])
    registry.ask("select 1")
    from simpul.database import connect

    with connect() as conn:
        conn.execute("alter table identity.person_nik add constraint never check (nik = 'x') not valid")
    with pytest.raises(SimpulError) as caught:
        registry.link([person("k9", OTHER)], 2)
    assert OTHER not in str(caught.value) and caught.value.__cause__ is None


# ------------------------------------------------------------------------------------------------------- properties
NIKS = [None, "1274010101800001", "1274025506920017", "1274034208750203"]
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


CUT, WHOLE = 3, 40  # histories; every link takes half a second
slow_enough = settings(
    max_examples=CUT,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # shrinking would run the database for minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
whole = settings(slow_enough, max_examples=WHOLE)


def order_never_matters(registry, history, random):
    outcomes = []
    for shuffle in (False, True):
        registry.empty()
        for number, rows in enumerate(history, 1):
            records = as_records(registry, rows)
            if shuffle:
                random.shuffle(records)
            registry.link(records, number)
        if not shuffle:
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


histories = given(
    history=st.lists(deliveries, min_size=1, max_size=2), random=st.randoms(use_true_random=False)
)


@slow_enough
@histories
def test_the_order_of_the_rows_never_matters_and_a_rerun_changes_nothing(registry, history, random):
    order_never_matters(registry, history, random)


@pytest.mark.proof
@whole
@histories
def test_the_order_of_the_rows_never_matters_in_many_histories(registry, history, random):
    order_never_matters(registry, history, random)


def numbers_are_kept(registry, rows, more, later):
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


redeliveries = given(rows=deliveries, more=deliveries, later=st.sets(st.integers(0, 11)))


@slow_enough
@redeliveries
def test_redelivery_and_new_sources_keep_every_number(registry, rows, more, later):
    numbers_are_kept(registry, rows, more, later)


@pytest.mark.proof
@whole
@redeliveries
def test_many_redeliveries_keep_every_number(registry, rows, more, later):
    numbers_are_kept(registry, rows, more, later)


# ------------------------------------------------------------------------------- people in the loop, and the way back
HERS = {"birth_date": date(1990, 3, 2), "no_kk": "1274010101100001", "mother_name": "ROSMAWATI HARAHAP"}


def decide(registry, *decisions):
    """What a steward's file says, as staging hands it over."""
    from simpul.database import connect

    with connect() as conn:
        conn.execute("drop table if exists staging.stg_review__link_decision")
        conn.execute(
            "create table staging.stg_review__link_decision (dataset_a text, source_key_a text, dataset_b text,"
            " source_key_b text, is_same_person boolean)"
        )
        for key_a, key_b, same in decisions:
            conn.execute(
                "insert into staging.stg_review__link_decision values (%s, %s, %s, %s, %s)",
                (*key_a.split("|"), *key_b.split("|"), same),
            )


def test_a_decision_binds_against_two_sound_numbers_and_taking_it_back_restores_everything(registry):
    person = registry.record
    records = [
        person("k1", NIK, birth_date=date(1980, 5, 1)),
        person("k2", OTHER, birth_date=date(1992, 6, 15)),
        person("b1", OTHER, birth_date=date(1992, 6, 15), dataset="bpjs.pbi_jk"),
    ]
    registry.link(records)
    before = registry.persons()
    assert before["dinsos.dtks|k1|2024"] != before["dinsos.dtks|k2|2024"] == before["bpjs.pbi_jk|b1|2024"]

    decide(registry, ("dinsos.dtks|k1", "dinsos.dtks|k2", True))
    assert registry.link(records, 2).merged == 1
    assert len(set(registry.persons().values())) == 1
    assert registry.ask("select match_kind from identity.link where record_key = 'dinsos.dtks|k1|2024'") == [
        ("manual",)
    ]
    ((gone, kept),) = registry.ask("select person_id, to_person_id from identity.person_redirect")
    assert {gone, kept} == set(before.values())
    ((en, indonesian),) = registry.ask("select explanation, explanation_id from identity.person_event")
    assert f"person {kept}" in en and f"nomor {kept}" in indonesian
    assert registry.link(records, 3).merged == 0, "the same again is no event"

    decide(registry)
    assert registry.link(records, 4).split == 1
    assert registry.persons() == before
    assert registry.ask("select * from identity.person_redirect") == []
    # as if it had never been: the NIK is its person's again
    registry.link([person("new", OTHER, dataset="bpjs.member", birth_date=date(1992, 6, 15))], 5)
    assert set(registry.persons().values()) == {before["dinsos.dtks|k2|2024"]}


def test_a_merge_is_undone_even_when_the_first_records_are_gone(registry):
    """Neither the entry that a person was first seen as nor its NIK needs to be there."""
    person = registry.record
    first = [person("k1", **HERS), person("b1", name="ROSNA", dataset="bpjs.pbi_jk")]
    later = [
        person("m1", **HERS, dataset="bpjs.member"),
        person("p1", name="ROSNA", dataset="dinsos.kks_payment"),
    ]
    said = [("dinsos.dtks|k1", "bpjs.member|m1", True), ("bpjs.pbi_jk|b1", "dinsos.kks_payment|p1", True)]
    decide(registry, *said)
    registry.link([*first, *later])
    before = registry.persons()
    decide(registry, *said, ("dinsos.dtks|k1", "bpjs.pbi_jk|b1", True))
    registry.link([*first, *later], 2)
    assert len(set(registry.persons().values())) == 1
    decide(registry, *said)
    registry.link(later, 3)
    assert registry.persons() == {record.key: before[record.key] for record in later}


def test_a_decision_takes_two_apart_who_carry_one_nik_and_agree(registry):
    person = registry.record
    records = [
        person("k1", NIK, birth_date=date(1980, 5, 1)),
        person("b1", NIK, birth_date=date(1980, 5, 1), dataset="bpjs.pbi_jk"),
    ]
    registry.link(records)
    assert len(set(registry.persons().values())) == 1
    decide(registry, ("dinsos.dtks|k1", "bpjs.pbi_jk|b1", False))
    assert registry.link(records, 2).persons == 2
    assert registry.ask("select count(*) from identity.doubtful_pair") == [(0,)], "nobody asks again"


def test_evidence_links_a_record_without_a_nik_and_says_why(registry):
    person = registry.record
    registry.link([
        person("k1", NIK, "AISYAH NURUL LUBIS", **HERS),
        person("b1", None, "AISJAH NURUL LUBIS", dataset="bpjs.member", **HERS),
        person("k3", OTHER, "AHMAD FAUZI"),
    ])  # fmt: skip
    found = registry.persons()
    assert found["dinsos.dtks|k1|2024"] == found["bpjs.member|b1|2024"] != found["dinsos.dtks|k3|2024"]
    assert registry.ask(
        "select match_kind, explanation from identity.link where record_key = 'bpjs.member|b1|2024'"
    ) == [(
        "probabilistic",
        "Linked by the weight of the evidence: one has no usable NIK; same name but for spelling, titles or order;"
        " same birth date; same mother's name; same family card.",
    )]  # fmt: skip


def test_one_item_of_a_list_stays_one_person_when_its_number_changes(registry):
    """Case 25: corrected between two deliveries, and both are in the release."""
    person = registry.record
    registry.link([
        person("k1", NIK, birth_date=date(1980, 5, 1), period="2023"),
        person("k1", OTHER, birth_date=date(1980, 5, 1), period="2024", nik_status="contradicts_birth_date"),
        person("k2", NIK[:-1] + "8", "BUDI SANTOSO", birth_date=date(1980, 5, 1), period="2023"),
        person("k2", None, "RATNA DEWI", birth_date=date(1999, 5, 1), period="2024"),
    ])  # fmt: skip
    found = registry.persons()
    assert found["dinsos.dtks|k1|2023"] == found["dinsos.dtks|k1|2024"]
    assert found["dinsos.dtks|k2|2023"] != found["dinsos.dtks|k2|2024"], "the key was given to somebody else"


def test_a_model_for_other_records_links_no_release(registry, tmp_path, monkeypatch):
    own = tmp_path / "own.json"
    own.write_text(
        '{"profile": "plain", "comparisons": {"sex": {"same": {"m": 0.9, "u": 0.5}, "else": {"m": 0.1, "u": 0.5}}}}'
    )
    monkeypatch.setenv("SIMPUL_LINK_MODEL", str(own))
    get_settings.cache_clear()
    try:
        with pytest.raises(SimpulError, match="profile plain"):
            registry.link([registry.record("k1", NIK)])
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
