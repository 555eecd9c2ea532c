"""What linkage came to, release by release, as counts: for the linkage report, and to compare releases later."""

import sqlalchemy as sa
from alembic import op

from simpul.migrations.words import BIGINT, TEXT, both, column

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_table(
        "linkage_figure",
        column("release_id", BIGINT, "release whose records were linked", "rilis yang rekamannya ditautkan", primary_key=True, autoincrement=False),
        column("figure", TEXT, "what is counted, e.g. rule or nik_status", "yang dihitung, mis. rule atau nik_status", primary_key=True),
        column("dataset", TEXT, "dataset that the records come from; blank where all are counted together", "kumpulan data asal rekaman; kosong bila dihitung bersama", primary_key=True, server_default=sa.text("''")),
        column("part", TEXT, "which of its kinds, sizes or persons", "jenis, ukuran, atau orang yang mana", primary_key=True, server_default=sa.text("''")),
        column("value", BIGINT, "how many", "jumlah", nullable=False),
        schema="audit",
        comment=both("One row per release, figure, dataset and part: what linkage came to, as counts; no value of a record", "Satu baris per rilis, angka, kumpulan data, dan bagian: hasil penautan sebagai jumlah; tanpa isi rekaman"),
    )  # fmt: skip
    # auditors read it by the schema's default rights, which would also let dbt's role rewrite it
    op.execute("revoke insert, update on audit.linkage_figure from transformer")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
