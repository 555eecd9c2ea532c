"""What a BI tool sees of four real releases: the marts explain themselves and name nobody, each release can be read,
and what was published otherwise before is told: a late table, a corrected one, a withdrawn one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import psycopg
import pytest

from simpul import pipeline, release
from simpul.database import connect
from simpul.ledger import Decision
from simpul.settings import get_settings
from simpul.trust import checking, matrix
from tests.city import City
from tests.landing.conftest import DTKS, as_csv, dtks_row
from tests.release.trying import ROLES, told, tried

pytestmark = pytest.mark.slow

TABLE = "Persentase Penduduk Miskin (P0) Menurut Kabupaten_Kota, {}.csv"
LATE = "Persentase Penduduk Miskin, 2005 dan 2009.csv"
LIST = "DTKS Kota Tanjungbalai Juni 2024{}.csv"
FAMILY = (  # name, born, NIK
    ("BURHAN KENARI", "04-03-1971", "1274010403710031"),
    ("SALMIAH KENARI", "12-09-1974", "1274015209740032"),
    ("HOTMAN KENARI", "23-05-1988", "1274012305880033"),
    ("ROSIDA KENARI", "17-01-1991", "1274015701910034"),
)
ALL = (1, 2, 3, 4)
_WORD = re.compile("[A-Z]+")
RESTATED = """
select table_name, region_code, period, breakdown, measure, kind, value_before, value_now, change,
    source_file_id_before, source_file_id_now
from {} order by 1, 2, 3, 4, 5"""


def ask(statement: str, *, role: str | None = None, release_id: int | None = None) -> list[tuple]:
    with connect(role=role, autocommit=True) as conn:
        if release_id is not None:
            conn.execute("select set_config('simpul.release_id', %s, false)", (str(release_id),))
        return conn.execute(statement).fetchall()


def rights() -> list[matrix.Right]:
    """What each role may name, as it is declared; each reads that when it asks."""
    with connect() as conn:
        assert checking.check(conn) == []
        found = matrix.matrix(conn)
    for role in ROLES:
        assert tried(role) == told(found, role), role
    return [right for right in found.rights if right.may_name]


@pytest.fixture(scope="module")
def seen() -> list[list[matrix.Right]]:
    """`rights` before and after everything was built anew."""
    return []


@pytest.fixture(scope="module")
def there(city) -> Iterator[City]:
    """Three releases: June's lists, what came later, a late table of BPS."""
    with city(3) as there:
        yield there


def family() -> Iterator[list[str]]:
    """Four grown-up people of one card, none of them old."""
    for n, (name, born, nik) in enumerate(FAMILY, 20):
        told = dict(zip(DTKS, dtks_row(n), strict=True))
        sex = "P" if int(nik[6:8]) > 40 else "L"
        told |= {"Nomor NIK": nik, "Nama": name, "Tanggal Lahir": born, "Jenis Kelamin": sex}
        yield list(told.values())


@pytest.fixture(scope="module")
def releases(there, seen) -> dict[str, str]:
    """A fourth release, which builds everything; returns the ids of the files by their names.

    A table is corrected: of 2023 Pandeglang has another figure, and Lebak's is not published after all. Another table
    is withdrawn. June's list has a family more.
    """
    assert not pipeline.build("again").is_new, "what was published before is no reason to build"
    bps, dinsos = there.settings.inbox / "bps" / "kabupaten_kota", there.settings.inbox / "dinsos"
    printed = (bps / TABLE.format(2023)).read_text(encoding="utf-8")
    assert "Pandeglang,9.27" in printed and "Lebak,8.68" in printed
    corrected = printed.replace("Pandeglang,9.27", "Pandeglang,9.72").replace("Lebak,8.68", "Lebak,...")
    (bps / TABLE.format("2023 revisi")).write_text(corrected, encoding="utf-8")
    rows = as_csv(DTKS, list(family()), ",").partition("\r\n")[2]
    longer = (dinsos / LIST.format("")).read_bytes() + rows.encode()
    (dinsos / LIST.format(" perbaikan")).write_bytes(longer)
    assert [file["status"] for file in pipeline.land_inbox()] == ["landed"] * 2
    ids = dict(ask("select file_name, file_id from audit.file"))
    pipeline.withdraw(ids[TABLE.format(2022)], Decision("tester", "wrong", "keliru"))
    seen.append(rights())
    assert pipeline.build("fourth", force=True).release_id == 4
    seen.append(rights())
    return ids


