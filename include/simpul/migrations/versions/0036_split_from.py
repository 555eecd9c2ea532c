"""A person that came out of another: when the two are one again, the older number is the one that stays."""

from alembic import op

from simpul.migrations.words import BIGINT, column

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.add_column(
        "person_key",
        column("split_from", BIGINT, "person whose records it was given when it first appeared; empty where it had none", "orang asal rekamannya saat pertama muncul; kosong bila tidak ada"),
        schema="identity",
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
