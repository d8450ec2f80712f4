"""Table of the lines that came in, counted by day and kind."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_WORDS = ("category", "subtype", "years", "state", "magnet_type", "declared")
_FLAGS = ("in_domain", "unexpected")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "intake",
        sa.Column("day", sa.Date, nullable=False),
        *(sa.Column(word, sa.Text, nullable=False) for word in _WORDS),
        *(sa.Column(flag, sa.Boolean, nullable=False) for flag in _FLAGS),
        sa.Column("lines", sa.BigInteger, nullable=False),
        sa.Column("pieces", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("day", *_WORDS, *_FLAGS, name="pk_intake"),
        sa.CheckConstraint("lines >= 1 AND pieces >= 0", name="ck_intake_counts"),
    )
