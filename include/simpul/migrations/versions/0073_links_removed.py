"""Who takes rows out of identity.link makes the next linking look at everything: what it remembers is of more rows."""

from alembic import op

from simpul.migrations.words import comment_on

revision = "0073"
down_revision = "0072"


def upgrade() -> None:
    # what is said of a record changes more often than whose it is: room for it, and no index is written
    op.execute("alter table identity.link set (fillfactor = 90)")
    op.execute(
        """create function identity.forget_links() returns trigger language plpgsql set search_path = pg_catalog as $$
        begin
            if tg_op = 'DELETE' then
                if not exists (select from gone) then
                    return null;
                end if;
            end if;
            delete from identity.link_memory;
            return null;
        end $$;
        revoke execute on function identity.forget_links() from public;
        create trigger forget_deleted after delete on identity.link referencing old table as gone
            for each statement execute function identity.forget_links();
        create trigger forget_emptied after truncate on identity.link
            for each statement execute function identity.forget_links()"""
    )
    comment_on(
        "function", "identity.forget_links()",
        "The next linking looks at everything", "Penautan berikutnya memeriksa semuanya",
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
