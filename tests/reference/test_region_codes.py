"""What was sent of a place → region: the dbt macro and `simpul.regions` agree, by one truth table."""

from __future__ import annotations

import csv
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import jinja2
import pytest

from simpul import database
from simpul.regions import Place, Region, Regions, Sent, dotted

ROOT = Path(__file__).parents[2]
DBT = ROOT / "dbt_project"
NAMES = ("province", "regency", "district", "village")

with open(ROOT / "tests" / "golden" / "region_codes.csv", encoding="utf-8", newline="") as file:
    GOLDEN = list(csv.DictReader(file))
with open(ROOT / "tests" / "golden" / "form_regions.csv", encoding="utf-8", newline="") as file:
    FORMS = list(csv.DictReader(file))


def village(region_code: str, name: str, since: str = "2021-12-13", until: str | None = None) -> Region:
    first, last = date.fromisoformat(since), date.fromisoformat(until) if until else None
    district = region_code[:8]
    return Region(
        region_code, None, name, "village", district, region_code[:2], first, last, not last, None, None, 2022
    )


VILLAGES = [
    village("12.74.01.1001", "Sirantau"),
    village("12.74.01.1002", "Pahang"),
    # the decree of 2025 drops one and adds one
    village("12.74.01.1009", "Hilang", until="2025-04-24"),
    village("12.74.01.1010", "Baru", since="2025-04-25"),
    village("12.74.05.1001", "Sama"),
    village("12.74.05.1002", "SAMA"),
]


@pytest.fixture(scope="module")
def regions() -> Regions:
    return Regions.of([*Regions.load(), *VILLAGES], Regions.load().aliases)


def days(period: str) -> tuple[date, date] | None:
    if not period:
        return None
    year, month = int(period[:4]), int(period[5:] or 0)
    if month:
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1) - (
            date(2, 1, 2) - date(2, 1, 1)
        )
    return date(year, 1, 1), date(year, 12, 31)


def sent(row: dict[str, str]) -> Sent:
    texts = {name: row[name] or None for name in ("code", "system", *NAMES, "file_region")}
    return Sent(**texts, days=days(row["period"]))  # type: ignore[arg-type]


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["why"])
def test_in_python(regions: Regions, row: dict[str, str]) -> None:
    assert regions.place(sent(row)) == Place(row["region_code"] or None, row["status"])  # type: ignore[arg-type]


def of_form(row: dict[str, str]) -> Sent:
    said = Sent.of_form(row["code"], row["name"], row["file_region"] or None)
    return replace(said, days=days(row["period"]))


@pytest.mark.parametrize("row", FORMS, ids=lambda row: row["why"])
def test_of_a_form_in_python(regions: Regions, row: dict[str, str]) -> None:
    """One code and one name beside it."""
    assert regions.place(of_form(row)) == Place(row["region_code"] or None, row["status"])  # type: ignore[arg-type]


def test_of_a_form_in_sql(warehouse) -> None:
    """The macro reads a form as `Sent.of_form` does; what it makes of that, `test_in_sql` compares."""
    macros = environment().from_string((DBT / "macros" / "regions.sql").read_text(encoding="utf-8")).module
    names = "code_sent, code_system, province_name, regency_name, district_name, village_name"
    query = (
        f"select {names} from (select {macros.form_place_columns('code', 'name')} from"
        " (values (nullif(%s, ''), nullif(%s, ''))) as sent (code, name)) as place"
    )
    with database.connect() as connection:
        for row in FORMS:
            said = of_form(row)
            expected = (said.code, said.system, *(getattr(said, name) for name in NAMES))
            assert connection.execute(query, (row["code"], row["name"])).fetchone() == expected, row["why"]


def environment() -> jinja2.Environment:
    """As dbt renders, over temporary tables."""
    found = jinja2.Environment(autoescape=False)
    found.globals |= {"ref": lambda name: f"pg_temp.{name}"}
    return found


