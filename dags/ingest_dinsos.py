"""
# Registries and payment lists of Dinas Sosial → `raw`

Every new file under `<inbox>/dinsos/` (registries, payments, recipients, planning) is archived, recognised by its
content, loaded and judged at the landing gate. Starts when the watcher sees a settled file, and every quarter of
an hour as a net under it. One run takes the 500 oldest files; the next one, at once, what is left.

**Params**: `path` lands one file or folder now; `file_id` replays an archived file; `dataset` (and `period`)
replays what has landed of a dataset, after a contract or rule was mended.

**Triage notes**
- `land` red: that file is held and the message says why (layout, period, duplicate heading, …). The other files went
  on. Mend the file or the contract, then trigger with `path`. Nothing is lost: the bytes are in the archive.
- `gate` red: the gate itself could not run (database, disk). Clear the task; landing is safe to run again.
- `report` red: it lists what of this run did not land, and what else failed.
- Rows in quarantine do not fail the run: `simpul quarantine list`.
"""

from datetime import timedelta

from airflow.sdk import dag

from simpul.orchestration import INGEST_PARAMS, Tag, dag_policy, discover, gate, inbox_schedule, land, report


@dag(
    schedule=inbox_schedule("dinsos"),
    doc_md=__doc__,
    params=INGEST_PARAMS,
    **dag_policy(within=timedelta(minutes=30), tags=[Tag.DINSOS, Tag.LANDING, Tag.TIER_1]),
)
def ingest_dinsos() -> None:
    found = discover("dinsos")
    landed = land.expand(file=found)
    report(found, landed, gate(landed))


ingest_dinsos()
