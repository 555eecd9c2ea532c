"""The five articles: land files that state their facts, build once, and ask each by a query of the analysts' page."""

from __future__ import annotations

from decimal import Decimal

import pytest

from simpul import pipeline
from simpul.database import connect
from tests.pipeline.analysts_page import examples
from tests.pipeline.articles import FILES, LATER, LETTERS

pytestmark = pytest.mark.slow


def _deliver(inbox, files) -> None:
    for name, text in files.items():
        path = inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if letter := LETTERS.get(name):
            path.with_name(f"{path.name}.yml").write_text(letter, encoding="utf-8")
        path.write_text(text, encoding="utf-8")
    for result in pipeline.land_inbox():
        assert result["status"] == "landed", (result["file_name"], result["reason"])


@pytest.fixture(scope="module")
def published(module_warehouse):
    _deliver(module_warehouse.inbox, FILES)
    _deliver(module_warehouse.inbox, LATER)
    outcome = pipeline.build("test articles")
    assert outcome.status == "published", outcome


@pytest.fixture
def ask(published):
    def answer(query: str) -> list[tuple]:
        """One of the page's, by its title, or one of the test's own."""
        with connect(role="bi_reader", autocommit=True) as conn:
            return conn.execute(examples().get(query, query)).fetchall()

    return answer


def test_the_poor_of_tanjungbalai_in_2017(ask):
    assert ask("poverty: one city") == [(Decimal("14.46"), 24690)]


def test_thirteen_indicators_of_tanjungbalai(ask):
    told = ask("indicators: reached, missed, cannot be said")
    assert [(number, achieved, why) for number, *_, achieved, why in told] == [
        ("1", True, None),
        ("2", True, None),
        ("3", None, "no_figure"),
        ("4", True, None),
        ("5", False, None),  # more children left primary school than was meant …
        ("6", True, None),  # … and fewer secondary school
        ("7", False, None),
        ("8", True, None),
        ("9", None, "one_figure_only"),
        ("10", True, None),
        ("11", True, None),
        ("12", False, None),
        ("13", False, None),
    ]
    assert ask("select unit, direction, target, realised, realised_year, agencies from fct_indicator_achievement"
               " where indicator in ('DROPOUT_PRIMARY', 'SAFE_SANITATION', 'PKH_COST_SHARING') order by target") == [
        ("percent", "lower", Decimal("0.14"), Decimal("1.53"), 2016, "Dinas Pendidikan"),
        ("percent", "higher", Decimal("2.9"), Decimal("3.61"), 2017, "Bappeda"),
        ("percent", "higher", Decimal(87), Decimal("81.31"), 2016, "Dinas Peraperkim / Dinas PUPR / Kotaku / NUSP"),
    ]  # fmt: skip


def test_the_extremely_poor_of_tanjungbalai(ask):
    assert ask("extreme poverty: one city") == [(Decimal("1.03"), 1890, "ppp_1_90")]


def test_four_regions_of_banten_stand_above_the_province(ask):
    assert ask("position: above the province") == [
        ("Kabupaten Pandeglang", Decimal("9.27"), Decimal("3.10"), Decimal("-0.09")),
        ("Kabupaten Lebak", Decimal("8.68"), Decimal("2.51"), Decimal("-0.68")),
        ("Kabupaten Tangerang", Decimal("6.93"), Decimal("0.76"), Decimal("-2.43")),
        ("Kota Serang", Decimal("6.20"), Decimal("0.03"), Decimal("-3.16")),
    ]


def test_three_of_banten_are_above_one_percent_and_cilegon_is_at_nought(ask):
    told = ask("extreme poverty: a province")
    assert [(name, percent) for name, percent, *_ in told if percent > 1] == [
        ("Kabupaten Tangerang", Decimal("2.00")),
        ("Kabupaten Lebak", Decimal("1.79")),
        ("Kabupaten Pandeglang", Decimal("1.34")),
    ]
    assert told[-1] == ("Kota Cilegon", 0, 0, None)
    assert told[0] == ("Kabupaten Tangerang", Decimal("2.00"), None, "not_published")


def test_banten_in_2024_against_its_target_of_2025(ask):
    assert ask("position: how far from the target") == [
        (Decimal("5.84"), 2025, Decimal("4.5"), Decimal("5.5"), Decimal("0.34"))
    ]


def test_jambi_by_its_two_sources(ask):
    """What the governor quoted of March is not what BPS prints; of September BPS prints nothing."""
    governor = "Pemerintah Provinsi Jambi"
    assert ask("poverty: who says so") == [
        ("2021-03", Decimal("8.09"), "BPS", True, "published"),
        ("2021-03", Decimal("8.07"), governor, False, "quoted"),
        ("2021-09", Decimal("7.67"), governor, True, "published"),
        ("2021-09", None, "BPS", False, "gap"),
    ]
    assert ask("poverty: since the last observation") == [
        (Decimal("7.67"), 279860, Decimal("-0.42"), -14000, Decimal("-2.04"), True)
    ]
    assert ask("select has_conflicting_figures, value_status from fct_poverty_figure where region_code = '15'"
               " and indicator = 'p0_percent' and month = 3") == [(True, "final")]  # fmt: skip


def test_who_budgets_the_verification_in_jambi(ask):
    assert ask("verval: who budgets it") == [(2020, 7, 4, 11), (2021, 8, 3, 11)]


def test_a_team_meets_three_times_a_year(ask):
    assert ask("meetings: three a year") == [(2018, 1, False), (2024, 3, True)]


# --------------------------------------------------------------------------------------- what no article says
def test_a_revised_figure_is_told_with_what_it_was(ask):
    assert ask(
        "select figure, difference, standing, edition from fct_poverty_source where region_code = '00' and year = 2017"
        " and month = 3 and indicator = 'p0_percent' order by source_no"
    ) == [
        (Decimal("10.64"), 0, "published", "a_2017"),
        (Decimal("10.12"), Decimal("-0.52"), "replaced", "a_2017"),
    ]
    assert ask(
        "select month, p0_percent, value_status from fct_poverty where region_code = '00' and year = 2017 order by 1"
    ) == [(3, Decimal("10.64"), "revised"), (9, Decimal("10.12"), "final")]


def test_the_newest_count_of_a_region_is_told_with_the_objection(ask):
    assert ask(
        "select place_key, kind, people, has_conflicting_figures from fct_social_workforce order by 1, 2"
    ) == [
        ("15.71", "TAGANA", 34, True),
        ("15.71", "TKSK", 11, False),
        ("15.72", "PENDAMPING_PKH", 1024, False),
        # nobody is called so: it stands there all the same
        ("Kota Antah Berantah", "PSM", 7, False),
    ]
    assert ask("select region_code from fct_social_workforce where kind = 'PSM'") == [(None,)]


def test_the_last_visit_of_a_record_counts(ask):
    assert ask(
        "select region_code, registry, is_budgeted, target_records, verified_percent::text, verified, found, not_found,"
        " deceased, eligible, ineligible"
        " from fct_verval where year = 2024"
    ) == [("12.74", "DTKS", None, 5, "40.00", 2, 1, 0, 1, 1, 1)]


def test_nik_are_repaired_from_edition_to_edition(ask):
    assert ask("nik: is it getting better") == [
        ("2024-05", 2, 5, Decimal("40.00")),
        ("2024-06", 1, 5, Decimal("20.00")),
    ]
