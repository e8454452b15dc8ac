"""The unit and the image that docs/operate.md describes: hardened, and in step with the program."""

import re
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

from bot.cli.console import UNINSTALLED
from bot.logs import FIELDS
from scripts.package import SUPPORTED
from scripts.release import problem_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
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


def test_the_page_names_every_field_that_a_log_line_may_have_and_no_other() -> None:
    (said,) = [line for line in PAGE.splitlines() if line.startswith("- **The log**")]

    assert list(FIELDS) == re.findall(r"`(\w+)`", said)


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


def test_the_image_is_made_of_the_wheel_and_asks_the_bot_for_its_health() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]

    assert "/dist/*.whl" in DOCKERFILE
    assert "COPY bot" not in last_stage
    assert 'CMD ["belonging", "health"]' in last_stage
    assert "STOPSIGNAL SIGTERM" in last_stage


def test_under_compose_it_can_write_to_its_volume_alone_and_leaves_no_core() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    (service,) = compose["services"].values()

    assert service["read_only"]
    assert ["data:/data", "./config.yaml:/data/config.yaml:ro"] == service["volumes"]
    assert (["ALL"], ["no-new-privileges:true"]) == (service["cap_drop"], service["security_opt"])
    assert {"core": 0} == service["ulimits"]
    assert service["mem_limit"] == service["memswap_limit"]


def test_the_wheel_holds_what_the_program_reads_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.iterdir()
    held = set(zipfile.ZipFile(wheel).namelist())
    package = f"belonging_bot-{PROJECT['version']}"

    assert f"{package}-py3-none-any.whl" == wheel.name
    wanted = {path.relative_to(ROOT).as_posix() for path in files_in("bot")}
    wanted |= {f"bot/shipped/{path.relative_to(ROOT).as_posix()}" for path in files_in("prompts")}
    wanted |= {"bot/shipped/config.yaml", "bot/shipped/manifest.json"}
    assert {"bot/py.typed", "bot/demo/page/index.html", "bot/store/queries.sql"} <= wanted
    assert wanted == {name for name in held if not name.startswith(package)}
    assert f"{package}.dist-info/licenses/LICENSE" in held


def files_in(folder: str) -> list[Path]:
    """The files of a folder, without what Python compiled."""
    return [path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_each_action_is_pinned_by_its_commit_and_no_job_has_more_rights_than_it_says(workflow: Path) -> None:
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    used = re.findall(r"uses: (.*)", workflow.read_text(encoding="utf-8"))

    assert {} == jobs["permissions"]
    assert [] == [name for name, job in jobs["jobs"].items() if not job.get("permissions")]
    assert [] == [one for one in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", one)]


def test_what_is_tried_before_a_release_is_every_python_that_the_package_names() -> None:
    release = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")

    assert ["3.11", "3.12", "3.13"] == SUPPORTED
    assert PROJECT["requires-python"] == f">={SUPPORTED[0]}"
    assert [] == [version for version in SUPPORTED if f"            {version}\n" not in release]


@pytest.mark.parametrize(
    ("tag", "changelog", "says"),
    [
        ("v1.2.3", "# Changelog\n\n## [1.2.3] - 2027-01-05\n", ""),
        ("v1.2.4", "## [1.2.3] - 2027-01-05\n", "The tag is v1.2.4"),
        ("v1.2.3", "## Unreleased\n\nTo become 1.2.3.\n", "has no section"),
        ("v1.2.3", "## [1.2.3]\n", "has no section"),
        ("v1.2.3", "## [1x2x3] - 2027-01-05\n", "has no section"),
    ],
)
def test_a_tag_becomes_a_release_only_if_package_and_changelog_have_its_version(
    tag: str, changelog: str, says: str
) -> None:
    problem = problem_of(tag, "1.2.3", changelog)

    assert says in problem
    assert bool(says) == bool(problem)
