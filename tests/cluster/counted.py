"""What lies in the files of the cells, read once no worker is alive."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.config import Config, cell_dir
from bot.core.cells import CellKey
from bot.core.model import ChannelId, RoundId
from bot.core.release import Published
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from tests.world import CHANNEL


def stored_replies(config: Config, team: str) -> int:
    """How many sealed replies lie in the open rounds of a workspace."""
    folder = cell_dir(config, CellKey(team))
    with closing(BallotFiles(folder / "ballots")) as boxes:
        return sum(len(boxes.list_replies(box)) for box in boxes.list_boxes())


def published_replies(config: Config, team: str) -> list[int]:
    """How many replies were counted in each closed round of a workspace, oldest first; -1 for no result."""
    folder = cell_dir(config, CellKey(team))
    with _read(folder) as database, database.read("test") as tx:
        found = [tx.fetch_release(one.id) for one in tx.list_channel_rounds(ChannelId(CHANNEL))]
    return [one.replies if isinstance(one, Published) else -1 for one in found]


def left_of_rounds(config: Config, team: str) -> list[str]:
    """What is left of closed rounds: boxes, and keys of theirs."""
    folder = cell_dir(config, CellKey(team))
    with _read(folder) as database, database.read("test") as tx:
        rounds: list[RoundId] = [one.id for one in tx.list_channel_rounds(ChannelId(CHANNEL))]
    places = (path for name in ("ballots", "keys") for path in (folder / name).iterdir())
    return [path.name for path in places if any(one in path.name for one in rounds)]


@contextmanager
def _read(folder: Path) -> Iterator[Database]:
    with closing(Database(folder / "belonging.db")) as database:
        yield database


def stored(config: Config, teams: Iterable[str]) -> dict[str, int]:
    """How many sealed replies lie in the open rounds of each workspace."""
    return {team: stored_replies(config, team) for team in teams}


def published(config: Config, teams: Iterable[str]) -> dict[str, int]:
    """How many replies were counted in the one closed round of each workspace, which left nothing behind."""
    found = {}
    for team in teams:
        (found[team],) = published_replies(config, team)
        assert [] == left_of_rounds(config, team)
    return found
