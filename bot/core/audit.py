"""What a look at an installation found: plain values that ``bot.proof`` judges."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.audiences import FrozenAudience, StatementKey
from bot.core.model import ChannelId, MemberId, Round, RoundId, RoundState, WorkspaceId
from bot.core.release import Release


class Place(StrEnum):
    """Where a file lies: in one of the three directories, in that of the host, or beside one of them."""

    DATA = "data"
    BALLOTS = "ballots"
    KEYS = "keys"
    HOST = "host"
    BESIDE = "beside"


class Holds(StrEnum):
    """What a file holds, by its name or its first bytes, that must be in no second place."""

    NOTHING = "nothing"
    BALLOTS = "ballots"
    KEYS = "keys"
    AUDIENCES = "marks of who was asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastProof:
    """How the bot's last attack on itself ended (UTC).

    How many attacks were tried, which found something, and which found what may be wrong.
    """

    at: datetime
    tried: int
    failed: tuple[str, ...]
    warned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFact:
    """A file or directory as it lies there: its permission bits, and how many names its bytes have.

    ``name``: its path inside its place, the place itself being empty. ``ours``: it belongs to the user who
    looks.
    """

    place: Place
    name: str
    mode: int
    ours: bool
    links: int
    directory: bool = False
    holds: Holds = Holds.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFact:
    """A ballot file: the SQL of what is in it, by name (None where unreadable); whether its bytes are tidy.

    ``timeless``: its modification time is the opening time, which everybody knows.
    """

    round_id: RoundId
    schema: Mapping[str, str] | None
    canonical: bool
    timeless: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFact:
    """Which rounds there are, and which have keys (of which kinds) and ballots, at one look."""

    states: Mapping[RoundId, RoundState]
    keys: Mapping[RoundId, frozenset[str]]
    ballots: frozenset[RoundId]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResult:
    """A stored result with its round. ``surplus``: its row holds more than a result has."""

    round: Round
    release: Release
    released_at: datetime
    surplus: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AudiencesFact:
    """What audiences.db holds: the SQL of what is in it, and the audiences, without their marks.

    ``repeated``: by statement and the rounds in which one mark stands, more than one: how many marks do.
    """

    tables: Mapping[str, str]
    frozen: Mapping[RoundId, FrozenAudience]
    repeated: Mapping[tuple[StatementKey, frozenset[RoundId]], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What lies around the three directories.

    ``copies``: files beside them that hold ballots or keys. ``looked_at``: how many files were opened for
    that; ``all_looked_at``: whether that was all of them. ``repositories``: the places that a git repository
    takes in. ``filesystems``: the kind of file system of each place, empty where it is not known.
    """

    copies: tuple[FileFact, ...]
    looked_at: int
    all_looked_at: bool
    repositories: tuple[Place, ...]
    filesystems: Mapping[Place, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The other cells beside this one, in the directory of a host of many workspaces.

    ``ids``: of their workspaces and organisations. ``own``: those of this cell. ``shared``: the cells that
    also hold a workspace of this one. ``in_shard``: those of other shards are not among them.
    """

    own: frozenset[str]
    ids: frozenset[str]
    shared: tuple[str, ...]
    in_shard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDisk:
    """What lies in files. ``contents``: name and bytes of each of them, keys left out.

    ``around_contents``: the same of the files of the host, and of logs beside the data directory.
    ``neighbours`` is None where one workspace is served.
    ``looks``: what rounds, keys and ballots there are, looked at again for each that is taken.
    ``timeless``: the directory of the ballots shows the time of an opening, not that of the last reply.
    ``tables``: the SQL of everything in belonging.db, by name; ``layout``: what this program lays out.
    ``damaged``: rows that cannot be read as their rule demands; ``unread_rounds`` of them are rounds.
    ``channels``: those of all rounds, also of these. ``recorded``: the admins whose acts are kept on purpose.
    ``audiences`` is None where audiences.db is not there or cannot be read.
    """

    folders: Mapping[Place, str]
    files: tuple[FileFact, ...]
    boxes: tuple[BoxFact, ...]
    timeless: bool
    tables: Mapping[str, str]
    layout: Mapping[str, str]
    rounds: tuple[Round, ...]
    results: tuple[StoredResult, ...]
    damaged: tuple[str, ...]
    around: Around
    audiences: AudiencesFact | None = None
    neighbours: Neighbours | None = None
    unread_rounds: int = 0
    channels: frozenset[ChannelId] = frozenset()
    recorded: frozenset[MemberId] = field(default=frozenset(), repr=False)
    looks: Callable[[], Iterable[LiveFact]] = field(repr=False)
    contents: Callable[[], Iterable[tuple[str, bytes]]] = field(repr=False)
    around_contents: Callable[[], Iterable[tuple[Place, str, bytes]]] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """How this process logs, and what a crash of it leaves.

    ``loggers``: the level of each pinned logger, and of those under it, beside the level wanted.
    ``strays``: loggers that print past the one log. ``canary_line``: what every handler would write of a
    record that carries ``canary`` in all the wrong places. ``escapes``: for each hook of Python's, what is
    written of an exception with ``canary`` in it that nobody catches; None where the hook is not the bot's.
    ``core_bytes``: the largest core dump allowed.
    """

    loggers: Mapping[str, tuple[int, int]]
    strays: tuple[str, ...]
    canary: str
    canary_line: str
    escapes: Mapping[str, str | None]
    core_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What Slack says of the people: who could reply now in each channel that had a round.

    Nobody, where the bot is in a channel no more.
    """

    workspace: WorkspaceId
    audiences: Mapping[ChannelId, frozenset[MemberId]] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that the attacks look at, gathered by reading only.

    ``people`` is None where Slack was not asked, and ``unasked`` says why.
    """

    at: datetime
    disk: OnDisk
    logging: Logging
    people: Asked | None = None
    unasked: str = ""
