"""Load config.yaml, its prompt packs and the environment into a ``Config``."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

from bot.config.agreement import load_agreement
from bot.config.cluster import cluster_of, worker_name_at
from bot.config.environment import KINDS, read_environment, secrets_of
from bot.config.hosting import hosting_of, refuse_empty
from bot.config.languages import shipped_languages
from bot.config.model import Config, SlackConfig, SlackMode
from bot.config.packs import load_packs, pack_notes
from bot.config.problems import Problem, WrongValueError, error_of, nearest, parse, quoted
from bot.config.schedules import defaults_of, policy_of, schedules_of
from bot.config.schema import VERSION, ConfigFile, SupportSection
from bot.config.shipped import OWN_PACK, shipped
from bot.config.values import parse_url
from bot.config.yaml_documents import Data, Document, KeyPath, read_document
from bot.core.cells import WORKERS_DIR
from bot.core.model import MemberId, PackId, PromptPack, SupportCard
from bot.core.pack_texts import only_own_texts
from bot.core.settings import Settings
from bot.errors import ConfigError


def load_config(path: Path, environ: Mapping[str, str]) -> Config:
    """Load this file, the prompt packs it names, and the secrets from ``environ`` or .env.

    Relative paths in the file start at its folder; ``belonging`` under ``prompts`` is the pack that comes
    with the program. Without ``support.contact``, ``settings.support`` is None.
    Raises ``ConfigError`` or ``PromptPackError``, which lists every problem of a file.
    """
    document = read_settings(path, path.name)
    if document.data is None:
        raise ConfigError(
            f"{path.name}: the file is empty.", remedy="Start from the config.yaml of the project."
        )
    refuse_empty(document)
    file = parse(document, ConfigFile, ConfigError)
    hosting = hosting_of(document, file)
    folder = path.absolute().parent
    variables = read_environment(folder, environ)
    packs = _without_prompts_off(document, load_packs(_pack_paths(document, file, folder)), file.prompts_off)
    data_dir, ballots_dir, keys_dir = _folders(document, file, folder)
    settings = _settings(file, packs, folder)
    return Config(
        path=path.absolute(),
        slack=_slack(file, variables),
        secrets=secrets_of(variables),
        data_dir=data_dir,
        ballots_dir=ballots_dir,
        keys_dir=keys_dir,
        settings=settings,
        schedules=schedules_of(document, file.schedules, settings, shipped_languages()),
        notes=tuple(note for pack in packs.values() for note in pack_notes(pack)),
        hosting=hosting,
        cluster=cluster_of(document, file),
    )


def read_settings(path: Path, name: str) -> Document:
    """Read a file of settings. Raises ``ConfigError``, also for a token in it and for a newer version."""
    document = read_document(path, name, ConfigError)
    _refuse_secrets(document)
    _refuse_newer(document)
    return document


def read_data_dir(path: Path) -> Path:
    """Return the ``data_dir`` that this file names, whatever else is wrong in it.

    Raises ``ConfigError`` if the file cannot be read as YAML.
    """
    return _data_dir(path, read_document(path, path.name, ConfigError).data)


def read_heartbeat_dir(path: Path, worker: str | None, environ: Mapping[str, str]) -> Path:
    """Return the directory in which the bot of this file writes its heartbeat, whatever else is wrong in it.

    Each of several workers has its own; ``worker`` and ``environ`` name it as they do for ``worker_name_at``.
    Raises ``ConfigError`` if the file cannot be read as YAML, and for a name that no worker can have.
    """
    data = read_document(path, path.name, ConfigError).data
    folder = _data_dir(path, data)
    if not isinstance(data, dict) or data.get("cluster") is None:
        return folder
    return folder / WORKERS_DIR / worker_name_at(path, worker, environ)


def _data_dir(path: Path, data: Data) -> Path:
    named = data.get("data_dir") if isinstance(data, dict) else None
    return _under(
        path.absolute().parent, named if isinstance(named, str) and named else ConfigFile().data_dir
    )


def _refuse_secrets(document: Document) -> None:
    """Raise ``ConfigError`` for a token in the file: people share it, and our errors quote its values."""
    for path, text in _texts(document.data, ()):
        if text.lstrip().startswith(tuple(KINDS)):
            problem = Problem(
                path=path,
                what="a Slack token stands in this file",
                remedy="Take it out, put it into the environment or .env, and renew it if others saw it.",
            )
            raise error_of(document, [problem], ConfigError)


def _texts(data: Data, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text below this value, with its path."""
    if isinstance(data, str):
        yield path, data
    elif data is not None:
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _texts(value, (*path, key))


