"""Judge what many workspaces share: the variables of the Slack app, and the address of the bot."""

from collections.abc import Iterator, Mapping

from bot.core.check_rules import Judgement, from_error, ok, remark
from bot.errors import BotError

PUBLIC_URL = "workspaces.public_url"


def judge_variables(
    problems: Mapping[str, BotError | None], keys: int, cluster_keys: int = 0
) -> Iterator[Judgement]:
    """Judge each variable, by what is wrong with it. ``keys``: how many keys seal and open tokens.

    ``cluster_keys``: how many seal and open what workers say to each other.
    """
    for name, problem in problems.items():
        if problem:
            yield from_error(name, problem)
        elif name == "BELONGING_TOKEN_KEYS":
            more = f", and all {keys} open them" if keys > 1 else ""
            yield ok(name, f"The first key seals the tokens of workspaces{more}.")
        elif name == "BELONGING_CLUSTER_KEYS":
            more = f", and all {cluster_keys} open it" if cluster_keys > 1 else ""
            yield ok(name, f"The first key seals what workers say to each other{more}. All need the same.")
        elif name == "BELONGING_DATABASE_URL":
            yield ok(name, "It is an address of PostgreSQL; whether it answers is said below.")
        else:
            yield ok(name, "It looks like one; the first installation shows whether it is the right one.")


def judge_addresses(public_url: str, install_url: str, redirect_url: str) -> Iterator[Judgement]:
    """Judge where people install the bot, and where Slack sends them back."""
    if public_url.startswith("http:"):
        what = f"{public_url} is for this machine only: Slack sends nothing there."
        yield remark(PUBLIC_URL, what, "Write the https address of your proxy, unless this is a test.")
    yield ok(PUBLIC_URL, f"People install the bot at {install_url}")
    yield remark(
        "redirect URL",
        "Slack tells nobody which ones an app has, so this was not looked at.",
        f"Under OAuth & Permissions, Redirect URLs, there should be {redirect_url}. Where it is missing, "
        "paste the manifest anew (belonging manifest).",
    )
