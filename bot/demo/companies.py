"""Define the invented companies of a demo with several workspaces. The first is that of a demo with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.demo.people import people_of
from bot.demo.workspace import BOT_USER_ID, Channel, Workspace, demo_workspace, make_workspace

CHANNEL = "product-team"
"""The channel of each company in which the bot asks."""

BAOBAB, TILLEUL, RADWERK = "T0BAOBAB", "T0TILLEUL", "T0RADWERK"

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company: its workspace, in which nobody has installed the bot, and its office's zone and holidays."""

    workspace: Workspace
    zone: str
    holidays: str


def companies(count: int) -> tuple[Company, ...]:
    """Return the first ``count`` companies, of ``MOST_COMPANIES``."""
    return tuple(make() for make in _ALL[:count])


def _harbour_studio() -> Company:
    workspace = demo_workspace()
    workspace.channel_named(CHANNEL).members.remove(BOT_USER_ID)
    return Company(workspace=workspace, zone="Europe/Berlin", holidays="DE")


# id, name, handle, title, time here, group, zone, offset in hours, colour

_BAOBAB_HEALTH = """
U21WANJ, Wanjiru Kamau, wanjiru, Programme lead, 6 years, admin, Africa/Nairobi, 3, #8a4b2f
U22OTIE, Otieno Ouma, otieno, Staff engineer, 7 years, long-timer, Africa/Nairobi, 3, #2f6f8f
U23FATU, Fatuma Hassan, fatuma, Nurse and product adviser, 8 years, long-timer, Africa/Nairobi, 3, #6b4fa0
U24RUTH, Ruth Nyambura, ruth, Senior engineer, 5 years, long-timer, Africa/Nairobi, 3, #2e7d4f
U25JOSE, Joseph Ssemakula, joseph, Data engineer, 4 years, long-timer, Africa/Kampala, 3, #7a5c1e
U26AISH, Aisha Mwinyi, aisha, Field support lead, 5 years, long-timer, Africa/Dar_es_Salaam, 3, #a03d63
U27PETE, Peter Lindqvist, peter, Product designer, 3 years, long-timer, Europe/Stockholm, 1, #1f6d6d
U28RAVI, Ravi Shah, ravi, Finance and operations, 9 years, long-timer, Africa/Nairobi, 3, #59606b
U29NEEM, Neema Shayo, neema, Software engineer, 6 weeks, newcomer, Africa/Dar_es_Salaam, 3, #4a5fb0
U30ABDI, Abdi Warsame, abdi, QA engineer, 2 months, newcomer, Africa/Nairobi, 3, #5d7a29
U31GRAC, Grace Achieng, grace, Community health adviser, 4 months, newcomer, Africa/Nairobi, 3, #9a4a86
U32THAN, Thandiwe Dlamini, thandi, Content designer, 3 weeks, newcomer, Africa/Johannesburg, 2, #b4532a
U33MERC, Mercy Chebet, mercy, Software engineer, 9 weeks, newcomer, Africa/Nairobi, 3, #36708a
"""


def _baobab_health() -> Company:
    """Return a company in Nairobi that makes software for rural clinics."""
    channels = (
        Channel(id="C21GENERAL", name="general", topic="News for everyone"),
        Channel(id="C22PRODUCT", name=CHANNEL, topic="What the clinics need next, and how we build it"),
        Channel(id="C23CHAI", name="chai", topic="Chai, football, babies, weddings"),
    )
    workspace = _workspace(BAOBAB, "Baobab Health", _BAOBAB_HEALTH, channels, "en-GB")
    return Company(workspace=workspace, zone="Africa/Nairobi", holidays="KE")


_EDITIONS_DU_TILLEUL = """
U41CLAI, Claire Moreau, claire, Publisher, 8 years, admin, Europe/Paris, 1, #2f6f8f
U42BAKA, Bakary Diallo, bakary, Illustrator, 5 years, long-timer, Europe/Paris, 1, #b4532a
U43HELO, Héloïse Garnier, heloise, Art director, 9 years, long-timer, Europe/Paris, 1, #6b4fa0
U44NGOC, Ngọc Anh Trần, ngocanh, Layout designer, 4 years, long-timer, Europe/Paris, 1, #a03d63
U45YACI, Yacine Belkacem, yacine, Sales and bookshops, 6 years, long-timer, Europe/Paris, 1, #2e7d4f
U46SAOI, Saoirse Byrne, saoirse, Foreign rights, 3 years, long-timer, Europe/Dublin, 0, #7a5c1e
U47PAUL, Paul Lefèvre, paul, Printing and paper, 11 years, long-timer, Europe/Paris, 1, #59606b
U48ODIL, Odile Fontaine, odile, Proofreader, 7 years, long-timer, Europe/Paris, 1, #1f6d6d
U49INES, Inês Carvalho, ines, Editor, 5 weeks, newcomer, Europe/Lisbon, 0, #4a5fb0
U50MALO, Malo Kerouanton, malo, Web developer, 2 months, newcomer, Europe/Paris, 1, #5d7a29
U51NAOM, Naomi Adjei, naomi, Publicist, 3 months, newcomer, Europe/Paris, 1, #9a4a86
U52TARE, Tarek Mansour, tarek, Audio books, 10 weeks, newcomer, Europe/Paris, 1, #8a4b2f
U53SOLE, Solène Ravoavy, solene, Subscriptions and letters, 2 weeks, newcomer, Europe/Paris, 1, #36708a
"""