def test_the_first_release_restates_nothing(releases):
    assert ask("select count(*) from marts.rpt_restatement", release_id=1, role="bi_reader") == [(0,)]


def test_a_late_table_is_told_with_its_file(releases):
    told = ask(RESTATED.format("marts.rpt_restatement"), release_id=3)
    assert told == [
        ("fct_poverty_figure", region, f"{year}-03", "total", "p0_percent", "appeared", None, Decimal(figure), None,
         None, releases[LATE])
        for region, figure in (("36", "9.1"), ("36.01", "10.2"))
        for year in (2005, 2009)
    ]  # fmt: skip


def test_a_corrected_table_is_told_with_its_files(releases):
    before, after = (releases[TABLE.format(name)] for name in (2023, "2023 revisi"))
    told = ask(
        RESTATED.format(
            "marts.rpt_restatement where table_name = 'fct_poverty_figure' and kind <> 'withdrawn'"
        )
    )
    assert [row[1:] for row in told] == [
        ("36.01", "2023-03", "total", "p0_percent", "revised", Decimal("9.27"), Decimal("9.72"), Decimal("0.45"),
         before, after),
        ("36.02", "2023-03", "total", "p0_percent", "went_missing", Decimal("8.68"), None, None, before, after),
    ]  # fmt: skip
    [names] = ask(
        "select source_file_name_before, source_file_name_now, missing_reason_now, explanation_id"
        " from marts.rpt_restatement where kind = 'went_missing' and table_name = 'fct_poverty_figure'",
        role="bi_reader",
    )
    assert names[:3] == (TABLE.format(2023), TABLE.format("2023 revisi"), "not_published")
    assert names[3] == "Masih dimuat, tetapi tanpa angka: lihat missing_reason_now"


def test_counts_that_a_longer_list_changed_name_it(releases):
    """A family more, of whom nobody tells a child: both lists are known, the one that left too."""
    told = ask(
        RESTATED.format(
            "marts.rpt_restatement where table_name <> 'fct_poverty_figure' and region_code = '12.74'"
        )
    )
    files = (releases[LIST.format("")], releases[LIST.format(" perbaikan")])
    assert told and {row[9:] for row in told} == {files}
    covered = [row[1:] for row in told if row[0] == "rpt_program_coverage"]
    more = [(*row[1:3], row[6] - row[5]) for row in covered if row[3] == "unknown_not_enrolled"]
    assert more == [("2024-06", "PKH", 1)]
    assert {row[3] for row in covered if row[1] < "2024-06"} == {"in_scope"}, (
        "before the registry nothing was said"
    )
    # every other count that the longer list moved: who there is, what the registries share, how sound their NIKs are
    moved = {(row[0], row[2], row[4], row[7] - row[6]) for row in told if row[0] == "rpt_registry_crosswalk"}
    assert ("rpt_registry_crosswalk", "newest", "people", 4) in moved
    assert {"rpt_population", "rpt_nik_quality"} <= {row[0] for row in told}
    assert not {"rpt_program_payment", "rpt_tkpk_compliance"} & {row[0] for row in told}, "as before"


def test_a_withdrawn_table_takes_its_figures_with_it(releases):
    """But for those of provinces, which another table tells too."""
    gone = releases[TABLE.format(2022)]
    told = ask(RESTATED.format("marts.rpt_restatement where kind = 'withdrawn'"), role="bi_reader")
    assert [(row[0], row[1], row[2], row[9], row[10]) for row in told] == [
        ("fct_poverty_figure", region, "2022-03", gone, None) for region in ("12.71", "12.74")
    ]


