"""Who should receive and who does, from files: Jakarta's programmes by name, and a labelled province by numbers."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from pathlib import Path
from statistics import stdev

import pytest

from bench import proofs
from bench.province import REGENCIES, Truth, write_province
from sample.files import write_cover_letter, write_table
from sample.layouts import DTKS_HEADERS
from simpul import pipeline
from simpul.database import connect

SEED, OTHER_SEEDS = 5, (11, 23)
CUT, FULL = 3_000, 120_000
PROGRAMMES = ("KJP", "KLJ", "KPDJ", "PBI_JK", "PKH", "SEMBAKO")
# Points that an error of the whole province may be off the truth. Two do not reach the goal of 0.5 with every
# seed, each for want of what no list tells (ADR 0039):
GOAL, GOAL_OF_A_CITY = 0.5, 2.0
SHORT_OF_IT = {
    # a fifth of the dead is reported by nobody: old people who seem to be left out
    ("KLJ", "exclusion"): 1.0,
    # six of seven people with disabilities are on a list: a sample of 1,250, of which one standard error is 0.6
    ("KPDJ", "exclusion"): 2.0,
}
ISLANDS = "31.01"
PEOPLE = {  # name: NIK, family card, born, in DTKS, disability on the list of PMKS
    "SARI": ("3101014103120011", "3101010101150011", "01-03-2012", True, False),  # at school
    "BAGAS": ("3101010504130012", "3101010101150012", "05-04-2013", True, False),  # at school, has KJP
    "RUDI": ("3101010101000013", "3101010101150013", "01-01-2000", True, False),  # 24 years old
    "MBOK INAH": ("3101014107500014", "3101010101150014", "01-07-1950", True, False),  # old
    "PAK DARMO": (
        "310101100640001",
        "3101010101150015",
        "10-06-1940",
        True,
        False,
    ),  # old, a digit is missing
    "NENEK SITI": (
        "3101015212450016",
        "3101010101150016",
        "12-12-1945",
        True,
        False,
    ),  # old, had KLJ until May
    "KAKEK UMAR": (
        "3101011212440017",
        "3101010101150017",
        "12-12-1944",
        False,
        False,
    ),  # had KLJ, in no registry
    "TONO": ("3101010808850018", "3101010101150018", "08-08-1985", True, True),  # has a disability
    "WATI": ("3101014808860019", "3101010101150019", "08-08-1986", True, True),  # … and KPDJ
    "JOKO": (
        "3101010909870020",
        "3101010101150020",
        "09-09-1987",
        True,
        False,
    ),  # nobody says whether he has one
}
RECEIVE = {
    ("KJP", "2024-06"): ["BAGAS"],
    ("KLJ", "2024-05"): ["NENEK SITI", "KAKEK UMAR"],
    ("KLJ", "2024-06"): ["TUKIMAN"],
    ("KPDJ", "2024-06"): ["WATI"],
}
PEOPLE["TUKIMAN"] = ("3101010303480021", "3101010101150021", "03-03-1948", True, False)  # old, has KLJ


def write_islands(out: Path) -> None:
    """The lists of the Thousand Islands: DTKS of June, who receives, and the people with disabilities."""
    place = {
        "provinsi": "DKI JAKARTA",
        "kabupaten": "KAB. ADM. KEPULAUAN SERIBU",
        "kecamatan": "KEPULAUAN SERIBU UTARA",
    }
    listed = [
        place
        | {"id_dtks": str(n), "alamat": f"JL. PANTAI {n}", "no_kk": kk, "nik": nik, "nama": name, "tanggal_lahir": born}
        for n, (name, (nik, kk, born, in_dtks, _)) in enumerate(PEOPLE.items()) if in_dtks
    ]  # fmt: skip
    rows = [tuple(person.get(column, "") for column in DTKS_HEADERS) for person in listed]
    _write(
        out / "dinsos" / "DTKS Kepulauan Seribu 2024-06.csv", tuple(DTKS_HEADERS.values()), rows, "2024-06"
    )
    for (program, period), names in RECEIVE.items():
        rows = [(program, PEOPLE[name][0], name) for name in names]
        _write(
            out / "dinsos" / f"{program} Kepulauan Seribu {period}.csv",
            ("program", "nik", "nama"),
            rows,
            period,
        )
    disabled = [
        (nik, name, "Penyandang Disabilitas", "2024") for name, (nik, *_, has) in PEOPLE.items() if has
    ]
    headers = ("nik", "nama", "jenis_pmks", "tahun")
    _write(out / "dinsos" / "PMKS Kepulauan Seribu 2024.csv", headers, disabled, "2024")


def _write(path: Path, headers: tuple[str, ...], rows: list[tuple[str, ...]], period: str) -> None:
    write_table(path, headers, zip(*rows, strict=True))
    write_cover_letter(path, {"period": period, "region_code": ISLANDS})


def published(inbox: Path, people: int, regencies: tuple[str, ...], seed: int = SEED) -> list[Truth]:
    truth = write_province(inbox, people, seed, regencies)
    write_islands(inbox)
    for result in pipeline.land_inbox():
        assert result["status"] == "landed", result
    assert pipeline.build("labelled province").status == "published"
    return truth


@pytest.fixture(scope="module")
def truth(module_warehouse) -> Iterator[list[Truth]]:
    yield published(module_warehouse.inbox, CUT, REGENCIES[:2])


def ask(query: str, role: str = "steward") -> list[tuple]:
    with connect(role=role, autocommit=True) as conn:
        return conn.execute(query).fetchall()


# ------------------------------------------------------------------------------------------------ Jakarta by name
@pytest.mark.slow
def test_who_in_jakarta_is_eligible_and_does_not_receive_and_why(truth):
    assert ask(
        "select program_code, name, reason_code, since::text from marts_person.worklist_uncovered"
        " join marts_person.person using (person_id)"
        f" where worklist_uncovered.region_code like '{ISLANDS}%' order by 1, 2"
    ) == [
        ("KJP", "SARI", "not_proposed", "2024-06-01"),
        ("KLJ", "KAKEK UMAR", "not_in_registry", "2024-06-01"),
        ("KLJ", "MBOK INAH", "not_proposed", "2024-06-01"),
        ("KLJ", "NENEK SITI", "stopped", "2024-06-01"),
        ("KLJ", "PAK DARMO", "nik_invalid", "2024-06-01"),
        ("KPDJ", "TONO", "not_proposed", "2024-06-01"),
    ]


@pytest.mark.slow
def test_a_disability_that_no_list_tells_is_counted_as_unknown(truth):
    [(eligible, excluded, unknown)] = ask(
        "select sum(eligible), sum(excluded), sum(unknown_not_enrolled) from marts.rpt_program_coverage"
        f" where program_code = 'KPDJ' and region_code = '{ISLANDS}' and period = '2024-06'",
        role="bi_reader",
    )
    assert (eligible, excluded) == (2, 1)
    listed = sum(in_dtks for *_, in_dtks, _ in PEOPLE.values())
    assert unknown == listed - 2


@pytest.mark.slow
def test_reasons_are_sentences_in_both_languages_and_a_caseworker_sees_the_own_regions_only(truth):
    [(said,)] = ask(
        "select count(*) from marts_person.worklist_uncovered where reason !~ '[.]$' or reason_id !~ '[.]$'"
    )
    assert said == 0
    assert ask("select count(*) from marts_person.worklist_uncovered", role="caseworker") == [(0,)]


# ------------------------------------------------------------------------------------ the province, by its labels
@pytest.mark.slow
def test_the_excluded_are_those_on_the_worklist(truth):
    """Counted twice, by unit: the report's excluded and unknown receipts are the eligible of the worklist."""
    assert (
        ask(
            """with listed as (
            select program_code, period, left(region_code, 5) as region_code, count(*) as units
            from marts_person.worklist_uncovered where is_eligible group by 1, 2, 3)
        select program_code, region_code, units, reported from listed
        full join (select program_code, period, region_code, sum(excluded + unknown_receipt) as reported
            from marts.rpt_program_coverage join (select program_code, max(period) as period from listed group by 1)
                as newest using (program_code, period)
            where region_code ~ '^31[.][0-9]{2}$' group by 1, 2, 3 having sum(excluded + unknown_receipt) > 0)
            as report using (program_code, period, region_code)
        where units is distinct from reported"""
        )
        == []
    )
    assert ask("select count(*) > 20 from marts_person.worklist_uncovered where is_eligible") == [(True,)]


