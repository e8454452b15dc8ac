"""Define the commands ``belonging schedules list``, ``next`` and ``check``."""

from typing import Annotated

import typer

from bot.cli.console import (
    DEFAULT_CONFIG,
    AsJson,
    ConfigPath,
    OfWorkspace,
    err,
    load_one,
    only_reads,
    print_json,
    say_beside,
    show_rows,
    working,
)

app = typer.Typer(
    help="List the schedules, see when questions come next, and find out what is wrong with them. "
    "Reads config.yaml and the data; only check asks Slack, who is in the channels.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.command("list")
@only_reads
def list_(
    config: ConfigPath = DEFAULT_CONFIG, workspace: OfWorkspace = None, as_json: AsJson = False
) -> None:
    """List every schedule: declared in config.yaml, or set in Slack."""
    from bot.app import system_clock
    from bot.cli.schedule_tables import schedule_data, schedule_entries, schedule_table, time_of

    loaded = load_one(config, workspace)
    time = time_of(loaded, system_clock())
    entries = schedule_entries(loaded, time.now)
    if entries:
        err.print(time.said, soft_wrap=True)
    if as_json:
        print_json([schedule_data(entry) for entry in entries])
    else:
        show_rows(schedule_table(entries), len(entries))


@app.command("next")
@only_reads
def next_(
    config: ConfigPath = DEFAULT_CONFIG,
    workspace: OfWorkspace = None,
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many prompts to look ahead.")] = 10,
    channel: Annotated[str | None, typer.Option(help="The id of one channel, such as C0123456789.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show when the next prompts come, in every channel or in one.

    Standard error says what is known of the clock of this machine, without asking Slack.
    """
    from bot.app import system_clock
    from bot.cli.schedule_tables import schedule_entries, time_of, upcoming, upcoming_data, upcoming_table

    loaded = load_one(config, workspace)
    time = time_of(loaded, system_clock())
    now = time.now
    entries = schedule_entries(loaded, now, channel)
    prompts = upcoming(entries, now, count)
    if prompts:
        err.print(time.said, soft_wrap=True)
    if as_json:
        print_json([upcoming_data(prompt) for prompt in prompts])
    else:
        show_rows(upcoming_table(prompts, now), len(prompts))


@app.command()
@only_reads
def check(
    config: ConfigPath = DEFAULT_CONFIG,
    workspace: OfWorkspace = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask Slack.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check every schedule: one that never asks is an error, one whose rounds overlap is a remark.

    Remarks also name schedules that ask more often than their packs have statements, and channels that share
    so many people that statements will often rest. The exit code is 1 for errors alone.
    """
    from bot.app import system_clock
    from bot.cli.schedule_tables import print_remarks, remark_data, remarks_of, schedule_entries, time_of
    from bot.cli.sharing import look_for_sharing

    loaded = load_one(config, workspace)
    now = time_of(loaded, system_clock()).now
    entries = schedule_entries(loaded, now)
    with working("Asking Slack who is in the channels"):
        sharing = look_for_sharing(loaded, entries, offline=offline)
    remarks = [*remarks_of(entries, now, loaded.settings.packs), *sharing.remarks]
    if as_json:
        print_json([remark_data(remark) for remark in remarks])
    else:
        print_remarks(remarks, len(entries))
    if sharing.missed:
        say_beside(as_json)(sharing.missed)
    if any(remark.error for remark in remarks):
        raise typer.Exit(1)
