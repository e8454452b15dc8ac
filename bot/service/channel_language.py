"""Find out in which language a channel, and one of its members, reads what is said of it."""

from dataclasses import replace

from bot.core.channel_language import UsualLanguage, usual_language
from bot.core.language import Language
from bot.core.model import ChannelId, MemberId
from bot.core.schedule import Schedule
from bot.errors import SlackError, StoppingError
from bot.ports import Services
from bot.service.channel_schedules import schedules_of
from bot.service.people import may_know_of, own_language


def language_of_reader(services: Services, member: MemberId, channel: ChannelId) -> Language:
    """Return the language in which a member reads of a channel: their own, the channel's, or English.

    The channel's only for those who may know of it: it tells that the channel is asked, and how.
    """
    own = own_language(services, member)
    if own:
        return own
    codes = _codes_of(services, channel)
    return services.languages.best(*(codes if codes and may_know_of(services, channel, member) else ()))


def channel_language(services: Services, channel: ChannelId) -> Language:
    """Return the language of a channel: of its schedules, else of most of its people, else English."""
    known = _codes_of(services, channel)
    if known:
        return services.languages.named(known[0])
    usual = usual_language_in(services, channel)
    return usual.language if usual else services.languages.named("")


def usual_language_in(services: Services, channel: ChannelId) -> UsualLanguage | None:
    """Return the language of most people of a channel; None where Slack does not say who they are."""
    try:
        locales = services.directory.locales(channel)
    except StoppingError:
        raise
    except SlackError:
        return None
    present = next(iter(_codes_of(services, channel)), "")
    return usual_language(services.languages, locales, present)


def with_language(services: Services, schedule: Schedule) -> Schedule:
    """Return a schedule with its language: where none is set, the one of most people of its channel.

    Where Slack does not say it, the schedule stays as it is: its channel reads English until Slack does.
    """
    if schedule.language:
        return schedule
    usual = usual_language_in(services, schedule.channel)
    return replace(schedule, language=usual.language.code) if usual and usual.known else schedule


def settle_language(services: Services, schedule: Schedule) -> Schedule:
    """Store the language of a schedule that has none, once and for good; return the schedule.

    A later change of the channel's people, or a restart, does not change it.
    """
    found = with_language(services, schedule)
    if found is schedule:
        return schedule
    with services.store.transaction("settle_language") as tx:
        current = tx.fetch_schedule(schedule.id)
        if current and not current.language:
            tx.put_schedule(replace(current, language=found.language))
        elif current:  # somebody has set it meanwhile
            return replace(schedule, language=current.language)
    return found


def _codes_of(services: Services, channel: ChannelId) -> tuple[str, ...]:
    """Return the codes of the languages of a channel's schedules, as far as they are known."""
    return tuple(one.language for one in schedules_of(services, channel) if one.language)
