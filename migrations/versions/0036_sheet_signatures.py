"""The signature that carries an opinion, and the sheets of rounds that ended with a return."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "sign_off_round",
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_sign_off_round_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["sign_off_sheet.id"], name=op.f("fk_sign_off_round_sheet_id_sign_off_sheet")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off_round")),
    )
    op.create_index(op.f("ix_sign_off_round_document_id"), "sign_off_round", ["document_id"])
    op.create_index(op.f("ix_sign_off_round_sheet_id"), "sign_off_round", ["sheet_id"])
    with op.batch_alter_table("opinion") as table:
        table.add_column(sa.Column("signature_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_opinion_signature_id_signature"), "signature", ["signature_id"], ["id"])


def downgrade():
    with op.batch_alter_table("opinion") as table:
        table.drop_constraint(op.f("fk_opinion_signature_id_signature"), type_="foreignkey")
        table.drop_column("signature_id")
    op.drop_table("sign_off_round")
