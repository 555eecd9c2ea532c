"""What left the warehouse as a file: who, when, why, which columns and rows; enough to name a file that leaked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from simpul.migrations.words import BIGINT, JSON, MOMENT, TEXT, both, column, comment_on

revision = "0047"
down_revision = "0046"

# not `mark`: who knows it could put it into a file of somebody else
_READABLE = "export_id, begun_at, exported_by, role_name, application, relation, columns, identity_columns, filter, release_id, why, why_id, finished_at, rows, bytes, sha256, row_set, key_id"


def upgrade() -> None:
    op.create_table(
        "export",
        column("export_id", BIGINT, "number, also in the file", "nomor, juga tertulis di berkas", sa.Identity(always=True), primary_key=True),
        column("begun_at", MOMENT, "when reading began", "saat pembacaan dimulai", nullable=False, server_default=sa.text("clock_timestamp()")),
        column("exported_by", TEXT, "user of the system who exported", "pengguna sistem yang mengekspor", nullable=False),
        column("role_name", TEXT, "login role that read", "peran yang membaca", nullable=False),
        column("application", TEXT, "name of the machine", "nama mesin", nullable=False),
        column("relation", TEXT, "published table", "tabel terbit", nullable=False),
        column("columns", ARRAY(sa.Text()), "columns in the file", "kolom dalam berkas", nullable=False),
        column("identity_columns", ARRAY(sa.Text()), "those of them that name a person", "di antaranya yang menunjuk orang", nullable=False),
        column("filter", JSON, "which rows: column → value; of a person only a keyed hash (#…)", "baris mana: kolom → nilai; untuk data orang hanya hash berkunci (#…)", nullable=False),
        column("release_id", BIGINT, "release that was read", "rilis yang dibaca", nullable=False),
        column("why", TEXT, "purpose, English", "tujuan, bahasa Inggris"),
        column("why_id", TEXT, "purpose, Indonesian", "tujuan, bahasa Indonesia"),
        column("mark", TEXT, "mark in every row of the file", "tanda pada setiap baris berkas", unique=True),
        column("key_id", TEXT, "which key hashed it", "kunci yang dipakai", nullable=False),
        column("finished_at", MOMENT, "when the file was whole; NULL: it never was", "saat berkas selesai; NULL: tidak pernah selesai"),
        column("rows", BIGINT, "rows in the file", "baris dalam berkas"),
        column("bytes", BIGINT, "size of the file", "ukuran berkas"),
        column("sha256", TEXT, "of the bytes of the file", "dari byte berkas"),
        column("row_set", TEXT, "keyed hash of all rows, whatever their order", "hash berkunci semua baris, apa pun urutannya"),
        schema="audit",
        comment=both("One row per file that was exported, or begun to be; holds no value of a person", "Satu baris per berkas yang diekspor atau mulai diekspor; tanpa data orang"),
    )  # fmt: skip
    op.create_table(
        "export_sketch",
        column("export_id", BIGINT, "export", "ekspor", sa.ForeignKey("audit.export.export_id"), primary_key=True),
        column("column_name", TEXT, "identity column; empty: whole rows", "kolom identitas; kosong: baris utuh", primary_key=True),
        column("is_whole", sa.Boolean(), "whether it holds every value", "apakah memuat semua nilai", nullable=False),
        column("hashes", sa.LargeBinary(), "the smallest keyed hashes, 8 bytes each, ascending", "hash berkunci terkecil, masing-masing 8 byte, menaik", nullable=False),
        schema="audit",
        comment=both("By what a part of an exported file is recognised; hashes under a key that is not in the database", "Untuk mengenali sebagian berkas ekspor; hash dengan kunci di luar basis data"),
    )  # fmt: skip
    op.execute(
        "revoke all on audit.export, audit.export_sketch from auditor"
    )  # which schema audit gives by default
    op.execute(f"grant select ({_READABLE}) on audit.export to auditor")
    # what was exported stays written down, also against a slip of the owner's hand
    op.execute(
        """create function audit.keep_export() returns trigger language plpgsql set search_path = pg_catalog as $$
        begin
            if tg_op = 'UPDATE' and old.finished_at is null and new.export_id = old.export_id
                and new.begun_at = old.begun_at and new.exported_by = old.exported_by and new.relation = old.relation then
                return new;
            end if;
            raise exception 'audit.export is only added to';
        end $$"""
    )
    comment_on(
        "function", "audit.keep_export()", "An export that is written down stays so", "Catatan ekspor tetap"
    )
    op.execute(
        "create trigger keep before update or delete on audit.export for each row execute function audit.keep_export()"
    )


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
