"""Opening a release: nothing new, resume, abandon, another owner, chosen inputs; never two candidates."""

import threading

import pytest

from simpul import release
from simpul.database import connect
from simpul.errors import ReleaseError
from simpul.ledger import Decision
from simpul.release import inputs
from simpul.settings import get_settings


def test_nothing_landed_means_nothing_to_do(fresh_warehouse):
    opened = release.open_release("one")
    assert (opened.is_new, opened.release_id, opened.status) == (False, None, "none")


def test_the_same_inputs_are_not_built_twice_unless_forced(shop):
    first = shop.publish(force=False)
    again = release.open_release("two")
    assert (again.is_new, again.release_id, again.reason) == (
        False,
        first,
        f"nothing new since release {first}",
    )
    assert release.open_release("two", force=True).release_id == first + 1


def test_a_new_file_is_something_new_and_inputs_are_frozen(shop):
    shop.publish(force=False)
    shop.deliver("bbbbbbbbbbbbbbbb")
    opened = release.open_release("two")
    shop.deliver("cccccccccccccccc")
    frozen = shop.ask(
        f"select file_id from audit.release_input where release_id = {opened.release_id} order by 1"
    )
    assert opened.is_new and frozen == [("aaaaaaaaaaaaaaaa",), ("bbbbbbbbbbbbbbbb",)]


def test_the_same_candidate_is_resumed_and_a_changed_one_abandoned(shop):
    first = release.open_release("one")
    assert release.open_release("one") == release.Opened(
        first.release_id, True, first.inputs_hash, is_resumed=True, files=1
    )
    shop.deliver("bbbbbbbbbbbbbbbb")
    second = release.open_release("one")
    assert second.release_id == first.release_id + 1 and not second.is_resumed
    told = shop.ask(f"select status, reason_code from audit.release where release_id = {first.release_id}")
    assert told == [("refused", "abandoned")]


def test_an_abandoned_release_is_no_decision_about_its_inputs(shop):
    first = release.open_release("one")
    release.refuse(first.release_id, "killed", code="abandoned")
    assert release.open_release("two").is_new


def test_refused_inputs_are_not_built_again_until_they_change(shop):
    first = release.open_release("one")
    release.refuse(first.release_id, "coverage above 100 %")
    again = release.open_release("two")
    assert (again.is_new, again.status) == (False, "refused") and "coverage above 100 %" in again.reason
    shop.deliver("bbbbbbbbbbbbbbbb")
    assert release.open_release("three").is_new


def test_a_rollback_is_not_undone_by_the_next_scheduled_build(shop):
    shop.publish()
    shop.deliver("bbbbbbbbbbbbbbbb")
    second = shop.publish()
    release.rollback()
    opened = release.open_release("schedule")
    assert not opened.is_new and opened.release_id == second and "rolled back" in opened.reason


def test_going_back_to_earlier_inputs_is_something_new(shop):
    shop.publish()
    shop.deliver("bbbbbbbbbbbbbbbb")
    second = shop.publish()
    with connect() as conn:
        conn.execute("update audit.file set status = 'superseded' where file_id = 'bbbbbbbbbbbbbbbb'")
    assert release.open_release("x").release_id == second + 1


def test_chosen_inputs(shop):
    shop.deliver("bbbbbbbbbbbbbbbb", status="superseded")
    shop.deliver("cccccccccccccccc", status="held")
    with connect() as conn:
        conn.execute('create table raw."bps__poverty_province__bbbbbbbbbbbbbbbb" ()')
    opened = release.open_release("one", inputs=["bbbbbbbbbbbbbbbb"])
    assert shop.ask(f"select file_id from audit.release_input where release_id = {opened.release_id}") == [
        ("bbbbbbbbbbbbbbbb",)
    ]
    assert release.list_releases()[0].is_chosen
    shop.deliver("dddddddddddddddd", status="superseded")
    refused = (
        r"cccccccccccccccc \(held\), dddddddddddddddd \(superseded, and its rows are gone\), zzzz \(unknown\)"
    )
    with pytest.raises(ReleaseError, match=refused):
        release.open_release("one", inputs=["cccccccccccccccc", "dddddddddddddddd", "zzzz"])


