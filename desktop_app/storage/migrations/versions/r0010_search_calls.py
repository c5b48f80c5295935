"""Revision 0010: what tools were called with is found, too."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_NEWEST_CALL = "SELECT max(sequence) AS newest FROM messages WHERE instr(parts, CAST('tool_call' AS BLOB))"


def upgrade() -> None:
    """Have messages read again, in the background, from the newest one with a call on; none where there is no call."""
    op.execute(f"UPDATE search_state SET unread = max(unread, coalesce(({_NEWEST_CALL}), 0))")
    op.execute(
        f"INSERT INTO search_state (unread) SELECT newest FROM ({_NEWEST_CALL}) "
        "WHERE newest IS NOT NULL AND NOT EXISTS (SELECT 1 FROM search_state)"
    )
