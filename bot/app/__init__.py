"""Build a bot from its configuration (the composition root). No other room reads the clock.

``bot``: one workspace. ``host``: many workspaces in one process. ``cell``: what both have in common.
"""

from bot.app.bot import Bot, build
from bot.app.time import system_clock

__all__ = ["Bot", "build", "system_clock"]
