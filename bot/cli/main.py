"""Define the commands and the text of ``belonging --help``."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import cluster, data, prompts, schedules, workspaces
from bot.cli.console import (
    DEFAULT_CONFIG,
    AsJson,
    Commands,
    ConfigPath,
    ExportFormat,
    InLanguage,
    Log,
    LogFormat,
    LogLevel,
    OfWorkspace,
    load,
    load_one,
    load_or_shipped,
    only_reads,
    print_any_character,
    print_json,
    print_version,
    say,
    say_beside,
)
from bot.cli.running import run_until_asked
from bot.errors import BotError

HELP = """Ask a team how far its people belong, keep their answers confidential, and give an honest summary.

Start with **belonging demo**: a whole workspace in your browser, with no Slack account.
For a real workspace, open the link of **belonging manifest --link**, let **belonging init** ask
what it needs, and start **belonging run**.
"""

app = typer.Typer(
    name="belonging",
    cls=Commands,
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.callback()
def belonging(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold the options of the program itself."""


@app.command()
def demo(
    config: ConfigPath = DEFAULT_CONFIG,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page listens; 0 for any.")] = 4321,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    language: Annotated[
        str | None,
        typer.Option(
            help="What the bot writes in the channel, such as de.", show_default="that of most people"
        ),
    ] = None,
    workspaces: Annotated[
        int, typer.Option(metavar="1-4", help="How many stand side by side, served by one process.")
    ] = 1,
    log: Log = LogLevel.WARNING,
) -> None:
    """Try everything on this machine: a small workspace in the browser, with 14 invented people.

    The bot is the real one; only Slack is played by this program.
    What it stores is shown beside the page, and removed at the end.
    Nothing leaves this machine.
    """
    if workspaces == 1:
        from bot.cli.demo import run_demo

        run_demo(config, port, open_browser=browser, log_level=log, language=language)
    else:
        from bot.cli.demo_of_several import run_several

        run_several(config, workspaces, port, open_browser=browser, log_level=log, language=language)


@app.command()
def init(  # noqa: PLR0913, PLR0917 - its options
    config: ConfigPath = DEFAULT_CONFIG,
    contact: Annotated[str | None, typer.Option(help="Whom people can turn to, in your words.")] = None,
    crisis: Annotated[str | None, typer.Option(help="What to do in an emergency, day and night.")] = None,
    timezone: Annotated[
        str | None, typer.Option(help="A zone such as Europe/Lisbon.", show_default="that of this machine")
    ] = None,
    holidays: Annotated[
        str | None, typer.Option(help="No questions on those of US, or US-CA.", show_default="none")
    ] = None,
    http: Annotated[bool, typer.Option("--http", help="Let Slack send requests to your address.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="With --http: where the bot listens.")] = 3000,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask Slack in the check.")] = False,
) -> None:
    """Ask what the bot needs, write config.yaml and .env beside it, and check both.

    Asks for what no flag gives. SLACK_BOT_TOKEN and SLACK_APP_TOKEN (with --http SLACK_SIGNING_SECRET) are
    taken from the environment where they are set. Writes over no file; after Ctrl-C or an error, nothing is
    written. The exit code is 1 when the check finds an error.
    """
    from bot.cli.check import run_check
    from bot.cli.init import MEND, NEXT, NEXT_HTTP, run_init

    flags = {"--contact": contact, "--crisis": crisis, "--timezone": timezone, "--holidays": holidays}
    run_init(config, {**os.environ, **flags}, http_port=port if http else None)
    well = run_check(config, None, as_json=False, offline=offline)
    following = NEXT_HTTP if http else NEXT
    say(following if well else MEND)
    if not well:
        raise typer.Exit(1)


