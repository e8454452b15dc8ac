"""Imported once in the process that is forked: what every worker would read anew at its start."""

from bot.config import prepare_languages, shipped_languages

prepare_languages(shipped_languages())