@pytest.fixture(scope="module")
def resolve(warehouse, regions: Regions) -> Any:
    """Resolves places by the macro's own SQL, over the seeds and `VILLAGES`."""
    text = "".join(
        (DBT / "macros" / f"{name}.sql").read_text(encoding="utf-8") for name in ("text", "regions")
    )
    macros = environment().from_string(text).module
    model = (DBT / "models" / "intermediate" / "int_region_name.sql").read_text(encoding="utf-8")
    names = environment().from_string(model).render(name_key=macros.name_key)
    types = {"is_current": "boolean", "valid_from": "date", "valid_to": "date", "first_vintage": "int"}

    def run(places: list[Sent]) -> list[Place]:
        with database.connect() as connection:
            for seed in ("seed_region", "seed_region_alias"):
                content = (DBT / "seeds" / f"{seed}.csv").read_text(encoding="utf-8")
                header = content.split("\n", 1)[0].split(",")
                columns = ", ".join(f"{column} {types.get(column, 'text')}" for column in header)
                connection.execute(f"create temporary table {seed} ({columns})")
                with connection.cursor().copy(f"copy {seed} from stdin (format csv, header)") as copy:
                    copy.write(content)
            connection.execute(f"create temporary table int_region_name as {names}")
            connection.execute(
                "create temporary table int_village as select region_code, name, parent_region_code, valid_from,"
                f" valid_to, is_current, {macros.name_key('name')} as name_key,"
                " count(*) over (partition by parent_region_code, lower(name)) = 1 and is_current as has_own_name"
                " from pg_temp.seed_region where false"
            )
            with connection.cursor().copy("copy int_village from stdin") as copy:
                for one in VILLAGES:
                    own = one.is_current and one.name.lower() != "sama"
                    copy.write_row(
                        (one.region_code, one.name, one.parent_region_code, one.valid_from, one.valid_to,
                         one.is_current, one.name.lower(), own)
                    )  # fmt: skip
            connection.execute(
                "create temporary table place (number int, code_sent text, code_system text, province_name text,"
                " regency_name text, district_name text, village_name text, file_region_code text, first_day date,"
                " last_day date)"
            )
            with connection.cursor().copy("copy place from stdin") as copy:
                for number, one in enumerate(places):
                    *texts, when = asdict(one).values()
                    copy.write_row((number, *texts, *(when or (None, None))))
            found = connection.execute(
                f"with {macros.resolved_regions('place')}"
                " select region_code, region_status from resolved_place order by number"
            ).fetchall()
        return [Place(*row) for row in found]

    return run


def test_in_sql(resolve: Any) -> None:
    rows = [*GOLDEN, *FORMS]
    found = zip(rows, resolve([*map(sent, GOLDEN), *map(of_form, FORMS)]), strict=True)
    assert [(row["why"], place.region_code or "", place.status) for row, place in found] == [
        (row["why"], row["region_code"], row["status"]) for row in rows
    ]


def test_both_say_the_same_of_every_code(regions: Regions, resolve: Any) -> None:
    """Every code of both systems, of every time, alone and beside names of today: also what no table foresees."""
    places: list[Sent] = []
    for number, region in enumerate(Regions.load()):
        period = days(("2015", "2021", "2024")[number % 3])
        codes = [(region.region_code, "kemendagri"), (region.region_code.replace(".", ""), "kemendagri")]
        codes += [(region.bps_code, "bps"), (region.bps_code, "kemendagri")] if region.bps_code else []
        path = [regions[code].name for code in regions.ancestors(region.region_code) if code != "00"][::-1]
        names = dict(zip(NAMES, path, strict=False)) if number % 2 else {}
        within = [None, "12.74", "31", "00"][number % 4]
        places += [Sent(code, system, file_region=within, days=period, **names) for code, system in codes]  # type: ignore[arg-type]
    assert resolve(places) == [regions.place(place) for place in places]


def test_a_code_of_the_other_system_is_always_seen(regions: Regions) -> None:
    """All codes of BPS that are codes of another regency: beside its name none passes for that."""
    other = 0
    for region in Regions.load():
        if region.level != "regency" or not region.is_current or not region.bps_code:
            continue
        meant = regions[region.province_code].name, region.name
        place = regions.place(Sent(region.bps_code, "kemendagri", *meant))
        as_code = regions.by_code.get(dotted(region.bps_code))
        # Kota Sorong is 9271 to BPS and was 92.71 before it was recoded
        is_same = as_code is not None and regions.current(as_code.region_code) == region.region_code
        assert place == Place(region.region_code, "resolved" if is_same else "code_of_other_system")
        other += as_code is not None and as_code.is_current and not is_same
    assert other == 169
