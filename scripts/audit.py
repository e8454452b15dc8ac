"""Look for known vulnerabilities of what the locks pin, with a cluster; needs a public list of advisories.

``pip-audit`` calls a package that its source does not know "skipped", and passes. Where a source answers for
none of our packages, nothing was looked up: this program says so, and tries the next source. Where none
answers, it passes as *skipped*; with ``--required``, as a release runs it, it fails.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("pypi", "osv")
SKIPPED = "Vulnerabilities: skipped, no source of advisories could be reached."

Report = dict[str, Any]


def verdict(report: Report) -> list[str] | None:
    """Return what must be dealt with, one line each, or None where the source knew none of the packages."""
    packages = report["dependencies"]
    if all("skip_reason" in package for package in packages):
        return None
    unknown = [
        f"{package['name']}: the source does not know it" for package in packages if "skip_reason" in package
    ]
    known = [_known(package, found) for package in packages for found in package.get("vulns", ())]
    return known + unknown


def _known(package: dict[str, Any], found: dict[str, Any]) -> str:
    name, mended = package["name"], ", ".join(found["fix_versions"])
    remedy = (
        f'mended in {mended}: make lock ARGS="--upgrade-package {name}"'
        if mended
        else "not mended yet: do without it, or without what is vulnerable in it"
    )
    return f"{name} {package['version']}: {found['id']}, {remedy}"


def ask(source: str) -> Report | None:
    """Ask one source about every pin; return the report, or None where the source does not answer."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip_audit", "-r", "requirements-cluster.lock", "--require-hashes"]
        command += ["--disable-pip", "--progress-spinner", "off", "-s", source, "-f", "json", "-o"]
        subprocess.run([*command, str(written)], cwd=ROOT, check=False, capture_output=True)
        return json.loads(written.read_text(encoding="utf-8")) if written.exists() else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was found; return 1 where something must be dealt with, or a required answer is missing."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--required", action="store_true", help="fail where no source can be reached")
    required: bool = parser.parse_args(arguments).required
    for source in SOURCES:
        report = ask(source)
        lines = None if report is None else verdict(report)
        if lines is not None:
            print("\n".join(lines) or f"Vulnerabilities: none known to {source}.")
            return 1 if lines else 0
    print(SKIPPED)
    return 1 if required else 0


if __name__ == "__main__":
    sys.exit(main())
