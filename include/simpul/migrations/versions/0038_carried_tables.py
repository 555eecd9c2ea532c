"""A release may show tables that an earlier one stored, where building them again would say the same (ADR 0040)."""

import sqlalchemy as sa
from alembic import op

from simpul.migrations.words import BIGINT, MOMENT, TEXT, both, column, comment_on

revision = "0038"
down_revision = "0037"

_READERS = "bi_reader, caseworker, steward, auditor, loader, transformer"


def upgrade() -> None:
    op.add_column("release", column("is_whole", sa.Boolean(), "everything is built again, whatever has changed", "semua dibangun ulang, apa pun yang berubah", nullable=False, server_default=sa.false()), schema="audit")  # fmt: skip
    op.create_table(
        "release_table",
        column("release_id", BIGINT, "release", "rilis", sa.ForeignKey("audit.release.release_id"), primary_key=True, autoincrement=False),
        column("mart", TEXT, "published table", "tabel terbit", primary_key=True),
        column("stored_in", BIGINT, "release whose partition holds its rows: an earlier one where nothing it is made from has changed since", "rilis yang partisinya memuat barisnya: rilis terdahulu bila bahannya tidak berubah", nullable=False),
        column("fingerprint", TEXT, "hash of all it is made from, files and code", "hash semua bahannya, berkas dan kode"),
        schema="audit",
        comment=both("One row per release and published table: where its rows are", "Satu baris per rilis dan tabel terbit: tempat barisnya"),
    )  # fmt: skip
    op.create_table(
        "built_model",
        column("model", TEXT, "dbt model that is not published", "model dbt yang tidak diterbitkan", primary_key=True),
        column("fingerprint", TEXT, "hash of all it is made from, files and code", "hash semua bahannya, berkas dan kode", nullable=False),
        column("relation", BIGINT, "number of the table that was built and tested; empty while it is being built", "nomor tabel yang sudah dibangun dan diuji; kosong selama dibangun"),
        column("built_at", MOMENT, "when", "waktu", nullable=False, server_default=sa.text("clock_timestamp()")),
        schema="audit",
        comment=both("One row per model whose table is kept between builds", "Satu baris per model yang tabelnya disimpan antarpembangunan"),
    )  # fmt: skip
    op.add_column("link_memory", column("changed_release", BIGINT, "release in which linking last changed anything", "rilis terakhir ketika penautan mengubah sesuatu"), schema="identity")  # fmt: skip
    op.execute("update identity.link_memory set changed_release = measured_release")
    op.execute("""
        create function audit.stored_in(mart text, release_id bigint) returns bigint
        language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
        as $$ select coalesce(
            (select t.stored_in from audit.release_table t where t.release_id = $2 and t.mart = $1), $2) $$""")
    comment_on(
        "function", "audit.stored_in(text, bigint)",
        "release whose partition holds the rows that a release shows of a published table",
        "rilis yang partisinya memuat baris sebuah tabel terbit pada suatu rilis",
    )  # fmt: skip
    op.execute("""
        create function audit.current_day() returns date
        language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
        as $$ select (created_at at time zone 'Asia/Jakarta')::date from audit.release
            where release_id = audit.current_release() $$""")
    comment_on(
        "function", "audit.current_day()",
        "day (WIB) on which the release that is read now was opened",
        "hari (WIB) pembukaan rilis yang dibaca sekarang",
    )  # fmt: skip
    for table in ("release_table", "built_model"):
        op.execute(f"grant delete on audit.{table} to transformer")
    for function in ("audit.stored_in(text, bigint)", "audit.current_day()"):
        op.execute(f"grant execute on function {function} to {_READERS}")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