@app.command()
def run(
    config: ConfigPath = DEFAULT_CONFIG,
    log: Log = LogLevel.INFO,
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", help="Who reads the log.")
    ] = LogFormat.HUMAN,
) -> None:
    """Run the bot in a real workspace, until Ctrl-C or SIGTERM.

    Needs what belonging init asks for, and first names everything that is missing.
    While Slack is away it goes on trying, and destroys what is over meanwhile.
    SIGHUP reads the prompt packs anew; a broken one leaves the last good ones in force.
    Ends by itself, with code 3, when the app is uninstalled.
    """
    run_until_asked(config, log, as_json=log_format is LogFormat.JSON)


@app.command()
def worker(
    config: ConfigPath = DEFAULT_CONFIG,
    name: Annotated[
        str | None, typer.Option(help="Its name; else BELONGING_WORKER, else the name of this machine.")
    ] = None,
    log: Log = LogLevel.INFO,
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", help="Who reads the log.")
    ] = LogFormat.HUMAN,
) -> None:
    """Run one of several workers that share many workspaces, until Ctrl-C or SIGTERM.

    Needs the section cluster of config.yaml, and PostgreSQL. Takes its share of the workspaces, answers for
    all, and takes over those of a worker that dies. SIGTERM hands its own over to the others first.
    """
    run_until_asked(config, log, as_json=log_format is LogFormat.JSON, worker=name or "")


