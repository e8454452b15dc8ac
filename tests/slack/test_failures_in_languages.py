"""That something failed is said in the language of whoever is told, where it is known, and said anyway."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.config.languages import shipped_languages
from bot.core.language import ENGLISH
from bot.core.model import MemberId
from bot.errors import SlackError, SlackUnavailableError, UnconfirmedError
from bot.slack.app import on_error
from bot.slack.context import Ack
from bot.slack.directory.cache import FactKey, FactKind
from bot.slack.directory.lookup import NotKnownError
from bot.slack.dispatch import HandledUnknownError
from bot.slack.kit import failures
from bot.slack.kit.builders import plain
from bot.slack.transport.workers import TooLateError
from tests.service.services import Fakes
from tests.slack.test_who_reads_results import Heard, Posts, context_of, said_in

ANA = MemberId("U01")
FORM: dict[str, Any] = {
    "type": "view_submission",
    "user": {"id": ANA},
    "view": {"callback_id": "reply.submit", "blocks": [{"type": "input", "block_id": "b", "element": {}}]},
}
COMMAND = {"command": "/belonging", "user_id": ANA, "response_url": "https://example.com/answer"}
CLICK = {"user": {"id": ANA}, "actions": [{"value": ""}], "trigger_id": "1"}
EVENT = {"type": "event_callback", "event": {"type": "team_join"}}
ERRORS = [RuntimeError(), TooLateError(), UnconfirmedError("x"), SlackError("x"), HandledUnknownError()]


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


Raises = Callable[[MemberId], str]


def raises(error: BaseException) -> Raises:
    def locale(_: MemberId) -> str:
        raise error

    return locale


def context_with(fakes: Fakes, monkeypatch: pytest.MonkeyPatch, locale: Raises) -> Heard:
    monkeypatch.setattr(type(fakes.directory), "locale", lambda _, member: locale(member))
    return context_of(fakes)


def told(context: Heard, error: Exception, body: dict[str, Any]) -> object:
    ack = Ack()
    on_error(context, ack, error, body)
    return [ack.arguments, context.opened]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("body", [FORM, COMMAND, CLICK])
def test_a_failure_is_told_in_ones_own_language(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, error: Exception, body: dict[str, Any]
) -> None:
    context = context_with(fakes, monkeypatch, lambda _: "de-AT")

    assert {"de"} == said_in(told(context, error, body))


@pytest.mark.parametrize(
    "unknown",
    [
        NotKnownError(FactKey(FactKind.PERSON, "U01")),
        SlackUnavailableError("no_connection"),
        KeyError("U01"),
        RuntimeError(),
    ],
)
@pytest.mark.parametrize("body", [FORM, COMMAND, CLICK])
def test_where_the_language_is_not_known_a_failure_is_told_in_english(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, unknown: BaseException, body: dict[str, Any]
) -> None:
    context = context_with(fakes, monkeypatch, raises(unknown))

    said = told(context, RuntimeError(), body)

    assert set() == said_in(said)
    assert "went wrong" in str(said)


UNKNOWN = [
    NotKnownError(FactKey(FactKind.PERSON, "U01")),
    SlackUnavailableError("no_connection"),
    KeyError("U01"),
]


@pytest.mark.parametrize("unknown", UNKNOWN)
@pytest.mark.parametrize(
    ("submit", "close"),
    [("Send", "Not now"), ("Save", "Cancel"), ("", "Close"), ("", "Done"), ("", "Back"), ("", "OK")],
)
def test_where_it_is_not_known_a_failure_is_told_in_the_language_of_the_open_form(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, unknown: BaseException, submit: str, close: str
) -> None:
    context = context_with(fakes, monkeypatch, raises(unknown))
    for code in ("de", "ja"):
        words = {"submit": submit, "close": close}
        view = FORM["view"] | {key: plain(f"{code}: {text}") for key, text in words.items() if text}

        assert {code} == said_in(told(context, TooLateError(), FORM | {"view": view}))


@pytest.mark.parametrize(
    "view",
    [None, {}, {"close": None}, {"close": plain("de: Unknown")}, {"close": "de: Close"}, {"close": []}],
)
def test_a_view_that_says_no_language_has_its_failure_told_in_english(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, view: object
) -> None:
    context = context_with(fakes, monkeypatch, raises(UNKNOWN[0]))

    assert ENGLISH == context.language_if_known({**CLICK, "view": view})


def test_words_that_two_languages_share_say_neither_and_those_beside_them_decide() -> None:
    languages = shipped_languages()

    def shown(**words: str) -> str:
        return failures.language_shown({key: plain(text) for key, text in words.items()}, languages).code

    assert "en" == shown(close="Cancelar")
    assert ["es", "pt-BR"] == [shown(close="Cancelar", submit=submit) for submit in ("Guardar", "Salvar")]
    assert "de" == shown(close="Jetzt nicht", submit="Senden")


def test_nobody_is_told_that_an_event_failed(fakes: Fakes) -> None:
    assert [{}, []] == told(context_of(fakes), RuntimeError(), EVENT)


class Urls(Posts):
    """Takes what is answered at a response URL, too."""

    async def post(self, _url: str, message: dict[str, Any]) -> int:
        self.posted.append(message)
        return 200


def test_a_late_answer_that_failed_is_in_ones_own_language(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = context_with(fakes, monkeypatch, lambda _: "de-DE")
    urls = Urls()
    object.__setattr__(context, "workers", urls)

    async def fail() -> None:
        raise RuntimeError

    context.answer_later(COMMAND, fail)
    asyncio.run(context._tell_too_late(COMMAND))

    assert [{"de"}, {"de"}] == [said_in(one) for one in urls.posted]


@pytest.mark.parametrize("kind", ["home", "modal"])
def test_that_a_view_came_too_late_is_said_in_it_in_ones_own_language(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    context = context_with(fakes, monkeypatch, lambda _: "de-DE")
    view = {"type": kind, "id": "V1", "hash": "h", "blocks": [], "callback_id": "x"}

    asyncio.run(context._tell_too_late({"user": {"id": ANA}, "view": view}))

    assert [{"de"}] == [said_in(one) for one in context.posts.posted]
