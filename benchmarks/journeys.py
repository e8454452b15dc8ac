"""The running program, as its users meet it: start-up, memory, acknowledgements, a burst of clicks."""

import asyncio
import gc
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from benchmarks.figures import Figure
from benchmarks.site import CHANNEL, Site, a_site, bare, belonging
from bot.demo.workspace import Message

Program = Callable[[Path], list[str]]

STARTS = 5
WARM_UP = 10
CLICKS = 150
SUBMITTERS = slice(200, 350)
TOGETHER = slice(0, 200)
BURST = 500
SLOW_SLACK_S = 0.15
LIMIT_S = 3.0
BURSTS = 3
SETTLE_S = 2.0
"""After the round was announced, the bot attacks its own installation; then it is idle."""

IDLE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What was measured of one program; times in ms, memory in MB, processor time in percent."""

    starts_s: Sequence[float]
    memory: float
    idle: float
    memory_after: float
    clicks: Sequence[float]
    commands: Sequence[float]
    submits: Sequence[float]
    together_s: Sequence[float]
    bursts_s: Sequence[Sequence[float | None]]


def figures() -> list[Figure]:
    """Everything about the running program, the bare Bolt app of the same run beside it."""
    bot, base = _journey(belonging, Site.announcement), _journey(bare, Site.bare_announcement)
    late = sum(moment > LIMIT_S for moment in bot.together_s)
    return [
        Figure(name="belonging run: start to connected", value=statistics.median(bot.starts_s), unit="s",
               budget=1.5, baseline=statistics.median(base.starts_s), note=f"median of {STARTS} starts"),
        Figure(name="resident memory, connected and idle", value=bot.memory, unit="MB", budget=110,
               baseline=base.memory),
        Figure(name="resident memory after all of this", value=bot.memory_after, unit="MB", budget=120,
               baseline=base.memory_after),
        Figure(name="CPU while idle", value=bot.idle, unit="%", budget=1.0, baseline=base.idle,
               note=f"over {IDLE_S:.0f} seconds"),
        *_latency("a click on Reply, acknowledged", bot.clicks, base.clicks, budget=5.0),
        *_latency("/belonging help, answered", bot.commands, base.commands, budget=5.0),
        *_latency("a reply, on disk and acknowledged", bot.submits, base.submits,
                  note="the baseline acknowledges and stores nothing"),
        Figure(name="200 replies at one moment, through Slack: late or lost", value=late, unit="", budget=0),
        Figure(name="the same: the slowest", value=max(bot.together_s), unit="s", budget=LIMIT_S,
               baseline=max(base.together_s), note="into a round of 140; the baseline stores nothing"),
        *_burst_figures(bot.bursts_s, base.bursts_s),
    ]  # fmt: skip


def _journey(program: Program, announcement: Callable[[Site], Message]) -> Journey:
    starts = [_start_once(program) for _ in range(STARTS)]
    with a_site(program) as site:
        message = announcement(site)
        process = psutil.Process(site.process.pid)
        time.sleep(SETTLE_S)
        process.cpu_percent()
        time.sleep(IDLE_S)
        idle, memory = process.cpu_percent(), process.memory_info().rss / 1e6
        clicks = _one_by_one(site, site.people[:CLICKS], lambda user: site.click(user, message))
        commands = _one_by_one(site, site.people[:CLICKS], lambda user: _ask(site, user))
        submits = _submits(site, message)
        together = _together(site, message)
        after = process.memory_info().rss / 1e6
    bursts = []
    for _ in range(BURSTS):
        with a_site(program) as site:  # a fresh one, in which nobody has a form open
            message = announcement(site)
            time.sleep(
                SETTLE_S
            )  # its daily attack on itself comes with the start, and not with every question
            gc.collect()
            gc.freeze()  # the workspace's own collector is not what is measured
            bursts.append(_burst(site, message))
    return Journey(
        starts_s=starts, memory=memory, idle=idle, memory_after=after, clicks=clicks, commands=commands,
        submits=submits, together_s=together, bursts_s=bursts,
    )  # fmt: skip


def _latency(
    name: str, times: Sequence[float], base: Sequence[float], *, budget: float | None = None, note: str = ""
) -> list[Figure]:
    return [
        Figure(name=f"{name}, p50", value=_quantile(times, 50), unit="ms", budget=budget,
               baseline=_quantile(base, 50), note=note),
        Figure(name=f"{name}, p99", value=_quantile(times, 99), unit="ms", baseline=_quantile(base, 99)),
    ]  # fmt: skip


def _burst_figures(
    bursts: Sequence[Sequence[float | None]], base: Sequence[Sequence[float | None]]
) -> list[Figure]:
    opened = [_in_time(forms) for forms in bursts]
    bare_lost = [BURST - len(_in_time(forms)) for forms in base]
    note = f"{BURST} clicks at one moment, Slack takes 150 ms; the worst of {BURSTS} bursts"
    return [
        Figure(name="forms lost in a burst", value=max(BURST - len(forms) for forms in opened), unit="",
               budget=0, baseline=max(bare_lost), note=note),
        Figure(name="a form in the burst, p50", unit="s",
               value=statistics.median(_quantile(forms, 50) for forms in opened)),
        Figure(name="a form in the burst, p99", unit="s", budget=1.5, note=f"median of {BURSTS} bursts",
               value=statistics.median(_quantile(forms, 99) for forms in opened)),
    ]  # fmt: skip


def _in_time(forms: Sequence[float | None]) -> list[float]:
    return [moment for moment in forms if moment is not None and moment <= LIMIT_S]


def _quantile(times: Sequence[float], percent: int) -> float:
    if len(times) < 2:
        return float("nan")
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def _start_once(program: Program) -> float:
    with a_site(program, people=14) as site:
        return site.connected_s


async def _ask(site: Site, user: str) -> Any:
    asked = {"as": user, "type": "command", "channel": CHANNEL, "text": "/belonging help"}
    return await site.server.control.act(asked)


def _submits(site: Site, message: Message) -> list[float]:
    people = site.people[SUBMITTERS]
    site.open_forms(people, message)
    return _one_by_one(site, people, lambda user: site.submit(user, "a reply of ordinary length"))


def _one_by_one(
    site: Site, people: Sequence[str], act: Callable[[str], Coroutine[Any, Any, Any]]
) -> list[float]:
    """Milliseconds until each act was acknowledged; the first ones, which warm everything up, left out."""
    return [1000 * site.server.run(_timed_s(act(user))) for user in people][WARM_UP:]


def _together(site: Site, message: Message) -> list[float]:
    """Seconds until each of 200 replies, sent at one moment, was acknowledged; infinite for one that was not."""
    people = site.people[TOGETHER]
    site.open_forms(people, message)

    async def all_at_once() -> list[float | BaseException]:
        submits = (_timed_s(site.submit(user, "a reply of ordinary length")) for user in people)
        return await asyncio.gather(*submits, return_exceptions=True)

    moments = site.server.run(all_at_once())
    return [moment if isinstance(moment, float) else float("inf") for moment in moments]


async def _timed_s(act: Coroutine[Any, Any, Any]) -> float:
    began = time.perf_counter()
    answer = await act
    if not answer["ok"]:
        raise RuntimeError(f"refused: {answer['error']}")
    return time.perf_counter() - began


def _burst(site: Site, message: Message) -> list[float | None]:
    """Seconds until each person's form opened, None for those whose form never did."""
    server, people = site.server, site.people[:BURST]
    for _ in range(BURST):
        server.fail_next("views.open", delay_s=SLOW_SLACK_S)
    stacks, opened = server.workspace.stacks, dict[str, float]()

    def look(_revision: int) -> None:
        """Note whoever is new among the stacks, which are kept in the order of opening."""
        if len(stacks) > len(opened):
            now = time.perf_counter() - began
            opened.update((user, now) for user in islice(stacks, len(opened), None))

    async def all_at_once() -> None:
        await asyncio.gather(*(site.click(user, message) for user in people), return_exceptions=True)

    server.workspace.listeners.append(look)
    began = time.perf_counter()
    server.run(all_at_once())
    server.workspace.wait_for(lambda _: len(opened) == BURST, LIMIT_S + 2)
    server.workspace.listeners.remove(look)
    return [opened.get(user) for user in people]
