"""What a look at an installation found: plain values that ``bot.proof`` judges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.model import ChannelId, MemberId, Round, RoundId
from bot.core.release import Release


class Place(StrEnum):
    """Where a file lies: in one of the three directories, or beside the data directory."""

    DATA = "data"
    BALLOTS = "ballots"
    KEYS = "keys"
    BESIDE = "beside"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastProof:
    """How the bot's last attack on itself ended (UTC): how many were tried, and which found something."""

    at: datetime
    tried: int
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFact:
    """A file or directory as it lies there: its permission bits, and how many names its bytes have."""

    place: Place
    name: str
    mode: int
    ours: bool
    links: int
    directory: bool = False
    database: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFact:
    """A ballot file: the SQL of its tables by name (None where unreadable); whether its bytes are tidy."""

    round_id: RoundId
    schema: Mapping[str, str] | None
    canonical: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that the attacks look at, gathered by reading only.

    ``search`` names the files, keys left out, in whose raw bytes a needle stands. ``members``: the people
    whose ids must be nowhere (None where Slack was not asked); ``recorded``: the admins whose acts are kept
    on purpose. ``alike`` tells whether one channel's counts could be subtracted from another's by who is in
    them now. ``loggers``: the level of each pinned logger beside the level wanted. ``canary_line``: how the
    log writes a record that carries ``canary`` in all the wrong places. ``core_bytes``: the largest core dump
    allowed.
    """

    at: datetime
    folders: Mapping[Place, str]
    files: tuple[FileFact, ...]
    boxes: tuple[BoxFact, ...]
    keys: Mapping[RoundId, frozenset[str]]
    tables: Mapping[str, str]
    rounds: tuple[Round, ...]
    releases: tuple[tuple[Round, Release], ...]
    search: Callable[[bytes], tuple[str, ...]] = field(repr=False)
    loggers: Mapping[str, tuple[int, int]]
    canary: str
    canary_line: str
    core_bytes: int
    workspace: str = ""
    members: frozenset[MemberId] | None = field(default=None, repr=False)
    recorded: frozenset[MemberId] = field(default=frozenset(), repr=False)
    alike: Callable[[ChannelId, ChannelId], bool] | None = field(default=None, repr=False)
