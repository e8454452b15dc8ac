"""The loop that listens to Slack ends by itself, while somebody is just asking something of it."""

import asyncio
from threading import Event, Thread

import pytest

from bot.errors import StoppingError
from bot.slack.transport.loop import Loop
from tests.patience import PATIENCE_S


async def nothing() -> None:
    """Be done."""


@pytest.mark.parametrize("closed", [False, True], ids=["before it is closed", "closed"])
def test_whoever_comes_in_its_last_moment_does_not_wait_for_ever(
    monkeypatch: pytest.MonkeyPatch, *, closed: bool
) -> None:
    """A stop did, in every fourth run or so: nobody runs what is handed over after the last round."""
    loop, last, go_on = Loop(), Event(), Event()
    close = loop._loop.close

    def close_late() -> None:
        if closed:
            close()
        last.set()
        assert go_on.wait(PATIENCE_S)
        close()

    monkeypatch.setattr(loop._loop, "close", close_late)
    loop.start()
    loop.call_soon(loop._loop.stop)
    assert last.wait(PATIENCE_S)
    done: list[str] = []

    def ask() -> None:
        loop.finish(nothing())
        loop.call_soon(Event().set)
        done.append("told")

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(0.1)
    go_on.set()
    asking.join(PATIENCE_S)

    assert ["told"] == done
    assert not loop.is_alive(0.01)
    with pytest.raises(StoppingError):
        loop.run(nothing())


def test_a_loop_that_is_closed_while_it_lets_go_lets_go_to_the_end() -> None:
    """The order to stop broke that off, and its thread ended with an error."""
    loop, letting_go, busy = Loop(), Event(), Event()

    async def let_go() -> None:
        letting_go.set()

    loop.at_end.append(let_go)
    loop.start()
    loop.submit(asyncio.to_thread(lambda: busy.set() or Event().wait(0.5)))
    assert busy.wait(PATIENCE_S)
    loop.call_soon(loop._loop.stop)
    assert letting_go.wait(PATIENCE_S)
    Event().wait(0.1)
    with pytest.raises(StoppingError):
        loop.run(nothing())

    loop.close()

    assert loop._loop.is_closed()
