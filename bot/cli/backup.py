"""Back up, restore and migrate belonging.db; ballots and keys are never copied."""

import logging
from collections.abc import Iterable
from pathlib import Path

from bot.app import system_clock
from bot.cli.console import say, working
from bot.cli.installation import check_clock, counted, data_file, in_words, lock_data
from bot.config import Config
from bot.core.model import Round, RoundState, WorkspaceId
from bot.errors import BotError
from bot.keys import KeyFiles
from bot.ports import Clock
from bot.service.after_restore import prepare_restored
from bot.store.backup import back_up, contents, restore, try_migrations
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.lock import prepare
from bot.store.read_only import read_newest_time
from bot.store.upgrade import BEFORE_UPGRADE

log = logging.getLogger(__name__)

NOT_IN_IT = "Not in it, on purpose: the keys and the replies of open rounds, and who was asked."
EVERYTHING_RESTS = (
    "Nobody knows who was asked what since the backup, so every statement rests for four weeks. If nothing "
    "was asked since, restore once more with --force --nothing-asked-since."
)
NOTHING_RESTS = "You say that nothing was asked since the backup, and the log says so: nothing rests for it."


def make_backup(config: Config, to: Path, *, force: bool) -> None:
    """Write a backup and print what is in it. Raises ``BotError`` if that is not possible."""
    source = data_file(config)
    _refuse_inside(config, to)
    if to.exists() and not force:
        raise BotError(f"{to} is there already.", remedy="Choose another name, or write over it: --force")
    if not to.absolute().parent.is_dir():
        raise BotError(f"There is no folder {to.absolute().parent}.", remedy="Make it first.")
    with working("Copying and checking"):
        found = back_up(source, to)
    say(f"{in_words(found)}, checked, written to {to} ({_size(to)}, readable by you alone).")
    say(NOT_IN_IT)
    if found.open_rounds:
        say("Restored where its keys are not, a round that is open now ends as 'key lost'.")


def restore_backup(
    config: Config,
    source: Path,
    *,
    force: bool,
    nothing_asked_since: bool = False,
    clock: Clock = system_clock,
    clock_is_right: bool = False,
) -> None:
    """Replace the data with a backup and print what follows. If it raises ``BotError``, nothing has changed.

    Unless ``clock_is_right``, the clock is checked against the times in the backup and in the present data.
    """
    target = config.data_dir / "belonging.db"
    found = contents(source)
    if target.exists() and not force:
        raise BotError(
            f"There is data in {config.data_dir} already.",
            remedy="Back it up first (belonging backup), then replace it: --force",
        )
    prepare(config.data_dir, config.ballots_dir, config.keys_dir)
    with lock_data(config):
        now = clock()
        there = read_newest_time(target) if target.exists() else None

        def settle(store: Database) -> tuple[Round, ...]:
            if not clock_is_right:
                with store.read("clock") as tx:
                    check_clock(tx, now, there)
            return prepare_restored(store, now, nothing_asked_since=nothing_asked_since)

        with working("Checking the backup, and putting it in place"):
            live = restore(source, target, settle)
        if nothing_asked_since:
            log.warning("restored", extra={"code": "nothing_asked_since"})
        say(f"{in_words(found)} put in place.")
        _say_what_follows(config, live)
        say(NOTHING_RESTS if nothing_asked_since else EVERYTHING_RESTS)


def migrate_data(config: Config) -> None:
    """Migrate the data to this version. If it raises ``BotError``, nothing has changed."""
    path = data_file(config)
    with lock_data(config), working("Migrating the data"):
        pending = contents(path).pending
        Database(path).close()
    if not pending:
        say("Nothing to do.")
        return
    say(f"{counted(len(pending), 'step')} done: {', '.join(pending)}.")
    say(f"The data as it was before is kept in {path.with_name(BEFORE_UPGRADE)}.")


def try_migration(config: Config) -> None:
    """Try the pending migrations on a copy in memory, and print them. Raises ``BotError``."""
    with working("Trying it on a copy"):
        pending = try_migrations(data_file(config))
    if not pending:
        say("Nothing to do: the data has the layout of this version, and all of it can be read.")
        return
    for step in pending:
        say(f"pending: {step}")
    say("Tried on a copy in memory: it works, and all data can be read afterwards. Nothing was changed.")


def _say_what_follows(config: Config, live: Iterable[Round]) -> None:
    """Print what the next start does with the rounds that were open, and with those that are open now."""
    vault = KeyFiles(config.keys_dir, WorkspaceId(""))
    boxes = BallotFiles(config.ballots_dir)
    there = boxes.list_boxes()
    for round_ in live:
        called = f"Round {round_.number} in {round_.channel} was open:"
        if round_.state is RoundState.GATHERING:
            called = f"The box for suggestions in {round_.channel} was open:"
        if round_.id in there and vault.is_whole(round_.id):
            say(f"{called} its keys and replies are here, it goes on.")
        else:
            say(
                f"{called} its keys are not here. The next start ends it as 'key lost' and tells the channel."
            )
    others = (there | vault.list_rounds()) - {round_.id for round_ in live}
    if others:
        say(f"{counted(len(others), 'round')} open now and not in the backup: destroyed at the next start.")
    say("What was asked and shown since the backup is forgotten here, and stays in Slack.")


def _refuse_inside(config: Config, to: Path) -> None:
    place = to.absolute().resolve()
    for folder in (config.data_dir, config.ballots_dir, config.keys_dir):
        if place.is_relative_to(folder.resolve()):
            raise BotError(
                f"{to} lies in {folder}, where the data itself is.",
                remedy="Choose a place that does not go with it, on another disk if you can.",
            )


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1024:,.0f} kB"
