"""Ask the workers that run about this machine, for ``belonging check``."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.app import system_clock
from bot.config import Config, token_problems
from bot.core.check_cluster import CLOCK_MAY_DIFFER
from bot.core.check_rules import Judgement
from bot.core.check_workers import judge_first_key, judge_policies, judge_secrets, judge_silent
from bot.ports import Clock

if TYPE_CHECKING:
    from bot.cluster.introduction import Found
    from bot.cluster.view import View

MOST_APART_MS = CLOCK_MAY_DIFFER.total_seconds() * 1000


def worker_judgements(config: Config, view: "View", clock: Clock = system_clock) -> Iterator[Judgement]:
    """Judge whether each living worker answers here, and has the secrets and the policy of this machine.

    Those whose clock is off are left out: they take nothing from here.
    """
    from bot.cluster.addresses import address_in
    from bot.cluster.introduction import Problem

    if not config.secrets.cluster_keys or token_problems(config)["BELONGING_CLUSTER_KEYS"]:
        return  # what is wrong with them is told anyway
    with _unheard():
        found = asyncio.run(_found(config, view, clock))
    yield from judge_silent(
        {name: address_in(view.workers[name].address) for name, one in found.items() if one is None}
    )
    told = {name: one for name, one in found.items() if one is not None}
    yield from judge_first_key([name for name, one in told.items() if one.problem is Problem.KEYS])
    yield from judge_secrets({name: one.about for name, one in told.items() if one.problem is Problem.SECRET})
    yield from judge_policies([name for name, one in told.items() if one.differs and not one.problem])


async def _found(config: Config, view: "View", clock: Clock) -> "Mapping[str, Found | None]":
    """Return what each worker with a key of here has found; None for one that does not answer."""
    import aiohttp

    from bot.app.cluster.compared import digests
    from bot.cluster.addresses import Addresses
    from bot.cluster.forward import Forwarder
    from bot.cluster.introduction import Introduction
    from bot.cluster.joining import foreign_workers

    keys = config.secrets.cluster_keys
    async with aiohttp.ClientSession() as http:
        forwarder = Forwarder(http, keys, clock)
        asks = Introduction("", "", Addresses(keys), forwarder, digests(config))
        off = {name for name in view.alive if abs(view.workers[name].skew_ms or 0) > MOST_APART_MS}
        names = sorted(view.alive.difference(off, foreign_workers(Addresses(keys), view)))
        found = await asyncio.gather(*(asks.asked(name, view) for name in names))
        return dict(zip(names, found, strict=True))


@contextmanager
def _unheard() -> Iterator[None]:
    """Write no log within the block: what is found is said."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
