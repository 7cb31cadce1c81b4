"""Files brought for verification by people who have not signed in, each answer under a code of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("examination", sa.Column("address", sa.String(length=64), server_default="", nullable=False))
    op.add_column("examination", sa.Column("code", sa.String(length=32), nullable=True))
    op.add_column("examination", sa.Column("sought_id", sa.Integer(), nullable=True))
    op.execute("UPDATE examination SET code = 'before-' || id")
    with op.batch_alter_table("examination") as batch:
        batch.alter_column("asked_by_id", existing_type=sa.Integer(), nullable=True)
        batch.alter_column("code", existing_type=sa.String(length=32), nullable=False)
        batch.create_unique_constraint(op.f("uq_examination_code"), ["code"])
        batch.create_index(op.f("ix_examination_address"), ["address"])
        batch.create_foreign_key(op.f("fk_examination_sought_id_document"), "document", ["sought_id"], ["id"])


def downgrade():
    op.execute("DELETE FROM examination WHERE asked_by_id IS NULL")
    with op.batch_alter_table("examination") as batch:
        batch.drop_constraint(op.f("fk_examination_sought_id_document"), type_="foreignkey")
        batch.drop_index(op.f("ix_examination_address"))
        batch.drop_constraint(op.f("uq_examination_code"), type_="unique")
        batch.drop_column("sought_id")
        batch.drop_column("code")
        batch.drop_column("address")
        batch.alter_column("asked_by_id", existing_type=sa.Integer(), nullable=False)
