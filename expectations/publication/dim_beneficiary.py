"""The same persons as in ``person``, without what identifies them."""

from __future__ import annotations

from expectations.check import Check, check
from simpul.contract import HOUSE, Standing

STANDING = Standing(owner="Walidata TKPK", basis=HOUSE)

CHECKS: tuple[Check, ...] = (
    check(
        "beneficiary_once",
        "fail",
        "structural",
        column="person_id",
        en="A person stands once.",
        id="Satu orang satu baris.",
        query="select person_id from {batch} group by person_id having count(*) > 1",
    ),
    check(
        "same_persons",
        "fail",
        "structural",
        column="person_id",
        en="It holds exactly the persons of marts_person.person.",
        id="Isinya tepat orang-orang pada marts_person.person.",
        query="""
select person_id from {batch} as beneficiary
full join {person} as person using (person_id)
where beneficiary.person_id is null or person.person_id is null""",
    ),
    check(
        "birth_year_possible",
        "warn",
        "logical",
        column="birth_year",
        en="Nobody is born before 1900 or after the release was opened.",
        id="Tidak ada yang lahir sebelum 1900 atau setelah rilis dibuka.",
        query="select person_id from {batch} where birth_year < 1900 or birth_year > extract(year from _as_of)",
        checked="select count(birth_year) from {batch}",
    ),
)
