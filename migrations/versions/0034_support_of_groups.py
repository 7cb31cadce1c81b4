"""A group can support a task that is said at a meeting, as a department can."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "handout_support_group",
        sa.Column("handout_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_handout_support_group_group_id_group")),
        sa.ForeignKeyConstraint(
            ["handout_id"], ["handout.id"], name=op.f("fk_handout_support_group_handout_id_handout")
        ),
        sa.PrimaryKeyConstraint("handout_id", "group_id", name=op.f("pk_handout_support_group")),
    )


def downgrade():
    op.drop_table("handout_support_group")
