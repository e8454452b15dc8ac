"""Errors that people read: a code for machines, and a message and a remedy for the reader.

Messages name the thing and the accepted range. They never quote a reply, a token or a key. The docstring of
an error class is its default message.
"""

import errno
import re

DISK_CODES = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EROFS: "disk_read_only",
    errno.EIO: "disk_error",
    errno.EACCES: "not_allowed",
    errno.EPERM: "not_allowed",
    errno.EISDIR: "not_allowed",
    errno.ELOOP: "not_allowed",
    errno.EMFILE: "too_many_files",
    errno.ENFILE: "too_many_files",
}
"""The code that the log shows for an operating-system error on a file."""


MORE_FILES = "let it open more (LimitNOFILE, ulimit -n)"
"""What to do where the system lets the bot open too few files."""


class BotError(Exception):
    """Something went wrong."""

    code = "error"
    remedy = ""

    def __init__(self, message: str = "", *, remedy: str = "") -> None:
        """Use the class docstring as the default message, and the class remedy as the default remedy."""
        self.message = message or (self.__doc__ or "").strip()
        if remedy:
            self.remedy = remedy
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return message and remedy in one line."""
        return f"{self.message} {self.remedy}".strip()

    @property
    def remedy_of_reading(self) -> str:
        """The remedy for somebody who has only read: nothing was to be saved."""
        return re.sub(r" ?Nothing was saved\.", "", self.remedy).strip()


class ConfigError(BotError):
    """The configuration cannot be used."""

    code = "config"


class PromptPackError(BotError):
    """A prompt pack cannot be used."""

    code = "prompts"


class DataDirectoryError(BotError):
    """The data directory cannot be used."""

    code = "data_dir"


class AlreadyRunningError(BotError):
    """Another bot is already using this data directory."""

    code = "already_running"
    remedy = "Stop it first, or give this one its own data_dir."


class StoreError(BotError):
    """The data could not be written."""

    code = "store"
    remedy = "Nothing was saved. Please try again in a moment."

    def __init__(self, message: str = "", *, remedy: str = "", code: str = "") -> None:
        """Use ``code`` in the log, such as ``disk_full``; ``store`` if the reason is unknown."""
        super().__init__(message, remedy=remedy)
        if code:
            self.code = code


class UnconfirmedError(StoreError):
    """What was sent is in the file, but the disk has not confirmed it: a power cut could undo it."""

    code = "store_unconfirmed"
    remedy = "Please send it again: it will not count twice."


class DamagedError(StoreError):
    """A file is damaged, or gone: what was in it cannot be read, however often it is tried."""

    code = "damaged"


class AudienceLostError(StoreError):
    """It cannot be told any more who was asked, so this round takes no more replies."""

    code = "audience_lost"
    remedy = "Nothing was saved. The round closes at its time, with the replies that it has."


class KeyLostError(BotError):
    """The key of this round is missing."""

    code = "key_lost"
    remedy = "The round cannot take replies or publish anything; it ends here."


class TokenKeyError(BotError):
    """A stored token was sealed with a key that is not in BELONGING_TOKEN_KEYS."""

    code = "token_key"
    remedy = "Put that key back, behind the first one; or install the bot again in that workspace."


class ClusterError(BotError):
    """This worker cannot join the cluster."""

    code = "cluster"


class SlackError(BotError):
    """Slack did not do what was asked."""

    code = "slack"

    def __init__(self, reason: str, message: str = "", *, remedy: str = "") -> None:
        """Keep Slack's own reason, such as ``channel_not_found``."""
        self.reason = reason
        super().__init__(message or f"Slack refused: {reason}.", remedy=remedy)


class SlackUnavailableError(SlackError):
    """Slack could not be reached, or refuses for now. The call is tried again later.

    ``retry_after_s``: how long Slack asks to wait (its *Retry-After*), in seconds.
    """

    code = "slack_unavailable"

    def __init__(
        self, reason: str, message: str = "", *, remedy: str = "", retry_after_s: float = 0.0
    ) -> None:
        """Keep Slack's own reason, such as ``ratelimited``, and its *Retry-After*."""
        self.retry_after_s = retry_after_s
        super().__init__(reason, message, remedy=remedy)


class UncertainError(SlackUnavailableError):
    """The request was sent, and it is unknown whether Slack carried it out."""


class RateLimitedError(SlackUnavailableError):
    """Slack has limited this call (429), and its *Retry-After* is not over yet."""

    def __init__(self, retry_after_s: float) -> None:
        """Keep the *Retry-After* in seconds."""
        super().__init__("ratelimited", "Slack asks for a pause.", retry_after_s=retry_after_s)


class LockedOutError(SlackUnavailableError):
    """Slack no longer accepts the token. Pending work waits until there is a token that it accepts."""


class StoppingError(SlackUnavailableError):
    """The bot is stopping and sends no more requests to Slack.

    ``sent``: a call under way was cut off, so it is unknown whether Slack carried it out.
    """

    code = "stopping"

    def __init__(self, *, sent: bool = False) -> None:
        """Keep ``sent``. Work that was not done is done after the next start."""
        self.sent = sent
        super().__init__("stopping", "The bot is stopping, and asks nothing more of Slack.")
