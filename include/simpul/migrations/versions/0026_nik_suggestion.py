"""What broken NIKs probably were meant to be: written by identity, shown by `worklist_nik_repair`."""

import sqlalchemy as sa
from alembic import op

from simpul.migrations.words import TEXT, both, column

revision = "0026"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "nik_suggestion",
        column("record_key", TEXT, "record of int_person_record", "rekaman di int_person_record", primary_key=True),
        column("suggested_nik", TEXT, "the NIK that was probably meant", "NIK yang barangkali dimaksud", nullable=False),
        column("basis", TEXT, "how it comes out of the number that was sent", "cara mendapatkannya dari nomor yang dikirim", nullable=False),
        column("confidence", sa.Double(), "how probable, 0-1", "tingkat keyakinan, 0-1", nullable=False),
        schema="identity",
        comment=both("One row per record of the newest build whose broken NIK has a suggestion; never used for linking", "Satu baris per rekaman hasil pembangunan terakhir yang NIK rusaknya punya saran; tidak pernah dipakai untuk penautan"),
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
