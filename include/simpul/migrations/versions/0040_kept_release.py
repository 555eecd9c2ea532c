"""Which release may be read by its number, asked for on its own: two of them are compared by ``marts.restatement``.

The patterns of a caseworker's regions come widest first: the policies ask for the first one alone, then for the rest.
"""

from alembic import op

from simpul.migrations.words import comment_on

revision = "0040"
down_revision = "0038"

_READERS = "bi_reader, caseworker, steward, auditor, loader, transformer"


def upgrade() -> None:
    op.execute("""
        create function audit.kept_release(wanted bigint) returns bigint
        language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
        as $$
        begin
            if not exists (select from audit.release where release_id = wanted and status = 'published') then
                raise exception 'release % cannot be read: it was never published, or it has been retired', wanted
                    using errcode = 'invalid_parameter_value', hint = 'reset simpul.release_id reads the published one';
            end if;
            return wanted;
        end $$""")
    comment_on(
        "function", "audit.kept_release(bigint)",
        "the number itself when it is that of a kept release; any other number is an error",
        "nomor itu sendiri bila milik rilis yang disimpan; nomor lain adalah galat",
    )  # fmt: skip
    op.execute("""
        create or replace function audit.current_release() returns bigint
        language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
        as $$
        declare
            wanted text := nullif(current_setting('simpul.release_id', true), '');
        begin
            if wanted is null then
                return (select release_id from audit.release_pointer);
            end if;
            if wanted !~ '^[0-9]{1,18}$' then
                raise exception 'simpul.release_id is not a number'
                    using errcode = 'invalid_parameter_value', hint = 'set simpul.release_id = 12, or reset simpul.release_id';
            end if;
            return audit.kept_release(wanted::bigint);
        end $$""")
    op.execute("""
        create or replace function audit.person_region_patterns() returns text[]
        language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
        as $$
            select coalesce(array_agg(pattern order by right(pattern, 1) <> '%', length(pattern)), '{}')
            from audit.person_region_grant
            cross join lateral unnest(
                case region_code when '00' then array['%'] else array[region_code, region_code || '.%'] end) as pattern
            where role_name = session_user
        $$""")
    op.execute("revoke all on function audit.kept_release(bigint) from public")
    op.execute(f"grant execute on function audit.kept_release(bigint) to {_READERS}")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
