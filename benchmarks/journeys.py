"""Measure the running program: start-up, memory, acknowledgements, a burst of clicks."""

import asyncio
import gc
import json
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks.figures import Figure
from benchmarks.site import CHANNEL, Site, a_site, bare, bare_async, belonging
from bot.demo.workspace import Message

View = dict[str, Any]

Program = Callable[[Path], list[str]]

STARTS = 5
WARM_UP = 10
CLICKS = 150
SUBMITTERS = slice(200, 350)
TOGETHER = slice(0, 200)
BURST = 500
SLOW_SLACK_S = 0.15
LIMIT_S = 3.0
BURSTS = 7
"""So many of the bot, and as many of the baseline, one after the other in turn."""

SETTLE_S = 2.0
"""After the round was announced, the bot attacks its own installation; then it is idle."""

IDLE_S = 5.0

LOCALES = ("en-GB", "de-DE", "es-ES", "fr-FR", "pt-BR", "ja-JP")
"""The languages of a burst in which nobody's neighbour reads the same form."""

IN_ANY_LANGUAGE = 1.3
"""A form in any language may cost so many times what an English one costs in the same run."""

MORE_MEMORY_MB = 10
"""So much more memory may five more languages take."""

ACKNOWLEDGED = 0.3
"""An acknowledgement may take so much of what a default Bolt app takes."""

SLOWEST = 1.8
"""A form in a burst may take so many times what a bare AsyncApp takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Measurements of one program: times in ms, memory in MB, processor time in percent."""

    starts_s: Sequence[float]
    memory: float
    idle: float
    memory_after: float
    clicks: Sequence[float]
    commands: Sequence[float]
    submits: Sequence[float]
    together_s: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """The result of many clicks at once: seconds until each form opened, and processor time for each.

    ``memory``: resident memory after it, in MB.
    """

    opened_s: Sequence[float | None]
    cpu_ms: float
    memory: float


def figures() -> list[Figure]:
    """Measure the running program and, in the same run, the bare Bolt app."""
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
        *_latency("a click on Reply, acknowledged", bot.clicks, base.clicks, most=ACKNOWLEDGED),
        *_latency("/belonging help, answered", bot.commands, base.commands, most=ACKNOWLEDGED),
        *_latency("a reply, on disk and acknowledged", bot.submits, base.submits,
                  note="the baseline acknowledges and stores nothing"),
        Figure(name="200 replies at one moment, through Slack: late or lost", value=late, unit="", budget=0),
        Figure(name="the same: the slowest", value=max(bot.together_s), unit="s", budget=LIMIT_S,
               baseline=max(base.together_s), note="into a round of 140; the baseline stores nothing"),
        *_burst_figures(*_bursts()),
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
    return Journey(
        starts_s=starts, memory=memory, idle=idle, memory_after=after, clicks=clicks, commands=commands,
        submits=submits, together_s=together,
    )  # fmt: skip


def _bursts() -> tuple[list[Burst], list[Burst], list[Burst]]:
    """Alternate bursts of the bot, of the bot in six languages, and of a bare AsyncApp with the same form."""
    bot, mixed, base = [], [], []
    with TemporaryDirectory() as folder:
        form = Path(folder) / "form.json"
        form.write_text(json.dumps(_form()), encoding="utf-8")
        for _ in range(BURSTS):
            bot.append(_one_burst(belonging, Site.announcement))
            mixed.append(_one_burst(belonging, Site.announcement, LOCALES))
            base.append(_one_burst(partial(bare_async, form), Site.bare_announcement))
    return bot, mixed, base


def _one_burst(
    program: Program, announcement: Callable[[Site], Message], locales: Sequence[str] = LOCALES[:1]
) -> Burst:
    with a_site(program, locales=locales) as site:  # a new one, in which nobody has a form open
        message = announcement(site)
        time.sleep(SETTLE_S)  # the daily proof runs at the start, and not with every question
        gc.collect()
        gc.freeze()  # the garbage collector of the workspace is not measured
        process = psutil.Process(site.process.pid)
        before = process.cpu_times()
        opened = _burst(site, message)
        after, memory = process.cpu_times(), process.memory_info().rss / 1e6
    spent_s = after.user + after.system - before.user - before.system
    return Burst(opened_s=opened, cpu_ms=1000 * spent_s / BURST, memory=memory)


