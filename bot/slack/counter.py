"""What every listener works with, and the few things that several of them do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import Ack

from bot.core.model import ChannelId, MemberId, RoundId
from bot.ports import Desk
from bot.service.home import Circles, home_of
from bot.service.timetable import (
    channel_schedules,
)
from bot.slack.blocks.home import home_view
from bot.slack.blocks.kit import View
from bot.slack.blocks.refusals import not_here
from bot.slack.blocks.schedule_list import schedule_list
from bot.slack.calls import Outbox, call
from bot.slack.limits import fit
from bot.slack.previews import Previews
from bot.slack.receipts import PendingReceipts, parse_receipts, receipts_metadata
from bot.slack.shares import Shares
from bot.slack.wire import LastingClient

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Everything the listeners work with: the verbs' desk, Slack, the outbox, the waiting receipts.

    ``run_due`` does whatever is due, one call after the other.
    ``circles`` are drawn once for each result.
    ``previews`` keep each form's preview in step with what is typed. ``shares`` knows what was shared today.
    ``hear_of_person`` is told what Slack tells of somebody who has changed.
    """

    desk: Desk
    client: LastingClient
    outbox: Outbox
    receipts: PendingReceipts
    run_due: Callable[[], None]
    circles: Circles = field(default_factory=Circles)
    previews: Previews = field(default_factory=Previews)
    shares: Shares = field(default_factory=Shares)
    hear_of_person: Callable[[dict[str, Any]], None] = lambda _: None

    def open_view(self, trigger_id: str, view: View) -> None:
        """Open a modal, beside the acknowledgement."""
        self.outbox.send(lambda: call(self.client.views_open, trigger_id=trigger_id, view=view))

    def update_view(self, body: Body, view: View) -> None:
        """Put another view in place of the one that was clicked in."""
        shown = body["view"]
        self.outbox.send(
            lambda: call(self.client.views_update, view_id=shown["id"], hash=shown["hash"], view=view)
        )

    def list_schedules(self, channel: ChannelId, member: MemberId, note: str = "") -> View:
        """The schedules of a channel as this member sees them, with a note on what was done last."""
        found = channel_schedules(self.desk, channel, member)
        return schedule_list(found, self.desk.settings, note) if found else not_here()

    def update_list(self, view_id: str, channel: ChannelId, member: MemberId, note: str = "") -> None:
        """Put the list of a channel's schedules, as it is now, in place of one that is open."""

        def update() -> None:
            view = self.list_schedules(channel, member, note)
            call(self.client.views_update, view_id=view_id, view=view)

        self.outbox.send(update)

    def publish_home(self, member: MemberId, shown: View) -> None:
        """Publish the Home tab from the view that its owner holds right now, and from no older one.

        Beside the acknowledgement: which channels somebody may know of, only Slack knows.
        """
        receipts = self.receipts
        known_hash = {"hash": shown["hash"]} if shown.get("hash") else {}

        def publish() -> None:
            held = receipts.merged(member, parse_receipts(shown.get("private_metadata")))
            home = home_of(self.desk, member, held, self.circles)
            metadata = receipts_metadata(
                {mine.round.id: mine.receipt for mine in (*home.rounds, *home.boxes) if mine.receipt}
            )
            view = home_view(home, metadata)
            call(self.client.views_publish, user_id=member, view=view, **known_hash)
            receipts.delivered(member, parse_receipts(metadata))

        self.outbox.send(publish)


def show(ack: Ack, view: View) -> None:
    """Acknowledge a form with the view that takes its place."""
    ack(response_action="update", **fit({"view": view}))


def round_id_of(body: Body) -> RoundId:
    """The round whose button was clicked."""
    return RoundId(str(body["actions"][0].get("value") or ""))


def member_of(body: Body) -> MemberId:
    """Who did it."""
    return MemberId(str(body["user"]["id"]))
