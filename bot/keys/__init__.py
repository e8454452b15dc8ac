"""Store the keys of the bot as files outside every database, and make random ids.

``rounds``: two keys for each open round. ``audiences``: one key for some weeks, under which the bot marks who
was asked. No key is encrypted with a longer-lived key, because that key and an old backup would restore it.
``tokens`` encrypts Slack's tokens of installations with keys from the environment.
"""

from bot.keys.audiences import AudienceKeyFiles
from bot.keys.files import destroy_all
from bot.keys.rounds import KeyFiles, seal_hpke
from bot.keys.tokens import TokenSealer

__all__ = ["AudienceKeyFiles", "KeyFiles", "TokenSealer", "destroy_all", "seal_hpke"]
