"""A process that serves many cells with few file handles. Prints what it saw as JSON."""

import json
import resource
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from slack_sdk.oauth.installation_store import Installation

from bot.app.hosted_cell import HostedCell
from bot.app.hosting import build_host
from bot.config import load_config
from bot.core.check_rules import SCOPES
from bot.core.model import RoundId
from bot.errors import BotError
from tests.fakes.prover import FakeProver
from tests.held_port import held_port
from tests.hosted_world import HOST_CONFIG, TOKEN_KEY, signed
from tests.patience import PATIENCE_S
from tests.world import ROOT

ENVIRON: Mapping[str, str] = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "0123456789abcdef" * 2,
    "SLACK_SIGNING_SECRET": "fedcba9876543210" * 2,
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "BELONGING_TOKEN_KEYS": TOKEN_KEY,
}
AT_ONCE = 6


def serve(folder: Path, cells: int, limit: int) -> dict[str, object]:
    """Serve so many cells with so many handles, use each of them, and ask each over HTTP."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    with held_port() as port:
        text = HOST_CONFIG.format(port=port, prompts=ROOT / "prompts")
        (folder / "config.yaml").write_text(text, encoding="utf-8")
        config = load_config(folder / "config.yaml", ENVIRON)
        host = build_host(config, prover=FakeProver())
        teams = [f"T{number:05}" for number in range(cells)]
        for team in teams:
            host.installations.save_now(installation(team))
        most = [0]
        lock = threading.Lock()

        def count() -> None:
            with lock:
                most[0] = max(most[0], len(list(Path("/proc/self/fd").iterdir())) - 1)

        def use(cell: HostedCell) -> str:
            try:
                with cell.used() as built:
                    boxes, now = built.cell.services.boxes, built.cell.services.clock()
                    for number in range(6):
                        round_id = RoundId(f"00000000000{number}")
                        boxes.create(round_id, now)
                        boxes.list_replies(round_id)
                    count()
            except BotError as error:
                return error.code
            return ""

        def ask(team: str) -> int:
            body = f"command=%2Fbelonging&text=help&team_id={team}&user_id=U1&channel_id=C1".encode()
            now_s = int(host._process.clock.now().timestamp())
            headers = signed(ENVIRON["SLACK_SIGNING_SECRET"], now_s, body)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            url = f"http://127.0.0.1:{port}/slack/events"
            answer = httpx.post(url, content=body, headers=headers, timeout=PATIENCE_S)
            count()
            return answer.status_code

        host.start()
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                failed = [code for code in pool.map(use, host.cells.all()) if code]
                statuses = sorted(set(pool.map(ask, teams)))
            host.run_due()
            opened = sum(cell.is_open for cell in host.cells.all())
            served = host.readiness()
        finally:
            host.stop()
    return {"most": most[0], "failed": failed, "statuses": statuses, "open": opened, "served": served}


def installation(team: str) -> Installation:
    """Return an installation in this workspace."""
    return Installation(
        app_id="A0BOT",
        team_id=team,
        team_name=team,
        bot_token=f"xoxb-{team}",
        bot_id="B1",
        bot_user_id="U0BELONG",
        bot_scopes=sorted(SCOPES),
        user_id="",
    )


if __name__ == "__main__":
    try:
        sys.stdout.write(json.dumps(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
    except BotError as error:
        sys.exit(str(error))
