"""Types and constants that all modules about stored results share."""

from bot.core.model import Round
from bot.core.release import Release

Result = tuple[Round, Release]
"""A round that has ended, with what may be shown of it."""

ANCHOR_SUFFIX = "-anchor"
"""The end of the id of an anchor."""
