"""Read the section ``workspaces`` of config.yaml: the bot serves many workspaces."""

from bot.config.model import Hosting
from bot.config.problems import Problem, error_of
from bot.config.schema import ConfigFile
from bot.config.yaml_documents import Document
from bot.errors import ConfigError

ONE_WORKSPACE = {
    "schedules": "schedules of this file would be those of one workspace",
    "admins": "member ids are those of one workspace",
    "ballots_dir": "one directory cannot hold the replies of many workspaces",
    "keys_dir": "one directory cannot hold the keys of many workspaces",
}
"""The keys of config.yaml that mean one workspace, and why each does not go with ``workspaces``."""

_REMEDIES = {
    "schedules": "Move them to config.yaml in the workspace's directory, or let admins set them in Slack.",
    "admins": "Move them to config.yaml in the workspace's directory.",
    "ballots_dir": "Take the line out: each workspace has a directory of its own below data_dir.",
    "keys_dir": "Take the line out: each workspace has a directory of its own below data_dir.",
}


_EMPTY = {
    "workspaces": "Write public_url below it, or take the line out to serve one workspace.",
    "cluster": "Write cluster: {} for the usual address of a worker, or take it out to use one machine.",
}


def refuse_empty(document: Document) -> None:
    """Raise ``ConfigError`` for ``workspaces`` or ``cluster`` without a value: it would count as left out."""
    data = document.data
    problems = [
        Problem(path=(key,), what="is empty", remedy=remedy)
        for key, remedy in _EMPTY.items()
        if isinstance(data, dict) and key in data and data[key] is None
    ]
    if problems:
        raise error_of(document, problems, ConfigError)


def hosting_of(document: Document, file: ConfigFile) -> Hosting | None:
    """Return what the section says; None without it, which means one workspace.

    Raises ``ConfigError`` with everything in the file that means one workspace.
    """
    if file.workspaces is None:
        return None
    problems = [
        Problem(path=(key,), what=f"does not go with workspaces, since {why}", remedy=_REMEDIES[key])
        for key, why in ONE_WORKSPACE.items()
        if getattr(file, key)
    ]
    if file.slack.mode != "http":
        problems.append(
            Problem(
                path=("slack", "mode"),
                what="does not go with workspaces, since Socket Mode serves one workspace",
                remedy="Write slack: {mode: http}.",
            )
        )
    if problems:
        raise error_of(document, problems, ConfigError)
    return Hosting(public_url=file.workspaces.public_url)