def differences(truth: list[Truth]) -> dict[tuple[str, str], tuple[float, float]]:
    """Published less true exclusion and inclusion error, in points, by programme and region (31: the province)."""
    told = {
        (program, region): counts
        for program, region, *counts in ask(
            "select program_code, region_code, sum(eligible)::int, sum(excluded)::int, sum(enrolled_where_known)::int,"
            " sum(included_in_error)::int from marts.rpt_program_coverage where period = '2024-06' group by 1, 2",
            role="bi_reader",
        )
    }
    gaps = {}
    for program in {one.program for one in truth}:
        for region in ("31", *sorted({one.regency for one in truth})):
            true = [one for one in truth if one.program == program and one.regency.startswith(region)]
            should, does, rightly = (
                sum(getattr(one, name) for one in true) for name in ("eligible", "enrolled", "rightly")
            )
            eligible, excluded, enrolled, wrongly = (
                sum(told[program, one.regency][place] for one in true) for place in range(4)
            )
            gaps[program, region] = (
                100 * excluded / eligible - 100 * (should - rightly) / should,
                100 * wrongly / enrolled - 100 * (does - rightly) / does,
            )
    return gaps


@pytest.mark.slow
def test_errors_of_the_large_programmes_are_near_the_truth(truth):
    """A small cut: of three hundred families one is a third of a point, so a few of them are allowed."""
    gaps = differences(truth)
    for program in ("PBI_JK", "KJP", "SEMBAKO", "PKH"):
        assert max(map(abs, gaps[program, "31"])) <= 2.5, (program, gaps[program, "31"])


