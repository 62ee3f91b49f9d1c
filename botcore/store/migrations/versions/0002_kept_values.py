"""What channels keep: small values by owner and key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table `kept`."""
    op.create_table(
        "kept",
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name="kept_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("kept_conversation", "kept", ["conversation"])
