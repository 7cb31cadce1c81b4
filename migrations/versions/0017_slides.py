"""Files that come in pieces; when slides may be seen, the fonts that stood in, and what changed between versions."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "incoming",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("stamp", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_incoming_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming")),
        sa.UniqueConstraint("token", name=op.f("uq_incoming_token")),
    )
    op.create_index(op.f("ix_incoming_user_id"), "incoming", ["user_id"], unique=False)
    visibility = sa.Enum("before", "after", name="visibility", native_enum=False, length=32)
    with op.batch_alter_table("material") as material:
        material.add_column(sa.Column("visibility", visibility, nullable=False, server_default="before"))
    with op.batch_alter_table("material_version") as version:
        version.add_column(sa.Column("fonts", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "material_comparison",
        sa.Column("newer_id", sa.Integer(), nullable=False),
        sa.Column("older_id", sa.Integer(), nullable=False),
        sa.Column("made_at", Moment(), nullable=True),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["newer_id"], ["material_version.id"], name=op.f("fk_material_comparison_newer_id_material_version")
        ),
        sa.ForeignKeyConstraint(
            ["older_id"], ["material_version.id"], name=op.f("fk_material_comparison_older_id_material_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_comparison")),
        sa.UniqueConstraint("newer_id", "older_id", name=op.f("uq_material_comparison_newer_id_older_id")),
    )


def downgrade():
    op.drop_table("material_comparison")
    with op.batch_alter_table("material_version") as version:
        version.drop_column("fonts")
    with op.batch_alter_table("material") as material:
        material.drop_column("visibility")
    op.drop_index(op.f("ix_incoming_user_id"), table_name="incoming")
    op.drop_table("incoming")
