"""`belonging check`: everything that is wrong before a start, in one sentence each, and no whole secret."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from bot.app import system_clock
from bot.config import load_pack
from bot.core.check_rules import CLOCK_REMEDY, SCOPES
from bot.core.fingerprint import fingerprint_of
from bot.core.model import PromptPack, RoundState
from bot.demo.credentials import SIGNING_SECRET
from bot.demo.server import DemoServer
from bot.demo.site import APP_TOKEN, BOT_TOKEN, Fault
from bot.demo.workspace import demo_workspace
from bot.store.database import Database
from bot.store.lock import InstanceLock, prepare
from tests.cli.conftest import Belonging
from tests.cli.program import CONFIG, ROOT
from tests.contracts.values import a_norm, a_round
from tests.held_port import held_port
from tests.patience import UNHURRIED
from tests.world import real_clock

OWN = CONFIG.replace("people@example.org", "people@firm.test")
SCHEDULED = OWN.replace(
    "schedules: []",
    """schedules:
  - {channel: C02PRODUCT, every: week, on: [tue], at: "10:00", quiet: [2026-12-24..2027-01-03]}
""",
)
TOKENS = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}
HTTP = "slack: {mode: http, http: {port: %d}}\n"
LONG_AGO = datetime(2020, 1, 7, 9, tzinfo=UTC)
Check = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def check(belonging: Belonging, folder: Path) -> Check:
    """Writes a configuration, runs the command with --json, and returns exit code and data."""

    def run(text: str = SCHEDULED, *options: str, **environ: str) -> tuple[int, dict[str, Any]]:
        (folder / "config.yaml").write_text(text, encoding="utf-8")
        result = belonging("check", "--json", *options, **environ)
        assert result.stderr == ""
        return result.exit_code, json.loads(result.stdout)

    return run


def test_old_results_are_counted_before_the_next_start_deletes_them(check: Check, folder: Path) -> None:
    data = folder / "data"
    data.mkdir(mode=0o700)
    with closing(Database(data / "belonging.db")) as database, database.transaction("old") as tx:
        for month, state in (("1", RoundState.CLOSED), ("2", RoundState.OPEN)):
            tx.insert_round(
                a_round(f"00000000000{month}", number=int(month), opened_at=LONG_AGO, state=state)
            )
        tx.put_norm(a_norm())  # tried since 2026

    _, found = check(SCHEDULED, "--offline")

    (finding,) = [one for one in found["findings"] if one["where"] == "retention"]
    assert "Questions with their results (1), and proposals and norms (0)" in finding["what"]
    assert "to none, before the bot starts" in finding["remedy"]


AGREED = """\
date: 2026-12-01
operator: Ada Example
threshold: 5
quotes: {replies: 10, allowed: 3}
packs: [belonging]
retention: {summaries_months: 24}
"""


def agreement_findings(data: dict[str, Any]) -> list[str]:
    return [one["what"] for one in data["findings"] if one["where"] == "agreement"]


def test_settings_are_held_against_the_agreement_that_the_configuration_names(
    check: Check, folder: Path
) -> None:
    (folder / "agreement.yaml").write_text(AGREED, encoding="utf-8")
    named = f"{SCHEDULED}\nagreement: agreement.yaml\noperator: Ada Example\n"

    assert ["The settings are those agreed on 2026-12-01."] == agreement_findings(
        check(named, "--offline")[1]
    )

    code, found = check(f"{named}policy: {{quotes: off}}\n".replace("Ada", "Bo"), "--offline")
    assert 1 == code
    assert 2 == len(agreement_findings(found))


def test_another_copy_of_the_agreement_can_be_held_against_them(check: Check, folder: Path) -> None:
    signed = folder / "signed.yaml"
    signed.write_text(AGREED.replace("threshold: 5", "threshold: 8"), encoding="utf-8")

    code, found = check(f"{SCHEDULED}\noperator: Ada Example\n", "--offline", "--agreement", str(signed))

    assert 1 == code
    assert ["threshold: 8 replies was agreed, and config.yaml says 5 replies."] == agreement_findings(found)


def test_a_changed_word_and_an_unagreed_channel_are_one_sentence_each(check: Check, folder: Path) -> None:
    shipped = load_pack(ROOT / "prompts" / "belonging")
    changed = replace(shipped, prompts=shipped.prompts[1:])
    signed = folder / "signed.yaml"

    def held_against(pack: PromptPack, channel: str, config: str = SCHEDULED) -> list[str]:
        more = f"fingerprints: {{belonging: {fingerprint_of(pack)}}}\nchannels: [{channel}]\ntenure: false\n"
        signed.write_text(AGREED + more, encoding="utf-8")
        named = f"{config}\noperator: Ada Example\n"
        return agreement_findings(check(named, "--offline", "--agreement", str(signed))[1])

    assert ["The settings are those agreed on 2026-12-01."] == held_against(shipped, "C02PRODUCT")
    asks_tenure = SCHEDULED.replace("every: week", "every: week, tenure: true")
    assert ["tenure: false was agreed, and the schedules say true."] == held_against(
        shipped, "C02PRODUCT", asks_tenure
    )
    words, channels = sorted(held_against(changed, "C0ANOTHER1"), reverse=True)
    assert words.startswith("fingerprints: the words of the pack belonging are not those that were agreed")
    assert "channels: C0ANOTHER1 was agreed, and the schedules say C02PRODUCT." == channels


def test_an_agreement_that_is_not_there_is_one_clear_sentence(check: Check) -> None:
    code, found = check(SCHEDULED, "--offline", "--agreement", "none.yaml")
    assert (1, True) == (code, "none.yaml: there is no such file" in agreement_findings(found)[0])


@contextmanager
def workspace(*, more: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> Iterator[DemoServer]:
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    scopes = manifest["oauth_config"]["scopes"]
    scopes["bot"] = [scope for scope in (*scopes["bot"], *more) if scope not in without]
    clock = real_clock()
    with DemoServer(demo_workspace(), manifest=manifest, clock=clock, deadlines=UNHURRIED) as server:
        yield server


@contextmanager
def slack_with(ahead: timedelta) -> Iterator[str]:
    """The address of a Slack whose clock is so far ahead of ours, and that accepts every token."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            who = {"team_id": "T1", "team": "Elsewhere", "user": "belonging", "url": "wss://nowhere.invalid/"}
            body = json.dumps({"ok": True, **who}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-OAuth-Scopes", ",".join(SCOPES))
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(system_clock() + ahead, usegmt=True)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api/"
        server.shutdown()
        thread.join()


def said(data: dict[str, Any], where: str) -> list[str]:
    """What was found there, each in one line."""
    found = [one for one in data["findings"] if one["where"] == where]
    return [f"{one['level']}: {one['what']} {one['remedy']}".strip() for one in found]


def levels(data: dict[str, Any]) -> set[str]:
    return {one["level"] for one in data["findings"]}


def told(belonging: Belonging, **environ: str) -> str:
    """What `belonging run` says instead of running, in one line."""
    result = belonging("run", **environ)
    assert (result.exit_code, result.stdout) == (1, "")
    return " ".join(result.stderr.split()).removeprefix("Error: ")


def test_where_nothing_is_wrong_it_says_so_and_what_comes_next(check: Check) -> None:
    with slack_with(timedelta(0)) as url:
        code, data = check(OWN, **TOKENS, SLACK_API_URL=url)

    assert (code, data["passed"]) == (0, True)
    accepted = "ok: xoxb-…pace: Slack accepts it, as @belonging in Elsewhere (T1)."
    assert said(data, "SLACK_BOT_TOKEN") == [accepted]
    assert said(data, "SLACK_APP_TOKEN") == ["ok: xapp-…pace: Slack would let the bot connect."]
    assert said(data, "scopes") == ["ok: The 5 that the bot needs, and no other."]
    assert said(data, "clock") == ["ok: It goes with Slack's."]
    assert said(data, "bot") == ["ok: No bot runs on this data now."]
    assert said(data, "channels") == [
        (
            "remark: No channel has a schedule, so nothing is asked. /belonging schedule in a channel sets "
            "one, or schedules in config.yaml."
        )
    ]


def test_channels_are_looked_at_with_the_people_who_can_reply_and_the_next_questions(check: Check) -> None:
    with workspace() as slack:
        code, data = check(**TOKENS, SLACK_API_URL=slack.api_url)
        methods = {call.method for call in slack.workspace.calls}

    assert code == 0
    assert said(data, "#product-team (C02PRODUCT)") == [
        "ok: 14 people can reply; nothing is shown under 5 replies."
    ]
    (next_,) = said(data, "C02PRODUCT, every week on Tuesday at 10:00 (Europe/Berlin)")
    assert next_.startswith("ok: Next: Tue ")
    assert next_.endswith(", 10:00. Quiet: 2026-12-24 to 2027-01-03.")
    assert 5 == len(data["next"])
    assert {
        "auth.test",
        "apps.connections.open",
        "conversations.info",
        "conversations.members",
        "users.list",
    } == methods, "it asks, and says nothing in Slack"
    assert slack.workspace.problems == []


def test_too_few_people_no_invitation_and_scopes_are_errors(check: Check) -> None:
    with workspace(more=("channels:history",), without=("commands",)) as slack:
        channel = slack.workspace.channels["C02PRODUCT"]
        del channel.members[:11]
        schedules = SCHEDULED + '  - {channel: C0NOTHERE1, every: week, on: [tue], at: "11:00"}\n'
        code, data = check(schedules, **TOKENS, SLACK_API_URL=slack.api_url)

    assert code == 1
    assert any("read messages: a risk to the promise" in one for one in said(data, "scopes"))
    assert any("commands is missing" in one for one in said(data, "scopes"))
    assert said(data, "C0NOTHERE1")[0].startswith("error: The bot is not in this channel")
    assert "error" in {one["level"] for one in data["findings"] if "C02PRODUCT)" in one["where"]}


def test_offline_asks_nothing_of_slack(check: Check) -> None:
    code, data = check(SCHEDULED, "--offline", **TOKENS, SLACK_API_URL="http://127.0.0.1:9/api/")

    assert code == 0
    assert said(data, "SLACK_BOT_TOKEN") == ["ok: xoxb-…pace: looks like one, and was not tried."]
    assert said(data, "Slack") == ["remark: It was not asked. Run belonging check without --offline."]


def test_a_slack_that_is_away_is_one_error_and_the_rest_is_looked_at(check: Check) -> None:
    code, data = check(**TOKENS, SLACK_API_URL="http://127.0.0.1:9/api/")

    assert code == 1
    assert said(data, "Slack") == [
        (
            "error: Slack could not be reached at http://127.0.0.1:9/api/. "
            "Check the network, and slack.api_url in config.yaml."
        )
    ]
    assert said(data, "data_dir")


def test_a_slack_that_never_answers_is_given_up(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.slack_client.ONE_ANSWER_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code, data = check(**TOKENS, SLACK_API_URL=f"http://127.0.0.1:{silent.getsockname()[1]}/api/")

    assert code == 1
    assert said(data, "Slack")[0].startswith("error: Slack could not be reached at ")


def test_channels_that_slack_lets_nobody_ask_about_now_are_counted(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cli.slack_client.ALL_ANSWERS_S", 0.5)
    with workspace() as slack:
        slack.site.faults.append(Fault(method="conversations.info", retry_after=60))
        code, data = check(**TOKENS, SLACK_API_URL=slack.api_url)

    assert code == 0
    assert said(data, "channels") == [
        (
            "remark: 1 of 1 channels were not looked at: Slack takes no more questions now. "
            "The running bot looks at each once a day, and its log tells."
        )
    ]


def test_tokens_that_slack_refuses_are_told_each(check: Check) -> None:
    with workspace() as slack:
        wrong = {"SLACK_BOT_TOKEN": "xoxb-of-another-app-somewhere"}
        bot = check(**(TOKENS | wrong), SLACK_API_URL=slack.api_url)
        wrong = {"SLACK_APP_TOKEN": "xapp-of-another-app-somewhere"}
        app = check(**(TOKENS | wrong), SLACK_API_URL=slack.api_url)

    assert said(bot[1], "SLACK_BOT_TOKEN") == [
        (
            "error: Slack refused the bot token: invalid_auth. "
            "SLACK_BOT_TOKEN must be the Bot User OAuth Token (xoxb-…) of the installed app."
        )
    ]
    assert said(app[1], "SLACK_APP_TOKEN") == [
        (
            "error: Slack refused the app token: invalid_auth. "
            "SLACK_APP_TOKEN must be an app-level token with the scope connections:write."
        )
    ]
    assert (bot[0], app[0]) == (1, 1)


BAD_TOKENS = [
    (
        {"SLACK_APP_TOKEN": BOT_TOKEN},
        "SLACK_APP_TOKEN",
        (
            "SLACK_APP_TOKEN holds the Bot User OAuth Token. It needs an app-level token, which starts with "
            "xapp-. Copy it from Basic Information, App-Level Tokens, in the app's settings."
        ),
    ),
    (
        {"SLACK_BOT_TOKEN": APP_TOKEN},
        "SLACK_BOT_TOKEN",
        (
            "SLACK_BOT_TOKEN holds an app-level token. It needs the Bot User OAuth Token, which starts with "
            "xoxb-. Copy it from OAuth & Permissions in the app's settings."
        ),
    ),
    (
        {"SLACK_BOT_TOKEN": "xoxp-1-2-3-of-a-person"},
        "SLACK_BOT_TOKEN",
        (
            "SLACK_BOT_TOKEN holds a user token. It needs the Bot User OAuth Token, which starts with xoxb-. "
            "Copy it from OAuth & Permissions in the app's settings."
        ),
    ),
    (
        {"SLACK_BOT_TOKEN": "xoxb-0001 0002-in-two-parts"},
        "SLACK_BOT_TOKEN",
        (
            "SLACK_BOT_TOKEN has a space or a line break in it. Copy it from OAuth & Permissions in the "
            "app's settings."
        ),
    ),
    (
        {"SLACK_BOT_TOKEN": "5eafb0a75eafb0a75eafb0a75eafb0a7"},
        "SLACK_BOT_TOKEN",
        (
            "SLACK_BOT_TOKEN does not look like a token that starts with xoxb-. Copy it from OAuth & "
            "Permissions in the app's settings."
        ),
    ),
    (
        {"SLACK_BOT_TOKEN": ""},
        "SLACK_BOT_TOKEN",
        "SLACK_BOT_TOKEN is not set. Put it in the environment or in a .env file.",
    ),
]


@pytest.mark.parametrize(("change", "where", "sentence"), BAD_TOKENS)
def test_a_token_that_cannot_be_right_is_told_alike_by_check_and_by_run(
    check: Check, belonging: Belonging, change: dict[str, str], where: str, sentence: str
) -> None:
    environ = TOKENS | change
    code, data = check(SCHEDULED, "--offline", **environ)

    assert code == 1
    assert said(data, where) == [f"error: {sentence}"]
    assert told(belonging, **environ) == sentence


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        (
            "",
            (
                "SLACK_SIGNING_SECRET is not set, and slack.mode is http. Copy the Signing Secret from Basic "
                "Information in the app's settings."
            ),
        ),
        (
            "not-a-secret",
            (
                "SLACK_SIGNING_SECRET does not look like a signing secret (32 digits 0-9 and a-f). Copy the "
                "Signing Secret from Basic Information in the app's settings."
            ),
        ),
    ],
)
def test_http_mode_needs_a_signing_secret_and_no_app_token(
    check: Check, belonging: Belonging, secret: str, sentence: str
) -> None:
    environ = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": secret}
    code, data = check(HTTP % 3000 + OWN, "--offline", **environ)

    assert code == 1
    assert said(data, "SLACK_SIGNING_SECRET") == [f"error: {sentence}"]
    assert said(data, "SLACK_APP_TOKEN") == []
    assert told(belonging, **environ) == sentence


def test_http_mode_is_well_with_its_secret_and_a_free_port_and_remarks_on_the_other_token(
    check: Check,
) -> None:
    environ = TOKENS | {"SLACK_SIGNING_SECRET": SIGNING_SECRET}
    with held_port() as port:
        with socket.create_server(("127.0.0.1", port)):
            busy = check(HTTP % port + OWN, "--offline", **environ)
        free = check(HTTP % port + OWN, "--offline", **environ)

    assert busy[0] == 1
    assert said(busy[1], "slack.http") == [
        (
            f"error: 127.0.0.1:{port} cannot be listened on (Address already in use). "
            "Choose another slack.http.host or port in config.yaml, or end what uses it."
        )
    ]
    assert free[0] == 0
    assert said(free[1], "slack.http")[0].startswith(f"ok: 127.0.0.1:{port} is free")
    assert "remark: It is set, and http mode needs none" in said(free[1], "SLACK_APP_TOKEN")[0]
    assert SIGNING_SECRET not in json.dumps(free[1])


@pytest.mark.parametrize(
    ("text", "environ", "sentence"),
    [
        (
            OWN,
            {"SLACK_API_URL": "slack.com/api/"},
            (
                "SLACK_API_URL: 'slack.com/api/' does not say https:// first. Write an address such as "
                "https://slack.com/api/ (the slash at the end belongs to it)."
            ),
        ),
        (
            "version: 7\nnovelty: true\n" + OWN,
            {},
            (
                "config.yaml, line 1, version: this file is of version 7, and this Belonging Bot reads "
                "version 1. Upgrade Belonging Bot, or take the config.yaml of before."
            ),
        ),
    ],
)
def test_a_configuration_that_cannot_be_read_is_told_alike_by_check_and_by_run(
    check: Check, belonging: Belonging, text: str, environ: dict[str, str], sentence: str
) -> None:
    code, data = check(text, **TOKENS, **environ)

    assert (code, data["config"]) == (1, None)
    assert said(data, "configuration") == [f"error: {sentence}"]
    assert told(belonging, **TOKENS, **environ) == sentence


def test_a_world_readable_data_directory_is_told_alike_by_check_and_by_run(
    check: Check, belonging: Belonging, folder: Path
) -> None:
    data_dir = folder / "data"
    data_dir.mkdir()
    data_dir.chmod(0o755)
    sentence = (
        f"Other users of this machine can look into {data_dir} (its mode is 0755). Run: chmod 700 {data_dir}"
    )

    code, data = check(SCHEDULED, "--offline", **TOKENS)

    assert code == 1
    assert said(data, "data_dir") == [f"error: {sentence}"]
    unwrapped = belonging("run", **TOKENS).stderr.replace("\n", "").replace(" ", "")
    assert unwrapped == f"Error:{sentence}".replace(" ", "")


@pytest.mark.parametrize(
    ("ahead", "way"), [(timedelta(minutes=10), "behind"), (timedelta(minutes=-10), "ahead of")]
)
def test_a_clock_that_is_ten_minutes_off_is_an_error(check: Check, ahead: timedelta, way: str) -> None:
    environ = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET}
    with slack_with(ahead) as url:
        code, data = check(HTTP % 3999 + OWN, **environ, SLACK_API_URL=url)

    sentence = f"The clock of this machine is 10 minutes {way} Slack's. {CLOCK_REMEDY}"
    assert code == 1
    assert said(data, "clock") == [f"error: {sentence}"]


