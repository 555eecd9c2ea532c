"""Suggestions reach the table that the worklist reads, and only where something can be suggested."""

from datetime import date

from simpul.identity import suggest_niks


def test_broken_numbers_get_a_suggestion_and_a_second_run_changes_nothing(registry):
    record, born = registry.record, date(1990, 3, 12)
    registry.link(
        [
            record("letters", nik="12740I1203900001", nik_status="not_digits"),
            record("again", nik="12740I1203900001", nik_status="not_digits", period="2023"),
            record(
                "month", nik="1274011230900001", nik_status="impossible_date", birth_date=date(1990, 12, 30)
            ),
            record("swapped", nik="1274010312900001", nik_status="contradicts_birth_date", birth_date=born),
            record("another's", nik="1274011207650001", nik_status="contradicts_birth_date", birth_date=born),
            record("rounded", nik="1274011203900010", nik_status="rounded", birth_date=born),
            record("sound", nik="1274011203900001"),
            record("missing"),
        ]
    )
    for _ in range(2):
        assert suggest_niks(1) == 4
        assert registry.ask("select * from identity.nik_suggestion order by record_key") == [
            ("dinsos.dtks|again|2023", "1274011203900001", "letters_for_digits", 0.8),
            ("dinsos.dtks|letters|2024", "1274011203900001", "letters_for_digits", 0.8),
            ("dinsos.dtks|month|2024", "1274013012900001", "day_and_month_swapped", 0.9),
            ("dinsos.dtks|swapped|2024", "1274011203900001", "day_and_month_swapped", 0.5),
        ]
    registry.link([record("sound", nik="1274011203900001")])
    assert suggest_niks(2) == 0
    assert registry.ask("select count(*) from identity.nik_suggestion") == [(0,)]
