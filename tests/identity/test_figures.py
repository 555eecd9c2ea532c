"""What a run is counted to have done agrees with the tables, record by record."""

from __future__ import annotations

from datetime import date
from math import floor, log2

import pyarrow as pa
import pytest
from psycopg.errors import InsufficientPrivilege

from bench.identity.listing import SCHEMA
from simpul.database import connect
from simpul.identity import resolving
from simpul.identity.comparisons import (
    FULL_NAME,
    LEFT_TO_WEIGHTS,
    MAY_BE_ONE,
    NAMESAKES,
    NEIGHBOURS,
    ONE_OR_TWO,
    ONE_WORD,
    PART_OF_NAME,
    labels,
)
from simpul.identity.figures import count_figures
from simpul.identity.scoring import Here, Measured, load_model
from tests.identity.test_link import HERS, NIK, OTHER, decide

THIRD = "1274015011750003"


def figures(registry, release_id, *names):
    """(figure, dataset, part) → value of a release."""
    rows = registry.ask(
        f"select figure, dataset, part, value from audit.linkage_figure where release_id = {int(release_id)}"
    )
    return {tuple(row[:3]): row[3] for row in rows if not names or row[0] in names}


def one_of_each(registry):
    """Every way to come to one's person, and every way to stay alone."""
    person = registry.record
    return [
        person("k1", NIK, "AISYAH NURUL LUBIS", **HERS),
        person("p1", NIK, "AISYAH NURUL LUBIS", dataset="dinsos.kks_payment"),
        person("b1", None, "AISJAH NURUL LUBIS", dataset="bpjs.member", **HERS),
        person("k2", None, "RATNA", period="2023"),
        person("k2", None, "RATNA", period="2024"),
        person("k3", OTHER, "AHMAD FAUZI", date(1992, 6, 15)),
        person("k4", None, "JOHAN"),
        person("k5", THIRD, "BUDI SANTOSO", date(1975, 11, 10)),
        person("k6", THIRD, "MARIA SITUMORANG", date(1951, 2, 3)),
        person("m1", None, "SUKARDI", dataset="bpjs.member", nik_status="not_digits"),
        person("m2", None, "WIDODO", dataset="bpjs.pbi_jk"),
    ]


def test_every_record_is_counted_once_by_rule_dataset_and_status(registry):
    decide(registry, ("dinsos.dtks|k3", "bpjs.member|m1", True), ("dinsos.dtks|k4", "bpjs.pbi_jk|m2", False),
           ("dinsos.dtks|k4", "dinsos.dtks|gone", True))  # fmt: skip
    done = registry.link(one_of_each(registry))
    assert figures(registry, 1, "rule") == {
        ("rule", "dinsos.kks_payment", "nik"): 1,
        ("rule", "dinsos.dtks", "nik"): 1,
        ("rule", "bpjs.member", "evidence"): 1,
        ("rule", "dinsos.dtks", "item"): 2,
        ("rule", "dinsos.dtks", "decision"): 1,
        ("rule", "bpjs.member", "decision"): 1,
        ("rule", "dinsos.dtks", "alone_shared"): 2,
        ("rule", "dinsos.dtks", "alone"): 1,
        ("rule", "bpjs.pbi_jk", "alone"): 1,
    }
    assert figures(registry, 1, "nik_status") == {
        ("nik_status", "dinsos.dtks", "valid"): 4,
        ("nik_status", "dinsos.dtks", "missing"): 3,
        ("nik_status", "dinsos.kks_payment", "valid"): 1,
        ("nik_status", "bpjs.member", "missing"): 1,
        ("nik_status", "bpjs.member", "not_digits"): 1,
        ("nik_status", "bpjs.pbi_jk", "missing"): 1,
    }
    assert figures(registry, 1, "total") == {
        ("total", "", "records"): done.records,
        ("total", "", "persons"): done.persons,
        ("total", "", "families"): done.families,
        ("total", "", "new_persons"): done.new_persons,
        ("total", "", "shared_niks"): done.shared_niks,
    }
    assert done.shared_niks == 1
    assert figures(registry, 1, "decision") == {
        ("decision", "", "one_person"): 1,
        ("decision", "", "two_persons"): 1,
        ("decision", "", "not_here"): 1,
    }


