"""A read of a table about persons leaves a line in the server's log: who, which table, when (ADR 0055)."""

from alembic import op

from simpul.migrations.words import comment_on

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    op.execute("""
        create function audit.note_read(relation text) returns boolean
        language plpgsql volatile parallel restricted security definer set search_path = pg_catalog, pg_temp
        as $$
        declare
            shown bigint := audit.current_release();
            stored oid;
        begin
            if shown is not null then
                stored := to_regclass(format('release.%I', relation || '__r' || audit.stored_in(relation, shown)));
            end if;
            if to_regclass(format('marts_person.%I', relation)) is null then
                raise exception 'no table about persons has this name' using errcode = 'undefined_table';
            end if;
            raise log 'simpul read %', jsonb_build_object('role', session_user, 'relation', relation, 'release', shown,
                'fetched', pg_stat_get_tuples_returned(stored) + pg_stat_get_tuples_fetched(stored));
            return true;
        end $$""")
    comment_on(
        "function", "audit.note_read(text)",
        "true; that a table about persons is read stands in the server's log, with who reads it and no value of a row",
        "true; pembacaan tabel tentang orang tercatat di log server, dengan siapa pembacanya dan tanpa isi baris",
    )  # fmt: skip
    op.execute("revoke all on function audit.note_read(text) from public")
    op.execute("grant execute on function audit.note_read(text) to caseworker, steward")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
