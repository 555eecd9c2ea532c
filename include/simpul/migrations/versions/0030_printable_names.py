"""Auditors read the names of files without long numbers: an agency may name a file after a person's NIK."""

import sqlalchemy as sa
from alembic import op

from simpul.migrations.words import TEXT, column

revision = "0030"
down_revision = "0026"

_HIDDEN = ("file_name", "source_path")
_SHOWN = r"regexp_replace({}, '\d{{10,}}', '…', 'g')"  # as `readers.reasons.printable`


def upgrade() -> None:
    for name, source, english, indonesian in (
        ("printable_name", "file_name", "name as delivered, without long numbers", "nama saat dikirim, tanpa angka panjang"),
        ("printable_path", "source_path", "where it was found, without long numbers", "tempat ditemukan, tanpa angka panjang"),
    ):  # fmt: skip
        generated = sa.Computed(_SHOWN.format(source), persisted=True)
        op.add_column("file", column(name, TEXT, english, indonesian, generated), schema="audit")
    member = "structure #>> '{archive,member}'"
    op.execute(
        f"update audit.file set structure = jsonb_set(structure, '{{archive,member}}', to_jsonb({_SHOWN.format(member)}))"
        f" where {member} ~ '\\d{{10,}}'"
    )
    # column by column: one that a later migration adds is not an auditor's before it says so
    columns = [
        name
        for (name,) in op.get_bind().execute(
            sa.text(
                "select quote_ident(attname) from pg_attribute"
                " where attrelid = 'audit.file'::regclass and attnum > 0 and not attisdropped and attname <> all(:hidden)"
                " order by attnum"
            ),
            {"hidden": list(_HIDDEN)},
        )
    ]
    op.execute("revoke select on audit.file from auditor")
    op.execute(f"grant select ({', '.join(columns)}) on audit.file to auditor")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
