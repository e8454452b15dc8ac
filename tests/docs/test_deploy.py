"""The unit and the image that docs/operate.md describes: hardened, and in step with the program."""

import re
from configparser import ConfigParser
from pathlib import Path

from bot.cli.console import UNINSTALLED

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def unit() -> ConfigParser:
    parser = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ROOT / "deploy" / "belonging.service", encoding="utf-8")
    return parser


def test_the_unit_runs_the_program_as_a_user_of_its_own_that_writes_to_its_data_alone() -> None:
    service = unit()["Service"]

    assert "belonging" == service["User"]
    assert "belonging run" in service["ExecStart"]
    assert "strict" == service["ProtectSystem"]
    assert "/var/lib/belonging" == service["ReadWritePaths"]
    assert ("0700", "0077") == (service["StateDirectoryMode"], service["UMask"])


def test_under_the_unit_no_crash_and_no_swap_writes_memory_to_disk() -> None:
    service = unit()["Service"]

    assert ("0", "0") == (service["LimitCORE"], service["MemorySwapMax"])


def test_an_uninstalled_app_is_not_started_again() -> None:
    assert str(UNINSTALLED) == unit()["Service"]["RestartPreventExitStatus"]
    assert f"with code {UNINSTALLED}" in PAGE


def test_the_unit_gives_no_privilege() -> None:
    service = unit()["Service"]

    assert ("", "") == (service["CapabilityBoundingSet"], service["AmbientCapabilities"])
    for key in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "RestrictNamespaces", "ProtectHome"):
        assert "true" == service[key], key


def test_the_image_ends_as_a_user_without_privileges_and_installs_what_the_lock_pins() -> None:
    steps = re.findall(r"^([A-Z]+) (.*)$", DOCKERFILE, re.MULTILINE)
    last_stage = steps[max(place for place, (step, _) in enumerate(steps) if step == "FROM") :]
    users = [value for step, value in last_stage if step == "USER"]

    assert ["10001:10001"] == users
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    assert "--root-user-action" not in DOCKERFILE
    assert ["/data"] == [value for step, value in steps if step == "VOLUME"]
    assert not [value for step, value in steps if step == "FROM" and ":" not in value and " AS " not in value]


def test_only_named_files_reach_the_image_so_that_no_token_and_no_data_does() -> None:
    assert "*" == IGNORED[0]
    for line in IGNORED[1:]:
        name = line.removeprefix("!")
        assert line.startswith("**/") or (ROOT / name).exists(), line
    assert not {"!.env", "!data", "!.git"} & set(IGNORED)
