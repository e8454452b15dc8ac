"""The limit of file handles is raised, or one sentence says that it is too low."""

import resource
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BotError
from bot.store.handles import (
    FEWEST_OPEN,
    HANDLES_OF_A_CELL,
    HANDLES_OF_THE_PROCESS,
    MOST_HANDLES,
    most_open_cells,
    raise_handle_limit,
)


@pytest.fixture(autouse=True)
def limits() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_low_limit_is_raised_to_what_the_system_allows(limits: tuple[int, int]) -> None:
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))

    assert min(hard % 2**63, MOST_HANDLES) == raise_handle_limit()
    assert (raise_handle_limit(), hard) == resource.getrlimit(resource.RLIMIT_NOFILE)


def test_a_limit_that_may_not_be_raised_stays(
    limits: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    soft, hard = limits

    def refuse(*_: object) -> None:
        raise ValueError("not allowed")

    with monkeypatch.context() as system:
        system.setattr(resource, "getrlimit", lambda _: (1024, hard))
        system.setattr(resource, "setrlimit", refuse)
        assert 1024 == raise_handle_limit()
    assert (soft, hard) == resource.getrlimit(resource.RLIMIT_NOFILE)


@pytest.mark.parametrize("soft", [MOST_HANDLES + 1, resource.RLIM_INFINITY])
def test_a_higher_limit_is_never_lowered(soft: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: pytest.fail("it was changed"))

    assert raise_handle_limit() >= MOST_HANDLES


@given(st.integers(0, MOST_HANDLES))
def test_all_cells_that_may_be_open_have_their_handles(limit: int) -> None:
    if limit < HANDLES_OF_THE_PROCESS + FEWEST_OPEN * HANDLES_OF_A_CELL:
        with pytest.raises(BotError, match=f"only {limit} files") as told:
            most_open_cells(limit)
        assert "LimitNOFILE" in told.value.remedy
        return
    most = most_open_cells(limit)

    assert most >= FEWEST_OPEN
    assert 0 <= limit - HANDLES_OF_THE_PROCESS - most * HANDLES_OF_A_CELL < HANDLES_OF_A_CELL
