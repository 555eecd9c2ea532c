"""What the last linking kept for the next: its mark, to tell whether the file beside the warehouse is still of it."""

import sqlalchemy as sa
from alembic import op

from simpul.migrations.words import BIGINT, TEXT, both, column

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.create_table(
        "link_memory",
        column("mark", TEXT, "mark of the file of the last linking", "tanda berkas penautan terakhir", primary_key=True),
        column("measured_release", BIGINT, "release on whose records chance was measured", "rilis yang rekamannya menjadi dasar pengukuran kebetulan", nullable=False),
        schema="identity",
        comment=both("One row: what the last linking kept, so that the next links only what has changed", "Satu baris: yang disimpan penautan terakhir agar yang berikutnya hanya menautkan perubahan"),
    )  # fmt: skip
    op.create_index("link_memory_is_one", "link_memory", [sa.text("(true)")], unique=True, schema="identity")
    # who was merged is asked for by where it came from, and is rare
    op.create_index(
        "link_away_from_home", "link", ["home_person_id"], schema="identity",
        postgresql_where=sa.text("home_person_id <> person_id"),
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
