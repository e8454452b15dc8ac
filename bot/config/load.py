"""From config.yaml and the environment to a ``Config``."""

from collections.abc import Mapping
from pathlib import Path

from bot.config.effective import Config, SlackConfig, SlackMode
from bot.config.environment import read_environment, secrets_of
from bot.config.packs import load_packs, pack_notes
from bot.config.problems import Problem, WrongValueError, error_of, parse
from bot.config.prompts_off import switch_off
from bot.config.schedules import defaults_of, policy_of, schedules_of
from bot.config.schema import VERSION, ConfigFile, SupportSection
from bot.config.values import parse_url
from bot.config.yaml_documents import Document, KeyPath, read_document
from bot.core.model import MemberId, PackId, PromptPack, SupportCard
from bot.core.settings import Settings
from bot.errors import ConfigError


def load_config(path: Path, environ: Mapping[str, str]) -> Config:
    """The configuration in this file, its prompt packs, and the secrets of ``environ`` or .env.

    Relative paths in the file start from its folder. A missing ``support.contact`` leaves
    ``settings.support`` None. Raises ``ConfigError`` or ``PromptPackError`` with every problem of a file.
    """
    document = read_document(path, path.name, ConfigError)
    _refuse_secrets(document)
    _refuse_newer(document)
    if document.data is None:
        raise ConfigError(
            f"{path.name}: the file is empty.", remedy="Start from the config.yaml of the project."
        )
    file = parse(document, ConfigFile, ConfigError)
    folder = path.absolute().parent
    variables = read_environment(folder, environ)
    packs = switch_off(document, load_packs(_pack_paths(document, file, folder)), file.prompts_off)
    data_dir, ballots_dir, keys_dir = _folders(document, file, folder)
    return Config(
        path=path.absolute(),
        slack=_slack(file, variables),
        secrets=secrets_of(variables),
        data_dir=data_dir,
        ballots_dir=ballots_dir,
        keys_dir=keys_dir,
        settings=_settings(file, packs),
        schedules=schedules_of(document, file, packs),
        notes=tuple(note for pack in packs.values() for note in pack_notes(pack)),
    )


def _refuse_secrets(document: Document) -> None:
    """Stop at once where a token stands in the file: it will be shared, and our errors quote values."""

    def walk(data: object, path: KeyPath) -> None:
        if isinstance(data, dict):
            for key, value in data.items():
                walk(value, (*path, key))
        elif isinstance(data, list):
            for index, value in enumerate(data):
                walk(value, (*path, index))
        elif isinstance(data, str) and data.lstrip().startswith(("xoxb-", "xoxp-", "xoxe", "xapp-")):
            problem = Problem(
                path=path,
                what="a Slack token stands in this file",
                remedy="Take it out, put it into the environment or .env, and renew it if others saw it.",
            )
            raise error_of(document, [problem], ConfigError)

    walk(document.data, ())


def _refuse_newer(document: Document) -> None:
    """Stop at a file that says it is of a newer version, before its new keys are called unknown."""
    version = document.data.get("version") if isinstance(document.data, dict) else None
    if not (isinstance(version, str) and version.isdecimal() and int(version) > VERSION):
        return
    problem = Problem(
        path=("version",),
        what=f"this file is of version {int(version)}, and this Belonging Bot reads version {VERSION}",
        remedy="Upgrade Belonging Bot, or take the config.yaml of before.",
    )
    raise error_of(document, [problem], ConfigError)


def _under(folder: Path, place: str) -> Path:
    """This path from ``folder`` on; ``~`` is the home folder. Normalised, so that equal places compare so."""
    try:
        return (folder / Path(place).expanduser()).resolve()
    except (RuntimeError, OSError):  # no such home, or links that lead back to themselves
        return folder / place


def _pack_paths(document: Document, file: ConfigFile, folder: Path) -> tuple[Path, ...]:
    paths = tuple(_under(folder, place) for place in file.prompts)
    problems = [
        Problem(
            path=("prompts", index), what=f"there is no file or folder {path}", remedy="Correct the path."
        )
        for index, path in enumerate(paths)
        if _is_missing(path)
    ]
    if problems:
        raise error_of(document, problems, ConfigError)
    return paths


def _is_missing(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:  # it may well be there; reading it says what is wrong
        return False


def _folders(document: Document, file: ConfigFile, folder: Path) -> tuple[Path, Path, Path]:
    data = _under(folder, file.data_dir)
    ballots = _under(folder, file.ballots_dir) if file.ballots_dir else data / "ballots"
    keys = _under(folder, file.keys_dir) if file.keys_dir else data / "keys"
    if len({data, ballots, keys}) < 3:  # noqa: PLR2004 - the three of them
        problem = Problem(
            path=("keys_dir",) if file.keys_dir else ("ballots_dir",),
            what="data_dir, ballots_dir and keys_dir are not three different folders",
            remedy="Give each its own, so that ballots and keys can be left out of backups.",
        )
        raise error_of(document, [problem], ConfigError)
    return data, ballots, keys


def _slack(file: ConfigFile, variables: Mapping[str, str]) -> SlackConfig:
    api_url = file.slack.api_url
    override = variables.get("SLACK_API_URL", "").strip()
    if override:
        try:
            api_url = parse_url(override)
        except WrongValueError as wrong:
            raise ConfigError(f"SLACK_API_URL: {wrong.what}.", remedy=wrong.remedy) from None
    return SlackConfig(
        mode=SlackMode(file.slack.mode),
        api_url=api_url,
        http_host=file.slack.http.host,
        http_port=file.slack.http.port,
    )


def _settings(file: ConfigFile, packs: Mapping[PackId, PromptPack]) -> Settings:
    return Settings(
        support=_support(file.support),
        policy=policy_of(file.policy),
        packs=packs,
        admins=frozenset(MemberId(member) for member in file.admins),
        creators=file.channel_creators,
        catch_up=file.defaults.catch_up,
        jitter=file.defaults.jitter,
        keep_months=file.retention.summaries_months,
        defaults=defaults_of(file.defaults),
    )


def _support(section: SupportSection) -> SupportCard | None:
    if not section.contact:
        return None
    return SupportCard(
        contact=section.contact,
        crisis=section.crisis,
        outside=section.outside,
        checked=section.checked.isoformat() if section.checked else "",
    )
