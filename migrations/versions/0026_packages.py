"""Packages that are taken over, the certificates that come with them, and signatures made in another portal."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "package",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("brought_by_id", sa.Integer(), nullable=False),
        sa.Column("brought_at", Moment(), nullable=False),
        sa.Column("inspected_at", Moment(), nullable=True),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("taken_over_at", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["brought_by_id"], ["user.id"], name=op.f("fk_package_brought_by_id_user")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_package_file_id_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package")),
    )
    op.create_index(op.f("ix_package_inspected_at"), "package", ["inspected_at"])
    op.create_table(
        "foreign_authority",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("lists", sa.JSON(), nullable=False),
        sa.Column("trusted_at", Moment(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foreign_authority")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_foreign_authority_fingerprint")),
    )
    with op.batch_alter_table("signature") as table:
        table.alter_column("user_id", existing_type=sa.Integer(), nullable=True)


def downgrade():
    op.execute("DELETE FROM signature WHERE user_id IS NULL")
    with op.batch_alter_table("signature") as table:
        table.alter_column("user_id", existing_type=sa.Integer(), nullable=False)
    op.drop_table("foreign_authority")
    op.drop_table("package")
