"""One process for all tests of a process of pytest, from which workers are forked."""

from collections.abc import Iterator

import pytest

from tests.cluster.processes import a_zygote
from tests.faults.zygote import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """A process that has imported the program."""
    with a_zygote() as zygote:
        yield zygote
