"""Why a release was refused or rolled back is kept in both languages."""

from alembic import op

from simpul.migrations.words import TEXT, column

revision = "0024"
down_revision = "0021"


def upgrade() -> None:
    op.add_column(
        "release",
        column("reason_id", TEXT, "why it was refused or rolled back (Indonesian)", "alasan ditolak atau dikembalikan"),
        schema="audit",
    )  # fmt: skip
    op.execute(
        "comment on column audit.release.reason is "
        "'why it was refused or rolled back (English) — alasan ditolak atau dikembalikan (Inggris)'"
    )


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