def test_sizes_weights_and_doubts_are_those_of_the_tables(registry):
    registry.link(one_of_each(registry))
    found = figures(registry, 1)
    for name, query in {
        "person_size": "select records::text, count(*) from (select count(*) as records from identity.link"
        " group by person_id) as p group by 1",
        "largest_person": "select person_id::text, count(*) from identity.link group by 1 having count(*) > 1",
        "doubt": "select reason, count(*) from identity.doubtful_pair group by 1",
    }.items():
        assert {part: value for (figure, _, part), value in found.items() if figure == name} == dict(
            registry.ask(query)
        )
    probabilities = registry.ask(
        "select match_probability from identity.link where match_kind = 'probabilistic'"
    )
    assert probabilities == [(0.9999,)]
    assert figures(registry, 1, "evidence_weight") == {("evidence_weight", "", "12.0"): 1}
    [(doubt,)] = registry.ask("select greatest(probability, 0.0001) from identity.doubtful_pair")
    bits = max(-5.5, floor(2 * log2(doubt / (1 - doubt))) / 2)  # below, nothing is told apart
    assert figures(registry, 1, "doubt_weight") == {("doubt_weight", "", str(bits)): 1}


def test_what_these_records_decide_themselves_is_kept(registry):
    registry.link(one_of_each(registry))
    kinds = {part: value for (_, _, part), value in figures(registry, 1, "one_or_two").items()}
    apart = dict.fromkeys(["misspelt", "entered twice", *ONE_OR_TWO, *NEIGHBOURS], Here.TWO)
    assert kinds == apart | dict.fromkeys([*LEFT_TO_WEIGHTS, *NAMESAKES], Here.BY_WEIGHT), (
        "of so few nothing can be said"
    )


def test_a_kind_is_one_person_or_two_as_measured_and_weighed_where_nothing_forbids_it():
    measured = Measured(
        load_model(), 1, {}, one_here=("no date, one card", FULL_NAME), two_here=(ONE_WORD, PART_OF_NAME)
    )
    kinds = measured.kinds()
    assert {kind for kind, here in kinds.items() if here == Here.ONE} == {"no date, one card", FULL_NAME}
    assert {kind for kind, here in kinds.items() if here == Here.BY_WEIGHT} == {
        "no date, one home",
        "another date, one number",
    }
    assert kinds[ONE_WORD] == kinds[PART_OF_NAME] == Here.TWO


def test_the_kinds_left_to_weights_are_those_that_nothing_forbids():
    """Of pairs with no more of a number and a home in common than their kind asks for."""
    levels = ", ".join(
        f"(select unnest(range(-1, {len(labels(name))})) as gamma_{name})"
        for name in ("name", "birth", "sex", "home", "number")
    )
    with resolving.connect() as con:
        con.execute(
            f"""create table pair as
            select *, 0 as w_home, true as are_births_told, true as shares_village_alone,
                unnest([1, 2]) as fewest_words,
                gamma_number = {labels("number").index("same number")} as is_number_of_few,
                false as is_default_day, false as are_two_valid, false as are_called_alike, true as is_date_made_up,
                true as is_year_guessed, true as shares_village, true as is_mother_untold,
                false as are_addresses_apart
            from {levels} where gamma_name <> {labels("name").index("some letters")}"""
        )
        allowed = {
            kind
            for kind, condition in (ONE_OR_TWO | NEIGHBOURS | NAMESAKES).items()
            if con.execute(
                f"""select bool_or({MAY_BE_ONE}) from (
                    select * from pair where {condition}
                    qualify rank() over (order by gamma_number, gamma_home) = 1)"""
            ).fetchall()
            == [(True,)]
        }
    assert allowed == {*LEFT_TO_WEIGHTS, *NAMESAKES}


