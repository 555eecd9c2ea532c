"""Published tables grow and never break: new, missing and changed columns; what somebody altered by hand."""

import pytest

from simpul import release
from simpul.database import connect
from simpul.errors import ReleaseError
from simpul.release import marts_of


def wider(shop):
    fact = shop.manifest["nodes"]["model.simpul.fct_poverty"]
    more = {**fact, "columns": {**fact["columns"], "p1_index": shop.column("p1_index", "numeric")}}
    return marts_of({"nodes": {**shop.manifest["nodes"], "model.simpul.fct_poverty": more}})


def test_a_new_column_reaches_view_and_old_releases(shop):
    first = shop.publish()
    shop.publish(marts=wider(shop), extra={"p1_index": "numeric"})
    assert shop.ask("select count(*), count(p1_index) from marts.fct_poverty", role="bi_reader") == [(50, 0)]
    assert shop.ask("select count(*), count(p1_index) from marts.fct_poverty", release_id=first) == [(50, 0)]
    assert shop.ask(
        "select col_description('marts.fct_poverty'::regclass, attnum) from pg_attribute"
        " where attrelid = 'marts.fct_poverty'::regclass and attname = 'p1_index'"
    ) == [("p1_index — kolom p1_index",)]


def test_a_column_the_model_dropped_stays_and_is_null(shop):
    shop.publish(marts=wider(shop), extra={"p1_index": "numeric"})
    shop.publish()
    assert shop.ask("select count(*), count(p1_index) from marts.fct_poverty") == [(50, 0)]
    hashes = [r.content_hash for r in release.list_releases()]
    assert release.content_hash(1) == hashes[1] and release.content_hash(2) == hashes[0]


def test_a_changed_type_is_refused_and_says_what_to_do(shop):
    shop.publish()
    opened = release.open_release("x", force=True)
    shop.build(opened.release_id)
    with connect() as conn:
        conn.execute("alter table candidate.fct_poverty alter p0_percent type text")
    with pytest.raises(
        ReleaseError, match=r"fct_poverty\.p0_percent is text and was numeric.*cast the column back"
    ):
        release.attach(opened.release_id, shop.marts)


def test_a_changed_key_is_refused(shop):
    shop.publish()
    changed = shop.model(
        "person", "marts_person", ("person_id", "region_code"), shop.column("person_id", "bigint")
    )
    marts = marts_of({"nodes": {**shop.manifest["nodes"], "model.simpul.person": changed}})
    opened = release.open_release("x", force=True)
    shop.build(opened.release_id)
    with pytest.raises(ReleaseError, match="the key of person is"):
        release.attach(opened.release_id, marts)


def test_a_live_column_is_computed_when_it_is_read_and_stored_in_a_chosen_release(shop):
    """What turns true without any delivery: the view asks, the release that is chosen by its number tells."""

    def live(expression: str):
        fact = shop.manifest["nodes"]["model.simpul.fct_poverty"]
        batch = shop.column("batch", "bigint", config={"meta": {"volatile": True, "live": expression}})
        return marts_of({"nodes": {"m": {**fact, "columns": {**fact["columns"], "batch": batch}}}})

    first = shop.publish(marts=live("-year"))
    distinct = "select distinct batch from marts.fct_poverty"
    assert shop.ask(distinct, role="bi_reader") == [(-2024,)]
    assert shop.ask(distinct, release_id=first) == [(first,)]
    opened = release.open_release("x", force=True)
    shop.build(opened.release_id)
    assert release.attach(opened.release_id, live("-year"))["changed"] == {}
    shop.build(opened.release_id)
    assert release.attach(opened.release_id, live("-year - 1"))["changed"] == {
        "fct_poverty": ["view renewed"]
    }
    assert shop.ask(distinct) == [(-2025,)]


def test_a_column_of_the_contract_that_was_not_built_is_named(shop):
    opened = release.open_release("x")
    shop.build(opened.release_id)
    with pytest.raises(ReleaseError, match=r"candidate\.fct_poverty lacks p1_index"):
        release.attach(opened.release_id, wider(shop))


