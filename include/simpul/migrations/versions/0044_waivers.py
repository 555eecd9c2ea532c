"""Waivers: a rule that for a while only warns, because two people say so."""

import sqlalchemy as sa
from alembic import op

from simpul.migrations.words import BIGINT, MOMENT, TEXT, both, column, one_of

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    op.create_table(
        "waiver",
        column("waiver_id", BIGINT, "number", "nomor", sa.Identity(always=True), primary_key=True),
        column("door", TEXT, "landing or publication", "landing atau publication", nullable=False),
        column("scope", TEXT, "dataset, or published table", "dataset, atau tabel terbit", nullable=False),
        column("rule_code", TEXT, "rule that only warns meanwhile", "aturan yang sementara hanya memberi peringatan", nullable=False),
        column("region_code", TEXT, "only files of this region; NULL: of all", "hanya berkas wilayah ini; NULL: semua"),
        column("until", sa.Date(), "last day on which it holds", "hari terakhir berlakunya", nullable=False),
        column("asked_by", TEXT, "who asked for it", "yang meminta", nullable=False),
        column("asked_at", MOMENT, "when", "kapan", nullable=False, server_default=sa.text("clock_timestamp()")),
        column("why", TEXT, "reason, English", "alasan, bahasa Inggris"),
        column("why_id", TEXT, "reason, Indonesian", "alasan, bahasa Indonesia"),
        column("approved_by", TEXT, "who approved it: another person", "yang menyetujui: orang lain"),
        column("approved_at", MOMENT, "when", "kapan"),
        column("ended_by", TEXT, "who ended it before its time", "yang mengakhirinya sebelum waktunya"),
        column("ended_at", MOMENT, "when", "kapan"),
        one_of("door", "landing", "publication"),
        sa.CheckConstraint("lower(btrim(approved_by)) <> lower(btrim(asked_by))", name="waiver_takes_two_people"),
        sa.CheckConstraint("why is not null or why_id is not null", name="waiver_has_a_reason"),
        sa.CheckConstraint("(approved_by is null) = (approved_at is null)", name="waiver_is_approved_by_somebody"),
        schema="audit",
        comment=both("One row per waiver of a rule, asked for by one person and approved by another", "Satu baris per pengecualian aturan, diminta seseorang dan disetujui orang lain"),
    )  # fmt: skip
    op.create_index("waiver_of_rule", "waiver", ["door", "scope", "rule_code"], schema="audit")
    op.add_column(
        "gate_result",
        column("waiver_id", BIGINT, "waiver that held when it was asked (audit.waiver): a fail-rule that only warned", "pengecualian yang berlaku saat diperiksa (audit.waiver): aturan wajib yang hanya memberi peringatan", sa.ForeignKey("audit.waiver.waiver_id")),
        schema="audit",
    )  # fmt: skip
    op.execute("grant select on audit.waiver to auditor")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
