"""A request of Slack passed from one worker to another: by whom, to whom, when, and once."""

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, web
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import Clock as SlackClock
from slack_sdk.signature import SignatureVerifier

import bot.cluster.forward as module
from bot.cluster.addresses import Addresses, ForeignAddressError, address_in
from bot.cluster.envelope import Envelope, NotSealedError
from bot.cluster.forward import (
    PATH,
    TOLD_AGAIN_S,
    Answer,
    Forwarded,
    Forwarder,
    NotForwardedError,
    Receiver,
)
from bot.cluster.sending import sender
from bot.cluster.transfer import NotMovedError
from tests.fakes.loops import run_alone

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
SECRET, NEWER, OTHER = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
SIGNING_SECRET = "0123456789abcdef" * 2
BODY = b"payload=%7B%22text%22%3A%22I+feel+left+out%22%7D"


class _Now(SlackClock):
    def now(self) -> float:
        return NOW.timestamp()


VERIFIER = SignatureVerifier(SIGNING_SECRET, _Now())


def signed(body: bytes = BODY) -> Forwarded:
    time = str(int(NOW.timestamp()))
    signature = VERIFIER.generate_signature(timestamp=time, body=body)
    return Forwarded(
        7,
        {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": time,
            "x-slack-signature": str(signature),
            "cookie": "not for the owner",
        },
        body,
    )


@dataclass(slots=True)
class Owner:
    """A worker that owns the shard, on a real port; it keeps what went over the network."""

    secrets: tuple[bytes, ...] = (SECRET,)
    now: datetime = NOW
    began: datetime = NOW - timedelta(minutes=1)
    taken: list[Forwarded] = field(default_factory=list)
    sent: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)
    hangs: asyncio.Event | None = None
    says: bytes | None = None

    async def handle(self, request: Forwarded) -> Answer:
        if self.hangs:
            await self.hangs.wait()
        if not VERIFIER.is_valid_request(request.body, dict(request.headers)):
            return Answer(401, (), b"not signed")
        self.taken.append(request)
        return Answer(200, [("content-type", "application/json"), ("set-cookie", "ä")], b'{"ok": 1}\n')

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        clock = iter([self.began])
        receiver = Receiver("two", self.secrets, lambda: next(clock, self.now), self.handle)

        async def receive(request: web.Request) -> web.Response:
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.sent.append((headers, await request.read()))
            answer = await receiver.receive(*self.sent[-1])
            if answer is not None:
                self.answered.append(answer)
            answer = self.says if self.says is not None else answer
            return web.Response(status=403) if answer is None else web.Response(body=answer)

        app = web.Application()
        app.router.add_post(PATH, receive)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()


def signed_by(secrets: tuple[bytes, ...], worker: str, address: str) -> str:
    """Return an address as a worker with these secrets stores it."""
    return Addresses(secrets).signed(worker, address)


async def pass_on(http: ClientSession, address: str) -> Answer:
    """Pass a request on to the worker ``two``."""
    forwarder = Forwarder(http, (SECRET,), lambda: NOW)
    return await forwarder.forward("two", signed_by((SECRET,), "two", address), signed())


def ask(
    owner: Owner, *requests: Forwarded, secrets: tuple[bytes, ...] = (SECRET,), name: str = "two"
) -> list[Answer | None]:
    """Pass requests on to this owner; the answers, or None for each that was not forwarded."""

    async def scenario() -> list[Answer | None]:
        answers: list[Answer | None] = []
        async with owner.serving() as address, ClientSession() as http:
            forwarder = Forwarder(http, secrets, lambda: NOW)
            for request in requests or (signed(),):
                try:
                    answers.append(await forwarder.forward(name, signed_by(secrets, name, address), request))
                except NotForwardedError:
                    answers.append(None)
        return answers

    return run_alone(scenario())


def test_the_owner_gets_the_raw_body_and_slacks_headers_and_its_answer_comes_back() -> None:
    owner, request = Owner(), signed()
    (answer,) = ask(owner, request)
    (taken,) = owner.taken

    assert (request.shard, request.body) == (taken.shard, taken.body)
    assert {*taken.headers} == {"content-type", "x-slack-request-timestamp", "x-slack-signature"}
    assert answer == (200, [("content-type", "application/json"), ("set-cookie", "ä")], b'{"ok": 1}\n')


def test_the_owner_checks_slacks_signature_again() -> None:
    """A worker with the secret of the workers, but without that of Slack, cannot make a request up."""
    owner = Owner()
    (answer,) = ask(owner, signed()._replace(body=b"made up"))

    assert answer
    assert (401, []) == (answer.status, owner.taken)


def test_who_listens_reads_nothing() -> None:
    owner = Owner()
    ask(owner)
    ((headers, body),) = owner.sent
    passed = repr(headers).encode() + body + b"".join(owner.answered)

    assert [] == [secret for secret in (b"left", b"payload", b"v0=", b"ok", SECRET) if secret in passed]


