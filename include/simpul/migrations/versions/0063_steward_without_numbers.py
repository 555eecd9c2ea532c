"""The steward reads who belongs together in ``identity`` without numbers and keys: those stand in `marts_person`, where
every read leaves its line (ADR 0055).
"""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"

_WITHHELD = {
    "doubtful_pair": {"record_key_a", "record_key_b"},
    "family_key": {"no_kk"},
    "link": {"record_key", "compared_with"},
    "nik_suggestion": {"record_key", "suggested_nik"},
    "person_key": {"nik", "anchor"},
    "person_nik": {"nik"},
}


def upgrade() -> None:
    op.execute("revoke select on all tables in schema identity from steward")
    # a table to come says itself what of it he reads
    op.execute("alter default privileges in schema identity revoke select on tables from steward")
    columns = op.get_bind().execute(
        sa.text(
            "select relname, attname from pg_class join pg_attribute on attrelid = pg_class.oid"
            " where relnamespace = 'identity'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped"
            " order by relname, attnum"
        )
    )
    for table, column in columns.fetchall():
        if column not in _WITHHELD.get(table, ()):
            op.execute(f'grant select ("{column}") on identity."{table}" to steward')


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