def test_the_function_says_what_the_table_says_and_compares_any_two(releases):
    for now in ALL[1:]:
        told = ask(
            RESTATED.format("marts.rpt_restatement where table_name = 'fct_poverty_figure'"), release_id=now
        )
        counted = "table_name, region_code, period, breakdown, measure, kind, value_before, value_now, explanation_id"
        function = f"marts.restatement({now - 1}, {now})"
        assert told == ask(
            RESTATED.format(f"{function} where table_name = 'fct_poverty_figure'"), role="bi_reader"
        )
        assert ask(f"select {counted} from {function} order by 1, 2, 3, 4, 5", role="bi_reader") == ask(
            f"select {counted} from marts.rpt_restatement order by 1, 2, 3, 4, 5", release_id=now
        )
    # over all steps at once, and backwards
    poverty = (
        "select period, region_code, kind from marts.restatement({}) where table_name = 'fct_poverty_figure'"
    )
    over, back = (ask(poverty.format(pair)) for pair in ("1, 4", "4, 1"))
    assert (
        len(over) == 8 and ("2022-03", "12.74", "withdrawn") in over and ("2005-03", "36", "appeared") in over
    )
    assert (
        len(back) == 8 and ("2022-03", "12.74", "appeared") in back and ("2005-03", "36", "withdrawn") in back
    )
    assert ask("select count(*) from marts.restatement(2, 2)") == [(0,)]


@pytest.mark.parametrize("pair", ["1, 99", "0, 3", "null, 3"])
def test_a_release_that_is_not_kept_is_an_error(releases, pair):
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="cannot be read"):
        ask(f"select * from marts.restatement({pair})", role="bi_reader")


def test_who_may_ask_and_what_somebody_altered_is_put_right(releases):
    may = "select has_function_privilege('{}', 'marts.restatement(bigint, bigint)', 'execute')"
    for role, allowed in (("bi_reader", True), ("auditor", True), ("caseworker", True), ("loader", False)):
        assert ask(may.format(role)) == [(allowed,)], role
    from simpul.release import restating

    with connect(autocommit=True) as conn:
        assert restating.is_current(conn)
        conn.execute("grant execute on function marts.restatement(bigint, bigint) to public")
        assert not restating.is_current(conn)
        restating.create(conn)
        assert restating.is_current(conn)


def views(schema: str) -> list[str]:
    return [
        name for (name,) in ask(f"select viewname from pg_views where schemaname = '{schema}' order by 1")
    ]


def test_what_every_mart_knew_at_each_release_can_be_read(releases):
    """By every role that reads it, for every release that is kept: that release's rows, and no other's."""
    assert len(views("marts")) >= 13 and len(views("marts_person")) >= 4
    for schema, role in (("marts", "bi_reader"), ("marts_person", "steward")):
        for mart in views(schema):
            rows = dict(ask(f"select _release_id, count(*) from release.{mart} group by 1"))
            stored = dict(ask(f"select release_id, stored_in from audit.release_table where mart = '{mart}'"))
            for release_id in ALL:
                known = ask(f"select count(*) from {schema}.{mart}", role=role, release_id=release_id)
                assert known == [(rows.get(stored[release_id], 0),)], f"{mart} at release {release_id}"
    assert ask("select p0_percent::text from fct_poverty where region_code = '36.01' and year = 2023"
               , release_id=1, role="bi_reader") == [("9.27",)]  # fmt: skip


def test_the_page_for_analysts_asks_what_was_restated(releases):
    text = (get_settings().project_root / "docs" / "querying.md").read_text(encoding="utf-8")
    blocks = {
        block.split("\n", 1)[0][3:]: block for block in re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    }
    since = blocks["restatement: since the release before"]
    assert [
        row[:4] for release_id in (4, 3) for row in ask(since, role="bi_reader", release_id=release_id)
    ] == [
        ("2023-03", "p0_percent", Decimal("9.27"), Decimal("9.72")),
        ("2009-03", "p0_percent", None, Decimal("10.20")),
        ("2005-03", "p0_percent", None, Decimal("10.20")),
    ]
    between = blocks["restatement: between two kept releases"]
    assert "restatement(1, 2)" in between and ask(between, role="bi_reader") == [], "lists of people came"
    told = ask(between.replace("(1, 2)", "(1, 4)"), role="bi_reader")
    assert dict(told) == {"appeared": 4, "revised": 1, "went_missing": 1, "withdrawn": 2}


