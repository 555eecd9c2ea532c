"""
# Upkeep of the warehouse

Every night: retires releases whose time is over, drops raw rows of replaced and withdrawn files that no kept release
needs, removes unpacked members of zips that have landed, sweeps what crashes left in work folders, checks the hash
chain of the ledger and its anchors, rebuilds the index of the reports and names deliveries that are overdue.

**Triage notes**
- Red because of the ledger: somebody changed history by hand. Do not "repair" it; call the auditor. Only where a
  release has no anchor (a full disk?), `simpul ledger anchor` draws it.
- Red because of overdue deliveries: nothing more came, so nothing else says so. Ask the agency, look for held files.
  Each lateness makes one run red; `marts.rpt_freshness` goes on showing it.
- Red because of a lock: a long reader holds an old release. It is tried again tomorrow; nothing depends on it.
"""

from datetime import timedelta

from airflow.sdk import dag

from simpul.orchestration import Tag, dag_policy, daily, upkeep


@dag(
    schedule=daily("30 1 * * *"),
    doc_md=__doc__,
    **dag_policy(within=timedelta(minutes=60), tags=[Tag.UPKEEP, Tag.TIER_3]),
)
def maintain() -> None:
    upkeep()


maintain()
