"""Names of files are shown without parted numbers, too: what `simpul.errors.LONG_NUMBER` knows of, as it was when this
was written. Held against it by tests/sql/test_shown_names.py: whoever changes it writes the next migration.
"""

from alembic import op

from simpul.migrations.words import comment_on

revision = "0062"
down_revision = "0060"

_PARTED = " \t\n\r\u00a0\u200b\ufeff'`’./-"
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_TOLD = "|".join(
    (
        rf"{_YEAR}[-/. ]{_MONTH}[-/. ]{_DAY}",
        rf"{_DAY}[-/. ]{_MONTH}[-/. ]{_YEAR}",
        rf"{_YEAR}(?:-{_MONTH})?",
        r"20\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])?",
        r"\d{1,3}(?:\.\d{3}){1,4}",
        r"[1-9]\d\.\d\d(?:\.\d\d(?:\.\d{4})?)?",
        r"08\d{1,2}[ -]\d{3,4}[ -]\d{3,5}",
    )
)
LONG_NUMBER = (
    rf"(?<!\d)(?<!\d[{_PARTED}])(?!(?:\d{{1,3}}[\s/-]+)?(?:(?:{_TOLD})(?!\d)[\s/-]*)+(?![{_PARTED}]*\d))"
    rf"\d(?:[{_PARTED}]*\d){{15,}}|\d{{10,}}"
)
_SHOWN = "regexp_replace({}, '" + LONG_NUMBER.replace("'", "''") + "', '…', 'g')"


def upgrade() -> None:
    run = op.get_bind().exec_driver_sql  # as it is: elsewhere `(?:` is read as the name of a parameter
    for name, source, english, indonesian in (
        ("printable_name", "file_name", "name as delivered, without long numbers", "nama saat dikirim, tanpa angka panjang"),
        ("printable_path", "source_path", "where it was found, without long numbers", "tempat ditemukan, tanpa angka panjang"),
    ):  # fmt: skip
        # PostgreSQL 15 and 16 cannot change what a column is made of
        run(f"alter table audit.file drop column {name}")
        shown = _SHOWN.replace("{}", source)
        run(f"alter table audit.file add column {name} text generated always as ({shown}) stored")
        run(f"grant select ({name}) on audit.file to auditor")
        comment_on("column", f"audit.file.{name}", english, indonesian)
    member = "structure #>> '{archive,member}'"
    shown = _SHOWN.replace("{}", member)
    run(
        f"update audit.file set structure = jsonb_set(structure, '{{archive,member}}', to_jsonb({shown}))"
        f" where {shown} <> {member}"
    )


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
