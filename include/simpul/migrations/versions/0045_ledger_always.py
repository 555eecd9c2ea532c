"""The ledger refuses changes also in sessions that switch triggers off as a whole (`session_replication_role`)."""

from alembic import op

from simpul.migrations.words import comment_on

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.execute("alter table audit.ledger enable always trigger append_only")
    comment_on(
        "trigger", "append_only on audit.ledger",
        "no event is changed or removed, whoever asks; what an owner does who switches it off, anchors tell",
        "tidak ada peristiwa yang diubah atau dihapus, siapa pun yang meminta; bila pemilik mematikannya, jangkar yang menunjukkannya",
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
