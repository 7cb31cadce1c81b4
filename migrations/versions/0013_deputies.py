"""Who stands in for whom, and until when."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "deputy",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=False),
        sa.Column("named_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["deputy_id"], ["user.id"], name=op.f("fk_deputy_deputy_id_user")),
        sa.ForeignKeyConstraint(["named_by_id"], ["user.id"], name=op.f("fk_deputy_named_by_id_user")),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_deputy_person_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy")),
    )
    op.create_index(op.f("ix_deputy_deputy_id"), "deputy", ["deputy_id"], unique=False)
    op.create_index(op.f("ix_deputy_person_id"), "deputy", ["person_id"], unique=False)


def downgrade():
    op.drop_table("deputy")
