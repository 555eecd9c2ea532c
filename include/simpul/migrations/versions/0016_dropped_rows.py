"""A replaced file whose rows are no longer kept says so."""

from alembic import op

from simpul.migrations.words import MOMENT, column

revision = "0016"
down_revision = "0010"


def upgrade() -> None:
    op.add_column(
        "file",
        column("rows_dropped_at", MOMENT, "when its rows left raw, long after it was replaced or withdrawn; its bytes stay in the archive", "waktu barisnya dihapus dari raw, lama setelah digantikan atau ditarik; berkas aslinya tetap di arsip"),
        schema="audit",
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