@app.command()
@only_reads
def check(
    config: ConfigPath = DEFAULT_CONFIG,
    workspace: OfWorkspace = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask Slack.")] = False,
    agreement: Annotated[
        Path | None,
        typer.Option(help="What was agreed; in place of the file that config.yaml names."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look at everything that the bot needs before it runs, and say what is wrong and what to do.

    Configuration with secrets masked, tokens, scopes, clock, channels and how many can reply,
    the card, directories, the next questions. Reads only, and is safe while the bot runs.
    The exit code is 1 when anything keeps the bot from working, breaks the promise, or is not as agreed.
    Of many workspaces, what they share and then each; or name one with --workspace.
    """
    from bot.cli.check import run_check

    well = run_check(config, workspace, as_json=as_json, offline=offline, agreement=agreement)
    if not well:
        raise typer.Exit(1)


@app.command()
@only_reads
def health(
    config: ConfigPath = DEFAULT_CONFIG,
    name: Annotated[
        str | None, typer.Option(help="Of several workers, which one: as for belonging worker.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the bot is running and works, by the heartbeat that it writes every 15 seconds.

    For containers and monitors, in socket and http mode. The exit code is 1 when it does not work.
    A bot that waits for Slack works.
    """
    from bot.cli.health import health, require_health
    from bot.clock import uptime_s
    from bot.config import read_heartbeat_dir

    found = health(read_heartbeat_dir(config, name, os.environ), uptime_s())
    if not as_json:
        say(require_health(found))
        return
    print_json(asdict(found))
    if not found.works:
        raise typer.Exit(1)


@app.command()
@only_reads
def proof(
    config: ConfigPath = DEFAULT_CONFIG, workspace: OfWorkspace = None, as_json: AsJson = False
) -> None:
    """Attack this installation, reading only, and say what was tried and what was found.

    Safe while the bot runs. The exit code is 1 when any attack found something. Of many workspaces, each is
    attacked in turn; or name one with --workspace.
    """
    from bot.cli.proof import run_proof

    clean = run_proof(load(config), workspace, as_json=as_json)
    if not clean:
        raise typer.Exit(1)


@app.command()
@only_reads
def summary(
    channel: Annotated[str, typer.Option(help="The channel's id, such as C0123456789.")],
    config: ConfigPath = DEFAULT_CONFIG,
    workspace: OfWorkspace = None,
    as_json: AsJson = False,
) -> None:
    """Print the latest summary of a channel: the stored numbers that its members saw, and nothing more."""
    from bot.cli.report import latest_summary

    data, text = latest_summary(load_one(config, workspace), channel)
    if as_json:
        print_json(data)
    else:
        say(text)


@app.command()
def report(  # noqa: PLR0913, PLR0917 - its options
    out_file: Annotated[Path, typer.Option("--out", help="The file to write.")] = Path("report.html"),
    channel: Annotated[str, typer.Option(help="The channel's id, such as C0123456789.")] = "",
    name: Annotated[str, typer.Option(help="The channel's name, for the title of the page.")] = "",
    config: ConfigPath = DEFAULT_CONFIG,
    workspace: OfWorkspace = None,
    sample: Annotated[bool, typer.Option("--sample", help="Show invented results instead.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    language: InLanguage = None,
    as_json: AsJson = False,
) -> None:
    """Write a page to keep: every result of a channel, what has moved, and the widening circle.

    The page is one file, needs no network, and prints. It holds what members saw, and nothing more. It is in
    the language of the channel, or in the one that you name.
    """
    from bot.cli.report import named_language, write_report, write_sample_report

    tell, spoken = say_beside(as_json), named_language(language)
    if sample:
        written = write_sample_report(
            load_or_shipped(config), out_file, force=force, tell=tell, language=spoken
        )
    elif channel:
        cell = load_one(config, workspace)
        written = write_report(cell, channel, name, out_file, force=force, tell=tell, language=spoken)
    else:
        raise BotError(
            "Of which channel?", remedy="Add --channel C0123456789, or --sample for invented results."
        )
    if as_json:
        print_json(written)


@app.command()
def export(  # noqa: PLR0913, PLR0917 - its options
    kind: Annotated[
        ExportFormat, typer.Option("--format", help="For a spreadsheet, or for programs.")
    ] = ExportFormat.CSV,
    channel: Annotated[str | None, typer.Option(help="The channel's id, such as C0123456789.")] = None,
    all_channels: Annotated[
        bool, typer.Option("--all-channels", help="All channels in one table, such as to move them.")
    ] = False,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="The file to write; printed where none is given.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    workspace: OfWorkspace = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    language: InLanguage = None,
) -> None:
    """Write the stored results of a channel as CSV or JSON: what members saw, and nothing more.

    A table of all channels invites comparing teams, so it has to be asked for. Questions and statements are
    in the language of the channel, of all channels in English, or in the one that you name.
    """
    from bot.cli.report import named_language, write_export

    if bool(channel) is all_channels:
        raise BotError("Of which channel?", remedy="Add --channel C0123456789, or --all-channels; not both.")
    spoken = named_language(language)
    cell = load_one(config, workspace)
    write_export(cell, channel, kind, out_file, force=force, language=spoken)


@app.command()
def manifest(
    config: ConfigPath = DEFAULT_CONFIG,
    link: Annotated[
        bool, typer.Option("--link", help="Print the link to Slack's page for a new app, filled in.")
    ] = False,
    http: Annotated[
        bool, typer.Option("--http", help="For http mode, whatever the configuration says.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the Slack app manifest as JSON, to paste where Slack asks for one, or as a link.

    It fits the slack.mode of the configuration; where there is no such file, Socket Mode.
    In http mode, put your own host in the place of YOUR-HOST; for many workspaces it is that of public_url.
    With --json come both, as one object.
    """
    from bot.cli.manifest import link_for, manifest_data, manifest_for

    if as_json:
        print_json(manifest_data(config, http=http))
    else:
        typer.echo(link_for(config, http=http) if link else manifest_for(config, http=http))


data.register(app)
app.add_typer(prompts.app, name="prompts")
app.add_typer(schedules.app, name="schedules")
app.add_typer(workspaces.app, name="workspaces")
app.add_typer(cluster.app, name="cluster")


def main() -> None:
    """Run the command line. Our hook logs the class of an uncaught exception, and not its text."""
    from bot.logs import set_up_logs

    print_any_character()
    set_up_logs(LogLevel.WARNING)
    program = typer.main.get_command(app)  # calling app() would replace our exception hook with typer's
    program(prog_name="belonging")
