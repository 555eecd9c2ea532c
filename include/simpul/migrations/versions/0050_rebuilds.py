"""How the warehouse was made anew from the archive, and what came of it (ADR 0050)."""

import sqlalchemy as sa
from alembic import op

from simpul.migrations.words import BIGINT, JSON, MOMENT, TEXT, both, column

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.create_table(
        "rebuild",
        column("rebuild_id", BIGINT, "number", "nomor", sa.Identity(always=True), primary_key=True),
        column("begun_at", MOMENT, "when it began", "saat dimulai", nullable=False, server_default=sa.text("clock_timestamp()")),
        column("events", BIGINT, "events in the journal of the archive", "jumlah peristiwa dalam jurnal arsip", nullable=False),
        column("last_hash", TEXT, "hash of the last of them", "sidik peristiwa terakhirnya", nullable=False),
        column("finished_at", MOMENT, "when it was done; NULL: it is not, run it again", "saat selesai; NULL: belum, jalankan lagi"),
        column("is_same", sa.Boolean(), "whether all that can be compared is the same as before", "apakah semua yang dapat dibandingkan sama seperti semula"),
        column("found", JSON, "releases with their content hash then and now, and what differs", "rilis dengan sidik isi dulu dan kini, serta yang berbeda", nullable=False, server_default=sa.text("'{}'")),
        schema="audit",
        comment=both("One row per time that the warehouse was made anew from its archive", "Satu baris setiap gudang data dibangun ulang dari arsipnya"),
    )  # fmt: skip
    op.execute("grant select on audit.rebuild to auditor")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
