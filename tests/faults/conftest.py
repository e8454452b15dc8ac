"""One zygote for all tests of a process."""

from collections.abc import Iterator

import pytest

from tests.faults.zygote import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """A process that has imported the bot, and forks one for each start."""
    with Zygote() as zygote:
        yield zygote