def test_a_release_from_chosen_files_stays_until_something_lands_or_is_withdrawn(shop):
    shop.deliver("bbbbbbbbbbbbbbbb", "cccccccccccccccc")
    shop.publish()
    chosen = shop.publish(inputs=["aaaaaaaaaaaaaaaa"])
    opened = release.open_release("schedule")
    assert (opened.is_new, opened.release_id) == (False, chosen) and "made from chosen files" in opened.reason
    shop.deliver("dddddddddddddddd", status="held")
    change = "update audit.file set status = %s where file_id = %s"
    for file_id, before, status in (
        ("dddddddddddddddd", "held", "landed"),
        ("bbbbbbbbbbbbbbbb", "landed", "refused"),
    ):
        with connect() as conn:
            conn.execute(change, (status, file_id))
        opened = release.open_release("schedule")
        assert opened.is_new, (file_id, status)
        release.refuse(opened.release_id, "killed", code="abandoned")
        with connect() as conn:
            conn.execute(change, (before, file_id))
        assert not release.open_release("schedule").is_new
    assert release.open_release("engineer", force=True).is_new, "somebody may ask for it"


def test_why_somebody_wants_a_release_is_kept(shop):
    """The publication gate lets a release through that lost much where there is a reason."""
    shop.deliver("bbbbbbbbbbbbbbbb")
    said = "select reason, reason_id from audit.release"
    opened = release.open_release("one", decision=Decision("engineer"))
    assert shop.ask(said) == [(None, None)]
    # the same inputs once more, with a reason: the candidate is resumed with it
    again = release.open_release("one", decision=Decision("engineer", None, "hanya provinsi"))
    assert again.release_id == opened.release_id and shop.ask(said) == [(None, "hanya provinsi")]
    assert shop.ask("select detail from audit.ledger where kind = 'release.reasoned'") == [
        ({"by": "engineer", "why": None, "why_id": "hanya provinsi"},)
    ]


def test_the_candidate_of_another_living_run_is_left_alone(shop):
    first = release.open_release("airflow/1")
    with pytest.raises(ReleaseError, match=f"release {first.release_id} is being built by run airflow/1"):
        release.open_release("airflow/2")
    assert release.open_release("airflow/2", take_over=True).release_id == first.release_id
    with pytest.raises(ReleaseError, match="taken over by run airflow/2"):
        release.attach(first.release_id, shop.marts, owner_run="airflow/1")


def test_a_run_that_let_go_or_fell_silent_is_followed_at_once(shop):
    first = release.open_release("airflow/1")
    release.let_go(first.release_id)
    assert release.open_release("airflow/2").is_resumed
    with connect() as conn:
        conn.execute("update audit.release set touched_at = now() - interval '11 minutes'")
    assert release.open_release("airflow/3").is_resumed


def test_a_run_at_work_gives_signs_of_life_and_stops_when_it_was_robbed(shop, eventually):
    number = release.open_release("airflow/1").release_id

    def silence() -> None:
        with connect() as conn:
            conn.execute("update audit.release set touched_at = now() - interval '11 minutes'")

    with release.at_work("airflow/1", every=0.05):
        silence()
        eventually(
            lambda: shop.ask("select now() - touched_at < interval '5 seconds' from audit.release")[0][0]
        )
        with pytest.raises(ReleaseError, match="is being built by run airflow/1"):
            release.open_release("cli/1")
    robbed = f"run airflow/1 has no candidate to work on: release {number} was taken over by run cli/1"
    with pytest.raises(ReleaseError, match=robbed), release.at_work("airflow/1", every=60):
        silence()
        assert release.open_release("cli/1").is_resumed
    with pytest.raises(ReleaseError, match=robbed), release.at_work("airflow/1"):
        raise AssertionError("it must not begin")
    with pytest.raises(ReleaseError, match="taken over by run cli/1"):
        release.record_gate(number, passed=True, owner_run="airflow/1")
    release.refuse(number, "its input was withdrawn", code="abandoned")
    with (
        pytest.raises(ReleaseError, match=f"its release {number} is refused: its input"),
        release.at_work("cli/1"),
    ):
        pass


