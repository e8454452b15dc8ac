"""The loop that listens to Slack ends by itself, while somebody is just asking something of it."""

from threading import Event, Thread

import pytest

from bot.errors import StoppingError
from bot.slack.loop import Loop


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
        assert go_on.wait(5)
        close()

    monkeypatch.setattr(loop._loop, "close", close_late)
    loop.start()
    loop.soon(loop._loop.stop)
    assert last.wait(5)
    done: list[str] = []

    def ask() -> None:
        loop.finish(nothing())
        loop.soon(Event().set)
        done.append("told")

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(0.1)
    go_on.set()
    asking.join(5)

    assert ["told"] == done
    assert not loop.is_alive(0.01)
    with pytest.raises(StoppingError):
        loop.run(nothing())
