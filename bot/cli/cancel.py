"""Run ``belonging cancel --all``: end everything that is open, such as after a break-in."""

from contextlib import closing
from typing import Any

from bot.cli.console import Say, say, working
from bot.cli.installation import check_clock, counted, data_file, lock_data
from bot.cli.purge import confirm, destroy_open, services_of, tell_channels
from bot.config import Config
from bot.core.model import WorkspaceId
from bot.errors import BotError
from bot.keys import KeyFiles
from bot.ports import Clock
from bot.service.leave_channels import end_rounds
from bot.store.audiences import NAME as AUDIENCES
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database

DESTROYED = "Destroyed: the keys and replies of everything that was open."
LATER = "The next start of the bot ends these rounds as 'key lost', publishes nothing and tells the channels."
GO_ON = "Schedules and results stay: when the bot runs again, it asks again."


def cancel_all(config: Config, *, sure: bool, clock: Clock, tell: Say = say) -> dict[str, Any]:
    """End all open rounds and boxes for proposals: destroy their keys and replies, and tell the channels.

    Returns how many there were.

    Keys and replies are destroyed first, whatever follows. Where the database cannot be read, or the clock
    contradicts it, the rounds end at the next start. Raises ``BotError`` if there is no data, or a bot runs.
    """
    if not config.data_dir.is_dir():
        raise BotError(f"There is no data in {config.data_dir}.", remedy="Check data_dir in config.yaml.")
    with lock_data(config):
        boxes, vault = BallotFiles(config.ballots_dir), KeyFiles(config.keys_dir, WorkspaceId(""))
        open_now = vault.list_rounds() | boxes.list_boxes()
        tell(f"Open: {counted(len(open_now), 'round')}, boxes for proposals among them.")
        confirm("all", sure=sure, tell=tell, verb="end")
        with working("Ending"):
            destroy_open(boxes, vault, open_now)
            tell(DESTROYED)
            boxes.canonicalise()  # removes the remains of unfinished ballot files
            try:
                _end_rounds(config, clock, tell)
            except BotError as problem:
                tell(f"{problem.message} {LATER}")
    tell(GO_ON)
    return {"cancelled": len(open_now)}


def _end_rounds(config: Config, clock: Clock, tell: Say) -> None:
    """Store that the rounds have ended, and tell their channels."""
    with closing(Database(data_file(config))) as database:
        with database.read("clock") as tx:
            check_clock(tx, clock())
        with closing(AudienceFile(config.data_dir / AUDIENCES)) as audiences:
            services = services_of(config, database, audiences, clock)
            tell_channels(config, services, end_rounds(services), tell)
