"""An installation to attack: a world with an open round, and what ``belonging proof`` says of it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.core.audit import Evidence
from bot.core.model import WorkspaceId
from bot.evidence import gather
from bot.logs import logger_levels, set_up_logs
from bot.proof import AttackResult, Verdict, prove
from tests.hooks import hooks_as_before
from tests.hosted_bot import HostedInstallation
from tests.world import World, a_world

FIVE = ["U02TOMA", "U03INGR", "U04KWAM", "U05YUKI", "U06RUTH"]
TEXT = "Quokkas made the meeting lighter"
WORKSPACE = WorkspaceId("T0WORLD")

KINDS: dict[str, type[World]] = {"alone": World, "hosted": HostedInstallation}
"""The worlds to attack: a bot for one workspace, and a cell of a host beside a busy twin."""


@contextmanager
def our_log() -> Iterator[None]:
    """The log as ``belonging run`` sets it up; afterwards what was there before.

    Loggers below the pinned ones begin as in a fresh process: other tests make Bolt apps of their own, and
    each copies the level of the root logger to one of them.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logger_levels()}
    for name in levels:
        logging.getLogger(name).setLevel(logging.NOTSET)
    try:
        with hooks_as_before():
            set_up_logs("debug")
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, was in levels.items():
            logging.getLogger(name).setLevel(was)


@contextmanager
def an_installation(folder: Path, *, proves: bool = False, kind: type[World] = World) -> Iterator[World]:
    """A world with five replies in an open round, in its own folder; ``proves``: as in ``World``."""
    with our_log(), a_world(folder, proves=proves, kind=kind) as world:
        world.move(minutes=1)
        for user in FIVE:
            world.reply(user, text=TEXT, answers=["4", "5", "2"])
        yield world


def without_pytest() -> None:
    """Take the test runner's own handlers off every logger: they print everything, as they should."""
    known = [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    for logger in (logging.root, *known):
        logger.handlers[:] = [
            one for one in logger.handlers if not type(one).__module__.startswith("_pytest")
        ]


def evidence(world: World) -> Evidence:
    """What the running bot of this world looks at."""
    assert world.bot
    without_pytest()
    return gather(world.config(), world.clock.now(), (world.bot.services.directory, WORKSPACE))


def judged(found: Evidence, attack: str) -> AttackResult:
    """What this attack makes of the evidence."""
    return next(one for one in prove(found) if one.attack == attack)


def finding(world: World, attack: str) -> AttackResult:
    """What this attack finds in the world as it is now."""
    return judged(evidence(world), attack)


def odd(findings: tuple[AttackResult, ...]) -> list[tuple[str, str]]:
    """The attacks that did not simply pass, with what they found."""
    return [(one.attack, one.found) for one in findings if one.verdict is not Verdict.PASS]
