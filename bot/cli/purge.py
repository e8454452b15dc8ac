"""Run ``belonging purge``: list, confirm and remove what is stored of a channel, or everything."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial

import typer

from bot.app import system_clock
from bot.cli.console import say, working
from bot.cli.installation import check_clock, counted, data_file, in_words, lock_data
from bot.config import Config, holiday_calendar
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
from bot.store.backup import contents
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.erase import erase
from bot.store.upgrade import BEFORE_UPGRADE, kept_since
from bot.timer import AlarmTimer

LIVE = (RoundState.GATHERING, RoundState.OPEN, RoundState.CLOSING, RoundState.RELEASED)
ELSEWHERE = (
    "Not removed: messages in Slack, the log, and backups, reports and exports that somebody has made."
)

MARKS_STAY = (
    "Marks of who was asked there stay for at most four weeks after a question closed, so that no statement "
    "is published twice for mostly the same people: until then these statements rest everywhere."
)


def purge_channels(
    config: Config,
    names: Iterable[str],
    *,
    sure: bool,
    clock: Clock = system_clock,
    clock_is_right: bool = False,
) -> None:
    """Remove everything of these channels. Raises ``BotError`` if nothing is stored of one.

    Unless ``clock_is_right``, it also raises if the clock contradicts the stored times: the clock decides for
    how long statements rest.
    """
    path = data_file(config)
    channels = [ChannelId(name) for name in dict.fromkeys(names)]
    with lock_data(config), closing(Database(path)) as database:
        lines = [f"{channel}: {_of_channel(database, channel)}" for channel in channels]
        if not clock_is_right:
            with database.read("clock") as tx:
                check_clock(tx, clock())
        for line in (*lines, *_copies(config)):
            say(line)
        confirm(", ".join(channels), sure=sure)
        audience_file = AudienceFile(config.data_dir / AUDIENCES)
        with working("Removing"), closing(audience_file) as audiences:
            services = services_of(config, database, audiences, clock)
            tell(config, services, forget_channels(services, channels))
    say(f"Removed, with every trace in the file: {', '.join(channels)}.")
    say(MARKS_STAY)
    for channel in {one.channel for one in config.schedules} & set(channels):
        say(f"{config.path.name} still has a schedule for {channel}: take it out, or it begins anew.")
    say(ELSEWHERE)


def purge_all(config: Config, *, sure: bool) -> None:
    """Remove all data of this installation, whatever the clock says. Raises ``BotError`` if there is none."""
    folders = (config.data_dir, config.ballots_dir, config.keys_dir)
    if not config.data_dir.is_dir():
        raise BotError(f"There is no data in {config.data_dir}.", remedy="Check data_dir in config.yaml.")
    with lock_data(config):
        boxes, vault = BallotFiles(config.ballots_dir), KeyFiles(config.keys_dir, WorkspaceId(""))
        open_now = vault.list_rounds() | boxes.list_boxes()
        secrets = f"keys and replies of {counted(len(open_now), 'open round')}"
        say(f"In {', '.join(map(str, folders))}: {_of_all(config)}; {secrets}.")
        for line in _copies(config):
            say(line)
        confirm("everything", sure=sure)
        with working("Removing"):
            _end_all(config, boxes, vault, open_now)
            left = erase(config.data_dir, config.ballots_dir, config.keys_dir)
    say("Removed: all data of this installation.")
    for path in left:
        say(f"Left alone, since it is none of the bot's: {path}")
    say(ELSEWHERE)


def _end_all(config: Config, boxes: BallotFiles, vault: KeyFiles, rounds: Iterable[RoundId]) -> None:
    """Destroy the keys and ballots first, even if the database cannot be read; then tell the channels."""
    path = config.data_dir / "belonging.db"
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
                tell(config, services, end_rounds(services))
    except StoreError as error:
        say(f"belonging.db could not be read; channels with an open round were not told. {error.message}")


def destroy_open(boxes: BallotFiles, vault: KeyFiles, rounds: Iterable[RoundId]) -> None:
    """Destroy the keys of these rounds, then their replies. A failure in one does not stop the others."""
    run_all(*(partial(place.destroy, one) for place in (vault, boxes) for one in sorted(rounds)))


def _of_channel(store: Store, channel: ChannelId) -> str:
    with store.read("purge_list") as tx:
        schedules = tx.list_channel_schedules(channel)
        rounds = tx.list_channel_rounds(channel)
        results = tx.list_releases(channel)
        known = bool(tx.fetch_last_number(channel)) or tx.fetch_channel(channel) is not None
        known = known or bool(tx.list_changes(channel, 1))
    if not (known or schedules):
        raise BotError(f"Nothing is stored of {channel}.", remedy="Check the id: belonging schedules list")
    live = [round_ for round_ in rounds if round_.state in LIVE]
    open_ = f" ({len(live)} open, to be cancelled)" if live else ""
    counts = (counted(len(schedules), "schedule"), counted(len(rounds), "round") + open_)
    return ", ".join((*counts, counted(len(results), "result")))


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


def confirm(word: str, *, sure: bool, verb: str = "remove") -> None:
    """Ask for this word, unless the operator is sure. Raises ``BotError`` if something else is typed."""
    if sure:
        return
    say("This cannot be undone.")
    typed = typer.prompt(f"Type {word} to {verb} it", default="", show_default=False)
    if typed.strip() != word:
        raise BotError("That was something else.", remedy="Nothing was changed.")


def tell(config: Config, services: Services, ended: Iterable[Round]) -> None:
    """Remove the button and tell the channels, if there is a token. Failures go to the log."""
    for round_ in ended:
        if config.secrets.bot_token:
            tell_purged(services, round_)
        else:
            say(f"{round_.channel} was not told that its round is cancelled: SLACK_BOT_TOKEN is not set.")


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
        messenger=SlackMessenger(client),
        directory=SlackDirectory(cache, LiveSource(cache, client)),  # not used
        timer=AlarmTimer(clock, clock),
        clock=clock,
        clock_state=lambda: RIGHT,  # checked before, or not needed
        holidays=holiday_calendar,
        settings=config.settings,
    )
