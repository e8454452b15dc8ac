"""Define the commands ``backup``, ``restore``, ``migrate``, ``cancel`` and ``purge``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.console import (
    DEFAULT_CONFIG,
    FAILED,
    AsJson,
    ConfigPath,
    OfWorkspace,
    load,
    load_one,
    only_reads,
    print_json,
    say_beside,
)

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask first.")]


ClockIsRight = Annotated[
    bool, typer.Option("--clock-is-right", help="You have compared the clock of this machine: it is right.")
]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (backup, restore, migrate, cancel, purge):
        app.command()(command)


def end_with(well: bool, found: list[dict[str, Any]], as_json: bool) -> None:  # noqa: FBT001 - the value of an option
    """Print the data of all workspaces as JSON, if that is wanted; end with code 1 unless all is well."""
    if as_json:
        print_json({"passed": well, "workspaces": found})
    if not well:
        raise typer.Exit(FAILED)


@only_reads
def backup(
    out_file: Annotated[Path, typer.Option("--out", help="The file to write, such as belonging-backup.db.")],
    config: ConfigPath = DEFAULT_CONFIG,
    workspace: OfWorkspace = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Copy schedules, rounds and results into one checked file, also while the bot runs.

    Keys and replies of open rounds are never in it: a copy of them would outlive the round. Of many
    workspaces, --out is a folder, and each has a file in it; or name one with --workspace.
    """
    from bot.cli.backup import back_up_cell, make_backup
    from bot.cli.cells import each_cell, one_cell

    loaded, tell = load(config), say_beside(as_json)
    if loaded.hosting and workspace is None:
        end_with(
            *each_cell(loaded, back_up_cell(loaded, out_file, force=force, tell=tell), as_json=as_json),
            as_json,
        )
        return
    made = make_backup(one_cell(loaded, workspace), out_file, force=force, tell=tell)
    if as_json:
        print_json(made)


def restore(  # noqa: PLR0913, PLR0917 - its options
    from_file: Annotated[Path, typer.Option("--from", help="A file that belonging backup has written.")],
    config: ConfigPath = DEFAULT_CONFIG,
    workspace: OfWorkspace = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the data that is there.")] = False,
    nothing_asked_since: Annotated[
        bool,
        typer.Option(
            "--nothing-asked-since", help="Nothing was asked since the backup, so nothing has to rest."
        ),
    ] = False,
    clock_is_right: ClockIsRight = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the data; the bot must not run, but with --workspace it may.

    Nothing is published, asked or told again that may have been since. A round that was open then goes on
    where its keys are still there, and ends otherwise. Every statement rests for four weeks, since nobody
    knows who was asked what meanwhile. Refused where the clock does not go with what is stored.
    """
    from bot.app import system_clock
    from bot.cli.backup import restore_backup

    restored = restore_backup(
        load_one(config, workspace, lost=True),
        from_file,
        force=force,
        nothing_asked_since=nothing_asked_since,
        clock=system_clock,
        clock_is_right=clock_is_right,
        tell=say_beside(as_json),
    )
    if as_json:
        print_json(restored)


def migrate(
    config: ConfigPath = DEFAULT_CONFIG,
    workspace: OfWorkspace = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Try it on a copy in memory, and change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the data to the layout of this version, as the next start would do by itself.

    With --dry-run also while the bot runs. Of many workspaces, all; or name one with --workspace.
    """
    from bot.cli.backup import migrate_data, try_migration
    from bot.cli.cells import each_cell, one_cell

    work = try_migration if dry_run else migrate_data
    loaded, tell = load(config), say_beside(as_json)
    if loaded.hosting and workspace is None:
        end_with(*each_cell(loaded, lambda cell: (True, work(cell, tell)), as_json=as_json), as_json)
        return
    steps = work(one_cell(loaded, workspace), tell)
    if as_json:
        print_json(steps)


def cancel(
    everything: Annotated[
        bool, typer.Option("--all", help="Everything that is open, in all channels.")
    ] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    workspace: OfWorkspace = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End all open rounds and boxes for proposals, and destroy their keys and replies.

    The bot must not run, but with --workspace it may. For an emergency. Nothing of them is published; the
    channels are told. Schedules and results stay.
    """
    from bot.app import system_clock
    from bot.cli.cancel import cancel_all
    from bot.errors import BotError

    if not everything:
        raise BotError(
            "Of which channel?", remedy="Add --all; in one channel, type /belonging cancel in Slack."
        )
    cancelled = cancel_all(
        load_one(config, workspace), sure=yes, clock=system_clock, tell=say_beside(as_json)
    )
    if as_json:
        print_json(cancelled)


def purge(  # noqa: PLR0913, PLR0917 - its options
    channel: Annotated[
        list[str] | None, typer.Option(help="The id of a channel, such as C0123456789; may be repeated.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Remove all data of this installation.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    workspace: OfWorkspace = None,
    yes: Yes = False,
    clock_is_right: ClockIsRight = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be removed; also while the bot runs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove everything that is stored of a channel, or everything.

    The bot must not run, but with --workspace it may. Open rounds are cancelled first, and their keys
    destroyed. What is removed is listed and confirmed before.
    A channel is not removed where the clock does not go with what is stored.
    """
    from bot.app import system_clock
    from bot.cli.purge import list_all, list_channels, purge_all, purge_channels
    from bot.errors import BotError

    loaded, tell = load_one(config, workspace), say_beside(as_json)
    if bool(channel) is everything:
        raise BotError(
            "Of which channel, or everything?", remedy="Add --channel C0123456789, or --all; not both."
        )
    if dry_run:
        purged = list_channels(loaded, channel, tell) if channel else list_all(loaded, tell)
    elif channel:
        purged = purge_channels(
            loaded, channel, sure=yes, clock=system_clock, clock_is_right=clock_is_right, tell=tell
        )
    else:
        purged = purge_all(loaded, sure=yes, tell=tell)
    if as_json:
        print_json(purged)
