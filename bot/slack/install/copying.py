"""Copy installations from one store to another, with their tokens as they are sealed."""

from typing import NamedTuple

from bot.errors import StoreError
from bot.ports.installations import InstallationsConnection, InstallationsFile
from bot.slack.install.store import SdkStore

SEALED = "v1."
"""What a sealed token begins with."""


class Stored(NamedTuple):
    """A file, or a database, of installations, and the SDK's store for it."""

    file: InstallationsFile
    sdk_store: SdkStore


def copy_installations(source: Stored, target: Stored, *, replace: bool) -> int:
    """Copy all installations of all apps, the workspaces that have left a cell, and the used OAuth states.

    In one transaction. Where ``target`` has an installation of the same workspace, it stays unless
    ``replace``. Return how many there are in ``source``. Raises ``StoreError``.
    """
    number = 0
    with source.file.reading() as read, target.file.transaction() as written:
        for client_id in read.list_clients():
            number += _copy_of_app((source, read), (target, written), client_id, replace=replace)
        for left in read.list_left():
            written.put_left(left)
        for state, expires_s in read.list_states():
            written.use_state(state, expires_s)
    target.file.compact()
    return number


def _copy_of_app(
    source: tuple[Stored, InstallationsConnection],
    target: tuple[Stored, InstallationsConnection],
    client_id: str,
    *,
    replace: bool,
) -> int:
    """Copy the installations of one Slack app; return how many there are."""
    (from_, read), (to, written) = source, target
    old, new = from_.sdk_store(read, client_id), to.sdk_store(written, client_id)
    there = {(row.enterprise_id, row.team_id) for row in written.list_installations(client_id)}
    ids = {(row.enterprise_id, row.team_id) for row in read.list_installations(client_id)}
    for enterprise_id, team_id in sorted(ids):
        if (enterprise_id, team_id) in there and not replace:
            continue
        one = old.find_installation(enterprise_id=enterprise_id, team_id=team_id)
        if one is None or not (one.bot_token or "").startswith(SEALED):
            name = (one and one.team_name) or team_id or enterprise_id
            raise StoreError(
                f"The stored token of {name} is damaged.",
                remedy="Install the bot there again, or delete it there: belonging workspaces delete",
                code="damaged",
            )
        one.enterprise_id, one.team_id = enterprise_id or None, team_id or None
        one.app_id, one.is_enterprise_install = one.app_id or "", bool(one.is_enterprise_install)
        new.delete_installation(enterprise_id=enterprise_id, team_id=team_id)
        new.save(one)
    return len(ids)
