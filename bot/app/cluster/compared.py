"""What two workers must have alike, and what they should."""

from collections.abc import Mapping

from bot.cluster.introduction import POLICY, digests_of
from bot.config import Config


def digests(config: Config) -> Mapping[str, str]:
    """Return a digest of each secret that all workers must share, and of the policy of new rounds.

    With another key of tokens nobody could reply in open rounds; with another signing secret, requests of
    Slack are refused.
    """
    return digests_of(
        {
            "BELONGING_KEY_SECRET": config.secrets.key_secret,
            "SLACK_SIGNING_SECRET": config.secrets.signing_secret,
            POLICY: repr(config.settings.policy),
        }
    )
