"""The command line: ``belonging``."""

from bot.cli.main import main

__all__ = ["main"]
