"""Build wheel and sdist into dist/, and try them as somebody does who installs them: in an empty folder.

    python -m scripts.package

Every Python of this machine that the package supports gets a clean environment. Also looks at what is shipped
with twine and check-wheel-contents, and at the Dockerfile and the workflows with their linters.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
BIN = Path(sys.executable).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SUPPORTED = [
    line.rpartition(" ")[2] for line in PROJECT["classifiers"] if line.startswith("Programming Language")
]
PATIENCE_S = 60
QUIET = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1", "UV_NO_PROGRESS": "1"}


def main() -> None:
    """Build, look and try; end with the first thing that fails."""
    wheel, sdist = build()
    pythons = dict(find_pythons())
    first = next(iter(pythons.values()))
    with (
        tempfile.TemporaryDirectory(prefix="belonging-package-") as folder,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        tries = [
            *(
                pool.submit(try_archive, Path(folder, version), python, wheel, f"with Python {version}")
                for version, python in pythons.items()
            ),
            pool.submit(try_archive, Path(folder, "sdist"), first, sdist, "from source"),
            pool.submit(try_tool, Path(folder, "tool"), first, wheel),
            pool.submit(look, wheel, sdist),
        ]
        for one in tries:
            print(one.result())
    missing = [version for version in SUPPORTED if version not in pythons]
    if missing:
        print(f"Not tried, since they are not on this machine: Python {', '.join(missing)}")


def run(*command: str | Path, **environ: str) -> str:
    """Run a command, and return what it prints. Ends this program if it fails."""
    ended = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env=os.environ | environ,
        text=True,
        capture_output=True,
        check=False,
    )
    if ended.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def build() -> tuple[Path, Path]:
    """Build the sdist, and the wheel from what the sdist holds. Return the wheel and the sdist."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(BIN / "hatchling", "build", "-t", "sdist", "-d", DIST)
    (sdist,) = DIST.glob("*.tar.gz")
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", DIST, sdist)
    (wheel,) = DIST.glob("*.whl")
    return wheel, sdist


def look(wheel: Path, sdist: Path) -> str:
    """Check the metadata and the contents, the Dockerfile and the workflows. Return what found nothing."""
    run(BIN / "twine", "check", "--strict", wheel, sdist)
    run(BIN / "check-wheel-contents", wheel)
    run(BIN / "hadolint", "Dockerfile")
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    run(BIN / "zizmor", "--offline", "--no-progress", *workflows)
    run(BIN / "jactionlint", *workflows)
    return "twine, check-wheel-contents, hadolint, zizmor and jactionlint find nothing"


def find_pythons() -> Iterator[tuple[str, Path]]:
    """Yield each supported version that this machine has, with its program."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for version in SUPPORTED:
        name = f"python{version}"
        folders = [*map(Path, os.environ["PATH"].split(os.pathsep)), *sorted(pyenv.glob("versions/*/bin"))]
        for program in (folder / name for folder in folders if (folder / name).is_file()):
            if not subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode:
                yield version, program
                break


def try_archive(environment: Path, python: Path, archive: Path, how: str) -> str:
    """Install a wheel or sdist beside what the lock pins, and try it. Return what worked."""
    run(BIN / "uv", "venv", "--no-project", "--python", python, environment, **QUIET)
    pip = (BIN / "uv", "pip", "install", "--python", environment / "bin" / "python")
    run(*pip, "--require-hashes", "-r", "requirements.lock", **QUIET)
    run(*pip, "--no-deps", "--no-build-isolation", archive, **QUIET)
    run(BIN / "uv", "pip", "check", "--python", environment / "bin" / "python", **QUIET)
    try_program(environment / "bin" / "belonging")
    return f"{archive.name} works {how}"


def try_tool(folder: Path, python: Path, wheel: Path) -> str:
    """Install the wheel as a person installs a tool, and try it. Return what worked."""
    places = {"UV_TOOL_DIR": str(folder / "tools"), "UV_TOOL_BIN_DIR": str(folder / "bin")}
    pins = folder / "pins.txt"  # constraints with hashes would ask for one of the wheel itself
    folder.mkdir()
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = (line.removesuffix(" \\") for line in lock if line[:1].isalnum())
    pins.write_text("\n".join(pinned), encoding="utf-8")
    run(BIN / "uv", "tool", "install", "--python", python, "--constraints", pins, wheel, **QUIET | places)
    try_program(folder / "bin" / "belonging")
    return f"{wheel.name} works as a tool of uv"


def try_program(program: Path) -> None:
    """Run in an empty folder what needs no installation. Ends this program if something is wrong."""
    with tempfile.TemporaryDirectory(prefix="belonging-empty-") as folder:
        home = {"PATH": os.environ["PATH"], "HOME": folder, "TMPDIR": folder}
        for arguments, says in (
            (["--version"], PROJECT["version"]),
            (["prompts", "list"], "door-06"),
            (["report", "--sample"], "written to report.html"),
            (["manifest"], "slash_commands"),
        ):
            ended = subprocess.run(
                [program, *arguments], cwd=folder, env=home, text=True, capture_output=True, check=False
            )
            if ended.returncode or says not in ended.stdout:
                sys.exit(f"belonging {' '.join(arguments)}: {ended.stdout}{ended.stderr}")
        if "<!doctype html>" not in Path(folder, "report.html").read_text(encoding="utf-8"):
            sys.exit("belonging report --sample wrote no page")
        try_demo(program, folder, home)


def try_demo(program: Path, folder: str, environ: Mapping[str, str]) -> None:
    """Open the page of the demo, and stop it."""
    with subprocess.Popen(
        [program, "demo", "--no-browser", "--port", "0"],
        cwd=folder,
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as demo:
        said = ""
        for line in demo.stdout or ():
            said += line
            if "Ctrl-C" in line:
                break
        url = next((word for word in said.split() if word.startswith("http://127.0.0.1:")), "")
        page = urlopen(url, timeout=PATIENCE_S).read().decode() if url else ""  # noqa: S310 - our own address
        demo.terminate()
        if demo.wait(PATIENCE_S) or "<title>" not in page:
            sys.exit(f"belonging demo: {said}")


if __name__ == "__main__":
    main()
