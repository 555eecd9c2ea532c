"""What releases and identity need beyond the rooms: decisions about a release, region rights, families, remembered NIK."""

import sqlalchemy as sa
from alembic import op

from simpul.migrations.words import BIGINT, MOMENT, TEXT, both, column, comment_on, one_of

revision = "0010"
down_revision = "0001"

_NOW = sa.text("now()")


def upgrade() -> None:
    _release()
    _current_release()
    _region_rights()
    _identity()


def _release() -> None:
    for added in (
        column("reason_code", TEXT, "gate, abandoned, person (refused) or rolled_back", "gate, abandoned, person (ditolak), atau rolled_back (dikembalikan)"),
        column("gate_passed", sa.Boolean(), "whether the publication gate let it through; empty = not asked yet", "apakah lolos gerbang publikasi; kosong = belum diperiksa"),
        column("is_attended", sa.Boolean(), "its run holds a lock for as long as it lives", "prosesnya memegang kunci selama hidup", nullable=False, server_default=sa.false()),
        column("is_chosen", sa.Boolean(), "built from files that a person chose", "dibangun dari berkas pilihan seseorang", nullable=False, server_default=sa.false()),
    ):  # fmt: skip
        op.add_column("release", added, schema="audit")
    op.create_check_constraint(
        "reason_code_is_known", "release",
        "reason_code in ('gate', 'abandoned', 'person', 'rolled_back')", schema="audit",
    )  # fmt: skip


def _current_release() -> None:
    """A release that is not there must be an error: an empty table would be believed."""
    op.execute("""
        create or replace function audit.current_release() returns bigint
        language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
        as $$
        declare
            wanted text := nullif(current_setting('simpul.release_id', true), '');
            found_id bigint;
        begin
            if wanted is null then
                select release_id into found_id from audit.release_pointer;
                return found_id;
            end if;
            if wanted !~ '^[0-9]{1,18}$' then
                raise exception 'simpul.release_id is not a number'
                    using errcode = 'invalid_parameter_value', hint = 'set simpul.release_id = 12, or reset simpul.release_id';
            end if;
            select release_id into found_id from audit.release
            where release_id = wanted::bigint and status = 'published';
            if found_id is null then
                raise exception 'release % cannot be read: it was never published, or it has been retired', wanted
                    using errcode = 'invalid_parameter_value', hint = 'reset simpul.release_id reads the published one';
            end if;
            return found_id;
        end $$""")
    comment_on(
        "function", "audit.current_release()",
        "the published release, or the kept one chosen with SET simpul.release_id; any other number is an error",
        "rilis yang terbit, atau rilis tersimpan yang dipilih dengan SET simpul.release_id; nomor lain adalah galat",
    )  # fmt: skip


def _region_rights() -> None:
    op.create_table(
        "person_region_grant",
        column("role_name", TEXT, "login role", "peran masuk", primary_key=True),
        column("region_code", TEXT, "region whose persons it may see, with all below it; 00 = the nation", "wilayah yang orangnya boleh dilihat, beserta bawahannya; 00 = nasional", primary_key=True),
        column("granted_by", TEXT, "who gave it", "pemberi hak", nullable=False, server_default=sa.text("session_user")),
        column("granted_at", MOMENT, "when", "waktu", nullable=False, server_default=_NOW),
        sa.CheckConstraint(r"region_code ~ '^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$'", name="region_code_is_kemendagri"),
        schema="audit",
        comment=both("One row per login role and region whose persons it may see", "Satu baris per peran masuk dan wilayah yang orangnya boleh dilihat"),
    )  # fmt: skip
    # the schema's default rights would let dbt's role widen what anybody sees
    op.execute("revoke all on audit.person_region_grant from transformer, loader")
    # session_user, not current_user: a pooled session that changes role keeps the rights of who logged in
    op.execute("""
        create function audit.person_region_patterns() returns text[]
        language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
        as $$
            select coalesce(array_agg(pattern), '{}') from audit.person_region_grant
            cross join lateral unnest(
                case region_code when '00' then array['%'] else array[region_code, region_code || '.%'] end) as pattern
            where role_name = session_user
        $$""")
    comment_on(
        "function", "audit.person_region_patterns()",
        "LIKE patterns of the region codes that who logged in may see; none = nothing",
        "pola LIKE kode wilayah yang boleh dilihat oleh pemilik sesi; kosong = tidak ada",
    )  # fmt: skip
    op.execute("grant execute on function audit.person_region_patterns() to caseworker")
    op.execute("grant usage on schema marts, marts_person to steward")


def _identity() -> None:
    op.add_column(
        "link",
        column("family_id", BIGINT, "family of the record, by its family card", "keluarga rekaman ini, menurut kartu keluarga"),
        schema="identity",
    )  # fmt: skip
    op.create_check_constraint(
        "match_kind_is_known",
        "link",
        "match_kind in ('single', 'nik', 'probabilistic', 'manual')",
        schema="identity",
    )
    # written by one set-based statement from person_key itself; checked row by row it would cost as much as the linking
    op.execute("alter table identity.link drop constraint link_person_id_fkey")
    op.create_table(
        "person_nik",
        column("nik", TEXT, "a NIK the person was sent with", "NIK yang pernah dikirim untuk orang ini", primary_key=True),
        column("person_id", BIGINT, "person", "orang", nullable=False),
        column("since_release", BIGINT, "release that first saw it", "rilis pertama yang melihatnya"),
        schema="identity",
        comment=both("One row per valid NIK ever seen: a person may have had several", "Satu baris per NIK valid yang pernah tercatat: seseorang bisa pernah punya beberapa"),
    )  # fmt: skip
    op.create_index("person_nik_by_person", "person_nik", ["person_id"], schema="identity")
    op.create_table(
        "family_key",
        column("family_id", BIGINT, "number of the family, kept over all releases", "nomor keluarga, tetap di semua rilis", primary_key=True, autoincrement=False),
        column("no_kk", TEXT, "number of the family card", "nomor kartu keluarga", nullable=False, unique=True),
        column("created_release", BIGINT, "release in which it first appeared", "rilis pertama keluarga ini muncul"),
        column("created_at", MOMENT, "when", "waktu", nullable=False, server_default=_NOW),
        schema="identity",
        comment=both("One row per family card ever seen", "Satu baris per kartu keluarga yang pernah tercatat"),
    )  # fmt: skip
    op.create_table(
        "person_event",
        column("release_id", BIGINT, "release that decided it", "rilis yang memutuskan", primary_key=True, autoincrement=False),
        column("kind", TEXT, "merge: the person is now part of the other; split: some records went to the other", "merge: orang ini menjadi bagian yang lain; split: sebagian rekaman pindah ke yang lain", nullable=False),
        column("person_id", BIGINT, "person as known before", "orang menurut sebelumnya", primary_key=True, autoincrement=False),
        column("other_person_id", BIGINT, "person that has the records now", "orang pemilik rekaman sekarang", primary_key=True, autoincrement=False),
        column("records", BIGINT, "records that moved", "rekaman yang pindah", nullable=False),
        one_of("kind", "merge", "split"),
        schema="identity",
        comment=both("One row per release and pair of persons between whom records moved", "Satu baris per rilis dan pasangan orang yang rekamannya berpindah"),
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