def told_with_errors(program: str, gaps: dict[tuple[str, str], tuple[float, float]]) -> str:
    """Both differences, each with one standard error: how far the cities, each drawn for itself, lie apart."""
    cities = [pair for (one, region), pair in gaps.items() if one == program and region != "31"]
    return ", ".join(
        f"{points:+.2f} ± {stdev(of_cities) / sqrt(len(of_cities)):.2f}"
        for points, of_cities in zip(gaps[program, "31"], zip(*cities, strict=True), strict=True)
    )


@pytest.mark.proof
@pytest.mark.parametrize("seed", [SEED, *OTHER_SEEDS])
def test_the_labelled_province_at_full_size(cloned_ready, tmp_path, seed):
    with cloned_ready(tmp_path) as settings:
        gaps = differences(published(settings.inbox, FULL, REGENCIES, seed))
    coded = {program: gaps[program, "31"] for program in PROGRAMMES}
    cities = {key: pair for key, pair in gaps.items() if key[1] != "31"}
    far = [key for key, pair in cities.items() if max(map(abs, pair)) > GOAL_OF_A_CITY]
    short = [
        f"{program} {error}"
        for program, pair in coded.items()
        for error, points in zip(("exclusion", "inclusion"), pair, strict=True)
        if abs(points) > GOAL
    ]
    proofs.keep(
        f"coverage_errors_{seed}",
        f"Exclusion and inclusion error against the truth of a labelled province, seed {seed}",
        [
            ("people in five cities of Jakarta", f"{FULL:,}"),
            *(
                (
                    f"{program}: published less true exclusion, inclusion error, points (± one standard error)",
                    told_with_errors(program, gaps),
                )
                for program in PROGRAMMES
            ),
            (f"errors of the province more than {GOAL} points off", ", ".join(short) or "none"),
            (
                "not asked to reach it, for want of what no list tells",
                ", ".join(f"{program} {error}" for program, error in SHORT_OF_IT),
            ),
            (
                f"pairs of programme and city with an error more than {GOAL_OF_A_CITY:g} points off",
                f"{len(far)} of {len(cities)}" + "".join(f"; {p} {region}" for p, region in sorted(far)),
            ),
        ],
    )
    for program, pair in coded.items():
        for error, points in zip(("exclusion", "inclusion"), pair, strict=True):
            assert abs(points) <= SHORT_OF_IT.get((program, error), GOAL), (program, error, points)