@pytest.mark.parametrize("ahead", [timedelta(days=400), timedelta(days=-400)])
def test_with_a_clock_that_is_off_the_next_questions_are_counted_by_slacks_time(
    check: Check, ahead: timedelta
) -> None:
    environ = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET}
    with slack_with(ahead) as url:
        _, data = check(
            HTTP % 3999 + SCHEDULED.replace(", quiet: [2026-12-24..2027-01-03]", ""),
            **environ,
            SLACK_API_URL=url,
        )

    at = system_clock() + ahead
    first = datetime.fromisoformat(data["next"][0]["at"])
    assert at < first < at + timedelta(days=7, hours=1)
    assert abs(datetime.fromisoformat(data["date"]) - at) < timedelta(minutes=5)


def test_no_output_holds_a_whole_secret(belonging: Belonging, folder: Path) -> None:
    secrets = {
        "SLACK_BOT_TOKEN": "xoxb-1111-2222-canaryOne",
        "SLACK_APP_TOKEN": "xapp-1-A1-3333-canaryTwo",
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "BELONGING_KEY_SECRET": "canary of my own",
    }
    for options in ([], ["--json"]):
        said_ = belonging("check", "--offline", *options, **secrets).output
        assert "xoxb-…yOne" in said_
        assert not any(secret in said_ for secret in (*secrets.values(), "canary", "3333", "5eafb0a7"))


