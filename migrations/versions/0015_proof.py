"""Until when the archive timestamp of a paper proves it."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("document") as table:
        table.add_column(sa.Column("proven_until", Moment(), nullable=True))
        table.create_index(op.f("ix_document_proven_until"), ["proven_until"])


def downgrade():
    with op.batch_alter_table("document") as table:
        table.drop_index(op.f("ix_document_proven_until"))
        table.drop_column("proven_until")
