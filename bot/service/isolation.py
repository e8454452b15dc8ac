"""Run steps so that one that fails does not stop the others."""

from collections.abc import Callable

from bot.errors import StoppingError


def run_all(*steps: Callable[[], object]) -> None:
    """Run every step, and then raise the first failure, if there was one.

    Raises ``StoppingError`` at once: the bot is stopping and begins nothing more.
    """
    failures: list[Exception] = []
    for step in steps:
        try:
            step()
        except StoppingError:
            raise
        except Exception as error:  # noqa: BLE001 - it is raised below
            failures.append(error)
    if failures:
        raise failures[0]
