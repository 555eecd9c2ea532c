"""Which releases can be read, for a BI tool's list to choose from: `set simpul.release_id` takes any of them."""

from alembic import op

from simpul.migrations.words import comment_on

revision = "0056"
down_revision = "0053"

_READERS = "bi_reader, caseworker, steward, auditor"


def upgrade() -> None:
    op.execute("""
        create function marts.releases()
        returns table (_release_id bigint, label text, published_at timestamptz, is_pointed boolean)
        language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
        as $$
            select r.release_id, r.label, r.published_at, p.release_id is not null
            from audit.release r left join audit.release_pointer p on p.release_id = r.release_id
            where r.status = 'published'
        $$""")
    comment_on(
        "function", "marts.releases()",
        "one row per release that is kept; is_pointed: the one that is read when none is chosen",
        "satu baris per rilis yang disimpan; is_pointed: yang dibaca bila tidak memilih rilis",
    )  # fmt: skip
    op.execute("revoke all on function marts.releases() from public")
    op.execute(f"grant execute on function marts.releases() to {_READERS}")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
