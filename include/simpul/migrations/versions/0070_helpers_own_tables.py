"""``loader`` and ``transformer`` make tables of their own in their rooms and change nobody else's: not the registers, of
which they were second owners, nor rows that were delivered, set aside or linked (ADR 0045). No reader counts on either:
auditors and stewards could use up numbers of gates and persons.
"""

from alembic import op

revision = "0070"
down_revision = "0064"

_HELPERS = "loader, transformer"
_READERS = "bi_reader, caseworker, steward, auditor"
_SCHEMAS = (
    "raw",
    "quarantine",
    "staging",
    "intermediate",
    "identity",
    "candidate",
    "release",
    "marts",
    "marts_person",
    "audit",
)


def upgrade() -> None:
    writes = "insert, update, delete, truncate, references, trigger"
    for schema in _SCHEMAS:
        op.execute(f"revoke {writes} on all tables in schema {schema} from {_HELPERS}")
        op.execute(f"revoke all on all sequences in schema {schema} from {_HELPERS}, {_READERS}")
        op.execute(f"alter default privileges in schema {schema} revoke {writes} on tables from {_HELPERS}")
    op.execute("revoke create on schema quarantine from loader")
    op.execute("revoke create on schema identity from transformer")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
