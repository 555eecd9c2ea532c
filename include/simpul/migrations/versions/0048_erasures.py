"""Erasure of persons: who asked, what was taken out of which file, what the law keeps; never a value of the person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from simpul.migrations.words import BIGINT, JSON, MOMENT, TEXT, both, column, one_of

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.create_table(
        "erasure",
        column("erasure_id", BIGINT, "number of the erasure", "nomor penghapusan", sa.Identity(always=True), primary_key=True),
        column("person_ids", ARRAY(BIGINT), "numbers under which the person was known; nothing stands behind them any more", "nomor-nomor orang itu; tidak ada lagi data di baliknya", nullable=False),
        column("status", TEXT, "begun: values may be left, run it again; done: certified", "begun: mungkin masih ada nilai, jalankan lagi; done: bersertifikat", nullable=False, server_default="begun"),
        column("asked_by", TEXT, "who asked for it", "yang meminta", nullable=False),
        column("approved_by", TEXT, "who approved it: another person", "yang menyetujui: orang lain", nullable=False),
        column("run_by", TEXT, "user of the system who ran it", "pengguna sistem yang menjalankan", nullable=False),
        column("why", TEXT, "reason, English", "alasan, bahasa Inggris"),
        column("why_id", TEXT, "reason, Indonesian", "alasan, bahasa Indonesia"),
        column("begun_at", MOMENT, "when it began", "saat dimulai", nullable=False, server_default=sa.text("clock_timestamp()")),
        column("done_at", MOMENT, "when nothing was left", "saat tidak ada lagi yang tersisa"),
        column("lifted_at", MOMENT, "since when the person may come again", "sejak kapan orang ini boleh masuk lagi"),
        column("found", JSON, "what was found where, as counts", "yang ditemukan dan tempatnya, dalam jumlah", nullable=False, server_default="{}"),
        column("certificate", TEXT, "sha256 of the certificate", "sha256 sertifikat"),
        one_of("status", "begun", "done"),
        sa.CheckConstraint("lower(btrim(approved_by)) <> lower(btrim(asked_by))", name="erasure_takes_two_people"),
        sa.CheckConstraint("why is not null or why_id is not null", name="erasure_has_a_reason"),
        schema="audit",
        comment=both("One row per person who was erased; holds no value of the person", "Satu baris per orang yang dihapus; tanpa data orang itu"),
    )  # fmt: skip
    op.create_table(
        "rewritten_file",
        column("rewritten_id", BIGINT, "number", "nomor", sa.Identity(always=True), primary_key=True),
        column("erasure_id", BIGINT, "erasure for which it was written anew", "penghapusan penyebabnya", sa.ForeignKey("audit.erasure.erasure_id")),
        column("file_id", TEXT, "file; its number stays", "berkas; nomornya tetap", sa.ForeignKey("audit.file.file_id"), nullable=False),
        column("sha256_before", TEXT, "hash of the content as it was delivered, or written last", "hash isi saat dikirim, atau terakhir ditulis", nullable=False),
        column("sha256_after", TEXT, "hash of the content without the rows", "hash isi tanpa barisnya", nullable=False),
        column("rows", BIGINT, "rows that were blanked in it", "baris yang dikosongkan di dalamnya", nullable=False),
        column("loaded", BIGINT, "of them records that left raw", "di antaranya rekaman yang keluar dari raw", nullable=False),
        column("quarantined", BIGINT, "of them records that left the quarantine", "di antaranya rekaman yang keluar dari karantina", nullable=False),
        column("at", MOMENT, "when", "kapan", nullable=False, server_default=sa.text("clock_timestamp()")),
        schema="audit",
        comment=both("One row per archived file and time it was written anew without rows of erased persons", "Satu baris per berkas arsip dan saat ditulis ulang tanpa baris orang yang dihapus"),
    )  # fmt: skip
    op.create_index("rewritten_from", "rewritten_file", ["sha256_before"], schema="audit")
    op.create_table(
        "erasure_payment",
        column("erasure_payment_id", BIGINT, "number", "nomor", sa.Identity(always=True), primary_key=True),
        column("erasure_id", BIGINT, "erasure", "penghapusan", sa.ForeignKey("audit.erasure.erasure_id"), nullable=False),
        column("program_code", TEXT, "programme", "program", nullable=False),
        column("period", TEXT, "month", "bulan", nullable=False),
        column("region_code", TEXT, "district, or the finest known above it", "kecamatan, atau wilayah terhalus di atasnya"),
        column("amount_idr", sa.Numeric(), "what was paid (rupiah); NULL: not told", "yang dibayarkan (rupiah); NULL: tidak disebutkan"),
        column("combined_amount_idr", sa.Numeric(), "sum paid for several programmes at once (rupiah)", "jumlah untuk beberapa program sekaligus (rupiah)"),
        column("legal_basis", TEXT, "why it is kept", "dasar penyimpanannya", nullable=False),
        schema="audit",
        comment=both("One row per payment to somebody who was erased: that money left, when, for what, where; not to whom", "Satu baris per pembayaran kepada orang yang dihapus: bahwa uang keluar, kapan, untuk apa, di mana; bukan kepada siapa"),
    )  # fmt: skip
    op.add_column(
        "file",
        column("rows_erased", BIGINT, "records of erased persons, no longer counted in rows_read: delivered = rows_read + rows_erased", "rekaman orang yang dihapus, tidak lagi dihitung dalam rows_read: dikirim = rows_read + rows_erased", nullable=False, server_default="0"),
        schema="audit",
    )  # fmt: skip
    for table in ("erasure", "rewritten_file", "erasure_payment"):
        op.execute(f"grant select on audit.{table} to auditor")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
