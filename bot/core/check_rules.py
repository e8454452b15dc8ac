"""Judge an installation before it runs: facts in, judgements with remedies out.

``bot.cli.check_facts`` gathers the facts. ``bot.proof``, in contrast, attacks the stored data.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.core.clock import CLOCK_OFF, doubt_of_clock, long_words
from bot.core.model import ChannelId, SupportCard
from bot.core.release import TENURE_FROM, is_too_small, warns_admin
from bot.core.shown_names import clean_name
from bot.errors import BotError

_CHANNEL_EVENTS = ("archive", "deleted", "left", "rename", "unarchive")

SCOPES: Mapping[str, str] = {
    "chat:write": "post questions and summaries",
    "commands": "hear /belonging",
    "channels:read": "see who is in public channels",
    "groups:read": "see who is in private channels",
    "users:read": "tell people from guests and bots",
}
"""The scopes of the bot token, as in the manifest, each with its purpose."""

EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    *(f"{kind}_{what}" for kind in ("channel", "group") for what in _CHANNEL_EVENTS),
    "member_joined_channel",
    "member_left_channel",
    "tokens_revoked",
    "user_change",
)
"""The events that the app subscribes to, as in the manifest."""

_RISKS: Mapping[str, str] = {
    "im:": "reach direct messages",
    "mpim:": "reach direct messages",
    "files:": "reach files",
    "remote_files:": "reach files",
    "search:": "search what people write",
    "users:read.email": "learn everybody's e-mail address",
    "users.profile:read": "read everybody's profile",
    "reactions:read": "see who reacts to what",
    "admin": "administer the workspace",
    "identity.": "learn who people are",
}
"""What a scope, by its beginning, allows whoever has the token."""

_HARMLESS = frozenset({"identify"})
"""Scopes that Slack itself adds to some tokens."""

CLOCK_REMARK = timedelta(minutes=1)

CLOCK_REMEDY = (
    "Let it set itself by network time (timedatectl set-ntp true): while it is more than two minutes off, "
    "nothing is asked, closed, published or forgotten."
)

CARD_LASTS = timedelta(days=365)
_SAFE_URL = re.compile(r"https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/]")
_NOT_IN = frozenset({"channel_not_found", "not_in_channel"})
_INVITE = "Type /invite @belonging in the channel. A private one cannot be seen before; check its id, too."


class Level(StrEnum):
    """How serious a judgement is. An error stops the bot from working, or breaks the promise of anonymity."""

    OK = "ok"
    REMARK = "remark"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One thing that was checked: its level, its place, its state, and what to do unless it is fine."""

    level: Level
    where: str
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFact:
    """A channel with a schedule. ``people``: who can reply now; None if Slack did not say.

    ``reason``: Slack's reason if it did not describe the channel. ``threshold``: the highest of its
    schedules.
    """

    id: ChannelId
    threshold: int
    tenure: bool = False
    name: str = ""
    joined: bool = False
    archived: bool = False
    people: int | None = None
    shared: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFact:
    """One of the three directories. ``private``: it holds ballots or keys.

    ``makeable``: whether this user can make it if it is missing. ``copied``: its name shows that a program
    copies it elsewhere. ``network``: the kind of its network file system, or empty. ``shared``: workers on
    several machines may share it.
    """

    key: str
    path: str
    private: bool
    there: bool
    makeable: bool
    copied: bool
    network: str
    shared: bool = False


def ok(where: str, what: str) -> Judgement:
    """Return that all is well."""
    return Judgement(level=Level.OK, where=where, what=what)


def remark(where: str, what: str, remedy: str) -> Judgement:
    """Return a judgement that deserves a look."""
    return Judgement(level=Level.REMARK, where=where, what=what, remedy=remedy)


def error(where: str, what: str, remedy: str) -> Judgement:
    """Return a judgement that stops the bot from working, or breaks the promise of anonymity."""
    return Judgement(level=Level.ERROR, where=where, what=what, remedy=remedy)


def from_error(where: str, wrong: BotError) -> Judgement:
    """Return the judgement of an error that stops the bot, with its message; what judges only reads."""
    return error(where, wrong.message, wrong.remedy_of_reading)


def has_errors(judgements: tuple[Judgement, ...]) -> bool:
    """Return whether any judgement is an error."""
    return any(judgement.level is Level.ERROR for judgement in judgements)


def judge_scopes(granted: AbstractSet[str] | None) -> Iterator[Judgement]:
    """Yield judgements for missing scopes, each with what fails without it, and for surplus scopes."""
    where = "scopes"
    if granted is None:
        yield remark(
            where, "Slack did not say which scopes the bot has.", "Compare with docs/security-answers.md."
        )
        return
    for scope in sorted(SCOPES.keys() - granted):
        yield error(
            where,
            f"{scope} is missing: without it the bot cannot {SCOPES[scope]}.",
            "Add it under OAuth & Permissions, Scopes, Bot Token Scopes, and reinstall the app.",
        )
    surplus = granted - SCOPES.keys() - _HARMLESS
    yield from map(_too_many, sorted(surplus))
    if not surplus and granted >= SCOPES.keys():
        yield ok(where, f"The {len(SCOPES)} that the bot needs, and no other.")


