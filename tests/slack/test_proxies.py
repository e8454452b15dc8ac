"""The proxy that the environment names, as Python's own library reads it."""

import pytest

from bot.errors import ConfigError
from bot.slack.client.proxies import proxy_for

SLACK = "https://slack.com/api/"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SOCKS_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy.corp:3128"}, "http://proxy.corp:3128"),
        ({"https_proxy": "proxy.corp:3128"}, "http://proxy.corp:3128"),
        ({"HTTP_PROXY": "http://proxy.corp:3128"}, None),
        ({"ALL_PROXY": "http://proxy.corp:3128"}, "http://proxy.corp:3128"),
        ({"HTTPS_PROXY": "http://proxy.corp:3128", "NO_PROXY": "slack.com"}, None),
        ({"HTTPS_PROXY": "http://proxy.corp:3128", "NO_PROXY": "*"}, None),
        ({"HTTPS_PROXY": "http://proxy.corp:3128", "NO_PROXY": "example.org"}, "http://proxy.corp:3128"),
        ({"SOCKS_PROXY": "socks5://proxy.corp:1080", "NO_PROXY": ".slack.com,slack.com"}, None),
    ],
)
def test_the_proxy_is_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], proxy: str | None
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    assert proxy == proxy_for(SLACK)


def test_a_socket_goes_the_way_of_https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.corp:3128")

    assert "http://proxy.corp:3128" == proxy_for("wss://wss-primary.slack.com/link/")
    assert proxy_for("ws://127.0.0.1:4000/") is None


NO_ADDRESSES = (
    "http://",
    "http://[",
    "http://proxy.corp:port",
    "proxy.corp:99999",
    "http://bot:let#me@proxy.corp:3128",
    "http://bot:7#let@proxy.corp:3128",
)


@pytest.mark.parametrize("value", NO_ADDRESSES)
def test_a_proxy_without_a_sensible_address_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)

    with pytest.raises(ConfigError, match="HTTPS_PROXY names no proxy") as error:
        proxy_for(SLACK)
    assert "let" not in str(error.value)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY", "SOCKS_PROXY"])
def test_a_proxy_that_does_not_speak_http_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "socks5://proxy.corp:1080")

    with pytest.raises(ConfigError, match=name):
        proxy_for(SLACK)
