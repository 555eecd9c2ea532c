"""What a rule was asked of: the answer holds until its words or a table that it reads are others."""

from alembic import op

from simpul.migrations.words import comment_on

revision = "0060"
down_revision = "0056"


def upgrade() -> None:
    op.execute("alter table audit.gate_result add column question_hash text, add column answered_in bigint")
    comment_on(
        "column", "audit.gate_result.question_hash",
        "of the publication gate: hash of the query and the tables it reads; empty where it reads what may change unseen",
        "pintu terbit: hash kueri dan tabel yang dibacanya; kosong bila membaca yang dapat berubah tanpa terlihat",
    )  # fmt: skip
    comment_on(
        "column", "audit.gate_result.answered_in",
        "the release that was asked, where this one holds the very same rows (ADR 0064); empty: asked anew",
        "rilis yang ditanyai, bila rilis ini memuat baris yang persis sama (ADR 0064); kosong: ditanyakan lagi",
    )  # fmt: skip
    op.execute("create index on audit.gate_result (question_hash) where question_hash is not null and passed")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