# ---------------------------------------------------------------------------------------------- connected as bi_reader
# arrays, JSON, ranges and types of our own are no cells to Superset, Metabase and Power BI
PLAIN = {
    "text", "bigint", "integer", "smallint", "numeric", "double precision", "boolean", "date",
    "timestamp with time zone",
}  # fmt: skip
COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'marts'::regnamespace and c.relkind = 'v'"""


def test_every_table_and_column_explains_itself_in_both_languages_and_on_the_page(releases):
    """The comments that a BI tool shows, the page for analysts and the dictionary come from one text."""
    page = (get_settings().project_root / "docs" / "marts.md").read_text(encoding="utf-8")
    tables = ask(
        "select relname, obj_description(oid) from pg_class where relnamespace = 'marts'::regnamespace"
        " and relkind = 'v'",
        role="bi_reader",
    )
    columns = ask(COLUMNS, role="bi_reader")
    functions = ask(
        "select proname, obj_description(oid, 'pg_proc') from pg_proc where pronamespace = 'marts'::regnamespace",
        role="bi_reader",
    )
    assert len(tables) >= 13 and len(columns) > 150 and functions
    words = [*tables, *functions, *((f"{table}.{column}", words) for table, column, _, words in columns)]
    assert [name for name, told in words if not re.fullmatch(r"(?s).+ — .+", told or "")] == []
    shown = [(name, told) for name, told in words if name not in dict(functions) and "._" not in name]
    unlike = [name for name, told in shown if " ".join(told.split()).replace("|", "\\|") not in page]
    assert unlike == [], "docs/marts.md is written from the same words (`simpul contracts render`)"


def test_every_cell_is_of_a_plain_type(releases):
    odd = [row[:3] for row in ask(COLUMNS, role="bi_reader") if row[2] not in PLAIN]
    assert odd == []


def told_of_people(there: City) -> set[str]:
    """Names of all who are known, and of their mothers, of two words and more, which no place has; streets of lists."""
    with (there.truth / "people.csv").open(encoding="utf-8", newline="") as text:
        told = {row[column].upper() for row in csv.DictReader(text) for column in ("name", "mother_name")}
    for file in (there.settings.inbox / "dinsos").glob("DTKS *.csv"):
        with file.open(encoding="utf-8", newline="") as text:
            rows = list(csv.DictReader(text))
        told |= {row[column].upper() for row in rows for column in ("Nama", "Nama Ibu Kandung")}
        told |= {row["Alamat"].upper() for row in rows if " NO" in row["Alamat"]}
    return {words for one in told if len(_WORD.findall(words := " ".join(one.split()))) > 1}


def said(people: set[str], cells: str) -> list[str]:
    """Which of them stand there; who has no two words side by side there is not looked for."""
    words = _WORD.findall(cells)
    pairs = set(pairwise(words))
    return [one for one in people if tuple(_WORD.findall(one)[:2]) in pairs and one in cells]


def test_no_person_can_be_told_from_what_bi_reader_reaches(releases, there):
    """Neither a number nor a name, a mother or a street of those who were delivered stands in any cell it may read."""
    reachable = ask(
        """select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema')
            and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')
            and n.nspname not like 'pg_toast%'""",
        role="bi_reader",
    )
    assert {name for (name,) in reachable} == {f"marts.{mart}" for mart in views("marts")}
    callable_ = ask(
        """select p.oid::regprocedure::text from pg_proc p
        where p.pronamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
            and has_schema_privilege(p.pronamespace, 'usage') and has_function_privilege(p.oid, 'execute')""",
        role="bi_reader",
    )
    assert sorted(callable_) == [("releases()",), ("restatement(bigint,bigint)",)]
    personal = "[0-9]{13,}|JL CONTOH|IBU SAMPEL|D0000000"
    assert ask(f"select count(*) > 0 from marts_person.person where person::text ~ '{personal}'") == [(True,)]
    people = told_of_people(there)
    assert {name for name, *_ in FAMILY} < people and len(people) > 1000
    assert said(people, f"(1,{FAMILY[0][0]},2)") == [FAMILY[0][0]]
    for mart in views("marts"):
        for release_id in ALL:
            [(cells, numbers)] = ask(
                "select upper(coalesce(string_agg(cell::text, ' '), '')),"
                f" count(*) filter (where cell::text ~ '{personal}') from marts.{mart} as cell",
                role="bi_reader",
                release_id=release_id,
            )
            assert numbers == 0, mart
            assert said(people, cells) == [], mart


def test_every_role_reads_what_is_declared_and_the_same_after_a_rebuild_and_a_rollback(releases, seen):
    """All tables that a real run makes, those of dbt and of the landing among them, asked by every role."""
    assert seen[0] == seen[1]
    before = rights()
    release.rollback()
    assert rights() == before
