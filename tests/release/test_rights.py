"""Who sees what: bi_reader the marts and nothing else, a caseworker the persons of granted regions only."""

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from simpul import release
from simpul.database import connect, warehouse_dsn
from simpul.errors import ReleaseError
from simpul.stack import postgres

QUERY = "select count(*) from marts_person.person"


def may(role: str, query: str) -> bool:
    with connect(role=role) as conn:
        try:
            conn.execute(query)
            return True
        except psycopg.errors.InsufficientPrivilege:
            return False


def grant(role: str, *regions: str) -> None:
    with connect() as conn:
        for region in regions:
            conn.execute(
                "insert into audit.person_region_grant (role_name, region_code) values (%s, %s)",
                (role, region),
            )


def test_bi_reader_sees_the_marts_and_nothing_else(shop):
    number = shop.publish()
    assert shop.ask("select count(*) from marts.fct_poverty", role="bi_reader") == [(50,)]
    relations = shop.ask(
        """select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema')
            and n.nspname not like 'pg_toast%'"""
    )
    readable = {name for (name,) in relations if may("bi_reader", f"select from {name} limit 0")}
    assert readable == {"marts.fct_poverty", "marts.rpt_poverty_position"}
    assert f"release.fct_poverty__r{number}" in {name for (name,) in relations}
    for write in (
        "create table marts.x ()",
        "create temp table x ()",
        "delete from marts.fct_poverty",
        "create schema x",
        "select lo_create(0)",
        "select lo_from_bytea(0, 'x')",
    ):
        with connect(role="bi_reader") as conn:
            conn.execute("set transaction read write")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(write)


def test_bi_reader_learns_no_person_from_statistics_or_errors(shop):
    shop.publish()
    with connect(autocommit=True) as conn:
        conn.execute("analyze release.person")
    names = "select count(*) from pg_stats where concat(most_common_vals, histogram_bounds) like '%ORANG%'"
    assert shop.ask(names, role="bi_reader") == [(0,)]
    assert shop.ask(names, role="caseworker") == [(0,)]
    assert (
        shop.ask(
            "select pg_relation_size(oid) is not null from pg_class where relname = 'person' limit 0",
            role="bi_reader",
        )
        == []
    )
    with connect(role="bi_reader") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("select table_to_xml('release.person'::regclass, true, false, '')")


def test_a_caseworker_without_a_region_sees_nobody(shop):
    shop.publish()
    assert shop.ask(QUERY, role="caseworker") == [(0,)]
    assert shop.ask(QUERY, role="steward") == [(500,)]


def test_a_caseworker_sees_the_granted_regions_and_all_below_them(shop):
    shop.publish()
    grant("caseworker", "12.07")
    seen = shop.ask("select distinct region_code from marts_person.person", role="caseworker")
    assert seen == [("12.07.01",)]
    grant("caseworker", "12")
    assert shop.ask("select count(*), count(region_code) from marts_person.person", role="caseworker") == [
        (450, 450)
    ]


def test_each_of_several_granted_regions_is_seen(shop):
    """The policy asks for the widest region alone, then for any: the others count as much."""
    shop.publish()
    grant("caseworker", "12.07", "12.09.01", "12.12")
    seen = "select distinct region_code from marts_person.person order by 1"
    assert shop.ask(seen, role="caseworker") == [("12.07.01",), ("12.09.01",), ("12.12.01",)]


def put(shop, regency_code: str, rows: str) -> None:
    """Another release, of whose persons some say another regency."""
    opened = release.open_release("x", force=True)
    shop.build(opened.release_id)
    with connect() as conn:
        conn.execute(f"update candidate.person set regency_code = {regency_code} where {rows}")
        conn.execute("create table candidate.again as select * from candidate.person")
        conn.execute("drop table candidate.person")
        conn.execute("alter table candidate.again rename to person")
        conn.execute("alter table candidate.person add primary key (_release_id, person_id)")
    release.attach(opened.release_id, shop.marts)
    release.record_gate(opened.release_id, passed=True)
    release.flip(opened.release_id)


@pytest.mark.parametrize("regions", [["12.07.01"], ["12.07.01", "12.12"], ["12.07", "12.12"], ["12"], ["00"]])
def test_a_row_that_says_its_regency_is_shown_as_one_that_does_not(shop, regions):
    """The regency is a short cut: nobody sees more by it; whoever has a district sees no other of its regency."""
    shop.publish()
    with connect() as conn:
        conn.execute("update release.person set region_code = '12.07.02' where person_id % 100 = 6")
    grant("caseworker", *regions)
    seen = "select array_agg(person_id order by person_id) from marts_person.person"
    with_it = shop.ask(seen, role="caseworker")
    with connect() as conn:
        conn.execute("update release.person set regency_code = null")
    assert shop.ask(seen, role="caseworker") == with_it
    patterns = [f"{region}%" if region != "00" else "%" for region in regions]
    asked = "select array_agg(person_id order by person_id) from marts_person.person where region_code like any (%s)"
    with connect() as conn:
        assert [conn.execute(asked, (patterns,)).fetchone()] == with_it


@pytest.mark.parametrize(
    ("regency", "rows"),
    [
        ("'12.08'", "region_code = '12.07.01'"),
        ("'12.0'", "region_code = '12.07.01'"),
        ("'12.07'", "region_code is null"),
    ],
)
def test_a_table_that_says_another_regency_than_that_of_the_region_is_never_attached(shop, regency, rows):
    shop.publish()
    with pytest.raises(
        ReleaseError, match="regency_code of some rows is not the regency of their region_code"
    ):
        put(shop, regency, rows)


