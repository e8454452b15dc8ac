"""Run ``belonging purge``: list, confirm and remove what is stored of a channel, or everything."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import typer

from bot.app import system_clock
from bot.cli.console import Say, say, working
from bot.cli.installation import as_data, check_clock, counted, data_file, in_words, lock_data
from bot.config import Config, holiday_calendar, shipped_languages
from bot.config.cells import CELL_SETTINGS, FACTS
from bot.core.clock import RIGHT
from bot.core.model import ChannelId, Round, RoundId, RoundState, WorkspaceId
from bot.errors import BotError, StoreError
from bot.keys import AudienceKeyFiles, KeyFiles
from bot.ports import Clock, Services, Store
from bot.service.close_rounds import tell_purged
from bot.service.isolation import run_all
from bot.service.leave_channels import end_rounds, forget_channels
from bot.slack.client.calls import web_client
from bot.slack.directory.cache import DirectoryCache
from bot.slack.directory.lookup import LiveSource, SlackDirectory
from bot.slack.directory.person import Organisation
from bot.slack.messenger import SlackMessenger
from bot.store.audiences import NAME as AUDIENCES
from bot.store.audiences import AudienceFile
from bot.store.backup import Snapshot, contents
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.erase import erase
from bot.store.upgrade import BEFORE_UPGRADE, kept_since
from bot.timer import AlarmTimer

LIVE = (RoundState.GATHERING, RoundState.OPEN, RoundState.CLOSING, RoundState.RELEASED)
ELSEWHERE = (
    "Not removed: messages in Slack, the log, and backups, reports and exports that somebody has made."
)

OF_A_CELL = (CELL_SETTINGS, FACTS)
"""Files of one of many workspaces that stay when its data are removed: the bot is still installed there."""

MARKS_STAY = (
    "Marks of who was asked there stay for at most four weeks after a question closed, so that no statement "
    "is published twice for mostly the same people: until then these statements rest everywhere."
)


def list_channels(config: Config, names: Iterable[str], tell: Say = say) -> dict[str, Any]:
    """Print and return what a purge of these channels would remove; reads only, also while the bot runs.

    Raises ``BotError`` if nothing is stored of one.
    """
    with closing(Snapshot(data_file(config))) as store:
        found = [_of_channel(store, channel) for channel in _channels(names)]
    for line in (*map(_channel_line, found), *_copies(config)):
        tell(line)
    return _purged(found, removed=False)


def list_all(config: Config, tell: Say = say) -> dict[str, Any]:
    """Print and return what a purge of everything would remove. Raises ``BotError`` if there is no data."""
    _require_data(config)
    rounds = open_now(config)
    _tell_all(config, rounds, tell)
    return _all_purged(config, rounds, removed=False)


def purge_channels(
    config: Config,
    names: Iterable[str],
    *,
    sure: bool,
    clock: Clock = system_clock,
    clock_is_right: bool = False,
    tell: Say = say,
) -> dict[str, Any]:
    """Remove everything of these channels, and return how much.

    Raises ``BotError`` if nothing is stored of one.

    Unless ``clock_is_right``, it also raises if the clock contradicts the stored times: the clock decides for
    how long statements rest.
    """
    path = data_file(config)
    channels = _channels(names)
    with lock_data(config), closing(Database(path)) as database:
        found = [_of_channel(database, channel) for channel in channels]
        if not clock_is_right:
            with database.read("clock") as tx:
                check_clock(tx, clock())
        for line in (*map(_channel_line, found), *_copies(config)):
            tell(line)
        confirm(", ".join(channels), sure=sure, tell=tell)
        audience_file = AudienceFile(config.data_dir / AUDIENCES)
        with working("Removing"), closing(audience_file) as audiences:
            services = services_of(config, database, audiences, clock)
            tell_channels(config, services, forget_channels(services, channels), tell)
    tell(f"Removed, with every trace in the file: {', '.join(channels)}.")
    tell(MARKS_STAY)
    for channel in {one.channel for one in config.schedules} & set(channels):
        tell(f"{config.path.name} still has a schedule for {channel}: take it out, or it begins anew.")
    tell(ELSEWHERE)
    return _purged(found, removed=True)


def purge_all(config: Config, *, sure: bool, tell: Say = say) -> dict[str, Any]:
    """Remove all data of this installation, whatever the clock says, and return how much.

    Raises ``BotError`` if there is none.
    """
    _require_data(config)
    with lock_data(config):
        rounds = open_now(config)
        _tell_all(config, rounds, tell)
        confirm("everything", sure=sure, tell=tell)
        removed = _all_purged(config, rounds, removed=True)
        with working("Removing"):
            end_all(config, rounds, tell)
            left = erase(config.data_dir, config.ballots_dir, config.keys_dir)
    tell("Removed: all data of this installation.")
    for path in left:
        if config.cell and path.name in OF_A_CELL:
            continue
        tell(f"Left alone, since it is none of the bot's: {path}")
    tell(ELSEWHERE)
    return removed


def _channels(names: Iterable[str]) -> list[ChannelId]:
    return [ChannelId(name) for name in dict.fromkeys(names)]


def _purged(found: list[dict[str, Any]], *, removed: bool) -> dict[str, Any]:
    return {"removed": removed, "channels": found}


def _all_purged(config: Config, rounds: frozenset[RoundId], *, removed: bool) -> dict[str, Any]:
    """Return what is stored as data. ``stored`` is None where belonging.db is missing or cannot be read."""
    try:
        stored = as_data(contents(config.data_dir / "belonging.db"))
    except StoreError:
        stored = None
    return {"removed": removed, "stored": stored, "keys_and_replies_of": len(rounds)}


def _require_data(config: Config) -> None:
    if not config.data_dir.is_dir():
        raise BotError(f"There is no data in {config.data_dir}.", remedy="Check data_dir in config.yaml.")


def open_now(config: Config) -> frozenset[RoundId]:
    """Return the rounds that have keys or replies on the disk."""
    vault = KeyFiles(config.keys_dir, WorkspaceId(""))
    return frozenset(vault.list_rounds() | BallotFiles(config.ballots_dir).list_boxes())


def _tell_all(config: Config, rounds: frozenset[RoundId], tell: Say) -> None:
    folders = (config.data_dir, config.ballots_dir, config.keys_dir)
    secrets = f"keys and replies of {counted(len(rounds), 'open round')}"
    tell(f"In {', '.join(map(str, folders))}: {_of_all(config)}; {secrets}.")
    for line in _copies(config):
        tell(line)


def end_all(config: Config, rounds: Iterable[RoundId], tell: Say) -> None:
    """Destroy the keys and ballots first, even if the database cannot be read; then tell the channels."""
    path = config.data_dir / "belonging.db"
    boxes, vault = BallotFiles(config.ballots_dir), KeyFiles(config.keys_dir, WorkspaceId(""))
    destroy_open(boxes, vault, rounds)
    keys = AudienceKeyFiles(config.keys_dir, "")
    for period in keys.list_periods():
        keys.destroy(period)
    boxes.canonicalise()  # removes the remains of unfinished ballot files
    try:
        if path.exists():
            audiences_path = config.data_dir / AUDIENCES
            with closing(Database(path)) as database, closing(AudienceFile(audiences_path)) as audiences:
                services = services_of(config, database, audiences, system_clock)
                tell_channels(config, services, end_rounds(services), tell)
    except StoreError as error:
        tell(f"belonging.db could not be read; channels with an open round were not told. {error.message}")


def destroy_open(boxes: BallotFiles, vault: KeyFiles, rounds: Iterable[RoundId]) -> None:
    """Destroy the keys of these rounds, then their replies. A failure in one does not stop the others."""
    run_all(*(partial(place.destroy, one) for place in (vault, boxes) for one in sorted(rounds)))


def _of_channel(store: Store | Snapshot, channel: ChannelId) -> dict[str, Any]:
    """Count what is stored of a channel. Raises ``BotError`` if nothing is."""
    with store.read("purge_list") as tx:
        schedules = tx.list_channel_schedules(channel)
        rounds = tx.list_channel_rounds(channel)
        results = tx.list_releases(channel)
        known = bool(tx.fetch_last_number(channel)) or tx.fetch_channel(channel) is not None
        known = known or bool(tx.list_changes(channel, 1))
    if not (known or schedules):
        raise BotError(f"Nothing is stored of {channel}.", remedy="Check the id: belonging schedules list")
    live = [round_ for round_ in rounds if round_.state in LIVE]
    return {
        "channel": channel,
        "schedules": len(schedules),
        "rounds": len(rounds),
        "open_rounds": len(live),
        "results": len(results),
    }


def _channel_line(found: dict[str, Any]) -> str:
    open_ = f" ({found['open_rounds']} open, to be cancelled)" if found["open_rounds"] else ""
    counts = (counted(found["schedules"], "schedule"), counted(found["rounds"], "round") + open_)
    return f"{found['channel']}: {', '.join((*counts, counted(found['results'], 'result')))}"


def _copies(config: Config) -> Iterator[str]:
    """Yield a line on the copy that the last upgrade made, which holds all channels and goes, too."""
    path = config.data_dir / "belonging.db"
    if made := kept_since(path):
        yield f"{path.with_name(BEFORE_UPGRADE)}, the copy that the upgrade of {made.date()} made."


def _of_all(config: Config) -> str:
    path = config.data_dir / "belonging.db"
    try:
        return in_words(contents(path))
    except StoreError:
        return "a belonging.db that cannot be read" if path.exists() else "no belonging.db"


def confirm(word: str, *, sure: bool, tell: Say = say, verb: str = "remove") -> None:
    """Ask for this word, unless the operator is sure. Raises ``BotError`` if something else is typed."""
    if sure:
        return
    tell("This cannot be undone.")
    typed = typer.prompt(f"Type {word} to {verb} it", default="", show_default=False, err=True)
    if typed.strip() != word:
        raise BotError("That was something else.", remedy="Nothing was changed.")


def tell_channels(config: Config, services: Services, ended: Iterable[Round], tell: Say = say) -> None:
    """Remove the button and tell the channels, if there is a token. Failures go to the log."""
    for round_ in ended:
        if config.secrets.bot_token:
            tell_purged(services, round_)
        else:
            tell(f"{round_.channel} was not told that its round is cancelled: SLACK_BOT_TOKEN is not set.")


def services_of(config: Config, database: Database, audiences: AudienceFile, clock: Clock) -> Services:
    """Return ``Services`` without events from Slack and without a running timer."""
    client = web_client(config.secrets.bot_token, config.slack.api_url, patient=True)
    cache = DirectoryCache(clock, Organisation(team=""))
    return Services(
        store=database,
        boxes=BallotFiles(config.ballots_dir),
        vault=KeyFiles(config.keys_dir, WorkspaceId("")),
        audiences=audiences,
        audience_keys=AudienceKeyFiles(config.keys_dir, ""),
        messenger=SlackMessenger(client, shipped_languages()),
        directory=SlackDirectory(cache, LiveSource(cache, client)),  # not used
        timer=AlarmTimer(clock, clock),
        clock=clock,
        clock_state=lambda: RIGHT,  # checked before, or not needed
        holidays=holiday_calendar,
        settings=config.settings,
        languages=shipped_languages(),
    )