@pytest.mark.parametrize("secret", [OTHER, bytes(32)])
def test_another_secret_opens_nothing(secret: bytes) -> None:
    owner = Owner()

    assert [None] == ask(owner, secrets=(secret,))
    assert [] == owner.taken


def test_secrets_are_changed_one_worker_after_the_other() -> None:
    for ours, its in (
        ((SECRET, NEWER), (SECRET,)),
        ((SECRET, NEWER), (NEWER, SECRET)),
        ((NEWER, SECRET), (SECRET, NEWER)),
        ((NEWER,), (NEWER, SECRET)),
    ):
        (answer,) = ask(Owner(secrets=its), secrets=ours)
        assert answer, (ours, its)


@pytest.mark.parametrize(("seconds", "taken"), [(-11, False), (-9, True), (0, True), (9, True), (11, False)])
def test_a_request_is_good_for_as_long_as_clocks_may_differ(seconds: int, taken: bool) -> None:  # noqa: FBT001
    owner = Owner(now=NOW + timedelta(seconds=seconds))
    ask(owner)

    assert taken == bool(owner.taken)


def test_what_was_sent_before_the_owner_began_is_refused() -> None:
    """Another process with this name may have taken it."""
    owner = Owner(began=NOW + timedelta(milliseconds=1))

    assert [None] == ask(owner)
    assert [] == owner.taken


def replay(owner: Owner, moments: list[timedelta]) -> list[bytes | None]:
    """Record a request, and send it again at these moments."""

    async def scenario() -> list[bytes | None]:
        now = NOW
        receiver = Receiver("two", (SECRET,), lambda: now, owner.handle)
        answers = []
        for moment in moments:
            now = NOW + moment
            answers.append(await receiver.receive(*owner.sent[0]))
        return answers

    ask(owner)
    owner.taken.clear()
    return run_alone(scenario())


def test_a_copy_is_refused_for_as_long_as_its_time_is_good() -> None:
    owner = Owner()
    first, *copies = replay(owner, [timedelta(seconds=seconds) for seconds in (0, 0, 9, 10, 11, 60)])

    assert first
    assert [None] * 5 == copies
    assert 1 == len(owner.taken)


def test_what_is_remembered_is_forgotten_in_time() -> None:
    async def scenario() -> int:
        now = NOW
        receiver = Receiver("two", (SECRET,), lambda: now, Owner().handle)
        for number in range(100):
            now = NOW + timedelta(seconds=number)
            time = now.isoformat(timespec="milliseconds")
            salt, sealed = Envelope([SECRET]).seal(module._packed(signed()), module._request_to("two", time))
            assert await receiver.receive({"belonging-time": time, "belonging-salt": salt.hex()}, sealed)
        return len(receiver._seen)

    assert run_alone(scenario()) < 25


def test_a_request_for_another_worker_is_refused() -> None:
    owner = Owner()

    assert [None] == ask(owner, name="three")
    assert [] == owner.taken


def test_an_answer_that_the_owner_did_not_seal_is_none() -> None:
    earlier = Owner()
    ask(earlier)
    for says in (b"", b"ok", earlier.answered[0]):
        assert [None] == ask(Owner(says=says))


def test_a_request_that_is_thrown_back_is_no_answer() -> None:
    async def scenario() -> None:
        async def throw_back(request: web.Request) -> web.Response:
            return web.Response(body=await request.read())

        app = web.Application()
        app.router.add_post(PATH, throw_back)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with ClientSession() as http:
                with pytest.raises(NotForwardedError):
                    await pass_on(http, address)
        finally:
            await runner.cleanup()

    run_alone(scenario())


@pytest.mark.attack
@pytest.mark.parametrize("how", ["long", "compressed"])
def test_an_answer_that_no_worker_sends_fills_no_memory(how: str) -> None:
    packed = gzip.compress(bytes(50_000_000)) if how == "compressed" else bytes(1_000_000)

    async def scenario() -> None:
        async def fill(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"content-encoding": "gzip"} if how == "compressed" else {})
            await response.prepare(request)
            with suppress(ConnectionError):
                for _ in range(50):
                    await response.write(packed)
            return response

        app = web.Application()
        app.router.add_post("/{path:.*}", fill)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with ClientSession() as http:
                with pytest.raises(NotForwardedError):
                    await pass_on(http, address)
                with pytest.raises(NotMovedError):
                    await sender(http, (SECRET,), "two", signed_by((SECRET,), "two", address))(b"move")
        finally:
            await runner.cleanup()

    tracemalloc.start()
    try:
        run_alone(scenario())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"belonging-time": "", "belonging-salt": "zz"},
        {"belonging-time": "x", "belonging-salt": "00" * 32},
    ],
)
def test_what_anybody_sends_is_refused(headers: dict[str, str]) -> None:
    owner = Owner()
    receiver = Receiver("two", (SECRET,), lambda: NOW, owner.handle)

    assert [None] * 3 == [run_alone(receiver.receive(headers, body)) for body in (b"", b"x", b"x" * 100)]