def test_a_weight_is_counted_in_its_half_bit(registry):
    from simpul.identity.counting import count

    measured = Measured(load_model(), 1, {})
    with resolving.connect() as con:
        con.execute(
            "create table member as select 'a' as record_key, null::varchar as number, false as owns_nik, 1 as entry_no"
        )
        con.execute("create table placed as select 1 as entry_no, 1 as cluster")
        for probability, part in (
            (0.9577, "4.5"),
            (0.5, "0.0"),
            (0.49, "-0.5"),
            (0.0, "-5.5"),
            (1.0, "12.0"),
        ):
            con.execute(
                "create or replace table said as select 'a' as record_key, 'evidence' as rule,"
                " ?::double as probability, null as card, 'd' as dataset, 'missing' as nik_status", (probability,),
            )  # fmt: skip
            counted = count(con, measured, "member", "placed", "said").figures.to_pylist()
            assert {"figure": "evidence_weight", "dataset": "", "part": part, "value": 1} in counted
    registry.link(one_of_each(registry))
    with connect() as conn:
        conn.execute("update identity.doubtful_pair set probability = null")
        nothing = resolving.resolve(pa.Table.from_pylist([], schema=SCHEMA)).counts()
        count_figures(conn, 2, nothing, 0, "0" * 12)
        assert conn.execute(
            "select part, value from audit.linkage_figure where release_id = 2 and figure = 'doubt_weight'"
        ).fetchall() == [("not_weighed", 1)]


def test_moves_are_counted_for_the_release_that_made_them_and_a_rerun_counts_anew(registry):
    person = registry.record
    apart = [
        person("k1", NIK),
        person("b1", None, dataset="bpjs.pbi_jk"),
        person("gone", OTHER, "AHMAD FAUZI"),
    ]
    together = [person("k1", NIK), person("b1", NIK, dataset="bpjs.pbi_jk")]
    registry.link(apart)
    for _ in range(2):  # a task that is run again
        registry.link(together, 2)
        assert figures(registry, 2, "moved_persons", "moved_records") == {
            ("moved_persons", "", "merge"): 1,
            ("moved_records", "", "merge"): 1,
        }
        # who is no longer on any list is not counted
        assert figures(registry, 2, "total")["total", "", "records"] == 2
    registry.link(apart, 3)
    assert figures(registry, 3, "moved_persons") == {("moved_persons", "", "split"): 1}
    assert figures(registry, 1, "total")["total", "", "records"] == 3, "history stays"


def test_of_nobody_there_is_nothing_to_count(registry):
    registry.link([])
    found = figures(registry, 1)
    kinds = {here for (figure, _, _), here in found.items() if figure == "one_or_two"}
    assert kinds == {Here.TWO, Here.BY_WEIGHT}, "what is done with pairs needs nobody"
    others = {figure for (figure, _, _), value in found.items() if value} - {"one_or_two"}
    assert others == {"model", "run"}


def test_auditors_read_the_figures_and_nobody_but_the_owner_writes_them(registry):
    registry.link(one_of_each(registry))
    count = "select count(*) from audit.linkage_figure"
    with connect(role="auditor") as conn:
        assert conn.execute(count).fetchone()[0] > 10
    for role, statement in (
        ("bi_reader", count),
        ("transformer", "update audit.linkage_figure set value = 0"),
        ("loader", count),
    ):
        with connect(role=role) as conn, pytest.raises(InsufficientPrivilege):
            conn.execute(statement)
    with connect() as conn:
        assert conn.execute(
            "select has_table_privilege('auditor', 'audit.linkage_figure', 'insert, update, delete')"
        ).fetchone() == (False,)
