"""What was opened to the public, cut by cut: the next cut is held against it (ADR 0046).

The cells hold what was suppressed as well, so nobody but the owner of the warehouse reads them.
"""

import sqlalchemy as sa
from alembic import op

from simpul.migrations.words import BIGINT, JSON, MOMENT, TEXT, both, column

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.create_table(
        "open_data_cut",
        column("cut_id", BIGINT, "number, in the order in which they were made", "nomor, menurut urutan pembuatannya", sa.Identity(always=True), primary_key=True),
        column("release_id", BIGINT, "release that was opened", "rilis yang dibuka", sa.ForeignKey("audit.release.release_id"), nullable=False, unique=True),
        column("k", sa.Integer(), "counts of 1 to k - 1 are suppressed", "jumlah 1 sampai k - 1 disembunyikan", sa.CheckConstraint("k >= 2"), nullable=False),
        column("opened_at", MOMENT, "when", "waktu", nullable=False, server_default=sa.text("clock_timestamp()")),
        column("opened_by", TEXT, "who opened it", "pembuka data", nullable=False),
        column("cells", BIGINT, "counts in it", "banyaknya angka di dalamnya", nullable=False),
        column("suppressed", BIGINT, "counts that are suppressed", "banyaknya angka yang disembunyikan", nullable=False),
        column("definitions", JSON, "table and the hash of what its cells mean", "tabel dan hash arti angkanya", nullable=False),
        schema="audit",
        comment=both("One row per release that was opened to the public", "Satu baris per rilis yang dibuka untuk umum"),
    )  # fmt: skip
    op.create_table(
        "open_data_cell",
        column("cut_id", BIGINT, "cut", "potongan data", sa.ForeignKey("audit.open_data_cut.cut_id"), primary_key=True),
        column("mart", TEXT, "published table", "tabel terbit", primary_key=True),
        column("key", sa.ARRAY(TEXT), "key of its row in the cut", "kunci barisnya", primary_key=True),
        column("count", TEXT, "column", "kolom", primary_key=True),
        column("value", BIGINT, "what the release says, also where it is suppressed", "isi rilis, juga bila disembunyikan", nullable=False),
        column("suppressed", TEXT, "small, rest, change, amount, complement or earlier; empty where it was published", "small, rest, change, amount, complement, atau earlier; kosong bila diterbitkan"),
        schema="audit",
        comment=both("One row per cut and count: what was published, and what was not", "Satu baris per potongan data dan angka: yang diterbitkan dan yang tidak"),
    )  # fmt: skip
    op.execute("revoke all on audit.open_data_cell from auditor, transformer, loader")
    op.execute("revoke insert, update on audit.open_data_cut from transformer")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