def _editions_du_tilleul() -> Company:
    """Return a publisher of children's books in Lyon, where most people have set Slack to French."""
    channels = (
        Channel(id="C41GENERAL", name="general", topic="Les nouvelles de la maison"),
        Channel(id="C42PRODUCT", name=CHANNEL, topic="De la première idée au livre, et notre façon de faire"),
        Channel(id="C43GOUTER", name="gouter", topic="Gâteaux, chats, lectures du soir"),
    )
    english = dict.fromkeys(("saoirse", "naomi", "ines"), "en-GB")
    workspace = _workspace(TILLEUL, "Éditions du Tilleul", _EDITIONS_DU_TILLEUL, channels, "fr-FR", english)
    return Company(workspace=workspace, zone="Europe/Paris", holidays="FR")


_RADWERK_DONAU = """
U61BIRG, Birgit Haslinger, birgit, Managing director, 10 years, admin, Europe/Vienna, 1, #8a4b2f
U62EMRE, Emre Kaya, emre, Workshop lead, 8 years, long-timer, Europe/Vienna, 1, #2f6f8f
U63MILI, Milica Jovanović, milica, Frame builder, 6 years, long-timer, Europe/Vienna, 1, #6b4fa0
U64JONA, Jonas Pichler, jonas, Product designer, 4 years, long-timer, Europe/Vienna, 1, #2e7d4f
U65SOFI, Sofia Rossi, sofia, Shop and customers, 5 years, long-timer, Europe/Rome, 1, #a03d63
U66THOM, Thomas Achleitner, thomas, Purchasing, 12 years, long-timer, Europe/Vienna, 1, #59606b
U67LEYL, Leyla Ahmadi, leyla, Software engineer, 3 years, long-timer, Europe/Vienna, 1, #1f6d6d
U68VERA, Věra Novotná, vera, Bookkeeping, 2 months, newcomer, Europe/Prague, 1, #7a5c1e
U69DAVI, David Okonkwo, david, Mechanic, 6 weeks, newcomer, Europe/Vienna, 1, #4a5fb0
U70KATH, Katharina Egger, kathi, Apprentice, 3 months, newcomer, Europe/Vienna, 1, #9a4a86
U71OMAR, Omar Sayed, omar, Deliveries, 4 weeks, newcomer, Europe/Vienna, 1, #5d7a29
U72HEDW, Hedwig Brandl, hedwig, Paint shop, 9 years, long-timer, Europe/Vienna, 1, #b4532a
U73TEND, Tenzin Dorjee, tenzin, Electrics, 5 months, newcomer, Europe/Vienna, 1, #36708a
"""


def _radwerk_donau() -> Company:
    """Return a cooperative in Linz that builds cargo bikes, where most people have set Slack to German."""
    channels = (
        Channel(id="C61GENERAL", name="general", topic="Was alle angeht"),
        Channel(
            id="C62PRODUCT", name=CHANNEL, topic="Unser nächstes Lastenrad, und wie wir zusammenarbeiten"
        ),
        Channel(id="C63JAUSE", name="jause", topic="Jause, Berge, Ausfahrten"),
    )
    english = dict.fromkeys(("leyla", "david", "omar"), "en-GB")
    workspace = _workspace(RADWERK, "Radwerk Donau", _RADWERK_DONAU, channels, "de-DE", english)
    return Company(workspace=workspace, zone="Europe/Vienna", holidays="AT")


def _workspace(
    team_id: str,
    name: str,
    table: str,
    channels: tuple[Channel, ...],
    locale: str,
    locales: Mapping[str, str] = _NONE,
) -> Workspace:
    """Return a workspace in which everybody is in every channel."""
    people = people_of(table, locales, locale)
    for channel in channels:
        channel.members = [member.id for member in people]
    workspace = make_workspace(people, channels, name=name)
    workspace.team_id, workspace.domain = team_id, team_id.removeprefix("T0").lower()
    return workspace


_ALL = (_harbour_studio, _baobab_health, _editions_du_tilleul, _radwerk_donau)
MOST_COMPANIES = len(_ALL)
