"""Run the baseline of a burst: a bare ``AsyncApp`` over Socket Mode that opens the bot's form on a button.

It takes the same environment as ``belonging run``. The first argument names the file with the form.
"""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient


async def serve(view: dict[str, Any]) -> None:
    """Serve until the process ends."""
    url = os.environ["SLACK_API_URL"]
    client = AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=url)
    app = AsyncApp(client=client, process_before_response=True)

    async def on_click(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    app.action("reply.open")(on_click)
    handler = AsyncSocketModeHandler(
        app, os.environ["SLACK_APP_TOKEN"], web_client=AsyncWebClient(base_url=url)
    )
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await asyncio.Event().wait()


def main() -> None:
    """Open the form in the file that the first argument names."""
    logging.disable(logging.CRITICAL)
    asyncio.run(serve(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