def test_the_death_of_an_attended_run_is_seen_at_once(shop):
    with release.attend("cli/1"):
        first = release.open_release("cli/1", attended=True)
        with connect() as conn:  # silence alone does not mean death
            conn.execute("update audit.release set touched_at = now() - interval '1 hour'")
        for take_over in (False, True):
            with pytest.raises(ReleaseError, match="is being built"):
                release.open_release("cli/2", attended=True, take_over=take_over)
        with pytest.raises(ReleaseError, match="already building"), release.attend("cli/1"):
            pass
    assert release.open_release("cli/2", attended=True).release_id == first.release_id


def test_many_open_at_once_and_one_candidate_stands(shop):
    results: list[object] = []
    gate = threading.Barrier(8)

    def go(number: int) -> None:
        gate.wait()
        try:
            results.append(release.open_release(f"run/{number}"))
        except ReleaseError as error:
            results.append(error)

    threads = [threading.Thread(target=go, args=(number,)) for number in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    opened = [result for result in results if isinstance(result, release.Opened)]
    assert len(opened) == 1 and opened[0].release_id == 1
    assert (
        all(error.code == "busy" for error in results if isinstance(error, ReleaseError))
        and len(results) == 8
    )


def test_numbers_have_no_gaps(shop):
    for _ in range(3):
        opened = release.open_release("x", force=True)
        release.refuse(opened.release_id, "no", code="person")
    assert [r.release_id for r in release.list_releases()] == [3, 2, 1]


def test_inputs_hash_does_not_depend_on_order_and_sees_code(tmp_path):
    files = [inputs.InputFile(f"f{n}", "d", "2024", f"s{n}") for n in range(3)]
    assert inputs.inputs_hash(files, code="a") == inputs.inputs_hash(files[::-1], code="a")
    assert inputs.inputs_hash(files, code="a") != inputs.inputs_hash(files, code="b")
    assert inputs.inputs_hash(files, code="a") != inputs.inputs_hash(files[1:], code="a")

    (tmp_path / "dbt_project/models").mkdir(parents=True)
    model = tmp_path / "dbt_project/models/fct.sql"
    model.write_text("select 1")
    before = inputs.code_hash(tmp_path)
    (tmp_path / "dbt_project/target").mkdir()
    (tmp_path / "dbt_project/target/fct.sql").write_text("compiled")
    assert inputs.code_hash(tmp_path) == before
    model.write_text("select 2")
    assert inputs.code_hash(tmp_path) != before


def test_another_model_of_linking_is_another_release(tmp_path, monkeypatch):
    before = inputs.code_hash(tmp_path)
    shipped = tmp_path / "include/simpul/identity/model.json"
    shipped.parent.mkdir(parents=True)
    shipped.write_text("{}")
    with_shipped = inputs.code_hash(tmp_path)
    own = tmp_path / "own.json"
    own.write_text("{}")
    monkeypatch.setenv("SIMPUL_LINK_MODEL", str(own))
    get_settings.cache_clear()
    with_own = inputs.code_hash(tmp_path)
    own.write_text("{ }")
    changed = inputs.code_hash(tmp_path)
    monkeypatch.undo()
    get_settings.cache_clear()
    assert len({before, with_shipped, with_own, changed}) == 4


def test_code_that_is_changed_while_a_release_is_built_publishes_nothing(shop, monkeypatch):
    """A deployment in mid-run: the tables would be of both, so the next run begins anew."""
    opened = release.open_release("airflow/1")
    shop.build(opened.release_id, batch=1)
    code = inputs.code_hash()
    with monkeypatch.context() as deployed:
        deployed.setattr(inputs, "code_hash", lambda root=None: code[::-1])
        with pytest.raises(ReleaseError, match="the code was changed while it was built"):
            release.attach(opened.release_id, shop.marts, owner_run="airflow/1")
        assert shop.ask("select status, reason_code from audit.release") == [("refused", "abandoned")]
        again = release.open_release("airflow/2")
        assert again.is_new and not again.is_resumed
        shop.build(again.release_id, batch=1)
        assert release.attach(again.release_id, shop.marts)["content_hash"]
