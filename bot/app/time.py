"""Read the clock of the machine."""

from datetime import UTC, datetime


def system_clock() -> datetime:
    """Return the time now, as an aware UTC datetime."""
    return datetime.now(UTC)
