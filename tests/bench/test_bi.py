"""The questions of BI at a tiny size: each can be asked by its role, and says what the bare partition says."""

from __future__ import annotations

import re

import pytest

from bench import bi
from bench.figures import Section
from simpul.database import connect


def test_the_file_holds_thirty_questions_and_more():
    found = bi.questions()
    text = bi.QUERIES.read_text(encoding="utf-8")
    assert len(found) == len(re.findall(r"^-- \w+ · ", text, re.MULTILINE)), "none is lost in reading"
    assert len(found) >= 30 and len({question.name for question in found}) == len(found)
    assert {question.role for question in found} == {"bi_reader", "caseworker"}
    assert all(question.words.endswith(("?", ".")) for question in found)
    assert all(re.match("select|with", question.text) for question in found)
    later = next(question for question in found if question.needs == "rpt_finding")
    assert later.role == "bi_reader" and later.name == "findings_by_amount"


def test_a_time_that_nineteen_of_twenty_keep():
    assert bi.p95([0.2]) == 0.2
    assert bi.p95([*[1.0] * 95, *[9.0] * 5]) == pytest.approx(1.4)


@pytest.mark.slow
def test_every_question_is_asked_as_its_role_and_of_the_bare_partition(city):
    with city(1):
        _every_question()


def _every_question() -> None:
    rows = bi.keep_more(1, 2, lambda line: None)
    assert rows > 100

    with connect() as conn:
        kept = conn.execute(
            "select c.relname, array_agg(i.indexrelid::regclass::text order by i.indkey::text) from pg_class c"
            " join pg_index i on i.indrelid = c.oid where c.relname ~ '^person__r[13]$' group by 1 order by 1"
        ).fetchall()
    assert len(kept[0][1]) == len(kept[1][1]) > 2, "a release that is published again keeps its indexes"

    asked = bi.there()
    answers = bi.ask_all(asked, 2, lambda line: None)
    assert [answer.question for answer in answers] == asked and len(asked) >= 30
    found = {answer.question.name: answer.rows for answer in answers}
    assert (
        found["person_by_number"] == 1 and found["family_by_card"] >= 1 and found["records_of_a_person"] >= 1
    )
    assert found["people_by_age_and_sex"] and found["coverage_now"] and found["districts_by_exclusion"]
    assert all(len(answer.asked) == len(answer.bare) == 2 for answer in answers)
    for answer in answers:
        assert len(answer.unlimited) == (2 if answer.question.role == "caseworker" else 0)

    section = Section("bi", "", "")
    bi.judge(section, answers)
    figures = {figure.what: figure for figure in section.figures}
    assert str(figures["p95 of every answer"].goal) == "≤ 200 ms"
    rights = next(figure for what, figure in figures.items() if "row rights of one city" in what)
    assert len(rights.ratios) == 2 and str(rights.goal) == "≤ 1.1 ×"
    [table] = section.tables
    assert len(table.rows) == len(asked)
