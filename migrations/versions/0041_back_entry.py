"""Minutes that were issued on paper before the portal came are brought in as they are."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("minutes", sa.Column("entered_at", Moment(), nullable=True))
    op.add_column("document", sa.Column("pages", sa.Integer(), nullable=True))


def downgrade():
    with op.batch_alter_table("document") as table:
        table.drop_column("pages")
    with op.batch_alter_table("minutes") as table:
        table.drop_column("entered_at")