def judge_events() -> Judgement:
    """Return a remark with the events to subscribe to. Slack has no method to check them."""
    return remark(
        "events",
        "Slack tells nobody which events an app gets, so this was not looked at.",
        f"Under Event Subscriptions there should be these {len(EVENTS)}: {', '.join(EVENTS)}. Where one is "
        "missing, paste the manifest anew (belonging manifest) and reinstall the app. Without "
        "member_left_channel and user_change, who leaves or becomes a guest counts for half a minute longer.",
    )


def _too_many(scope: str) -> Judgement:
    remedy = "Take it out under OAuth & Permissions, Scopes, Bot Token Scopes, and reinstall the app."
    risk = "read messages" if scope.endswith(":history") else ""
    risk = risk or next((does for start, does in _RISKS.items() if scope.startswith(start)), "")
    if not risk:
        return remark("scopes", f"{scope} is more than the bot needs.", remedy)
    what = f"{scope} lets whoever holds the bot token {risk}: a risk to the promise, and no use to the bot."
    return error("scopes", what, remedy)


COMPARE = "'belonging check' compares it; while it is off, the bot asks nothing."


def clock_words(ahead: timedelta) -> str:
    """Return a sentence on how far this clock is from Slack's. ``ahead``: negative if behind."""
    way = "ahead of" if ahead > timedelta(0) else "behind"
    return f"The clock of this machine is {long_words(abs(ahead))} {way} Slack's."


def uncompared_clock(now: datetime, newest: datetime | None) -> str:
    """Return a sentence about a clock that says ``now`` and was not compared with Slack's.

    ``newest``: the newest stored time. The running bot uses Slack's time, so no stored time is later than
    that.
    """
    if doubt := doubt_of_clock(now, newest):
        behind = newest is not None and now < newest
        more = f", from which the next times are counted. {CLOCK_REMEDY}" if behind else f". {COMPARE}"
        return doubt + more
    return f"The clock of this machine was not compared with Slack's. {COMPARE}"


def judge_same_app(app_id: str, app_token: str) -> Iterator[Judgement]:
    """Yield an error if the two tokens belong to different apps, as far as Slack and the app token tell.

    ``app_id``: the app of the bot token, empty if Slack does not say. An app token has the form
    ``xapp-1-<app>-…``.
    """
    named = re.match(r"xapp-\d+-(A[A-Z0-9]+)-", app_token)
    if app_id and named and named[1] != app_id:
        yield error(
            "SLACK_APP_TOKEN",
            f"It belongs to the app {named[1]}, and the bot token to the app {app_id}.",
            "Copy both from the pages of one app: else what people press reaches another one.",
        )


def judge_clock(ahead: timedelta | None) -> Judgement:
    """Return whether the clock of this machine agrees with Slack's. None: Slack did not tell the time."""
    if ahead is None:
        return remark("clock", "Slack did not tell its time.", "Compare the clock of this machine yourself.")
    if abs(ahead) > CLOCK_OFF:
        return error("clock", clock_words(ahead), CLOCK_REMEDY)
    if abs(ahead) >= CLOCK_REMARK:
        return remark("clock", clock_words(ahead), CLOCK_REMEDY)
    return ok("clock", "It goes with Slack's.")


def judge_channel(fact: ChannelFact) -> Judgement:
    """Return whether a channel can be asked: the bot is in it, and enough people can reply."""
    where = f"#{clean_name(fact.name)} ({fact.id})" if fact.name else fact.id
    if fact.reason and fact.reason not in _NOT_IN:
        return remark(
            where, f"Slack did not say how the channel stands ({fact.reason}).", "Try again in a minute."
        )
    if fact.archived:
        remedy = "Unarchive it, or take its schedule out."
        return error(where, "The channel is archived, so nothing is asked.", remedy)
    if fact.reason or not fact.joined:
        return error(where, "The bot is not in this channel, so nothing is asked.", _INVITE)
    return _judge_audience(where, fact)


def _judge_audience(where: str, fact: ChannelFact) -> Judgement:
    people = fact.people
    if people is None:
        return remark(where, "Slack did not say how many people can reply.", "Try again in a minute.")
    can = f"{people} {'person' if people == 1 else 'people'} can reply"
    if is_too_small(people, fact.threshold):
        return error(
            where,
            f"{can}, and nothing is shown under {fact.threshold} replies, so nothing is asked.",
            "Invite more people, or ask in a larger channel. Guests and bots do not count.",
        )
    if warns_admin(people):
        return remark(
            where,
            f"{can}: if one or two stay silent, a round may show nothing.",
            f"Tell the channel that at least {fact.threshold} replies are needed, or ask in a larger one.",
        )
    if fact.tenure and people < TENURE_FROM:
        return remark(
            where,
            f"{can}: who is new is asked from {TENURE_FROM} people on, so it is not asked here.",
            "Leave tenure at false until the channel has grown.",
        )
    if fact.shared:
        return remark(
            where,
            f"{can}; people of another company are in it, who are not asked, and read its summaries.",
            "Ask in a channel of your own, where they are not to read them.",
        )
    return ok(where, f"{can}; nothing is shown under {fact.threshold} replies.")


