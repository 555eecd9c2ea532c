"""The register of rules: every form of a rule that a door has asked, who answers for it, and what it stands on."""

import sqlalchemy as sa
from alembic import op

from simpul.migrations.words import BIGINT, JSON, MOMENT, TEXT, both, column, one_of

revision = "0052"
down_revision = "0050"


def upgrade() -> None:
    op.create_table(
        "rule_version",
        column("rule_version_id", BIGINT, "number of this row", "nomor baris ini", sa.Identity(always=True), primary_key=True),
        column("door", TEXT, "landing, publication, finding or eligibility", "landing, publication, finding, atau eligibility", nullable=False),
        column("scope", TEXT, "dataset, published table, or programme", "dataset, tabel terbit, atau program", nullable=False),
        column("rule_code", TEXT, "rule", "aturan", nullable=False),
        column("version", sa.Integer(), "1, 2, … of this rule", "1, 2, … dari aturan ini", nullable=False),
        column("version_hash", TEXT, "sha256 of all that is declared of it", "sha256 dari seluruh deklarasinya", nullable=False),
        column("severity", TEXT, "fail or warn; of a finding high, medium, low", "fail atau warn; untuk temuan high, medium, low"),
        column("dimension", TEXT, "structural, logical, analytical", "structural, logical, analytical"),
        column("text_en", TEXT, "the rule, English", "bunyi aturan, bahasa Inggris", nullable=False),
        column("text_id", TEXT, "the rule, Indonesian", "bunyi aturan, bahasa Indonesia", nullable=False),
        column("owner", TEXT, "who answers for it", "penanggung jawabnya"),
        column("basis", TEXT, "law that it stands on; house: no law asks for it", "dasar hukumnya; house: tidak diminta hukum"),
        column("is_basis_read", sa.Boolean(), "whether somebody has read that law for it; no: general knowledge", "apakah dasar hukum itu sudah dibaca; tidak: pengetahuan umum", nullable=False),
        column("declaration", JSON, "bounds, query and whatever else makes the rule", "batas, kueri, dan isi lain aturan", nullable=False),
        column("package_version", TEXT, "version of the programme that first asked it", "versi program yang pertama memakainya", nullable=False),
        column("code_commit", TEXT, "commit of that programme, where it stands in a repository", "commit program itu, bila berada dalam repositori"),
        column("first_seen_at", MOMENT, "since when it has stood", "berlaku sejak", nullable=False, server_default=sa.text("clock_timestamp()")),
        column("first_subject", TEXT, "first file or release that it was asked of", "berkas atau rilis pertama yang diperiksa", nullable=False),
        column("first_by", TEXT, "user of the system under whom that was", "pengguna sistem saat itu", nullable=False),
        column("ended_at", MOMENT, "when another form took its place or it was taken out; NULL: it stands", "saat digantikan atau dihapus; NULL: masih berlaku"),
        one_of("door", "landing", "publication", "finding", "eligibility"),
        sa.UniqueConstraint("door", "scope", "rule_code", "version", name="rule_version_once"),
        schema="audit",
        comment=both("One row per form of a rule, as long as it stood", "Satu baris per bentuk aturan selama berlakunya"),
    )  # fmt: skip
    op.execute(
        "create unique index rule_version_that_stands on audit.rule_version (door, scope, rule_code) where ended_at is null"
    )
    op.add_column(
        "gate_result",
        column("rule_version_id", BIGINT, "form of the rule that was asked (audit.rule_version)", "bentuk aturan yang diperiksa (audit.rule_version)", sa.ForeignKey("audit.rule_version.rule_version_id")),
        schema="audit",
    )  # fmt: skip
    op.create_index("gate_result_by_rule", "gate_result", ["rule_version_id", "run_at"], schema="audit")
    op.execute("grant select on audit.rule_version to auditor")


def downgrade() -> None:
    raise NotImplementedError("the warehouse only moves forward: restore a backup instead")
