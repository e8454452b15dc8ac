"""A workspace that is served together with others of its organisation."""

from dataclasses import dataclass, field

from bot.ports import Directory, Messenger
from tests.fakes.messenger import FakeMessenger


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A workspace with its ports."""

    team: str
    directory: Directory
    messenger: Messenger = field(default_factory=FakeMessenger)
