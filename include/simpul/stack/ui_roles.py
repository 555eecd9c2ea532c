"""What people of the Airflow UI may do, role by role, where it asks who they are (``SIMPUL_AIRFLOW_AUTH=fab``).

In words of FAB's permissions; each role has what the one before it has. Nobody but ``admin`` sees connections,
variables or users, or makes them: Simpul keeps no secret in Airflow.
"""

from __future__ import annotations

_READ = (
    "Asset Aliases",
    "Assets",
    "Audit Logs",
    "Backfills",
    "Cluster Activity",
    "DAG Code",
    "DAG Dependencies",
    "DAG Runs",
    "DAG Versions",
    "DAG Warnings",
    "DAGs",
    "HITL Detail",
    "ImportError",
    "Jobs",
    "My Password",
    "My Profile",
    "Pools",
    "Task Instances",
    "Task Logs",
    "Website",
    "XComs",
)
_MENU = ("Assets", "Audit Logs", "Browse", "Cluster Activity", "DAG Dependencies", "DAG Runs", "DAGs", "Docs",
         "Documentation", "Jobs", "Task Instances")  # fmt: skip
_OWN = ("My Password", "My Profile")

_AUDITOR = [
    *(("can_read", resource) for resource in _READ),
    *(("menu_access", resource) for resource in _MENU),
    *(("can_edit", resource) for resource in _OWN),
]
# run, pause, clear, mark; nothing is deleted, so what happened stays to be read
_OPERATOR = [
    *_AUDITOR,
    ("can_edit", "DAGs"),
    ("can_create", "DAG Runs"),
    ("can_edit", "DAG Runs"),
    ("can_create", "Task Instances"),
    ("can_edit", "Task Instances"),
    ("can_create", "Assets"),
    ("can_edit", "HITL Detail"),
]
_ENGINEER = [
    *_OPERATOR,
    *((action, "Backfills") for action in ("can_create", "can_edit", "can_delete")),
    *((action, "Pools") for action in ("can_create", "can_edit", "can_delete")),
    ("can_delete", "DAG Runs"),
    ("can_delete", "Task Instances"),
    *(("can_read", resource) for resource in ("Plugins", "Providers")),
    *(("menu_access", resource) for resource in ("Admin", "Plugins", "Pools", "Providers", "XComs")),
]

ROLES: dict[str, list[tuple[str, str]]] = {
    "auditor": _AUDITOR,
    "operator": _OPERATOR,
    "engineer": _ENGINEER,
}
"""Role → what it may do with what."""

PEOPLE = {"admin": "Admin", **{role: role for role in ROLES}}
"""User of the UI → role. The password of each is the secret ``airflow_<user>``."""


def as_airflow_reads_it() -> dict[str, list[dict[str, str]]]:
    """The option ``[fab] custom_roles``."""
    return {
        role: [{"action": action, "resource": resource} for action, resource in rights]
        for role, rights in ROLES.items()
    }
