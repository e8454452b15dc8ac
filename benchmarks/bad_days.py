"""Measure failures of Slack in real time, which the tests in ``tests/transport`` cannot wait for."""

import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event
from urllib.parse import urlsplit
from urllib.request import urlopen

from benchmarks.figures import Figure
from bot.demo.workspace import make_workspace
from tests.faults import bad_days
from tests.faults.slack import parsed
from tests.faults.socket_front import To
from tests.transport.fronted import FrontedWorld, a_fronted_world
from tests.world import channel_of, team_of

OPEN = "apps.connections.open"
AWAY_S = 10.0
SLOW_CLIENTS = 300
PROBES = 20
PEOPLE = 50_000
HERE = 100
PATIENCE_S = 120.0


def figures() -> list[Figure]:
    """Measure each failure, each with a new bot."""
    worst_s, gone_s = _slow_clients_s()
    forms = _forms_in_a_large_workspace_s()
    return [
        Figure(name="connections asked for in 10 s, where each ends with its hello", value=_dials(), unit="",
               budget=6),
        Figure(name="a connection that went silent is replaced after", value=_silent_s(), unit="s",
               budget=60),
        Figure(name=f"a request beside {SLOW_CLIENTS} slow clients, the slowest of {PROBES}", value=worst_s,
               unit="s", budget=1.0),
        Figure(name="until all of them are let go", value=gone_s, unit="s", budget=11),
        Figure(name="a form in a workspace of 50,000 whose list does not come, median", value=median(forms),
               unit="s", budget=1.0, note=f"{HERE} people, one after the other"),
        Figure(name="the same: the slowest", value=max(forms), unit="s", budget=3.0),
    ]  # fmt: skip


@contextmanager
def _a_world(
    people: int = 14, here: int = 14, *, http: bool = False, in_real_time: bool = True
) -> Iterator[FrontedWorld]:
    """Yield a workspace with this many people, some of them in a channel with an open question.

    ``in_real_time``: the bot really waits between its calls.
    """
    team = team_of(people)
    workspace = make_workspace(team, [channel_of(team[:here])])
    with (
        TemporaryDirectory() as folder,
        a_fronted_world(Path(folder), workspace, http=http, in_real_time=in_real_time) as world,
    ):
        world.move(minutes=1)
        yield world


def _dials() -> int:
    """Count how often the bot asks for a connection in ten seconds if Slack closes each at once."""

    def sent_away(to: To, frame: str) -> Iterable[str] | None:
        is_hello = to is To.BOT and parsed(frame).get("type") == "hello"
        return [frame, json.dumps({"type": "disconnect", "reason": "warning"})] if is_hello else None

    with _a_world() as world:
        before = world.calls(OPEN)
        world.slack.play_frames(sent_away)
        world.server.drop_connections(None)
        time.sleep(AWAY_S)
        return world.calls(OPEN) - before


def _silent_s() -> float:
    """Measure the seconds until the bot reconnects after its connection went silent without closing."""
    with _a_world() as world:
        before = world.calls(OPEN)
        with _stuck(world):
            began = time.monotonic()
            world.workspace.wait_for(lambda _: world.calls(OPEN) > before, PATIENCE_S)
            return time.monotonic() - began


@contextmanager
def _stuck(world: FrontedWorld) -> Iterator[None]:
    """Freeze the server's side of the connection: it reads and writes nothing, not even a pong."""
    held = Event()
    peer = world.slack.sockets.pairs()[-1].bot
    holding = threading.Thread(target=_hold, args=(peer.protocol_mutex, held), daemon=True)
    holding.start()
    yield
    held.set()
    holding.join()


def _hold(lock: threading.Lock, until: Event) -> None:
    with lock:
        until.wait(PATIENCE_S)


def _slow_clients_s() -> tuple[float, float]:
    """Measure the slowest answer beside many slow clients, and the seconds until the last client is dropped."""
    with _a_world(http=True) as world, ExitStack() as held:
        to = urlsplit(world.server.request_url)
        began = time.monotonic()
        clients = [
            held.enter_context(socket.create_connection((str(to.hostname), to.port)))
            for _ in range(SLOW_CLIENTS)
        ]
        for client in clients:
            client.sendall(b"P")
        worst = max(_probe_s(f"http://{to.netloc}/healthz") for _ in range(PROBES))
        for client in clients:
            client.settimeout(PATIENCE_S)
            try:
                client.recv(1)
            except ConnectionError:
                continue
        return worst, time.monotonic() - began


def _probe_s(url: str) -> float:
    began = time.monotonic()
    with urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310 - our own program
        answer.read()
    return time.monotonic() - began


def _forms_in_a_large_workspace_s() -> list[float]:
    """Measure the seconds until each form opens while the list of all people is still incomplete."""
    until = Event()
    with _a_world(PEOPLE, HERE, in_real_time=False) as world:
        world.pass_time(minutes=11)
        world.slack.play("users.list", bad_days.late(until), times=1000)
        try:
            return [_form_s(world, f"U0MEMBER{number:02}") for number in range(HERE)]
        finally:
            until.set()


def _form_s(world: FrontedWorld, user: str) -> float:
    began = time.monotonic()
    world.press_all([user], world.announcement())
    return time.monotonic() - began if world.have_forms([user], PATIENCE_S) else PATIENCE_S
