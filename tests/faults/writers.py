"""The people of the channel: what each has written, and what of it may, or must, lie in the box."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

from bot.demo.workspace import View
from tests.faults.hands import TRIES, offers
from tests.faults.installation import Installation
from tests.faults.keeper import GoneError
from tests.faults.witness import Outcome

IMPATIENT = 0.3
"""So many of those whose reply was not acknowledged do not send it again."""

MOST_SILENT = 2
"""At most so many give up, so that enough replies are always acknowledged."""

STATEMENTS = 3
"""No question has more."""


@dataclass(slots=True, kw_only=True)
class Writer:
    """A member, what they have written so far, and what of it may lie in the box."""

    user: str
    answers: tuple[int, ...]
    word: str
    may: set[Outcome] = field(default_factory=lambda: {None})

    def flipped(self) -> tuple[int, ...]:
        """The opposite of every answer."""
        return tuple(1 - answer for answer in self.answers)

    def text(self, answers: tuple[int, ...]) -> str:
        """What they write beside these answers: nobody else, and they beside no others."""
        return f"{'This' if answers == self.answers else 'Rather'} is to be read as it was sent: {self.word}"

    @property
    def is_acknowledged(self) -> bool:
        """Whether a reply of theirs must be there."""
        return None not in self.may


class Writers:
    """All of them. Each text has a word of its own in it, which must be found nowhere.

    ``quotable``: all of them allow that they are quoted, so that each reply can be told from the others when
    the result is there.
    """

    def __init__(self, installed: Installation, lot: Random, *, quotable: bool = False) -> None:
        self._installed, self._lot = installed, lot
        self._hands, self._keeper = installed.hands, installed.keeper
        codes = [tuple(number >> place & 1 for place in range(STATEMENTS)) for number in range(8)]
        codes += [(1, 0, 1), *codes][: len(installed.people) - len(codes)]
        lot.shuffle(codes)
        self.all = [
            Writer(user=user, answers=code, word="".join(lot.choices("bdfgkmtvz", k=12)))
            for user, code in zip(installed.people, codes, strict=True)
        ]
        self.quotable = quotable
        self._silent = 0
        self.faults: list[str] = []
        self.statements: list[str] = []

    def __iter__(self) -> Iterator[Writer]:
        return iter(self.all)

    @property
    def words(self) -> list[str]:
        """What must be found nowhere."""
        return [writer.word for writer in self.all]

    def may_have_written(self) -> dict[str, set[Outcome]]:
        """What may lie in the box, for each of them."""
        return {writer.user: writer.may for writer in self.all}

    def misquoted(self, quotes: Sequence[str]) -> list[str]:
        """What is wrong with the published quotes: each reply is there once, as it was sent last, or not.

        Numbers do not show that one reply was lost and another with the same answers counted twice.
        """
        faults = []
        for writer in self.all:
            found = [quote for quote in quotes if writer.word in quote]
            may = [[] if outcome is None else [writer.text(outcome)] for outcome in writer.may]
            if found not in may:
                acknowledged = "an acknowledged reply" if writer.is_acknowledged else "a reply in doubt"
                faults.append(f"{acknowledged} is quoted {len(found)} times, or not as it was sent last")
        return faults

    def everybody_replies(self) -> None:
        """In an order by lot: alone, or three in the same moment."""
        left = self._lot.sample(self.all, len(self.all))
        with ThreadPoolExecutor(3) as together:
            while left:
                count = self._lot.choice((1, 1, 3))
                now, left = left[:count], left[count:]
                gives_up = [self._lot.random() < IMPATIENT for _ in now]
                list(together.map(self._reply, now, gives_up))

    def send(self, writer: Writer, form: View, answers: tuple[int, ...] | None = None) -> bool:
        """Send a form: whether the bot has thanked for it. If not, it may be in the box, or not."""
        answers = answers or writer.answers
        writer.may |= {answers}
        said = ["5" if answer else "1" for answer in answers]
        text = writer.text(answers)
        if self._hands.submit(writer.user, form, said, text, quotable=self.quotable):
            writer.may = {answers}
            return True
        self._keeper.wait_until_well()
        return False

    def some_change_their_minds(self) -> None:
        """Two change their replies and one withdraws, by the receipt in the thank-you step that they see."""
        thanked = [one for one in self.all if one.is_acknowledged and self._thanks(one)]
        chosen = self._lot.sample(thanked, min(3, len(thanked)))
        for writer in chosen[:2]:
            self.change(writer)
        for writer in chosen[2:]:
            self.withdraw(writer)

    def change(self, writer: Writer) -> None:
        """Send the opposite of every answer, from the thank-you step."""
        for _ in range(TRIES):
            thanks = self._thanks(writer)
            if thanks and writer.may == {writer.flipped()}:
                return
            form = self._hands.form(writer.user)
            if form is None and thanks:
                form = self._hands.press(writer.user, "reply.change", thanks)
            if form is None:
                return
            self.send(writer, form, writer.flipped())

    def withdraw(self, writer: Writer) -> None:
        """Take the reply back, from the thank-you step."""
        if thanks := self._thanks(writer):
            writer.may |= {None}
            if self._hands.press_once(writer.user, "reply.withdraw", thanks):
                writer.may = {None}

    def look_for_the_acknowledged(self, *, but: int) -> None:
        """Whoever was thanked is told that they have replied; a form would mean that the reply is gone.

        To press takes away the thank-you step with its receipt, so some do not (``but`` so many).
        """
        for writer in [one for one in self.all if one.is_acknowledged][but:]:
            notice = self._hands.open_form(writer.user)
            if "submit" in notice.body:
                self.faults.append("an acknowledged reply was lost: its writer could write another one")

    def _reply(self, writer: Writer, gives_up: bool) -> None:  # noqa: FBT001 - mapped over
        """Open the form and send it; who is not thanked sends the same again, or gives up."""
        for _ in range(TRIES):
            form = self._hands.form(writer.user) or self._hands.open_form(writer.user)
            if "submit" not in form.body:
                self._is_told_to_have_replied(writer)
                return
            blocks = [str(block["block_id"]) for block in form.body["blocks"]]
            self.statements = [one.removeprefix("item:") for one in blocks if one.startswith("item:")]
            if self.send(writer, form):
                return
            if gives_up and self._may_stay_silent():
                return
        raise GoneError(f"a reply was not taken, though it was sent {TRIES} times")

    def _is_told_to_have_replied(self, writer: Writer) -> None:
        """Right where they have sent something and heard nothing of it: then it is there."""
        if writer.may == {None}:
            self.faults.append("no form opened for somebody who has not replied")
        writer.may -= {None}

    def _may_stay_silent(self) -> bool:
        self._silent += 1
        return self._silent <= MOST_SILENT

    def _thanks(self, writer: Writer) -> View | None:
        """The thank-you step that this member has before them."""
        stack = self._hands.workspace.stack(writer.user)
        return stack[-1] if stack and offers(stack[-1], "reply.change") else None
