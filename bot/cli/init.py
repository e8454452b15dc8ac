"""Run ``belonging init``: ask what the bot needs, and write config.yaml and .env, both or none."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from bot.cli.console import in_lines, say, say_aside
from bot.cli.manifest import REQUEST_PATH
from bot.config import signing_problem, token_problem
from bot.config.calendars import parse_region
from bot.config.problems import WrongValueError
from bot.config.values import parse_text, parse_zone
from bot.core.check_rules import is_example
from bot.errors import BotError, ConfigError

NEXT = (
    "Next: start the bot with 'belonging run'. Then type /invite @belonging in your channel in Slack, "
    "and press Set a schedule."
)

NEXT_HTTP = f"First let your proxy pass {REQUEST_PATH} on to this port (docs/slack.md). {NEXT}"
MEND = "Next: do what is said above, and look again with 'belonging check'."

CONFIG = """\
# Belonging Bot. docs/configuration.md explains every key; what is left out here has its default.
# The tokens stand in .env beside this file, and never here.
version: 1
{slack}
support:                # shown to everybody who replies: try these lines before you start, and once a year
  contact: {contact}
  crisis: {crisis}
  # checked: YYYY-MM-DD # when someone last tried them

defaults:
  timezone: {zone}
  holidays: {holidays}  # no questions on these: a country or country-region such as US-CA, or none
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to ask for. ``where``: the flag or variable that gives it without a question.

    ``check`` raises ``WrongValueError`` for an answer that cannot be used. ``default``: None if an answer is
    needed.
    """

    where: str
    asks: str
    check: Callable[[str], object]
    default: str | None = None
    hidden: bool = False


def _refuse(problem: ConfigError | None) -> None:
    if problem:
        raise WrongValueError(problem.message.removesuffix("."), problem.remedy)


APP_TOKEN = Question(
    where="SLACK_APP_TOKEN",
    asks="App-level token (xapp-…; Basic Information, App-Level Tokens)",
    check=lambda text: _refuse(token_problem("SLACK_APP_TOKEN", text)),
    hidden=True,
)
SIGNING = Question(
    where="SLACK_SIGNING_SECRET",
    asks="Signing secret (Basic Information, App Credentials)",
    check=lambda text: _refuse(signing_problem(text)),
    hidden=True,
)
BOT_TOKEN = Question(
    where="SLACK_BOT_TOKEN",
    asks="Bot token (xoxb-…; Install App)",
    check=lambda text: _refuse(token_problem("SLACK_BOT_TOKEN", text)),
    hidden=True,
)


def run_init(config: Path, given: Mapping[str, str | None], *, http_port: int | None = None) -> None:
    """Write config.yaml and .env from what is given and what is answered.

    ``given``: by flag or variable. ``http_port``: where the bot is to listen in http mode, which needs a
    signing secret in place of the app-level token; None for Socket Mode. Raises ``BotError`` where a file is
    there already, where something given is wrong, or where something is missing and nobody can be asked.
    """
    environment_file = config.parent / ".env"
    _refuse_existing(config, environment_file)
    secrets = (SIGNING if http_port else APP_TOKEN, BOT_TOKEN)
    answers = _answers((*secrets, *_questions()), given)
    text = CONFIG.format(
        slack=f"\nslack: {{mode: http, http: {{port: {http_port}}}}}\n" if http_port else "",
        contact=_quoted(answers["--contact"]),
        crisis=_quoted(answers["--crisis"]),
        zone=answers["--timezone"],
        holidays=answers["--holidays"],
    )
    tokens = "".join(f"{one.where}={answers[one.where]}\n" for one in secrets)
    write_new({environment_file: (tokens, 0o600), config: (text, 0o644)})
    say(f"Written: {config}, and {environment_file} for you alone.")


def write_new(files: Mapping[Path, tuple[str, int]]) -> None:
    """Write files (text and mode) that are not there yet: all of them, or none after an error or Ctrl-C.

    Raises ``BotError``.
    """
    made: list[Path] = []
    try:
        for path, (text, mode) in files.items():
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
            made.append(path)
            with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - a descriptor
                file.write(text)
    except BaseException as error:
        for path in made:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise BotError(
                f"{error.filename or path} cannot be written ({error.strerror}). Nothing was written.",
                remedy="Check the folder, who may write in it, and what is there.",
            ) from None
        raise


def guessed_zone() -> str:
    """Return the time zone of this machine, or UTC where it has none that is known."""
    import tzlocal

    try:
        return parse_zone(tzlocal.get_localzone_name())
    except (WrongValueError, LookupError, ValueError, OSError):
        return "UTC"


def _questions() -> tuple[Question, ...]:
    return (
        Question(
            where="--contact",
            asks="Whom can people at work turn to? A name and a way to reach them",
            check=_check_contact,
        ),
        Question(
            where="--crisis",
            asks="What to do in an emergency, day and night (empty: leave it out for now)",
            check=_check_line,
            default="",
        ),
        Question(where="--timezone", asks="Time zone", check=parse_zone, default=guessed_zone()),
        Question(
            where="--holidays",
            asks="No questions on public holidays of (such as US or US-CA; none: ask on all days)",
            check=parse_region,
            default="none",
        ),
    )


def _check_line(text: str) -> None:
    parse_text(text)
    if not text.isprintable():
        raise WrongValueError("this is to be one line of plain text")


def _check_contact(text: str) -> None:
    _check_line(text)
    if is_example(text):
        raise WrongValueError("this still is an example, which reaches nobody", "Name people of your own.")


def _answers(questions: tuple[Question, ...], given: Mapping[str, str | None]) -> dict[str, str]:
    """Return an answer to each question by its ``where``. Raises ``BotError`` with all that is wrong."""
    can_ask = sys.stdin.isatty()
    answers = {one.where: text for one in questions if (text := (given.get(one.where) or "").strip())}
    left = [one for one in questions if one.where not in answers]
    wrong = [
        _named(one, text)
        for one in questions
        if one not in left
        for text in _problem(one, answers[one.where])
    ]
    if wrong:
        raise BotError(" ".join(wrong), remedy="Nothing was written.")
    missing = [one.where for one in left if one.default is None]
    if missing and not can_ask:
        raise BotError(
            f"Nobody can be asked here (this is no terminal), and these are missing: {', '.join(missing)}.",
            remedy="Set the variables, add the flags, and try again. Nothing was written.",
        )
    return answers | {one.where: _ask(one) if can_ask else one.default or "" for one in left}


def _ask(question: Question) -> str:
    """Ask until there is an answer that can be used. What is hidden has no default."""
    while True:
        given = typer.prompt(
            question.asks,
            default=question.default,
            show_default=bool(question.default),
            hide_input=question.hidden,
            err=True,
        )
        answer = str(given).strip()
        problems = _problem(question, answer)
        if not problems:
            return answer
        say_aside(in_lines(problems[0][:1].upper() + problems[0][1:]))


def _problem(question: Question, answer: str) -> list[str]:
    """Return what is wrong with an answer, as a list of none or one."""
    if not answer and question.default == "":
        return []
    try:
        question.check(answer)
    except WrongValueError as problem:
        return [f"{problem.what}. {problem.remedy}".strip()]
    return []


def _named(question: Question, problem: str) -> str:
    """Return what is wrong, with the flag or variable that it is wrong in."""
    return problem if problem.startswith(question.where) else f"{question.where}: {problem}"


def _refuse_existing(*paths: Path) -> None:
    there = [str(path) for path in paths if path.exists() or path.is_symlink()]
    if there:
        raise BotError(
            f"Already there: {', '.join(there)}. belonging init writes over nothing.",
            remedy="Edit what is there, and see what is missing with belonging check. Or name another place: "
            "--config FOLDER/config.yaml",
        )


def _quoted(text: str) -> str:
    """Return a text in double quotes, as YAML and JSON read them."""
    return json.dumps(text, ensure_ascii=False)
