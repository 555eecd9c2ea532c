"""The grammar of NIK and KK: the dbt macros and `simpul.identity.grammar` never disagree."""

from __future__ import annotations

import random
from datetime import date

from simpul.identity import grammar
from simpul.identity.grammar import KkStatus, NikStatus
from simpul.regions import Regions


def _records(count: int, seed: int) -> list[tuple[str, str, date | None, str | None, bool]]:
    """NIK cell, KK cell, birth date, sex, rounded: sound ones, mutated ones and noise."""
    chance = random.Random(seed)
    codes = [r.region_code.replace(".", "") for r in Regions.load() if r.level == "district"]

    def number(born: date | None, woman: bool) -> str:
        born = born or date(chance.randint(1930, 2024), chance.randint(1, 12), chance.randint(1, 28))
        code = chance.choice([*codes[:40], "107401", "971201", "129999"])
        return f"{code}{born.day + 40 * woman:02}{born:%m%y}{chance.choice([0, 1, 10, 12, 345, 9999]):04}"

    def mutated(text: str) -> str:
        for _ in range(chance.choice([0, 0, 1, 1, 2])):
            place = chance.randrange(len(text) + 1)
            text = chance.choice(
                [
                    text[:place]
                    + chance.choice("0123456789OIl'. -Ee+,x\N{NO-BREAK SPACE}")
                    + text[place + 1 :],
                    text[:place] + text[place + 1 :],
                    text[:place] + chance.choice("0123456789 ") + text[place:],
                    text + chance.choice([".0", " ", "E+15"]),
                    f"{text[:8]}{chance.randint(0, 99):02}{text[10:]}",
                    f"{text[:6]}{chance.randint(0, 99):02}{text[8:]}",
                ]
            )
        return text

    odd = [
        "",
        "0",
        "-",
        "NOKKS",
        "0.0",
        "00.",
        "0O0",
        "9" * 16,
        "12345678",
        "1.2E+15",
        "٣" * 16,
        "e1",
        "1e1",
        "\\",
        "5",
    ]
    records = []
    for _ in range(count):
        born = date(chance.randint(1930, 2024), chance.randint(1, 12), chance.randint(1, 28))
        woman = chance.random() < 0.5
        nik = mutated(number(born, woman)) if chance.random() < 0.95 else chance.choice(odd)
        no_kk = chance.choice(
            [nik, mutated(number(None, False)), mutated(number(None, woman)), chance.choice(odd)]
        )
        told = chance.choice([born, born, None, date(born.year, born.day % 12 + 1, born.month)])
        sex = chance.choice(["male", "female", None, "female" if woman else "male"])
        records.append((nik, no_kk, told, sex, chance.random() < 0.3))
    return records


def test_python_and_sql_agree_on_every_number(evaluate, macros):
    """40,000 sound, mutated and senseless numbers in one query."""
    records = _records(40_000, seed=4)
    rows = [
        {
            "nik": nik,
            "no_kk": no_kk,
            "birth_date": str(born or ""),
            "sex": sex or "",
            "rounded": str(rounded).lower(),
        }
        for nik, no_kk, born, sex, rounded in records
    ]
    nik, no_kk = f"({macros.nik_digits('nik')})", f"({macros.nik_digits('no_kk')})"
    found = evaluate(
        rows,
        nik,
        no_kk,
        macros.nik_status(nik, no_kk, "birth_date::date", "sex", "rounded::bool"),
        macros.kk_status(no_kk, nik, "birth_date::date", "rounded::bool"),
        macros.prefix_level(nik),
    )
    expected = []
    for sent_nik, sent_no_kk, born, sex, rounded in records:
        one, other = grammar.digits(sent_nik or None), grammar.digits(sent_no_kk or None)
        expected.append(
            (
                one,
                other,
                grammar.nik_status(one, other, born, sex, in_rounded_file=rounded),
                grammar.kk_status(other, one, born, in_rounded_file=rounded),
                grammar.prefix_level(one),
            )
        )
    different = [(r, f, e) for r, f, e in zip(records, found, expected, strict=True) if f != e]
    assert not different, different[:5]
    # the comparison says something only where every status occurs
    assert {row[2] for row in found} == set(NikStatus) - {NikStatus.SHARED}
    assert {row[3] for row in found} == set(KkStatus)
