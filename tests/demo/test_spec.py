"""What the local methods take, held against Slack's own description of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.demo.api_spec import METHODS
from bot.demo.web_api import HANDLERS

SPEC = Path(__file__).parents[2] / ".." / "shared" / "slack-spec" / "methods"
pytestmark = pytest.mark.skipif(
    not SPEC.is_dir(), reason="Slack's own method descriptions are not beside the checkout"
)


def spec_of(method: str) -> dict[str, Any]:
    if not (SPEC / f"{method}.json").is_file():
        pytest.skip(f"no description of {method} is there")
    described: dict[str, Any] = json.loads((SPEC / f"{method}.json").read_text())
    return described


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_argument_taken_here_is_one_that_slack_has(method: str) -> None:
    assert METHODS[method].arguments <= set(spec_of(method)["args"].get("properties", {}))


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_argument_that_slack_requires_is_required_here(method: str) -> None:
    assert set(spec_of(method)["args"].get("required", [])) - {"token", "error"} <= METHODS[method].required


@pytest.mark.parametrize("method", sorted(METHODS))
def test_scopes_are_those_of_slack(method: str) -> None:
    scope = spec_of(method)["scope"]
    assert set(scope.get("bot", []) if scope else []) == set(METHODS[method].scopes)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_json_bodies_are_read_only_where_slack_reads_them(method: str) -> None:
    assert bool(spec_of(method).get("json_input_supported")) == METHODS[method].takes_json


@pytest.mark.parametrize("method", sorted(METHODS))
def test_rate_tiers_are_those_of_slack(method: str) -> None:
    tier = spec_of(method).get("rate_limits")
    assert tier in (None, METHODS[method].tier)


def test_every_method_described_has_a_handler() -> None:
    assert METHODS.keys() - HANDLERS.keys() == {"apps.connections.open", "oauth.v2.access"}
