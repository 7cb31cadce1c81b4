"""The code that is printed on each paper and leads to its verification."""

from secrets import choice

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def upgrade():
    op.add_column("document", sa.Column("code", sa.String(length=16), nullable=True))
    document = sa.table("document", sa.column("id", sa.Integer()), sa.column("code", sa.String()))
    connection = op.get_bind()
    for (number,) in connection.execute(sa.select(document.c.id)).all():
        code = "".join(choice(LETTERS) for _ in range(12))
        connection.execute(document.update().where(document.c.id == number).values(code=code))
    with op.batch_alter_table("document") as batch:
        batch.alter_column("code", existing_type=sa.String(length=16), nullable=False)
        batch.create_unique_constraint(op.f("uq_document_code"), ["code"])


def downgrade():
    with op.batch_alter_table("document") as batch:
        batch.drop_constraint(op.f("uq_document_code"), type_="unique")
        batch.drop_column("code")
