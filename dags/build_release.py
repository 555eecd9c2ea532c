"""
# Landed files → a published release

Starts when a dataset has landed, and every hour for what no task announced (`simpul land`). Freezes the inputs, builds
staging and intermediate, links records to persons, builds the candidate marts, attaches them, runs the publication gate
and flips the pointer: every table changes at once.
Nothing new = everything skipped and no table written.

**Params**: `inputs` builds from chosen file_ids only; `force` builds although nothing is new.

**Triage notes**
- `prepare` or `marts` red: `simpul status` names the test and what to do, the log of `dbt_producer_watcher` all.
  Readers still see the last release. Clear the group or trigger the DAG again: it resumes the same candidate.
- `gate_release` red: the candidate is refused. The message names the rules, the report page the addresses. Is a
  file to blame that nobody will correct: `simpul withdraw`, and trigger the DAG again.
- `publish` red: the pointer did not move. Clear it.
- Published something wrong: `simpul rollback` (under a second).
"""

from datetime import timedelta

from airflow.sdk import chain, dag

from simpul.orchestration import (
    BUILD_PARAMS,
    Tag,
    attach,
    dag_policy,
    gate_release,
    landed_schedule,
    link,
    marts,
    open_release,
    prepare,
    publish,
)


@dag(
    schedule=landed_schedule(),
    doc_md=__doc__,
    params=BUILD_PARAMS,
    **dag_policy(within=timedelta(minutes=60), tags=[Tag.RELEASE, Tag.TIER_1]),
)
def build_release() -> None:
    release_id = open_release()
    chain(
        release_id,
        prepare(),
        link(release_id),
        marts(),
        attach(release_id),
        gate_release(release_id),
        publish(release_id),
    )


build_release()
