"""Pairs counted by aggregation are the pairs that enumerating finds."""

from __future__ import annotations

from itertools import combinations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.identity.quality import Pairs, measure

PEOPLE = [
    ("woman", i % 3 == 0, f"{i % 2}") for i in range(8)
]  # sex, mononym, region: the person's, not the record's
RECORD = st.tuples(
    st.integers(0, 7), st.integers(0, 5), st.booleans(), st.integers(0, 3)
)  # person, cluster, usable, NIK


def tables(records):
    keys = [f"r{n}" for n in range(len(records))]
    truth = pa.table({
        "record_key": pa.array(keys, pa.string()),
        "person": pa.array([person for person, *_ in records], pa.int64()),
        "family": pa.array([person // 2 for person, *_ in records], pa.int64()),
        "nik_usable": pa.array([usable for *_, usable, _ in records], pa.bool_()),
        "nik": pa.array([str(nik) for *_, nik in records], pa.string()),
        "sex": pa.array([PEOPLE[person][0] for person, *_ in records], pa.string()),
        "mononym": pa.array([PEOPLE[person][1] for person, *_ in records], pa.bool_()),
        "age_band": pa.array(["18-39"] * len(records), pa.string()),
        "region": pa.array([PEOPLE[person][2] for person, *_ in records], pa.string()),
    })  # fmt: skip
    clusters = pa.table({
        "record_key": pa.array(keys[::-1], pa.string()),  # in another order
        "cluster": pa.array([f"c{cluster}" for _, cluster, *_ in records][::-1], pa.string()),
    })  # fmt: skip
    return clusters, truth


@settings(deadline=None)  # the first call imports Arrow's kernels
@given(st.lists(RECORD, max_size=25))
def test_counts_are_those_of_brute_force(records):
    quality = measure(*tables(records))
    pairs = list(combinations(records, 2))
    true = [(a, b) for a, b in pairs if a[0] == b[0]]

    def found(some):
        return sum(a[1] == b[1] for a, b in some)

    wrong = [(a, b) for a, b in pairs if a[1] == b[1] and a[0] != b[0]]

    def kept(some, beside=()):
        return Pairs(len(some), found(some), len(beside))

    assert quality.pairs == kept(true, wrong)
    assert quality.wrong == len(wrong)
    assert quality.wrong_in_family == sum(a[0] // 2 == b[0] // 2 for a, b in wrong)
    for value, is_asked in (("usable", True), ("not usable", False)):
        assert quality.subgroups["nik"][value] == kept(
            *([(a, b) for a, b in some if (a[2] and b[2]) == is_asked] for some in (true, wrong))
        )
    assert quality.two_niks == kept([(a, b) for a, b in true if a[2] and b[2] and a[3] != b[3]])
    for name, place in (("sex", 0), ("mononym", 1), ("region", 2)):
        for value, counted in quality.subgroups[name].items():
            assert counted == kept(
                *(
                    [pair for pair in some if value in {str(PEOPLE[side[0]][place]) for side in pair}]
                    for some in (true, wrong)
                )
            )
            together_ = counted.found + counted.wrong
            assert counted.precision == (counted.found / together_ if together_ else 1.0)
    together = found(pairs)
    assert quality.precision == (found(true) / together if together else 1.0)


def test_every_record_must_be_in_one_cluster():
    clusters, truth = tables([(0, 0, True, 0), (0, 1, True, 0)])
    with pytest.raises(ValueError, match="1 records are in no cluster"):
        measure(clusters.slice(1), truth)
    with pytest.raises(ValueError, match="3 records in clusters, 2 in the truth"):
        measure(pa.concat_tables([clusters, clusters.slice(1)]), truth)


def test_a_perfect_linkage_and_none():
    records = [(person, person, True, 0) for person in range(6) for _ in range(3)]
    perfect = measure(*tables(records))
    assert (perfect.precision, perfect.recall, perfect.f1, perfect.wrong, perfect.largest) == (1, 1, 1, 0, 3)
    alone = measure(*tables([(person, 0, True, 0) for person in range(2)]))
    assert (alone.wrong, alone.recall, alone.precision) == (1, 1.0, 0.0)
    assert perfect.gap("sex") == 0, "too few pairs to compare"


def test_the_gap_is_that_of_the_best_and_the_worst_people():
    """Everybody's 40 records are found, but one of each of those with one name (every third person)."""
    records = [
        (person, f"{person}{'alone' if person % 3 == 0 and not record else ''}", True, 0)
        for person in range(6)
        for record in range(40)
    ]
    quality = measure(*tables(records))
    assert quality.gap("mononym") == pytest.approx(1 - 38 / 40)
    assert quality.largest_gap == quality.gap("mononym") > quality.gap("nik")