def judge_admin(admin: str, *, counts: bool | None) -> Judgement:
    """Return whether somebody in ``admins`` may decide. ``counts`` is None if Slack did not say."""
    if counts is None:
        return remark("admins", f"Slack did not say who {admin} is.", "Try again in a minute.")
    if counts:
        return ok("admins", f"{admin} is a full member of this workspace.")
    return error(
        "admins",
        f"{admin} is no full member of this workspace, so they decide nothing.",
        "Take the id out of config.yaml, or name somebody who is there and no guest.",
    )


def is_example(contact: str) -> bool:
    """Return whether a contact is the one of an example, which reaches nobody."""
    return "example." in contact


def judge_support(card: SupportCard | None, today: date) -> Iterator[Judgement]:
    """Yield judgements on the care card: contact, emergency line, and the day of the last test."""
    if card is None:
        yield error(
            "support.contact",
            "Nobody is named to turn to, so no round starts.",
            "Fill in support.contact in config.yaml.",
        )
        return
    if is_example(card.contact):
        yield error(
            "support.contact",
            "It still is the example: whoever turns to it reaches nobody.",
            "Name people of your own before anybody replies.",
        )
    if not card.crisis:
        yield remark(
            "support.crisis", "The card names no line for an emergency.", "Fill it in, in config.yaml."
        )
    yield _judge_checked(card.checked, today)


def _judge_checked(checked: str, today: date) -> Judgement:
    where, remedy = "support.checked", "Try every line of the card, and write down the day: YYYY-MM-DD."
    if not checked:
        return remark(where, "Nobody has said when these lines were last tried.", remedy)
    day = date.fromisoformat(checked)
    if day > today:
        return remark(where, f"{checked} lies in the future.", remedy)
    if today - day > CARD_LASTS:
        return remark(where, f"The lines were last tried on {checked}, more than a year ago.", remedy)
    return ok(where, f"The lines of the card were last tried on {checked}.")


def judge_folder(fact: FolderFact) -> Judgement:
    """Return whether a directory is out of reach of other machines and of programs that copy files."""
    remedy = "Put it on a disk of this machine that nothing copies."
    if fact.network and fact.shared:
        what = f"{fact.path} lies on a network file system ({fact.network}), which several workers may share."
        return remark(
            fact.key, what, "Its locks must hold between machines, as those of NFSv4 and CephFS do."
        )
    if fact.network:
        what = f"{fact.path} lies on a network file system ({fact.network}), where the data can be damaged."
        return error(fact.key, what, remedy)
    if fact.copied:
        what = f"{fact.path} lies in a folder whose name says that it is copied elsewhere."
        return (error if fact.private else remark)(fact.key, what, remedy)
    if not fact.there and not fact.makeable:
        remedy = "Make it yourself and give it to the bot's user, or name another directory."
        return error(fact.key, f"{fact.path} is not there, and this user cannot make it.", remedy)
    if not fact.there:
        return ok(fact.key, f"{fact.path} will be made at the first start, for the bot's user only.")
    return ok(fact.key, f"{fact.path} is for the bot's user only.")


def judge_api_url(url: str) -> Judgement:
    """Return whether requests to Slack are encrypted. An address on this machine need not be."""
    if _SAFE_URL.match(url):
        return ok("slack.api_url", url)
    return error(
        "slack.api_url",
        f"{url} is not encrypted: everybody on the way could read tokens and replies.",
        "Write https:// in its place.",
    )


def judge_host(host: str, port: int) -> Judgement:
    """Return whether only a proxy on this machine can reach the address of http mode."""
    where = "slack.http"
    if host in {"127.0.0.1", "localhost", "::1"}:
        return ok(where, f"{host}:{port} is free; Slack reaches it through your proxy at /slack/events.")
    return remark(
        where,
        f"{host}:{port} is free; other machines reach it, too, and without encryption.",
        "Behind a proxy on this machine, write slack.http.host: 127.0.0.1.",
    )


def judge_env_file(mode: int) -> Judgement:
    """Return whether other users of the machine can read the tokens in .env, by its permission bits."""
    if mode & 0o077:
        return error(
            ".env",
            f"Other users of this machine can read the tokens in it (its mode is {mode:04o}).",
            "Run: chmod 600 .env",
        )
    return ok(".env", "It is for the bot's user only.")
