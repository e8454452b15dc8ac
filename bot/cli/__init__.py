"""Run the command line program ``belonging``."""

from bot.cli.main import main

__all__ = ["main"]
