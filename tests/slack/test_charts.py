"""Where a workspace does not draw charts: the same message without one, and no chart from then on."""

import pytest

from bot.errors import SlackError
from bot.slack.charts import Charts


def refusing(reason: str, *, also_without: bool = False) -> tuple[list[bool], object]:
    """What was tried, and a post that is refused for this reason with a chart, or in any case."""
    tried: list[bool] = []

    def post(chart: bool) -> str:  # noqa: FBT001 - with a chart or without
        tried.append(chart)
        if chart or also_without:
            raise SlackError(reason)
        return "posted"

    return tried, post


def test_after_a_refusal_it_is_posted_without_a_chart_and_so_is_what_follows() -> None:
    charts = Charts()
    tried, post = refusing("invalid_blocks")

    assert "posted" == charts.post(post)  # type: ignore[arg-type]
    assert not charts.drawn
    assert "posted" == charts.post(post)  # type: ignore[arg-type]
    assert [True, False, False] == tried


def test_another_refusal_is_passed_on_and_says_nothing_of_charts() -> None:
    charts = Charts()
    tried, post = refusing("not_in_channel")

    with pytest.raises(SlackError, match="not_in_channel"):
        charts.post(post)  # type: ignore[arg-type]
    assert charts.drawn
    assert [True] == tried


def test_a_message_that_is_refused_without_a_chart_too_says_nothing_of_charts() -> None:
    charts = Charts()
    _, post = refusing("invalid_blocks", also_without=True)

    with pytest.raises(SlackError, match="invalid_blocks"):
        charts.post(post)  # type: ignore[arg-type]
    assert charts.drawn
