"""What is released can be checked: its address, licences and parts, and that this source builds it."""

import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDER = "security@YOUR-DOMAIN"


def pins(lock: str) -> list[tuple[str, str]]:
    """Return the packages of a lock, with their versions."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return re.findall(r"^([\w.-]+)==([^\s;]+)(?: ; .*)? \\$", text, re.MULTILINE)


PINS = pins("requirements.lock")
LOCKS = ("requirements.lock", "requirements-cluster.lock", "requirements-dev.lock")
EVERYTHING = sorted({name for lock in LOCKS for name, _ in pins(lock)})


ALLOWED = {
    "0BSD",
    "Apache License, Version 2.0",
    "Apache Software License",
    "Apache-2.0",
    "Apache-2.0 AND MIT",
    "Apache-2.0 OR BSD-2-Clause",
    "Apache-2.0 OR BSD-3-Clause",
    "BSD License",
    "BSD License, Apache Software License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC License (ISCL)",
    "MIT",
    "MIT License",
    "MIT-0",
    "MIT AND PSF-2.0",
    "MPL-2.0",
    "MPL-2.0 AND (Apache-2.0 OR MIT)",
    "Mozilla Public License 2.0 (MPL 2.0)",
    "PSF-2.0",
    "Public Domain",
    "Python Software Foundation License",
}
"""Licences that we accept, as packages declare them. The MPL is about changes of its own files alone."""

COPYLEFT = {"orjson", "pathspec"}
"""What is under the MPL; docs/security-answers.md names them."""

OF_A_CLUSTER = {"psycopg", "psycopg-binary"}
"""Under the LGPL, which lets a program use them as libraries; only ``belonging-bot[cluster]`` brings them."""

FROM_FILE = {"axe-playwright-python": "MIT", "kubernetes-validate": "Apache-2.0"}
"""Read in the licence file: the metadata do not say. The first holds axe-core (MPL-2.0), for tests only."""


def installed(name: str) -> bool:
    """Tell whether a pin is for this machine: some are for Windows alone."""
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def licence_of(name: str) -> str:
    """Return the licence as the package declares it: its expression, else its classifiers, else its field."""
    about = importlib.metadata.metadata(name)
    classes = [
        one.split(" :: ")[-1] for one in about.get_all("Classifier") or [] if one.startswith("License")
    ]
    return (
        FROM_FILE.get(name)
        or about.get("License-Expression")
        or ", ".join(classes)
        or about.get("License", "undeclared")
    )


@pytest.mark.parametrize("name", [name for name in EVERYTHING if installed(name)])
def test_every_package_that_we_install_has_a_licence_that_we_may_use(name: str) -> None:
    assert licence_of(name) in ALLOWED or name in OF_A_CLUSTER


def test_the_plain_installation_brings_nothing_of_a_cluster() -> None:
    plain, whole = dict(PINS), dict(pins("requirements-cluster.lock"))

    assert plain.items() <= whole.items()
    assert {"alembic", "sqlalchemy", *OF_A_CLUSTER} <= whole.keys() - plain.keys()
    assert {"LGPL-3.0-only"} == {licence_of(name) for name in OF_A_CLUSTER}


def test_what_is_under_a_copyleft_licence_is_known_and_told() -> None:
    mozilla = {name for name, _ in PINS if installed(name) and re.search(r"MPL|GPL|EPL", licence_of(name))}

    assert mozilla == COPYLEFT
    answers = (ROOT / "docs" / "security-answers.md").read_text(encoding="utf-8")
    assert [] == [name for name in (*mozilla, *OF_A_CLUSTER) if name.removesuffix("-binary") not in answers]


def test_the_bill_of_materials_names_every_pin_with_its_version(tmp_path: Path) -> None:
    bill = tmp_path / "sbom.json"
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject", "pyproject.toml"]
    subprocess.run(
        [*command, "--output-reproducible", "--no-validate", "-o", str(bill), sys.executable],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    found = json.loads(bill.read_text(encoding="utf-8"))

    def plain(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    parts = {(plain(part["name"]), part["version"]) for part in found["components"]}
    assert found["bomFormat"] == "CycloneDX"
    assert found["metadata"]["component"]["name"] == "belonging-bot"
    assert [] == [pin for pin in PINS if installed(pin[0]) and (plain(pin[0]), pin[1]) not in parts]


def wheel_built_in(checkout: Path, *, mode: int, changed_at: int) -> str:
    """Build a wheel in a copy of the checkout with other file modes and times; return its name and hash."""
    checkout.mkdir(parents=True)
    for path in ROOT.glob("[!.]*"):
        if path.is_file():
            shutil.copy(path, checkout)
    for room in ("bot", "prompts"):
        shutil.copytree(ROOT / room, checkout / room, ignore=shutil.ignore_patterns("__pycache__"))
    for path in checkout.rglob("*"):
        if path.is_file():
            path.chmod(mode)
            os.utime(path, (changed_at, changed_at))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "out"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1790000000"}
    subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True)
    (wheel,) = (checkout / "out").iterdir()
    return f"{wheel.name} {hashlib.sha256(wheel.read_bytes()).hexdigest()}"


def test_the_same_source_makes_the_same_wheel_whenever_and_wherever_it_is_built(tmp_path: Path) -> None:
    here = wheel_built_in(tmp_path / "here", mode=0o644, changed_at=1_700_000_000)
    there = wheel_built_in(tmp_path / "an" / "other" / "place", mode=0o600, changed_at=1_600_000_001)

    assert here == there


def lacks_address(security: str, changelog: str, version: str) -> bool:
    """Tell whether this is a release, by its changelog, and SECURITY.md still names nobody to write to."""
    released = f"\n## [{version}]" in changelog
    return released and (PLACEHOLDER in security or not re.search(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", security))


@pytest.mark.parametrize("security", [f"Write to {PLACEHOLDER}.", "Write to us.", ""])
def test_a_release_without_a_private_address_is_found(security: str) -> None:
    assert lacks_address(security, "# Changelog\n\n## [0.1.0] - 2026-12-01\n", "0.1.0")


def test_a_release_with_an_address_and_what_is_no_release_yet_pass() -> None:
    assert not lacks_address(
        "Write to holes@example.org.", "# Changelog\n\n## [0.1.0] - 2026-12-01\n", "0.1.0"
    )
    assert not lacks_address(f"Write to {PLACEHOLDER}.", "# Changelog\n\n## Unreleased\n", "0.1.0")


def test_the_placeholder_is_the_one_in_the_page_or_gone() -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")

    assert PLACEHOLDER in page or "YOUR-DOMAIN" not in page


def test_this_is_no_release_or_names_whom_to_tell_in_private() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    security, changelog = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("SECURITY.md", "CHANGELOG.md")
    )

    assert not lacks_address(security, changelog, version), (
        f"Put an address that you read in place of {PLACEHOLDER} in SECURITY.md."
    )
