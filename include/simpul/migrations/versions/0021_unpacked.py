"""A zip of deliveries ends as ``unpacked``: its files are received on their own."""

from alembic import op

from simpul.migrations.words import one_of

revision = "0021"
down_revision = "0016"

_STATUS = ("received", "loaded", "landed", "held", "duplicate", "superseded", "refused", "unpacked")


def upgrade() -> None:
    op.drop_constraint("status_is_known", "file", schema="audit")
    op.create_check_constraint("status_is_known", "file", one_of("status", *_STATUS).sqltext, schema="audit")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
