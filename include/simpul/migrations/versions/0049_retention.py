"""Delivered bytes whose time is over leave the archive, when a person says so."""

from alembic import op

from simpul.migrations.words import MOMENT, column

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.add_column(
        "file",
        column("bytes_dropped_at", MOMENT, "when its bytes left the archive, because the time for which its dataset is kept was over", "waktu isinya dihapus dari arsip karena masa simpan datasetnya berakhir"),
        schema="audit",
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
