"""Say whether a tag such as v1.2.3 may become a release: the package and the changelog have this version."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def problem_of(tag: str, version: str, changelog: str) -> str:
    """Return what keeps this tag from becoming a release, with what to do; empty if nothing does."""
    if tag != f"v{version}":
        return f"The tag is {tag}, and the version in pyproject.toml {version}: change one of them."
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d{{2}}-\d{{2}}$", changelog, re.MULTILINE):
        return f"CHANGELOG.md has no section for it: head one '## [{version}] - YYYY-MM-DD'."
    return ""


if __name__ == "__main__":
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    sys.exit(problem_of(sys.argv[1], found, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")) or None)
