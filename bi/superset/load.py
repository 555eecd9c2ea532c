"""Bring Superset to what stands in the repository: metadata, roles, people, and the assets, which are overwritten.

Run by Superset's own Python, with the configuration beside this file. Safe to repeat: the same files leave the same
assets, a changed one shows, and what an earlier run brought and no file holds any more is removed and said. What people
made themselves in the UI stays. Prints one JSON object.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from pathlib import Path
from typing import Any

ADMIN = "admin"
# role → built-in role it is made of, whether it reads persons
PERSONS = "Simpul Petugas"
ROLES = {"Simpul Pembaca": ("Gamma", False), PERSONS: ("Gamma", True)}
_NO_FILES = {"can_csv", "can_export_csv", "can_export", "can_export_as_example"}
"""Persons leave the house by `simpul export`, which keeps who and why, and not by a button here (ADR 0048)."""


def read_assets(folder: Path) -> dict[str, str]:
    """Every YAML file below ``folder``, by its path in it: what Superset's own export would hold."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.yaml"))
    }


def _migrate(app: Any) -> None:
    from flask_migrate import upgrade
    from superset import appbuilder, security_manager

    uri = app.config["SQLALCHEMY_DATABASE_URI"]
    upgrade()
    if uri.startswith("sqlite:///"):
        with sqlite3.connect(uri.removeprefix("sqlite:///")) as conn:
            conn.execute("pragma journal_mode = wal")  # readers need not wait for who writes
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()


def _stamp(stamp: str | None) -> None:
    """Let the database say itself what was brought into it: one that is deleted, or put back, then speaks of itself.

    Without a stamp it says nothing: what begins is not done, and in containers every start brings everything in.
    """
    from sqlalchemy import text
    from superset import db

    db.session.execute(text("create table if not exists simpul_brought_in (stamp varchar(64) not null)"))
    db.session.execute(text("delete from simpul_brought_in"))
    if stamp:
        db.session.execute(text("insert into simpul_brought_in values (:stamp)"), {"stamp": stamp})
    db.session.commit()


def _ensure_user(name: str, role: str, password: str) -> list[str]:
    """Make the user, or open it again, with this password and this role.

    A caseworker has no role beside his own, nor one by a group: rights add up, and what may be taken along is asked of
    the user and not of the table (`can_csv` of a reader of the marts would be one for persons too).

    Returns:
        Roles and groups that the user had beside it and has no more.
    """
    from superset import db, security_manager
    from werkzeug.security import check_password_hash, generate_password_hash

    wanted = security_manager.find_role(role)
    user = security_manager.find_user(name)
    if user is None:
        user = security_manager.add_user(name, name, "Simpul", f"{name}@localhost", wanted, password)
        assert user, f"the user {name} cannot be made"
    if not check_password_hash(user.password, password):
        user.password = generate_password_hash(password)
    lost: list[str] = []
    if role == PERSONS:
        lost = sorted(one.name for one in [*user.roles, *user.groups] if one is not wanted)
        user.roles, user.groups = [wanted], []
    elif wanted not in user.roles:
        user.roles.append(wanted)
    user.active = True
    db.session.commit()
    return lost


def _close_users(role: str, but: list[str]) -> list[str]:
    """Users of a role of ours who are no longer named log in no more; what they made stays. Returns who that is.

    Never the administrator, whatever roles somebody gave that user.
    """
    from superset import db, security_manager

    gone = [
        user
        for user in security_manager.get_all_users()
        if user.active and user.username not in [ADMIN, *but] and role in [one.name for one in user.roles]
    ]
    for user in gone:
        user.active = False
    db.session.commit()
    return sorted(user.username for user in gone)


def _import(contents: dict[str, str]) -> dict[str, list[str]]:
    """Import the assets; returns what was removed, by kind."""
    from superset import db
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.core import Database
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    ImportAssetsCommand(contents).run()
    kept = {
        line.split()[1]
        for text in contents.values()
        for line in text.splitlines()
        if line.startswith("uuid: ")
    }
    removed: dict[str, list[str]] = {}
    kinds = (
        (Dashboard, "dashboard_title"),
        (Slice, "slice_name"),
        (SqlaTable, "table_name"),
        (Database, "database_name"),
    )
    for model, title in kinds:
        for one in db.session.query(model).filter_by(is_managed_externally=True):
            if str(one.uuid) not in kept:
                removed.setdefault(model.__name__.lower(), []).append(getattr(one, title))
                db.session.delete(one)
    db.session.commit()
    return removed


def _ensure_roles(persons: set[str]) -> None:
    """Our roles: what the built-in one may, and the databases; who reads persons takes no file along."""
    from superset import db, security_manager
    from superset.models.core import Database

    databases = db.session.query(Database).filter_by(is_managed_externally=True).all()
    for name, (base, reads_persons) in ROLES.items():
        role = security_manager.add_role(name) or security_manager.find_role(name)
        rights = [
            right
            for right in security_manager.find_role(base).permissions
            if not (reads_persons and right.permission.name in _NO_FILES)
        ]
        for database in databases:
            if reads_persons or str(database.uuid) not in persons:
                rights.append(security_manager.add_permission_view_menu("database_access", database.perm))
        role.permissions = rights
    db.session.commit()


def main() -> None:
    """Do all of it, in one start of Superset."""
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        from flask import g
        from superset import db, security_manager
        from superset.models.core import Database

        _migrate(app)
        _stamp(None)
        secret = app.config["SIMPUL_SECRET"]
        _ensure_user(ADMIN, "Admin", secret("superset_admin"))
        g.user = security_manager.find_user(ADMIN)
        contents = read_assets(app.config["SIMPUL_ASSETS"])
        removed = _import(contents)
        persons = {str(one.uuid) for one in db.session.query(Database).filter_by(impersonate_user=True)}
        _ensure_roles(persons)
        people = app.config["SIMPUL_CASEWORKERS"]()
        lost = {name: _ensure_user(name, PERSONS, secret(f"superset_{name}")) for name in people}
        lost = {name: roles for name, roles in lost.items() if roles}
        closed = _close_users(PERSONS, people)
        _stamp(os.environ.get("SIMPUL_BI_STAMP"))
        told = {"files": len(contents), "removed": removed, "people": people, "closed": closed, "lost": lost}
        print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    main()
