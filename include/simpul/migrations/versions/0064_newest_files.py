"""The newest files by an index: the first page of reports lists them, however many there are."""

from alembic import op

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    op.execute("create index on audit.file (received_at desc, file_id)")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
