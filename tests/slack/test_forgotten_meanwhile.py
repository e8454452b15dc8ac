"""Somebody changes while another thread looks who they are."""

from typing import Any

from bot.core.model import ChannelId, MemberId
from bot.slack.directory.cache import DirectoryCache
from bot.slack.directory.lookup import CachedSource, SlackDirectory
from bot.slack.directory.person import Organisation, Person, person_of
from tests.slack.samples import OPENED

CHANNEL, MEMBER = ChannelId("C02PRODUCT"), MemberId("U02TOMA")
TEAM = Organisation(team="T0HARBOUR")


class Forgotten(dict[Any, Person]):
    """A list of people that Slack tells a change of, just when it was looked whether they are in it."""

    def __contains__(self, member: object) -> bool:
        there = super().__contains__(member)
        self.pop(member, None)
        return there


def test_somebody_who_is_forgotten_in_the_middle_of_a_look_is_found_or_asked_for() -> None:
    cache = DirectoryCache(lambda: OPENED, TEAM)
    directory = SlackDirectory(cache, CachedSource(cache))
    toma = person_of({"id": MEMBER, "name": "toma", "team_id": TEAM.team}, TEAM)
    for look in (directory.names, directory.audience, lambda _: directory.counts(MEMBER)):
        cache.members.keep(cache.members.begin(CHANNEL), frozenset({MEMBER}))
        cache.people.keep(cache.people.begin(""), Forgotten({MEMBER: toma}))

        assert look(CHANNEL)
