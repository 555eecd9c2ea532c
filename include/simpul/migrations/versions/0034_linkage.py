"""What linkage by evidence needs: the record each was compared with, persons that became part of others, doubtful pairs."""

import sqlalchemy as sa
from alembic import op

from simpul.migrations.words import BIGINT, TEXT, both, column, one_of

revision = "0034"
down_revision = "0030"


def upgrade() -> None:
    op.add_column(
        "link",
        column("compared_with", TEXT, "record of the same person that it was compared with; empty where it is alone", "rekaman orang yang sama sebagai pembanding; kosong bila sendiri"),
        schema="identity",
    )  # fmt: skip
    op.add_column(
        "link",
        column("home_person_id", BIGINT, "person it goes back to when a merge is undone", "orang tempat rekaman kembali bila penggabungan dibatalkan"),
        schema="identity",
    )  # fmt: skip
    op.execute("update identity.link set home_person_id = person_id")
    op.alter_column("link", "home_person_id", nullable=False, schema="identity")
    for added in (
        column(
            "explanation",
            TEXT,
            "what happened, in a sentence (English)",
            "yang terjadi, dalam kalimat (Inggris)",
        ),
        column(
            "explanation_id", TEXT, "what happened, in a sentence (Indonesian)", "yang terjadi, dalam kalimat"
        ),
    ):
        op.add_column("person_event", added, schema="identity")
    op.create_table(
        "person_redirect",
        column("person_id", BIGINT, "person as known before", "orang menurut sebelumnya", primary_key=True, autoincrement=False),
        column("to_person_id", BIGINT, "person it is part of now", "orang yang kini mencakupnya", nullable=False),
        column("since_release", BIGINT, "release that merged them", "rilis yang menggabungkan", nullable=False),
        schema="identity",
        comment=both("One row per person that became part of another; it goes when the merge is undone", "Satu baris per orang yang menjadi bagian orang lain; hilang bila penggabungan dibatalkan"),
    )  # fmt: skip
    op.create_table(
        "doubtful_pair",
        column("record_key_a", TEXT, "record of int_person_record", "rekaman di int_person_record", primary_key=True),
        column("record_key_b", TEXT, "the other", "rekaman lainnya", primary_key=True),
        column("reason", TEXT, "why somebody should look", "alasan perlu diperiksa", nullable=False),
        column("probability", sa.Double(), "how probable that they are one person, 0-1; empty where they were not weighed", "kemungkinan satu orang yang sama, 0-1; kosong bila tidak ditimbang"),
        one_of("reason", "two_fit", "excluded", "shared_nik", "two_numbers", "uncertain"),
        schema="identity",
        comment=both("One row per pair of records of the newest build that a steward should decide on", "Satu baris per pasangan rekaman hasil pembangunan terakhir yang perlu diputuskan petugas"),
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
