"""Auditors see the names of files as `simpul.errors` cuts them, whatever stands in one and however it is parted."""

from __future__ import annotations

import importlib

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import given, settings
from hypothesis import strategies as st

from simpul.database import connect
from simpul.errors import LONG_NUMBER, PARTED
from simpul.settings import get_settings
from tests.erasure.test_blanking import FORMS, NIK
from tests.unit.test_long_numbers import CUTS, HARMLESS, SIGNS
from tests.unit.test_long_numbers import NIK as NIKS

MIGRATION = importlib.import_module("simpul.migrations.versions.0062_parted_names")
PARTS = st.one_of(
    HARMLESS,
    st.builds(
        lambda nik, cuts, sign: sign.join(nik[a:b] for a, b in zip((0, *cuts), (*cuts, 16), strict=True)),
        NIKS, st.sampled_from(CUTS), SIGNS,
    ),
    st.sampled_from(FORMS),
    st.lists(st.sampled_from("0123456789a" + PARTED), max_size=24).map("".join),
)  # fmt: skip
NAMES = st.lists(PARTS, min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from(("", " ", "KTP ", "/", "; ")).map(
        lambda between: between.join(parts) + ".xlsx"
    )
)


def test_the_database_cuts_what_the_program_cuts(fresh_warehouse):
    assert LONG_NUMBER.pattern == MIGRATION.LONG_NUMBER, "a migration to come makes the columns anew"
    with connect() as conn:
        (made,) = conn.execute(
            "select pg_get_expr(adbin, adrelid) from pg_attrdef"
            " join pg_attribute on attrelid = adrelid and attnum = adnum where adrelid = 'audit.file'::regclass"
            " and attname = 'printable_name'"
        ).fetchone()

        @settings(max_examples=300, deadline=None)
        @given(st.lists(NAMES, min_size=4, max_size=4))
        def holds(names: list[str]) -> None:
            shown = conn.execute(
                f"select {made} from unnest(%s::text[]) with ordinality as t (file_name, n) order by n",
                (names,),
            ).fetchall()
            assert [text for (text,) in shown] == [LONG_NUMBER.sub("…", name) for name in names]

        holds()


def test_an_auditor_reads_no_parted_number_in_a_name(fresh_warehouse):
    """Of a file that was there before as well, and of what a zip held."""
    name, member = "KTP 1274-0117-0890-0003.xlsx", f"isi/{NIK[:6]} {NIK[6:]}.csv"
    with connect(autocommit=True) as conn:
        conn.execute(
            "insert into audit.file"
            " (file_id, sha256, bytes, file_name, source_path, agency, status, structure, mtime_ns)"
            " values ('a', 'a', 1, %(name)s, '/inbox/' || %(name)s, 'dinsos', 'received',"
            " jsonb_build_object('archive', jsonb_build_object('file_id', 'z', 'member', %(member)s::text)), 1)",
            {"name": name, "member": member},
        )
    engine = sa.create_engine(get_settings().dsn.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as conn, Operations.context(MigrationContext.configure(conn)):
        MIGRATION.upgrade()
    engine.dispose()
    with connect(role="auditor") as auditor:
        told = auditor.execute(
            "select printable_name, printable_path, structure #>> '{archive,member}' from audit.file"
        ).fetchone()
    assert told == ("KTP ….xlsx", "/inbox/KTP ….xlsx", "isi/….csv")
