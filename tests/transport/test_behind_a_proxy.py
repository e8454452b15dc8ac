"""Behind the proxy of a company: the Web API and the socket both go through it, or past it if told to."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.cli.program import Running, finish, running, start
from tests.faults import bad_days
from tests.faults.web_front import Answer, Call
from tests.patience import PATIENCE_S
from tests.transport.fronted import FrontedWorld
from tests.transport.proxy import Proxy
from tests.world import real_clock

API, SOCKETS = "slack.test", "wss-primary.slack.test"
"""Hosts that no name server knows."""

NOBODY = "127.0.0.1:1"
"""Where no proxy is."""

CONFIG = """
prompts: [{prompts}]
support: {{contact: "People team, people@example.org", crisis: "112", checked: 2026-11-01}}
defaults: {{timezone: Europe/Berlin, holidays: none}}
schedules: []
"""


@dataclass(frozen=True, slots=True)
class Company:
    """A workspace that is reached through a proxy, and a folder with the configuration of a bot."""

    world: FrontedWorld
    proxy: Proxy
    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        """What the bot finds around it, where it is to come through the proxy."""
        api = {"SLACK_API_URL": f"https://{API}/life-0/api/"}
        return self.world.slack.environ(0) | api | {"SSL_CERT_FILE": str(self.proxy.certificate)}

    @contextmanager
    def bot(self, **environ: str) -> Iterator[Running]:
        """The program, connected."""
        asked = ["run", "--config", "config.yaml"]
        with running(self.folder, *asked, says="connected", environ=self.environ | environ) as program:
            assert self.world.server.wait_connected(1)
            yield program

    def is_heard(self) -> bool:
        """Whether the bot answers a member, and can say something by itself."""
        user = self.world.everyone()[0]
        return self.world.is_heard(user) and bool(self.world.open_home(user))


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """A company without a way to Slack but its proxy."""
    world = FrontedWorld(tmp_path, config=CONFIG, clock=real_clock())
    with ExitStack() as held:
        held.enter_context(world.slack)
        behind = {API: world.slack.web.url, SOCKETS: world.slack.sockets.address}
        proxy = held.enter_context(Proxy(tmp_path, behind))
        world.slack.play("apps.connections.open", behind_the_proxy, times=100)
        yield Company(world, proxy, tmp_path)


def behind_the_proxy(call: Call) -> Answer:
    """Slack's answer, with an address at which the proxy alone finds the socket."""
    answer = call.apply()
    body = json.loads(answer.body)
    url = body["url"].partition("/socket")
    body["url"] = f"wss://{SOCKETS}{url[1]}{url[2]}"
    return Answer(answer.status, answer.headers, json.dumps(body).encode())


@pytest.mark.parametrize("spelling", ["http://{}", "http://{}/"])
def test_behind_a_proxy_the_bot_hears_and_speaks(company: Company, spelling: str) -> None:
    with company.bot(HTTPS_PROXY=spelling.format(company.proxy.address)):
        assert company.is_heard()

    assert {API, SOCKETS} == set(company.proxy.asked)


def test_a_proxy_that_is_named_without_a_scheme_is_used_all_the_same(company: Company) -> None:
    with company.bot(HTTPS_PROXY=company.proxy.address):
        assert company.is_heard()

    assert {API, SOCKETS} == set(company.proxy.asked)


def test_a_proxy_with_a_password_is_told_it(company: Company) -> None:
    with company.bot(HTTPS_PROXY=f"http://bot:let-me-out@{company.proxy.address}"):
        assert company.is_heard()

    assert {"bot:let-me-out"} == set(company.proxy.passwords)
    assert len(company.proxy.passwords) == len(company.proxy.asked)


def test_what_no_proxy_names_is_reached_past_the_proxy(company: Company) -> None:
    company.world.slack.stop_playing()
    dead = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), f"http://{NOBODY}")
    direct = {
        "SLACK_API_URL": f"{company.world.slack.web.url}/life-0/api/",
        "NO_PROXY": "localhost,127.0.0.1",
    }
    with company.bot(**dead, **direct):
        assert company.is_heard()


@pytest.mark.parametrize(
    ("variable", "kind"), [("SOCKS_PROXY", "socks5"), ("HTTPS_PROXY", "socks5"), ("HTTPS_PROXY", "https")]
)
def test_a_proxy_of_a_kind_that_the_bot_cannot_use_is_told_in_one_sentence(
    company: Company, variable: str, kind: str
) -> None:
    """Or it is used, or it is not needed."""
    environ = company.environ | {variable: f"{kind}://{company.proxy.address}"}
    program = start(company.folder, "run", "--config", "config.yaml", environ=environ)

    if wait_for_either(company.world, program):
        program.send_signal(signal.SIGTERM)
    code, _, said = finish(program)

    assert "Traceback" not in said
    assert code == 0 or variable in said


def wait_for_either(world: FrontedWorld, program: "subprocess.Popen[str]") -> bool:
    """Whether the program has connected; returns when it has, or has ended."""

    def tell() -> None:
        program.wait()
        world.workspace.changed()

    Thread(target=tell, daemon=True).start()
    world.workspace.wait_for(
        lambda _: world.server.site.connections > 0 or program.poll() is not None, PATIENCE_S
    )
    return program.poll() is None


def test_a_stop_does_not_wait_for_a_call_that_hangs_behind_a_proxy(company: Company) -> None:
    until = Event()
    with company.bot(HTTPS_PROXY=f"http://{company.proxy.address}") as program:
        company.world.slack.play("views.publish", bad_days.late(until))
        company.world.server.act(company.world.everyone()[0], type="open_home")
        assert company.world.workspace.wait_for(lambda _: not company.world.slack.waits_for("views.publish"))

        code = program.end(signal.SIGTERM, within_s=5)
        until.set()

    assert code == 0


def test_a_stop_does_not_wait_for_a_proxy_that_says_nothing(company: Company) -> None:
    with company.bot(HTTPS_PROXY=f"http://{company.proxy.address}") as program, company.proxy.mute():
        company.world.server.act(company.world.everyone()[0], type="open_home")
        company.world.slack.sockets.cut()
        assert company.proxy.is_asked()

        assert program.end(signal.SIGTERM, within_s=5) == 0


def test_a_start_behind_a_proxy_that_says_nothing_can_be_stopped(company: Company) -> None:
    with company.proxy.mute():
        environ = company.environ | {"HTTPS_PROXY": f"http://{company.proxy.address}"}
        program = start(company.folder, "run", "--config", "config.yaml", environ=environ)
        assert company.proxy.is_asked()
        program.send_signal(signal.SIGTERM)

        program.wait(PATIENCE_S)
        _, _, said = finish(program)

    assert "Traceback" not in said
