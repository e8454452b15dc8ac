"""Run the baseline: a default Bolt app over Socket Mode that acknowledges, and opens a small modal on a button.

It takes the same environment as ``belonging run``.
"""

import logging
import os
import threading
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

MODAL = {
    "type": "modal",
    "callback_id": "bare.submit",
    "title": {"type": "plain_text", "text": "Bare"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "reply.text",
            "label": {"type": "plain_text", "text": "Text"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


def main() -> None:
    """Serve until the process ends."""
    logging.disable(logging.CRITICAL)  # it would print each form that it loses
    url = os.environ["SLACK_API_URL"]
    client = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=url)
    app = App(client=client)

    def on_click(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    app.action("reply.open")(on_click)
    app.command("/belonging")(lambda ack: ack("hello"))
    app.view("bare.submit")(lambda ack: ack())
    web_client = WebClient(base_url=url)
    SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"], web_client=web_client).connect()  # type: ignore[no-untyped-call]
    threading.Event().wait()


if __name__ == "__main__":
    main()
