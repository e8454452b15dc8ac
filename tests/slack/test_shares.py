"""How often a result is brought back into its channel."""

from datetime import date

from bot.core.model import ChannelId
from bot.slack.kit.shares import Share, Shares

TODAY = Share(channel=ChannelId("C1"), what="trend r1", day=date(2026, 11, 2))
TOMORROW = Share(channel=ChannelId("C1"), what="trend r1", day=date(2026, 11, 3))


def test_it_is_said_once_a_day() -> None:
    shares = Shares()

    assert [True, False, True] == [shares.claim(one) for one in (TODAY, TODAY, TOMORROW)]


def test_what_slack_refused_may_be_tried_as_often_as_somebody_likes() -> None:
    shares = Shares()

    for _ in range(3):
        assert shares.claim(TODAY)
        shares.release(TODAY)


def test_what_is_in_doubt_may_be_tried_once_more() -> None:
    shares = Shares()
    claims = []
    for _ in range(3):
        claims.append(shares.claim(TODAY))
        shares.doubt(TODAY)

    assert [True, True, False] == claims
    assert shares.claim(TOMORROW)