def test_the_key_is_made_when_dbt_left_it_out(shop):
    opened = release.open_release("x")
    shop.build(opened.release_id)
    with connect() as conn:
        conn.execute("alter table candidate.person drop constraint person_pkey")
    release.attach(opened.release_id, shop.marts)
    with pytest.raises(Exception, match="duplicate key"), connect() as conn:
        conn.execute("insert into release.person__r1 (_release_id, person_id) values (1, 1)")


def test_a_table_that_is_published_no_more_keeps_its_old_releases(shop):
    first = shop.publish()
    fewer = tuple(mart for mart in shop.marts if mart.name != "person")
    shop.publish(marts=fewer)
    assert shop.ask("select count(*) from marts_person.person") == [(0,)]
    assert shop.ask("select count(*) from marts_person.person", release_id=first) == [(500,)]


# the policy as an earlier version made it, its printed form beside it
EARLIER_POLICY = """
alter policy caseworker_own_regions on release.person
    using (region_code like any ((select audit.person_region_patterns())::text[]));
do $$ begin
    execute format('comment on policy caseworker_own_regions on release.person is %L', (
        select polcmd::text || ' ' || pg_get_expr(polqual, polrelid) from pg_policy
        where polname = 'caseworker_own_regions' and polrelid = 'release.person'::regclass));
end $$"""


@pytest.mark.parametrize(
    ("damage", "repair"),
    [
        ("revoke select on marts.fct_poverty from bi_reader", "rights restored"),
        ("grant select on release.person to bi_reader", "rights restored"),
        ("drop policy caseworker_own_regions on release.person", "rights restored"),
        ("alter table release.person disable row level security", "rights restored"),
        ("alter table release.person no force row level security", "rights restored"),
        ("alter policy owner_in_person on release.person to public", "rights restored"),
        ("alter policy caseworker_own_regions on release.person using (true)", "rights restored"),
        (EARLIER_POLICY, "rights restored"),
        ("alter view marts.fct_poverty reset (security_invoker)", "view renewed"),
        ("create or replace view marts.fct_poverty as select * from release.fct_poverty", "view renewed"),
        ("comment on column marts.fct_poverty.year is 'tahun?'", "comments renewed"),
    ],
)  # fmt: skip
def test_what_somebody_altered_by_hand_is_put_right_and_told(shop, damage, repair):
    shop.publish()
    with connect() as conn:
        conn.execute(damage)
    opened = release.open_release("x", force=True)
    shop.build(opened.release_id)
    changed = release.attach(opened.release_id, shop.marts)["changed"]
    assert [repair] in changed.values()
    told = shop.ask(
        "select detail->'changed' from audit.ledger where kind = 'release.attached' order by event_id desc limit 1"
    )
    assert told == [(changed,)]


def test_a_release_attached_before_takes_rows_that_were_built_again(shop):
    opened = release.open_release("x")
    shop.build(opened.release_id, batch=1)
    first = release.attach(opened.release_id, shop.marts)
    assert release.attach(opened.release_id, shop.marts) == {**first, "changed": {}}
    release.record_gate(opened.release_id, passed=True)
    shop.build(opened.release_id, batch=1)  # a middle task was cleared: same result
    assert release.attach(opened.release_id, shop.marts)["content_hash"] == first["content_hash"]
    shop.build(opened.release_id, batch=2)  # … or another one
    second = release.attach(opened.release_id, shop.marts)
    assert second["content_hash"] != first["content_hash"]
    assert release.content_hash(opened.release_id) == second["content_hash"]
    with pytest.raises(ReleaseError, match="has not been asked"):  # what the gate saw is gone
        release.flip(opened.release_id)


def test_the_manifest_must_name_key_and_audience(shop):
    with pytest.raises(ReleaseError, match="publishes to 'marts_secret'"):
        marts_of({"nodes": {"m": shop.model("x", "marts_secret", ("a",))}})
    keyless = {**shop.model("x", "marts", ("a",)), "constraints": []}
    with pytest.raises(ReleaseError, match="primary key of model x is not declared"):
        marts_of({"nodes": {"m": keyless}})
    internal = {**shop.model("int_x", "marts", ("a",)), "config": {}}
    assert marts_of({"nodes": {"m": internal}}) == ()
