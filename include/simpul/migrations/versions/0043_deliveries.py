"""What a delivery came to, kept to hold the next ones of the same list against it."""

import sqlalchemy as sa
from alembic import op

from simpul.migrations.words import BIGINT, TEXT, both, column

revision = "0043"
down_revision = "0040"


def upgrade() -> None:
    op.create_table(
        "delivery",
        column("file_id", TEXT, "file of the delivery", "berkas kiriman", sa.ForeignKey("audit.file.file_id"), primary_key=True),
        column("dataset", TEXT, "dataset", "dataset", nullable=False),
        column("scope", TEXT, "region and content of the list, as in audit.file.slice_key", "wilayah dan isi daftar, seperti audit.file.slice_key", nullable=False),
        column("period", TEXT, "period of the list", "periode daftar", nullable=False),
        column("records", BIGINT, "records in the file, broken ones too", "rekaman dalam berkas, termasuk yang rusak", nullable=False),
        column("amount_idr", sa.Numeric(), "sum of the amounts that can be read (rupiah); NULL without such a column", "jumlah nominal yang terbaca (rupiah); NULL bila tanpa kolom nominal"),
        schema="audit",
        comment=both("One row per list that landed: its size, against which the next period's is held", "Satu baris per daftar yang masuk: besarnya, sebagai pembanding kiriman periode berikutnya"),
    )  # fmt: skip
    op.create_index("delivery_of_list", "delivery", ["dataset", "scope", "period"], schema="audit")
    op.execute("grant select on audit.delivery to auditor")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