def test_where_no_regency_is_told_the_region_decides(shop):
    shop.publish()
    put(shop, "null", "true")
    grant("caseworker", "12.07")
    assert shop.ask("select distinct region_code from marts_person.person", role="caseworker") == [
        ("12.07.01",)
    ]


def test_a_code_is_no_prefix_of_its_neighbour_and_the_nation_is_everybody_with_a_region(shop):
    shop.publish()
    grant("caseworker", "12.01")
    assert shop.ask(
        "select count(*) from marts_person.person where region_code like '12.1%'", role="caseworker"
    ) == [(0,)]
    grant("caseworker", "00")
    assert shop.ask(QUERY, role="caseworker") == [(450,)]


@pytest.mark.parametrize("code", ["%", "12%", "", "1", "12.", "12.7", "12.74.", "12.74.01.1"])
def test_a_region_right_is_a_real_code(shop, code):
    with pytest.raises(psycopg.errors.CheckViolation):
        grant("caseworker", code)


def test_rights_follow_who_logged_in_and_hold_for_old_releases(shop):
    first = shop.publish()
    shop.publish()
    grant("caseworker", "12.07")
    assert shop.ask(
        "select distinct region_code from marts_person.person", role="caseworker", release_id=first
    ) == [("12.07.01",)]
    with connect() as conn:  # a session that changes role keeps the rights of who logged in: none
        conn.execute("grant caseworker to simpul with inherit false, set true")
        conn.execute("set role caseworker")
        assert conn.execute(QUERY).fetchone() == (0,)
        conn.execute("reset role")
        conn.execute("revoke caseworker from simpul")


def test_a_caseworker_cannot_widen_the_rights(shop):
    shop.publish()
    for query in (
        "insert into audit.person_region_grant (role_name, region_code) values ('caseworker', '00')",
        "select * from audit.person_region_grant",
        "select count(*) from release.person",
        "select count(*) from release.person__r1",
    ):
        with connect(role="caseworker") as conn:
            conn.execute("set transaction read write")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(query)
    for role in ("transformer", "loader"):
        assert not may(role, "select * from audit.person_region_grant")


def test_a_cheap_function_cannot_look_behind_the_policy(shop):
    """A filter of the reader's own must not run on rows that the policy hides: an error message would tell them."""
    shop.publish()
    grant("caseworker", "12.07")
    with connect(role="caseworker") as conn:
        rows = conn.execute(
            "select count(*) from marts_person.person where region_code = '12.07.01' or 1 / (person_id - 500) > 5"
        ).fetchone()
    assert rows == (
        shop.ask("select count(*) from marts_person.person where region_code = '12.07.01'")[0][0],
    )


def test_a_view_with_the_owners_rights_shows_nobody_to_anybody_else(shop):
    """Row rights are forced: behind a view without security_invoker they are asked for the owner, in whose session?"""
    shop.publish()
    grant("caseworker", "12.07")
    with connect() as conn:
        conn.execute("create view marts.careless as select * from release.person")
        conn.execute("grant select on marts.careless to bi_reader, caseworker, steward")
    for role in ("bi_reader", "caseworker", "steward"):
        assert shop.ask("select count(*) from marts.careless", role=role) == [(0,)]
    assert shop.ask("select count(*) from marts.careless") == [(500,)]
    assert shop.ask(QUERY) == [(500,)], "the owner still sees all, by a policy of his own"


def test_the_owner_changes_rows_through_the_parent_and_a_member_of_his_works_as_he_does(shop):
    """A policy for reading alone would let a deletion find no row and say nothing."""
    shop.publish()
    assert len(shop.ask("delete from release.person where person_id <= 10 returning 1")) == 10
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        admin.execute("create role dba_test login password 'x' in role simpul")
        try:
            address = make_conninfo(warehouse_dsn("caseworker"), user="dba_test", password="x")
            with psycopg.connect(address) as his:
                assert his.execute("select count(*) from release.person").fetchone() == (490,)
        finally:
            admin.execute("drop role dba_test")


def test_without_its_policy_nobody_is_seen(shop):
    """A dropped policy fails closed, for each role its own."""
    shop.publish()
    grant("caseworker", "00")
    for policy, role in (
        ("caseworker_own_regions", "caseworker"),
        ("steward_all", "steward"),
        ("owner_in_person", None),
    ):
        assert shop.ask(QUERY, role=role) != [(0,)]
        with connect() as conn:
            conn.execute(f"drop policy {policy} on release.person")
        assert shop.ask(QUERY, role=role) == [(0,)]


def test_a_person_table_without_regions_is_the_stewards_alone(shop):
    from simpul.release import marts_of

    pairs = shop.model("worklist_review", "marts_person", ("pair_id",), shop.column("pair_id", "bigint"))
    marts = marts_of({"nodes": {**shop.manifest["nodes"], "model.simpul.worklist_review": pairs}})
    opened = release.open_release("x")
    shop.build(opened.release_id)
    with connect() as conn:
        conn.execute(
            "create table candidate.worklist_review as"
            " select 1::bigint as _release_id, current_date as _as_of, 1::bigint as pair_id"
        )
    release.attach(opened.release_id, marts)
    release.record_gate(opened.release_id, passed=True)
    release.flip(opened.release_id)
    grant("caseworker", "00")
    assert shop.ask("select count(*) from marts_person.worklist_review", role="caseworker") == [(0,)]
    assert shop.ask("select count(*) from marts_person.worklist_review", role="steward") == [(1,)]
