"""Store the keys under which audiences are marked: ``audience.<period>``, one for some weeks.

Marks of different statements cannot be linked, so nobody can be followed from round to round. Anybody who has
the key can compute the marks of everybody, as long as the key exists.
"""

import hmac
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from bot.core.audiences import Mark, StatementKey
from bot.core.model import MemberId, Period
from bot.errors import ConfigError, KeyLostError
from bot.keys.files import KeyDirectory, key_file_error, write_new

_PERIOD = re.compile(r"[0-9]{8}[a-z]?")
_NAME = re.compile(rf"audience\.({_PERIOD.pattern})(?:\.part)?")
_KEY_BYTES = 32
_CHECK_BYTES = 16
_MARK_BYTES = 16


class AudienceKeyFiles(KeyDirectory):
    """The keys of audiences (``bot.ports.AudienceKeys``), as files.

    ``organisation``: the organisation on Enterprise Grid, otherwise the workspace.
    """

    def __init__(self, directory: Path, organisation: str, environment_secret: bytes | None = None) -> None:
        super().__init__(directory, environment_secret)
        self._organisation = organisation.encode()

    def create(self, period: Period) -> None:
        path = self._path(period)
        if path.exists():
            return
        key = secrets.token_bytes(_KEY_BYTES)
        try:
            write_new(path, key + self._check(self._derive(key, b"audience")))
        except OSError as error:
            self.destroy(period)  # it was never used
            raise key_file_error(path, error) from error

    def marks(
        self, period: Period, statement: StatementKey, members: Iterable[MemberId]
    ) -> dict[MemberId, Mark]:
        """Return the mark of each of these members for a statement.

        Source: HMAC-SHA256 (RFC 2104), cut to 16 bytes, under a key from HKDF-SHA256 (RFC 5869).
        """
        content = self._read(period)
        if content is None:
            raise KeyLostError("The key of an audience is missing.")
        key = self._derive(content[:_KEY_BYTES], b"audience")
        if not hmac.compare_digest(self._check(key), content[_KEY_BYTES:]):
            raise ConfigError(
                "The environment secret, or the workspace, is not the one with which people were asked.",
                remedy="Set it back until the open rounds have closed.",
            )
        start = statement.encode() + b"\0" + self._organisation + b"\0"
        return {
            member: Mark(hmac.digest(key, start + member.encode(), "sha256")[:_MARK_BYTES])
            for member in members
        }

    def fits(self, period: Period) -> bool:
        try:
            self.marks(period, StatementKey(""), ())
        except (KeyLostError, ConfigError):
            return False
        return True

    def is_there(self, period: Period) -> bool:
        return self._read(period) is not None

    def list_periods(self) -> frozenset[Period]:
        return frozenset(map(Period, self._list(_NAME)))

    def destroy(self, period: Period) -> None:
        self._destroy([self._path(period)], remedy="The key is still there; try again.")

    def _path(self, period: Period) -> Path:
        """Return the file of a key. An invalid period, such as ``../x``, never becomes a path."""
        if not _PERIOD.fullmatch(period):
            raise ValueError("a period is a day in eight digits, and may be followed by a letter")
        return self._directory / f"audience.{period}"

    def _read(self, period: Period) -> bytes | None:
        return self._read_file(self._path(period), _KEY_BYTES + _CHECK_BYTES)

    def _check(self, derived: bytes) -> bytes:
        """Return a check value for the secret and the organisation.

        It says nothing about the key or a member. No statement is called ``check``, so it is nobody's mark.
        """
        return hmac.digest(derived, b"check\0" + self._organisation, "sha256")[:_CHECK_BYTES]
