"""The way of a release from candidate to published, and back."""

import time

import pytest

from simpul import ledger, release
from simpul.database import connect
from simpul.errors import ReleaseError
from simpul.ledger import whoami
from simpul.settings import get_settings


def test_a_release_is_seen_only_after_the_flip(shop):
    opened = release.open_release("one")
    shop.build(opened.release_id, batch=7)
    outcome = release.attach(opened.release_id, shop.marts)
    assert shop.ask("select * from marts.fct_poverty") == []
    release.record_gate(opened.release_id, passed=True)
    release.flip(opened.release_id)

    assert shop.ask("select count(*), min(batch), max(batch) from marts.fct_poverty") == [(50, 7, 7)]
    assert outcome["tables"]["person"]["rows"] == 500
    assert shop.ask("select count(*) from marts_person.person") == [(500,)]
    assert release.current() == opened.release_id
    told = "select detail ->> 'by', detail ->> 'why', detail ->> 'why_id' from audit.ledger"
    assert shop.ask(f"{told} where kind = 'release.published'") == [
        (whoami(), "the publication gate let it through", "lolos gerbang terbit")
    ]
    assert release.content_hash(opened.release_id) == outcome["content_hash"]


def test_candidate_tables_move_and_keep_key_and_indexes(shop):
    number = shop.publish()
    assert shop.ask("select count(*) from pg_tables where schemaname = 'candidate'") == [(0,)]
    indexes = shop.ask(
        f"select indexname, indexdef from pg_indexes where tablename = 'fct_poverty__r{number}' order by 1"
    )
    assert [name for name, _ in indexes] == [f"fct_poverty__r{number}_1_idx", f"fct_poverty__r{number}_pkey"]
    assert "(batch)" in indexes[0][1]


def test_comments_travel_to_the_view(shop):
    shop.publish()
    assert shop.ask("select obj_description('marts.fct_poverty'::regclass)")[0][0].startswith(
        "One row per key"
    )
    assert shop.ask("select col_description('marts.fct_poverty'::regclass, 3)") == [
        ("region_code — kolom region_code",)
    ]


def test_an_unchanged_table_is_published_without_altering_its_parent(shop):
    shop.publish()
    opened = release.open_release("again", force=True)
    shop.build(opened.release_id)
    assert release.attach(opened.release_id, shop.marts)["changed"] == {}


def test_a_missing_mart_is_named(shop):
    opened = release.open_release("one")
    shop.build(opened.release_id)
    with connect() as conn:
        conn.execute("drop table candidate.rpt_poverty_position")
    with pytest.raises(ReleaseError, match=r"lacks candidate\.rpt_poverty_position"):
        release.attach(opened.release_id, shop.marts)


def test_a_candidate_of_another_release_is_not_attached(shop):
    opened = release.open_release("one")
    shop.build(opened.release_id + 5)
    with pytest.raises(ReleaseError, match="was built for another release"):
        release.attach(opened.release_id, shop.marts)


def test_nothing_is_published_past_the_gate(shop):
    opened = release.open_release("one")
    shop.build(opened.release_id)
    with pytest.raises(ReleaseError, match="is not attached"):
        release.flip(opened.release_id)
    release.attach(opened.release_id, shop.marts)
    with pytest.raises(ReleaseError, match="has not been asked"):
        release.flip(opened.release_id)
    release.record_gate(opened.release_id, passed=False)
    with pytest.raises(ReleaseError, match="said no"):
        release.flip(opened.release_id)
    release.refuse(opened.release_id, "coverage above 100 %")
    release.refuse(opened.release_id, "again")
    with pytest.raises(ReleaseError, match="no candidate: refused: coverage above 100 %"):
        release.flip(opened.release_id)
    assert release.current() is None


def test_rollback_and_forward_again(shop):
    first, second = shop.publish(), shop.publish()
    started = time.perf_counter()
    assert release.rollback() == {"release_id": first, "previous": second}
    print(f"rollback took {(time.perf_counter() - started) * 1000:.0f} ms")
    assert shop.ask("select distinct batch from marts.fct_poverty") == [(first,)]
    assert release.rollback(second)["release_id"] == second
    assert shop.ask("select distinct batch from marts.fct_poverty") == [(second,)]
    assert release.rollback()["release_id"] == first, "it was left for the newer one, not found wrong"
    release.rollback(second)
    with pytest.raises(ReleaseError, match="no earlier release"):
        release.rollback(first) and release.rollback()
    with pytest.raises(ReleaseError, match="release 99 is unknown"):
        release.rollback(99)
    with connect() as conn:
        assert ledger.verify(conn) is None


