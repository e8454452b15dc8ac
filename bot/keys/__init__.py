"""The secrets of the bot, as files outside every database; and chance.

``rounds``: two keys for each open round. ``audiences``: one key for some weeks, under which it is kept who
was asked. Nothing in here is ever wrapped by a longer-lived key: an old backup plus that key would revive it.
"""

from bot.keys.audiences import AudienceKeyFiles
from bot.keys.rounds import KeyFiles, seal_hpke

__all__ = ["AudienceKeyFiles", "KeyFiles", "seal_hpke"]
