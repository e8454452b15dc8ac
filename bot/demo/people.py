"""Define the members of a workspace, and the invented team of the demo."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """How long someone has been here, as the demo page shows it."""

    NEWCOMER = "newcomer"
    LONG_TIMER = "long-timer"
    ADMIN = "admin"


@dataclass(slots=True, kw_only=True)
class Member:
    """An account of a workspace: a person or a bot.

    ``offset_s``: the offset of the zone from UTC in seconds. ``locale``: to which they have set Slack.
    ``team_id`` and ``enterprise_id`` are set for a member of another workspace, of the same Enterprise Grid
    or of another company. ``hidden``: Slack answers ``user_not_found`` for this account.
    """

    id: str
    name: str
    handle: str
    title: str = ""
    since: str = ""
    group: Group = Group.LONG_TIMER
    zone: str = "Europe/London"
    offset_s: int = 0
    locale: str = "en-GB"
    color: str = "#5b6b7a"
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    deleted: bool = False
    team_id: str = ""
    enterprise_id: str = ""
    hidden: bool = False

    @property
    def initials(self) -> str:
        """The first letters of the first and the last name."""
        words = self.name.split() or ["?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    @property
    def is_human(self) -> bool:
        """Whether this is a person who can sign in."""
        return not self.is_bot and not self.deleted and self.id != SLACKBOT_ID


SLACKBOT_ID = "USLACKBOT"


def slackbot() -> Member:
    """Return Slack's own account. ``users.list`` includes it, and Slack does not mark it as a bot."""
    return Member(
        id=SLACKBOT_ID, name="Slackbot", handle="slackbot", zone="America/Los_Angeles", offset_s=-28800
    )


# id, name, handle, title, time here, group, zone, offset in hours, colour
_TEAM = """
U01MAYA, Maya Okafor, maya, Product lead, 6 years, admin, Europe/Berlin, 1, #b4532a
U02TOMA, Tomás Herrera, tomas, Staff engineer, 7 years, long-timer, Europe/Madrid, 1, #2f6f8f
U03INGR, Ingrid Solberg, ingrid, Principal designer, 9 years, long-timer, Europe/Oslo, 1, #6b4fa0
U04KWAM, Kwame Mensah, kwame, Engineering manager, 5 years, long-timer, Africa/Accra, 0, #2e7d4f
U05YUKI, Yuki Tanaka, yuki, Data analyst, 4 years, long-timer, Asia/Tokyo, 9, #a03d63
U06RUTH, Ruth Abramov, ruth, Senior engineer, 8 years, long-timer, Europe/London, 0, #7a5c1e
U07DIEG, Diego Fontana, diego, Support lead, 3 years, long-timer, America/Argentina/Buenos_Aires, -3, #1f6d6d
U08LENA, Lena Vogt, lena, Researcher, 4 years, long-timer, Europe/Berlin, 1, #8a4b2f
U09PRIY, Priya Raman, priya, Software engineer, 5 weeks, newcomer, Asia/Kolkata, 5.5, #4a5fb0
U10SAMU, Samuel Whitfield, sam, Product designer, 7 weeks, newcomer, Europe/London, 0, #5d7a29
U11AMIR, Amira Haddad, amira, Content designer, 3 months, newcomer, Europe/Paris, 1, #9a4a86
U12JOON, Joon-ho Park, joonho, Software engineer, 2 weeks, newcomer, Asia/Seoul, 9, #36708a
U13NOEL, Noelani Kealoha, noelani, Customer researcher, 4 months, newcomer, Pacific/Honolulu, -10, #a35c24
U14ALEK, Aleksander Nowak, alek, QA engineer, 9 weeks, newcomer, Europe/Warsaw, 1, #59606b
"""

_LOCALES = {
    "lena": "de-DE",
    "yuki": "ja-JP",
    "tomas": "es-ES",
    "amira": "fr-FR",
    "diego": "pt-BR",
    **dict.fromkeys(("joonho", "noelani"), "en-US"),
}
"""To which language some have set Slack, by their handle; the others to British English."""


def harbour_studio() -> tuple[Member, ...]:
    """Return the fourteen people of the invented team: an admin, seven long-timers, six newcomers."""
    return people_of(_TEAM, _LOCALES, "en-GB")


def people_of(table: str, locales: Mapping[str, str], locale: str) -> tuple[Member, ...]:
    """Return the people of a table such as that of the demo's team.

    ``locales``: to which language some have set Slack, by their handle; the others to ``locale``.
    """
    rows = [line.split(", ") for line in table.strip().splitlines()]
    return tuple(
        Member(
            id=id_,
            name=name,
            handle=handle,
            title=title,
            since=f"{since} here",
            group=Group(group),
            zone=zone,
            offset_s=int(float(hours) * 3600),
            locale=locales.get(handle, locale),
            color=color,
            is_admin=group == Group.ADMIN,
        )
        for id_, name, handle, title, since, group, zone, hours, color in rows
    )