def test_rollback_skips_what_was_rolled_back_before(shop):
    first, second, third = shop.publish(), None, None
    second = shop.publish()
    release.rollback()
    third = shop.publish()
    assert second and release.rollback() == {"release_id": first, "previous": third}


def test_any_kept_release_can_be_read(shop):
    first, second = shop.publish(), shop.publish()
    query = "select distinct batch from marts.fct_poverty"
    assert shop.ask(query, role="bi_reader", release_id=first) == [(first,)]
    assert shop.ask(query, role="bi_reader") == [(second,)]


@pytest.mark.parametrize("wanted", ["99", "-1", "1 or 1=1", "99999999999999999999"])
def test_a_release_that_is_not_there_is_an_error_not_an_empty_table(shop, wanted):
    shop.publish()
    with connect(role="bi_reader") as conn, pytest.raises(Exception, match=r"cannot be read|is not a number"):
        conn.execute("select set_config('simpul.release_id', %s, false)", (wanted,))
        conn.execute("select count(*) from marts.fct_poverty")


def test_a_candidate_cannot_be_read_before_it_is_published(shop):
    shop.publish()
    opened = release.open_release("next", force=True)
    shop.build(opened.release_id)
    release.attach(opened.release_id, shop.marts)
    with pytest.raises(Exception, match="was never published"):
        shop.ask("select count(*) from marts.fct_poverty", role="bi_reader", release_id=opened.release_id)


def anew(query: str, table: str) -> None:
    """The table made in one go of what a query says, as dbt would."""
    with connect() as conn:
        conn.execute(f"create table candidate.other as {query}")
        conn.execute(f"drop table candidate.{table}")
        conn.execute(f"alter table candidate.other rename to {table}")


@pytest.mark.parametrize(
    "deed",
    [
        "update candidate.fct_poverty set p0_percent = p0_percent + 1.5 where region_code = '12.09'",
        "delete from candidate.fct_poverty where region_code = '12.09'",
        "insert into candidate.person select * from candidate.person where false or person_id < 0 union all select"
        " _release_id, _as_of, 9999, 'ORANG LAIN', regency_code, region_code from candidate.person where person_id = 1",
        "truncate candidate.rpt_poverty_position",
    ],
)
def test_a_table_that_somebody_changed_after_it_was_built_is_not_published(shop, deed):
    opened = release.open_release("x", force=True)
    shop.build(opened.release_id)
    with connect() as conn:
        conn.execute(deed)
    with pytest.raises(ReleaseError, match="changed by hand") as caught:
        release.attach(opened.release_id, shop.marts)
    assert "ORANG" not in str(caught.value)
    told = {one.release_id: (one.status, one.reason) for one in release.list_releases()}
    assert told[opened.release_id][0] == "refused" and "candidate." in told[opened.release_id][1]
    assert shop.publish(), "built again, it is"


def test_the_hash_ignores_order_and_volatile_columns_and_sees_one_changed_figure(shop):
    first, second = shop.publish(batch=1), shop.publish(batch=1)  # measured_at differs
    hashes = {r.release_id: r.content_hash for r in release.list_releases()}
    assert hashes[first] == hashes[second]

    opened = release.open_release("reordered", force=True)
    shop.build(opened.release_id, batch=1)
    anew("select * from candidate.fct_poverty order by region_code desc", "fct_poverty")
    assert release.attach(opened.release_id, shop.marts)["content_hash"] == hashes[first]

    shop.build(opened.release_id, batch=1)
    columns = "_release_id, _as_of, region_code, year, p0_percent, batch, measured_at"
    other = columns.replace(
        "p0_percent", "case region_code when '12.09' then 9.37 else p0_percent end as p0_percent"
    )
    anew(f"select {other} from candidate.fct_poverty", "fct_poverty")
    changed = release.attach(opened.release_id, shop.marts)
    assert changed["content_hash"] != hashes[first]
    assert release.content_hash(opened.release_id) == changed["content_hash"]


