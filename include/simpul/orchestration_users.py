"""People of the Airflow UI, where it asks who they are (FAB): ``python -m simpul.orchestration_users`` < JSON.

The JSON is name → ``[role, password]``. Airflow's own command takes a password as an argument, which everybody on the
machine may read, and never renews one.
"""

from __future__ import annotations

import json
import sys

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder


def keep(people: dict[str, list[str]]) -> None:
    """Make each user, or give back its role and its password; users that people made themselves stay as they are."""
    with get_application_builder() as builder:
        security = builder.sm
        for name, (role_name, password) in people.items():
            role = security.find_role(role_name)
            user = security.find_user(name)
            if user is None:
                user = security.add_user(name, name, "Simpul", f"{name}@localhost", role, password)
            else:
                security.reset_password(user.id, password)
                user.roles = [role]
                security.update_user(user)


if __name__ == "__main__":
    keep(json.load(sys.stdin))
