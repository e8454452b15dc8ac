"""Steps of which none may keep the others from being done."""

from collections.abc import Callable

from bot.errors import StoppingError


def each_isolated(*steps: Callable[[], object]) -> None:
    """Do each of these, whatever becomes of the others; then raise the first failure.

    A ``StoppingError`` is raised at once: the bot begins nothing more.
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