def test_a_short_token_is_not_shown_at_all(check: Check) -> None:
    _, data = check(OWN, "--offline", SLACK_BOT_TOKEN="xoxb-short-one", SLACK_APP_TOKEN=APP_TOKEN)

    assert data["config"]["SLACK_BOT_TOKEN"] == "xoxb-…"


def test_it_says_whether_a_bot_runs_and_changes_nothing(check: Check, folder: Path) -> None:
    data_dir = folder / "data"
    prepare(data_dir, data_dir / "ballots", data_dir / "keys")
    with InstanceLock(data_dir):
        _, data = check(SCHEDULED, "--offline", **TOKENS)
    before = sorted(
        (path, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.name != "config.yaml"
    )
    _, after = check(SCHEDULED, "--offline", **TOKENS)

    assert said(data, "bot") == ["ok: A bot runs on this data now."]
    assert said(after, "bot") == ["ok: No bot runs on this data now."]
    assert before == sorted(
        (path, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.name != "config.yaml"
    )
    with InstanceLock(data_dir):
        """A look leaves the lock free."""


def test_an_env_file_that_others_read_is_an_error(check: Check, folder: Path) -> None:
    env = folder / ".env"
    env.write_text(f"SLACK_BOT_TOKEN={BOT_TOKEN}\nSLACK_APP_TOKEN={APP_TOKEN}\n", encoding="utf-8")
    env.chmod(0o644)

    code, data = check(SCHEDULED, "--offline")

    assert code == 1
    assert said(data, ".env")[0].endswith("Run: chmod 600 .env")


def test_data_in_a_synchronised_folder_is_told(check: Check) -> None:
    code, data = check("data_dir: ./Dropbox/data\n" + SCHEDULED, "--offline", **TOKENS)

    assert code == 1
    assert said(data, "keys_dir")[0].startswith("error: ")
    assert said(data, "data_dir")[0].startswith("remark: ")


def test_people_read_a_table_that_ends_with_how_all_of_it_stands(belonging: Belonging, folder: Path) -> None:
    (folder / "config.yaml").write_text(SCHEDULED, encoding="utf-8")

    well = belonging("check", "--offline", **TOKENS)
    ill = belonging("check", "--offline")

    assert well.exit_code == 0
    assert "things looked at: nothing is wrong, 1 to look at." in well.stdout
    assert "The next prompts" in well.stdout
    assert ill.exit_code == 1
    assert "2 errors, 1 to look at." in ill.stdout
    assert "To do: Put it in the environment or in a .env file." in " ".join(ill.stdout.split())


def test_a_database_that_is_none_is_told_and_the_rest_is_looked_at(check: Check, folder: Path) -> None:
    data_dir = folder / "data"
    prepare(data_dir, data_dir / "ballots", data_dir / "keys")
    (data_dir / "belonging.db").write_bytes(b"not a database, whatever it is called" * 40)

    code, data = check(SCHEDULED, "--offline", **TOKENS)

    assert code == 1
    assert said(data, "belonging.db")[0].startswith("error: The schedules in ")
    assert said(data, "support.checked")


def test_files_that_are_damaged_are_named_each_with_what_comes_of_it(check: Check, folder: Path) -> None:
    data = folder / "data"
    prepare(data, data / "ballots", data / "keys")
    for path in (data / "audiences.db", data / "ballots" / "0123456789ab.db"):
        path.write_bytes(b"not a database at all" * 300)

    code, found = check(SCHEDULED, "--offline")

    wrong = {one["where"]: one["what"] for one in found["findings"] if one["level"] == "error"}
    assert code == 1
    assert "0123456789ab.db is damaged: its round takes no replies" in wrong["ballots"]
    assert "audiences.db is damaged, so nobody can tell who was asked" in wrong["audiences.db"]