def test_a_table_about_what_was_published_before_has_no_part_in_the_hash(shop):
    """`rpt_restatement`: the same inputs say the same, whatever readers saw before."""
    report = shop.manifest["nodes"]["model.simpul.rpt_poverty_position"]
    volatile = {**report, "config": {"meta": {"publish": "marts", "volatile": True}}}
    marts = release.marts_of(
        {"nodes": {**shop.manifest["nodes"], "model.simpul.rpt_poverty_position": volatile}}
    )
    opened = release.open_release("x")
    shop.build(opened.release_id, batch=1)
    first = release.attach(opened.release_id, marts)
    shop.build(opened.release_id, batch=1)
    anew("select * from candidate.rpt_poverty_position where region_code = '12.09'", "rpt_poverty_position")
    second = release.attach(opened.release_id, marts)
    assert second["content_hash"] == first["content_hash"] == release.content_hash(opened.release_id)
    assert second["tables"]["rpt_poverty_position"]["rows"] == 1
    assert shop.ask("select count(*) from release.rpt_poverty_position") == [(1,)]


def age(*numbers, days=400, step=1):
    """As if they had been published so long ago, one day after the other."""
    with connect() as conn:
        for place, number in enumerate(numbers):
            conn.execute(
                "update audit.release set published_at = clock_timestamp() - make_interval(days => %s)"
                " where release_id = %s",
                (days - place * step, number),
            )


def test_a_pin_keeps_a_release_and_others_are_retired(shop):
    numbers = [shop.publish() for _ in range(5)]
    release.pin(numbers[0])
    outcome = release.retire_old(days=0, months=0)  # the current one and the one before it are always kept
    assert outcome == {"retired": numbers[1:3], "dropped": 6, "waiting": 0}
    assert shop.ask("select distinct batch from marts.fct_poverty", release_id=numbers[0]) == [(numbers[0],)]
    with pytest.raises(Exception, match="has been retired"):
        shop.ask("select * from marts.fct_poverty", release_id=numbers[1])
    with pytest.raises(ReleaseError, match="is retired"):
        release.rollback(numbers[1])
    with pytest.raises(ReleaseError, match="is retired"):
        release.pin(numbers[1])
    release.unpin(numbers[0])
    assert release.retire_old(days=0, months=0)["retired"] == [numbers[0]]
    assert release.retire_old(days=0, months=0) == {"retired": [], "dropped": 0, "waiting": 0}
    assert shop.ask("select detail from audit.ledger where kind = 'release.retired' limit 1") == [
        ({"days": 0, "months": 0},)
    ]


def test_a_busy_day_retires_nothing_of_last_month(shop, monkeypatch):
    """Thirteen deliveries and the nightly upkeep: "what we knew last month" is still there."""
    last_month, *today = [shop.publish(rows=1) for _ in range(15)]
    age(last_month, days=32)
    assert release.retire_old()["retired"] == []
    assert shop.ask("select distinct batch from marts.fct_poverty", release_id=last_month)
    monkeypatch.setenv("SIMPUL_KEEP_MONTHS", "0")
    monkeypatch.setenv("SIMPUL_KEEP_DAYS", "31")
    get_settings.cache_clear()
    assert release.retire_old()["retired"] == [last_month]
    assert release.list_releases()[0].release_id == today[-1]


def test_the_pointed_release_is_never_retired(shop):
    numbers = [shop.publish() for _ in range(3)]
    age(*numbers)
    release.rollback(numbers[0])
    assert release.retire_old(days=0, months=0)["retired"] == numbers[1:]
    assert shop.ask("select distinct batch from marts.fct_poverty") == [(numbers[0],)]


def test_the_tables_of_a_refused_release_stay_for_a_look_until_the_next_is_refused(shop):
    def refused() -> int:
        opened = release.open_release("r", force=True)
        shop.build(opened.release_id)
        release.attach(opened.release_id, shop.marts)
        release.refuse(opened.release_id, "no", code="person")
        return opened.release_id

    first, second = refused(), refused()
    assert release.retire_old()["dropped"] == 3
    left = {
        name
        for (name,) in shop.ask(
            "select relname from pg_class where relname like 'person__r%' and relkind = 'r'"
        )
    }
    assert left == {f"person__r{second}"} and first != second