def _form() -> View:
    """Return the form that the bot opens."""
    with a_site(belonging) as site:
        first = site.people[:1]
        site.open_forms(first, site.announcement())
        shown = site.server.workspace.stack(first[0])[-1].body
    keys = ("type", "callback_id", "title", "submit", "close", "private_metadata", "blocks")
    return {key: shown[key] for key in keys if shown.get(key)}


def _latency(
    name: str, times: Sequence[float], base: Sequence[float], *, most: float | None = None, note: str = ""
) -> list[Figure]:
    """Return a figure whose budget is ``most`` times its baseline."""
    beside = _quantile(base, 50)
    return [
        Figure(name=f"{name}, p50", value=_quantile(times, 50), unit="ms", baseline=beside,
               budget=most * beside if most else None, note=note),
        Figure(name=f"{name}, p99", value=_quantile(times, 99), unit="ms", baseline=_quantile(base, 99)),
    ]  # fmt: skip


def _burst_figures(bot: Sequence[Burst], mixed: Sequence[Burst], base: Sequence[Burst]) -> list[Figure]:
    opened, beside = ([_in_time(burst.opened_s) for burst in bursts] for bursts in (bot, base))
    note = f"{BURST} clicks at one moment, Slack takes 150 ms; of {BURSTS} bursts"
    p50, p99 = ([_median_of(forms, percent) for forms in (opened, beside)] for percent in (50, 99))
    return [
        Figure(name="forms lost in a burst, the worst", value=max(BURST - len(forms) for forms in opened),
               unit="", budget=0, baseline=max(BURST - len(forms) for forms in beside), note=note),
        Figure(name="a form in the burst, p50", unit="s", value=p50[0], baseline=p50[1],
               note="the baseline: a bare AsyncApp that only opens the same form"),
        Figure(name="a form in the burst, p99", unit="s", value=p99[0], baseline=p99[1],
               budget=SLOWEST * p99[1]),
        Figure(name="processor time for a form in the burst", unit="ms", budget=0.8,
               value=statistics.median(burst.cpu_ms for burst in bot),
               baseline=statistics.median(burst.cpu_ms for burst in base)),
        *_language_figures(bot, mixed),
    ]  # fmt: skip


def _language_figures(english: Sequence[Burst], mixed: Sequence[Burst]) -> list[Figure]:
    (form, beside), (memory, less) = (
        [statistics.median(getattr(burst, name) for burst in bursts) for bursts in (mixed, english)]
        for name in ("cpu_ms", "memory")
    )
    lost = max(BURST - len(_in_time(burst.opened_s)) for burst in mixed)
    return [
        Figure(name="processor time for a form, people of six languages", value=form, unit="ms",
               budget=IN_ANY_LANGUAGE * beside, baseline=beside, note="the baseline: the bot in English"),
        Figure(name="the same: forms lost in a burst, the worst", value=lost, unit="", budget=0),
        Figure(name="the same: resident memory", value=memory, unit="MB", budget=less + MORE_MEMORY_MB,
               baseline=less),
    ]  # fmt: skip


def _median_of(bursts: Sequence[Sequence[float]], percent: int) -> float:
    return statistics.median(_quantile(forms, percent) for forms in bursts)


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
    """Return the milliseconds until each act was acknowledged, without the first ones, which warm up."""
    return [1000 * site.server.run(_timed_s(act(user))) for user in people][WARM_UP:]


def _together(site: Site, message: Message) -> list[float]:
    """Return the seconds until each of 200 replies sent at once was acknowledged; infinite if one was not."""
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
    """Return the seconds until each person's form opened; None if it never did."""
    server, people = site.server, site.people[:BURST]
    for _ in range(BURST):
        server.fail_next("views.open", delay_s=SLOW_SLACK_S)
    stacks, opened = server.workspace.stacks, dict[str, float]()

    def look(_revision: int) -> None:
        """Record each new stack; stacks are in the order of opening."""
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
