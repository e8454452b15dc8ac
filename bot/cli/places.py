"""Where the files lie that belong to the program itself."""

from pathlib import Path


def manifest_path() -> Path:
    """The Slack app manifest: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parents[1]
    beside = package.parent / "manifest.json"
    return beside if beside.exists() else package / "manifest.json"