def _refuse_newer(document: Document) -> None:
    """Raise ``ConfigError`` for a newer ``version``, before its new keys are reported as unknown."""
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
    """Return ``place`` as an absolute path from ``folder``, with ``~`` and symbolic links resolved."""
    try:
        return (folder / Path(place).expanduser()).resolve()
    except (RuntimeError, OSError):  # no such home folder, or a loop of links
        return folder / place


def _pack_paths(document: Document, file: ConfigFile, folder: Path) -> tuple[Path, ...]:
    paths = tuple(
        shipped(f"prompts/{OWN_PACK}") if place == OWN_PACK else _under(folder, place)
        for place in file.prompts
    )
    problems = [
        Problem(
            path=("prompts", index),
            what=f"there is no file or folder {path}",
            remedy=f"Correct the path. The pack that comes with the bot is: {OWN_PACK}",
        )
        for index, path in enumerate(paths)
        if _is_missing(path)
    ]
    if problems:
        raise error_of(document, problems, ConfigError)
    return paths


def _without_prompts_off(
    document: Document, packs: Mapping[PackId, PromptPack], off: Sequence[str]
) -> Mapping[PackId, PromptPack]:
    """Return the packs without the prompts and topics that ``prompts_off`` names.

    An id counts in every pack that has it. A topic that is off is not asked as the second of a pair either.
    Raises ``ConfigError`` for an id that no pack has, and for a pack that would have nothing left to ask.
    """
    known = frozenset(name for pack in packs.values() for name in _names(pack))
    problems = [
        Problem(
            path=("prompts_off", index),
            what=f"no pack has a prompt or topic {quoted(name)}",
            remedy=nearest(name, known) or "See them all: belonging prompts list",
        )
        for index, name in enumerate(off)
        if name not in known
    ]
    left = {key: _without(pack, frozenset(off)) for key, pack in packs.items()}
    problems += [
        Problem(
            path=("prompts_off",),
            what=f"the pack {quoted(pack.id)} has no prompt left",
            remedy="Leave one, or take the pack out of prompts.",
        )
        for pack in left.values()
        if not pack.prompts
    ]
    if problems:
        raise error_of(document, problems, ConfigError)
    return left


def _names(pack: PromptPack) -> Iterator[str]:
    yield from (dimension.key for dimension in pack.dimensions)
    yield from (prompt.id for prompt in pack.prompts)
    yield from (template.id for template in pack.co_create)


def _without(pack: PromptPack, off: AbstractSet[str]) -> PromptPack:
    left = replace(
        pack,
        dimensions=tuple(one for one in pack.dimensions if one.key not in off),
        prompts=tuple(one for one in pack.prompts if one.id not in off and one.dimension not in off),
        co_create=tuple(one for one in pack.co_create if one.id not in off),
    )
    return only_own_texts(left)


def _is_missing(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:  # it may exist; reading it later reports the error
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


def _settings(file: ConfigFile, packs: Mapping[PackId, PromptPack], folder: Path) -> Settings:
    return Settings(
        support=support_of(file.support),
        policy=policy_of(file.policy),
        packs=packs,
        admins=frozenset(MemberId(member) for member in file.admins),
        creators=file.channel_creators,
        catch_up=file.defaults.catch_up,
        jitter=file.defaults.jitter,
        keep_months=file.retention.summaries_months,
        operator=file.operator,
        prompts_off=frozenset(file.prompts_off),
        agreement=load_agreement(_under(folder, file.agreement)) if file.agreement else None,
        defaults=defaults_of(file.defaults),
    )


def support_of(section: SupportSection) -> SupportCard | None:
    """Return the card that every member sees; None if it names no contact."""
    if not section.contact:
        return None
    return SupportCard(
        contact=section.contact,
        crisis=section.crisis,
        outside=section.outside,
        checked=section.checked.isoformat() if section.checked else "",
    )
