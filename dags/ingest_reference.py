"""
# Everything else in the inbox

Looks into `<inbox>/reference/` (lists of regions with their decrees), `<inbox>/review/` (a steward's decisions on
doubtful pairs), and at whatever lies in no agency's folder, which ends `held` with the reason: nobody has to wonder why
a file in the wrong place was never taken. Starts when the watcher sees a settled file, and every quarter of an hour as
a net under it.

**Params**: `path` lands one file or folder now; `file_id` replays an archived file; `dataset` (and `period`)
replays what has landed of a dataset, after a contract or rule was mended.

**Triage notes**
- `land` red: that file is held and the message says why. In the wrong folder: move it to `<inbox>/<agency>/`, where
  the DAG of that agency takes it. Nothing is lost: the bytes are in the archive.
- `gate` red: the gate itself could not run (database, disk). Clear the task; landing is safe to run again.
- `report` red: it lists what of this run did not land, and what else failed.
- Rows in quarantine do not fail the run: `simpul quarantine list`.
"""

from datetime import timedelta

from airflow.sdk import dag

from simpul.orchestration import INGEST_PARAMS, Tag, dag_policy, discover, gate, inbox_schedule, land, report


@dag(
    schedule=inbox_schedule("reference"),
    doc_md=__doc__,
    params=INGEST_PARAMS,
    **dag_policy(within=timedelta(minutes=30), tags=[Tag.REFERENCE, Tag.LANDING, Tag.TIER_2]),
)
def ingest_reference() -> None:
    found = discover("reference")
    landed = land.expand(file=found)
    report(found, landed, gate(landed))


ingest_reference()
