"""What every reading of stored results shares."""

from bot.core.model import Round
from bot.core.release import Release

Result = tuple[Round, Release]
"""A round that has ended, with what may be shown of it."""

ANCHOR_SUFFIX = "-anchor"
"""The end of the id of a statement that is repeated word for word."""
