"""What leaves the portal: preferences, the office's channels, and each message on its way."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def _pace(name):
    return sa.Column(
        name, sa.Enum("at_once", "daily", "off", name="pace", native_enum=False, length=32), nullable=False
    )


def upgrade():
    with op.batch_alter_table("notice") as table:
        table.add_column(sa.Column("passed_on_at", Moment(), nullable=True))
        table.create_index(op.f("ix_notice_passed_on_at"), ["passed_on_at"], unique=False)
    op.execute("UPDATE notice SET passed_on_at = at")  # what was told before there were channels stays in the portal
    op.create_table(
        "preference",
        sa.Column("user_id", sa.Integer(), nullable=False),
        _pace("mail"),
        _pace("webhook"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_preference_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_preference")),
    )
    op.create_table(
        "channel_settings",
        sa.Column("webhook_url", sa.String(), nullable=False),
        sa.Column("webhook_secret", sa.String(), nullable=False),
        sa.Column("webhook_template", sa.String(), nullable=False),
        _pace("mail_pace"),
        _pace("webhook_pace"),
        sa.Column("says_all", sa.Boolean(), nullable=False),
        sa.Column("burst_minutes", sa.Integer(), nullable=False),
        sa.Column("digest_at", sa.Time(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_until", sa.Time(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_settings")),
    )
    op.create_table(
        "delivery",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Enum("mail", "webhook", name="channel", native_enum=False, length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "sent", "needless", name="deliverystate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.Column("trial", sa.Boolean(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_delivery_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index(op.f("ix_delivery_user_id"), "delivery", ["user_id"], unique=False)
    op.create_index("ix_delivery_due", "delivery", ["state", "due_at"], unique=False)


def downgrade():
    op.drop_table("delivery")
    op.drop_table("channel_settings")
    op.drop_table("preference")
    with op.batch_alter_table("notice") as table:
        table.drop_index(op.f("ix_notice_passed_on_at"))
        table.drop_column("passed_on_at")
