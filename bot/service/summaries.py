"""What a channel has learned so far. Reads stored results only, never an open ballot."""

from dataclasses import dataclass

from bot.core.agreement import Agreement, differences
from bot.core.audit import LastProof
from bot.core.model import ChannelId, MemberId, ReleasePolicy, Round, RoundId, RoundState
from bot.core.release import Release, Result
from bot.ports import Services
from bot.service.clock_trust import takes_replies
from bot.service.people import may_know_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The state of a channel: its latest result, and the open round, if there are any.

    ``policy``: the rules of the open round, else the configured ones. ``tenure``: whether the open round, or
    else the next one, asks how long people have been in the team. ``earlier``: the results before the latest,
    newest first. ``proof``: how the bot's last attack on itself ended. ``operator``: who runs the bot.
    ``agreement``: what was agreed, if anything; ``differs``: the names of settings that are not as agreed.
    """

    latest: Result | None
    open_round: Round | None
    policy: ReleasePolicy
    earlier: tuple[Result, ...] = ()
    proof: LastProof | None = None
    tenure: bool = False
    operator: str = ""
    agreement: Agreement | None = None
    differs: tuple[str, ...] = ()

    @property
    def results(self) -> tuple[Result, ...]:
        """All results of the channel, newest first."""
        return (self.latest, *self.earlier) if self.latest else ()


def standing(services: Services, channel: ChannelId) -> Standing:
    """Return the latest result and the open round of a channel, the same for whoever asks."""
    with services.store.read("standing") as tx:
        releases = tx.list_releases(channel)
        rounds = tx.list_rounds([RoundState.OPEN])  # a few, while a channel has had hundreds
        proof = tx.fetch_proof()
        asks_tenure = any(schedule.tenure for schedule in tx.list_channel_schedules(channel))
    settings, agreed = services.settings, services.settings.agreement
    here = (round_ for round_ in reversed(rounds) if round_.channel == channel)
    open_round = next((round_ for round_ in here if takes_replies(services, round_)), None)
    return Standing(
        latest=releases[0] if releases else None,
        open_round=open_round,
        policy=open_round.policy if open_round else settings.policy,
        earlier=releases[1:],
        proof=proof,
        tenure=open_round.prompt.asks_tenure if open_round else asks_tenure,
        operator=settings.operator,
        agreement=agreed,
        differs=tuple(one.name for one in differences(agreed.terms, settings.terms)) if agreed else (),
    )


def standing_for(services: Services, channel: ChannelId, member: MemberId) -> Standing:
    """Return the state of a channel for somebody who may know of it; an empty state for others."""
    return standing(services, channel if may_know_of(services, channel, member) else ChannelId(""))


def earlier_results(services: Services, round_: Round) -> tuple[Result, ...]:
    """Return the results of the channel from before this round, newest first."""
    with services.store.read("earlier_results") as tx:
        results = tx.list_releases(round_.channel)
    return tuple(result for result in results if result[0].number < round_.number)


def results_up_to(services: Services, channel: ChannelId, number: str) -> tuple[Result, ...]:
    """Return the results up to the round of this number, newest first; all, if it is no number."""
    with services.store.read("results_up_to") as tx:
        results = tx.list_releases(channel)
    last = int(number) if number.isdecimal() else None
    return tuple(result for result in results if last is None or result[0].number <= last)


def fetch_result(services: Services, round_id: RoundId) -> tuple[Round, Release] | None:
    """Return a round with its stored result; None where there is none yet."""
    with services.store.read("fetch_result") as tx:
        round_ = tx.fetch_round(round_id)
        release = tx.fetch_release(round_id)
    return (round_, release) if round_ and release else None
