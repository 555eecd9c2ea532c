"""Since when no list and no kept release speaks of a person or family: what identity remembers of them has a time, too."""

from alembic import op

from simpul.migrations.words import BIGINT, MOMENT, TEXT, both, column, one_of

revision = "0072"
down_revision = "0071"


def upgrade() -> None:
    op.create_table(
        "unspoken",
        column("kind", TEXT, "person or family", "orang atau keluarga", primary_key=True),
        column("number", BIGINT, "number of the person or family", "nomor orang atau keluarga", primary_key=True, autoincrement=False),
        column("since", MOMENT, "when it was first seen that nobody speaks of them", "saat pertama diketahui tidak ada yang menyebutnya", nullable=False),
        one_of("kind", "person", "family"),
        schema="identity",
        comment=both("One row per person or family of whom no list and no kept release speaks any more", "Satu baris per orang atau keluarga yang tidak lagi disebut daftar atau rilis tersimpan mana pun"),
    )  # fmt: skip
    op.execute("grant select on identity.unspoken to steward")  # it names nobody


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
