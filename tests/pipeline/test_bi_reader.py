"""What a BI tool sees of three real releases: the marts explain themselves and name nobody, each release can be read,
and what was published otherwise before is told: a corrected table, a late one, a withdrawn one.
"""

from __future__ import annotations

import re
from decimal import Decimal

import psycopg
import pytest

from simpul import pipeline, release
from simpul.database import connect
from simpul.ledger import Decision
from simpul.settings import get_settings
from simpul.trust import checking, matrix
from tests.landing.conftest import DTKS, KKS, as_csv, dtks_row, kks_row, regency_table
from tests.release.trying import ROLES, told, tried

pytestmark = pytest.mark.slow

TABLE = "bps/Persentase Penduduk Miskin {}.csv"
CELLS = {
    2022: {"BANTEN": ["6.16"], "Pandeglang": ["9.32"], "Lebak": ["8.91"]},
    2023: {"BANTEN": ["6.17"], "Pandeglang": ["9.27"], "Lebak": ["8.68"]},
    # Pandeglang is corrected, Lebak is not published after all
    "2023 revisi": {"BANTEN": ["6.17"], "Pandeglang": ["9.72"], "Lebak": ["..."]},
    2005: {"BANTEN": ["8.86"], "Pandeglang": ["10.20"], "Lebak": ["12.05"]},
}
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
def releases(module_warehouse, seen) -> dict[str, str]:
    """Releases 1, 2, 3, of which the second builds everything; returns the ids of the files by what they are."""
    inbox = module_warehouse.inbox

    def deliver(**files: str) -> dict[str, str]:
        for name, content in files.items():
            path = inbox / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        found = pipeline.land_inbox()
        assert {file["status"] for file in found} == {"landed"}, found
        return {file["file_name"]: file["file_id"] for file in found}

    def table(name: int | str) -> dict[str, str]:
        return {TABLE.format(name): regency_table(int(str(name)[:4]), cells=CELLS[name])}

    def people(count: int) -> str:
        return as_csv(DTKS, [dtks_row(n) for n in range(1, count + 1)])

    payments = as_csv(KKS, [kks_row(n) for n in range(1, 9)])
    ids = deliver(
        **table(2022), **table(2023), **{"dinsos/DTKS Juni 2024.csv": people(20), "dinsos/KKS.csv": payments}
    )
    assert pipeline.build("first").release_id == 1
    assert not pipeline.build("again").is_new, "what was published before is no reason to build"
    ids |= deliver(
        **table("2023 revisi"), **table(2005), **{"dinsos/DTKS Juni 2024 perbaikan.csv": people(24)}
    )
    seen.append(rights())
    assert pipeline.build("second", force=True).release_id == 2
    seen.append(rights())
    pipeline.withdraw(ids["Persentase Penduduk Miskin 2022.csv"], Decision("tester", "wrong", "keliru"))
    assert pipeline.build("third").release_id == 3
    return ids


def test_the_first_release_restates_nothing(releases):
    assert ask("select count(*) from marts.rpt_restatement", release_id=1, role="bi_reader") == [(0,)]


def test_a_corrected_and_a_late_table_are_told_with_their_files(releases):
    before, after, late = (
        releases[f"Persentase Penduduk Miskin {name}.csv"] for name in (2023, "2023 revisi", 2005)
    )
    told = ask(RESTATED.format("marts.rpt_restatement where table_name = 'fct_poverty_figure'"), release_id=2)
    assert [row[1:] for row in told] == [
        ("36", "2005-03", "total", "p0_percent", "appeared", None, Decimal("8.86"), None, None, late),
        ("36.01", "2005-03", "total", "p0_percent", "appeared", None, Decimal("10.20"), None, None, late),
        ("36.01", "2023-03", "total", "p0_percent", "revised", Decimal("9.27"), Decimal("9.72"), Decimal("0.45"),
         before, after),
        ("36.02", "2005-03", "total", "p0_percent", "appeared", None, Decimal("12.05"), None, None, late),
        ("36.02", "2023-03", "total", "p0_percent", "went_missing", Decimal("8.68"), None, None, before, after),
    ]  # fmt: skip
    [names] = ask(
        "select source_file_name_before, source_file_name_now, missing_reason_now, explanation_id"
        " from marts.rpt_restatement where kind = 'went_missing' and table_name = 'fct_poverty_figure'",
        release_id=2,
        role="bi_reader",
    )
    assert names[:3] == (
        "Persentase Penduduk Miskin 2023.csv",
        "Persentase Penduduk Miskin 2023 revisi.csv",
        "not_published",
    )
    assert names[3] == "Masih dimuat, tetapi tanpa angka: lihat missing_reason_now"


