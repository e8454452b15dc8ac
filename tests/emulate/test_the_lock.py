"""What `make node` installs: these bytes, from whichever registry this machine uses."""

import json

from tests.emulate.server import HERE


def test_each_package_is_pinned_by_its_hash_and_no_registry_is_named() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}

    assert "0.12.2" == packages["node_modules/emulate"]["version"], "a later version is another project"
    assert [] == [name for name, package in packages.items() if "integrity" not in package]
    assert [] == [name for name, package in packages.items() if "resolved" in package]
