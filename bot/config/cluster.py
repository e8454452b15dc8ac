"""Read the section ``cluster`` of config.yaml, and the names and addresses of workers."""

import re
import socket
from collections.abc import Mapping
from pathlib import Path

from bot.config.environment import read_environment
from bot.config.model import ClusterConfig, Config
from bot.config.problems import Problem, error_of, quoted
from bot.config.schema import ConfigFile
from bot.config.values import PORT, WORKER
from bot.config.yaml_documents import Document
from bot.errors import ConfigError

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")


def cluster_of(document: Document, file: ConfigFile) -> ClusterConfig | None:
    """Return what the section says; None without it, which means one machine.

    Raises ``ConfigError`` without ``workspaces``.
    """
    if file.cluster is None:
        return None
    if file.workspaces is None:
        problem = Problem(
            path=("cluster",),
            what="needs workspaces, since a single workspace is served by one process",
            remedy="Write workspaces: {public_url: ...} as well, or take cluster out.",
        )
        raise error_of(document, [problem], ConfigError)
    return ClusterConfig(address_template=file.cluster.address or _default(file))


def _default(file: ConfigFile) -> str:
    return f"http://{WORKER}:{file.slack.http.port}"


def worker_name(given: str | None, environ: Mapping[str, str]) -> str:
    """Return the name of this worker: what was given, else BELONGING_WORKER, else that of this machine.

    Raises ``ConfigError`` for one that cannot stand in an address and be the name of a directory.
    """
    variable = environ.get("BELONGING_WORKER", "").strip()
    if given is not None or variable:
        return parse_worker_name(given if given is not None else variable)
    return parse_worker_name(socket.gethostname().lower())


def worker_name_at(path: Path, given: str | None, environ: Mapping[str, str]) -> str:
    """Return the name of the worker of this config.yaml as ``worker_name`` does, also from .env beside it.

    Raises ``ConfigError`` as ``worker_name`` does, and for a .env that is needed and cannot be read.
    """
    variables = environ if given is not None else read_environment(path.absolute().parent, environ)
    return worker_name(given, variables)


def parse_worker_name(text: str) -> str:
    """Return this text as the name of a worker. Raises ``ConfigError``."""
    if not _NAME.fullmatch(text):
        raise ConfigError(
            f"{quoted(text)} is no name of a worker.",
            remedy="Use at most 63 of a-z, 0-9, dots and hyphens: belonging worker --name worker-1",
        )
    return text


def worker_address(config: Config, worker: str) -> str:
    """Return the address at which the other workers reach this one."""
    assert config.cluster, "called for a cluster"
    address = config.cluster.address_template.replace(WORKER, parse_worker_name(worker))
    return address.replace(PORT, str(config.slack.http_port))
