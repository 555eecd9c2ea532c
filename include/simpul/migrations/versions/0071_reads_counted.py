"""What a session read is counted when its statement ends, not up to a second later, to whoever reads next; and what it
read by an index as well, which PostgreSQL counts at the index (ADR 0055).
"""

from alembic import op

revision = "0071"
down_revision = "0070"


def upgrade() -> None:
    # the first line hands on what this statement will have read, once its transaction ends; the second forgets what the
    # session remembers of counters that others have raised since
    op.execute("""
        create or replace function audit.note_read(relation text) returns boolean
        language plpgsql volatile parallel restricted security definer set search_path = pg_catalog, pg_temp
        as $$
        declare
            shown bigint := audit.current_release();
            stored oid;
        begin
            perform pg_stat_force_next_flush();
            perform pg_stat_clear_snapshot();
            if shown is not null then
                stored := to_regclass(format('release.%I', relation || '__r' || audit.stored_in(relation, shown)));
            end if;
            if to_regclass(format('marts_person.%I', relation)) is null then
                raise exception 'no table about persons has this name' using errcode = 'undefined_table';
            end if;
            raise log 'simpul read %', jsonb_build_object('role', session_user, 'relation', relation, 'release', shown,
                'fetched', pg_stat_get_tuples_returned(stored) + pg_stat_get_tuples_fetched(stored) + (
                    select coalesce(sum(pg_stat_get_tuples_returned(indexrelid)), 0)::bigint
                    from pg_index where indrelid = stored));
            return true;
        end $$""")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