def test_an_owner_that_hangs_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE_S", 0.05)

    async def scenario() -> None:
        owner = Owner(hangs=(ends := asyncio.Event()))
        async with owner.serving() as address, ClientSession() as http:
            with pytest.raises(NotForwardedError):
                await pass_on(http, address)
            ends.set()

    run_alone(scenario())


def test_slack_still_gets_an_answer_where_the_owner_does_not() -> None:
    assert module.DEADLINE_S < 3


@pytest.mark.attack
@pytest.mark.parametrize(
    ("stored_for", "secrets", "forged"),
    [
        ("two", (OTHER,), "{address}"),  # by somebody without the secrets
        ("three", (SECRET,), "{address}"),  # of another worker
        ("two", (SECRET,), "{address}0"),
        ("two", (SECRET,), "{plain}"),
        ("two", (SECRET,), "http://127.0.0.1:9/{address}"),
    ],
)
def test_nothing_is_sent_to_an_address_that_the_owner_has_not_stored(
    stored_for: str, secrets: tuple[bytes, ...], forged: str
) -> None:
    heard: list[str] = []

    async def scenario() -> None:
        async def hear(request: web.Request) -> web.Response:
            heard.append(request.path)
            return web.Response()

        app = web.Application()
        app.router.add_post("/{path:.*}", hear)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            plain = f"http://127.0.0.1:{runner.addresses[0][1]}"
            address = forged.format(address=signed_by(secrets, stored_for, plain), plain=plain)
            async with ClientSession() as http:
                with pytest.raises(NotForwardedError):
                    await Forwarder(http, (SECRET,), lambda: NOW).forward("two", address, signed())
        finally:
            await runner.cleanup()

    run_alone(scenario())

    assert heard == []


def test_an_address_is_known_while_the_secrets_are_changed_and_shown_without_its_tag() -> None:
    old = Addresses([SECRET]).signed("two", "http://two:3000")

    assert Addresses([OTHER, SECRET]).checked("two", old) == "http://two:3000" == address_in(old)
    with pytest.raises(ForeignAddressError):
        Addresses([OTHER]).checked("two", old)


def test_an_owner_that_is_gone_is_told() -> None:
    async def scenario() -> None:
        async with ClientSession() as http:
            with pytest.raises(NotForwardedError):
                await pass_on(http, "http://127.0.0.1:9")

    run_alone(scenario())


@given(content=st.binary(), at=st.integers(0), flip=st.integers(1, 255))
def test_no_byte_of_what_is_sealed_can_be_changed(content: bytes, at: int, flip: int) -> None:
    envelope = Envelope([SECRET])
    salt, sealed = envelope.seal(content, b"to")
    changed = bytearray(sealed)
    changed[at % len(sealed)] ^= flip

    assert content == envelope.open(sealed, salt, b"to")
    for what in ((bytes(changed), salt, b"to"), (sealed, salt[::-1], b"to"), (sealed, salt, b"from")):
        with pytest.raises(NotSealedError):
            envelope.open(*what)


@pytest.mark.parametrize("secrets", [[], [b""], [SECRET, b"short"]])
def test_a_secret_has_32_bytes(secrets: list[Any]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Envelope(secrets)


@pytest.mark.parametrize(
    ("address", "secrets", "event"),
    [
        ("http://127.0.0.1:9", (SECRET,), "request not forwarded"),
        ("http://127.0.0.1:9", (OTHER,), "address of no worker of ours"),
    ],
)
def test_what_fails_again_and_again_is_one_line_about_each_worker(
    caplog: pytest.LogCaptureFixture, address: str, secrets: tuple[bytes, ...], event: str
) -> None:
    async def scenario() -> None:
        async with ClientSession() as http:
            forwarder = Forwarder(http, (SECRET,), lambda: NOW)
            for name in ("two", "two", "three", "two"):
                with pytest.raises(NotForwardedError):
                    await forwarder.forward(name, signed_by(secrets, name, address), signed())

    run_alone(scenario())

    assert [event] * 2 == caplog.messages
    assert ["two", "three"] == [vars(one)["worker"] for one in caplog.records]


def test_many_requests_of_nobody_are_one_line_and_then_a_number(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever reaches the port of a worker can send as many as they like."""

    async def scenario() -> None:
        times = iter([NOW, *[NOW] * 50, NOW + timedelta(seconds=TOLD_AGAIN_S)])
        receiver = Receiver("two", (SECRET,), lambda: next(times), Owner().handle)
        for _ in range(51):
            assert await receiver.receive({}, b"anything") is None

    run_alone(scenario())

    assert [("not_sealed", 1), ("not_sealed", 50)] == [
        (vars(one)["code"], vars(one)["count"]) for one in caplog.records
    ]