def test_counts_that_a_longer_list_changed_name_it(releases):
    """20 listed became 24, a family more of whom nobody tells a child: both lists are known, the one that left too."""
    told = ask(
        RESTATED.format(
            "marts.rpt_restatement where table_name <> 'fct_poverty_figure' and region_code = '12.74'"
        ),
        release_id=2,
    )
    files = (releases["DTKS Juni 2024.csv"], releases["DTKS Juni 2024 perbaikan.csv"])
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
    gone = releases["Persentase Penduduk Miskin 2022.csv"]
    told = ask(RESTATED.format("marts.rpt_restatement"), role="bi_reader")
    assert [(row[1], row[5], row[9], row[10]) for row in told] == [
        (region, "withdrawn", gone, None) for region in ("36", "36.01", "36.02")
    ]


def test_the_function_says_what_the_table_says_and_compares_any_two(releases):
    for now in (2, 3):
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
    # over both steps at once, and backwards
    over = ask("select period, region_code, kind from marts.restatement(1, 3) where region_code like '36%'")
    assert (
        len(over) == 8 and ("2022-03", "36.01", "withdrawn") in over and ("2005-03", "36", "appeared") in over
    )
    back = ask("select period, region_code, kind from marts.restatement(3, 1) where region_code like '36%'")
    assert (
        len(back) == 8 and ("2022-03", "36.01", "appeared") in back and ("2005-03", "36", "withdrawn") in back
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
            for release_id in (1, 2, 3):
                known = ask(f"select count(*) from {schema}.{mart}", role=role, release_id=release_id)
                assert known == [(rows.get(stored[release_id], 0),)], f"{mart} at release {release_id}"
    assert ask("select p0_percent::text from fct_poverty where region_code = '36.01' and year = 2023"
               , release_id=1, role="bi_reader") == [("9.27",)]  # fmt: skip


def test_the_page_for_analysts_asks_what_was_restated(releases):
    text = (get_settings().project_root / "docs" / "querying.md").read_text(encoding="utf-8")
    blocks = {
        block.split("\n", 1)[0][3:]: block for block in re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    }
    told = ask(blocks["restatement: since the release before"], role="bi_reader", release_id=2)
    assert [row[:4] for row in told] == [
        ("2023-03", "p0_percent", Decimal("9.27"), Decimal("9.72")),
        ("2005-03", "p0_percent", None, Decimal("10.20")),
    ]
    told = ask(blocks["restatement: between two kept releases"], role="bi_reader")
    assert dict(told) == {"appeared": 3, "revised": 1, "went_missing": 1}


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


def test_no_person_can_be_told_from_what_bi_reader_reaches(releases):
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
    personal = r"[0-9]{13,}|CONTOH [0-9]|IBU CONTOH|JL CONTOH|D0000000"
    assert ask(f"select count(*) > 0 from marts_person.person where person::text ~ '{personal}'") == [(True,)]
    for mart in views("marts"):
        for release_id in (1, 2, 3):
            found = ask(
                f"select count(*) from marts.{mart} as cell where cell::text ~ '{personal}'",
                role="bi_reader",
                release_id=release_id,
            )
            assert found == [(0,)], mart


def test_every_role_reads_what_is_declared_and_the_same_after_a_rebuild_and_a_rollback(releases, seen):
    """All tables that a real run makes, those of dbt and of the landing among them, asked by every role."""
    assert seen[0] == seen[1]
    before = rights()
    release.rollback()
    assert rights() == before
