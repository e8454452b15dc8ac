"""The docs keep up with the program: commands, links, the promise, the tests that the threat model names."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import typer

from bot.cli.main import app
from bot.core.model import ReleasePolicy, RoundKind
from bot.proof import ATTACKS
from bot.report.export import COLUMNS
from bot.slack.help.blocks import COMMANDS
from bot.slack.kit.privacy import promise_blocks
from bot.slack.kit.release_rules import policy_sentences
from tests.world import text_of

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
MOST_BYTES = 400_000
MOST_WORDS_OF_THE_README = 700
MOST_WORDS = 20_000 + 5 * 1_500 + 5_000 + 2 * 2_000
"""What all pages hold together.

Above 20,000: 1,500 each for summaries and decisions, for the words of the questions, for installing it
anywhere and for looking after it; 5,000 for what those who must approve the bot sign and ask; 2,000 each for
hosting many workspaces and for several machines, of which somebody with one reads nothing.
"""

CLI = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group, as it has subcommands

# Put together from pieces, so that this file does not find itself.
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "index" + "-url"]
MACHINE = ["/" + "work/", "/" + "home/", "/" + "root/", "/" + "Users/"]
TEXTS = (
    "*.md",
    "*.py",
    "*.toml",
    "*.lock",
    "*.yaml",
    "*.yml",
    "*.service",
    "*.json",
    "*.js",
    "*.css",
    "*.html",
    "*.sql",
    "*.conf",
    "Makefile",
    "Dockerfile",
    "Caddyfile",
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def plain(text: str) -> str:
    """Words alone: no markup, no line breaks."""
    return " ".join(re.sub(r"[*>`•]", " ", text).split()).replace(" .", ".").replace(" ,", ",")


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def links_of(page: Path) -> list[str]:
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)", prose, flags=re.MULTILINE)
    targets = [inline or reference for inline, reference in found]
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def own_texts() -> list[Path]:
    """Every text of the repository, but nothing that was installed, built or stored in it."""
    rooms = [
        ROOT / name
        for name in ("bot", "tests", "docs", "scripts", "benchmarks", "prompts", "deploy", ".ci", ".github")
    ]
    inside = [path for room in rooms for pattern in (*TEXTS, "run") for path in room.rglob(pattern)]
    beside = [path for pattern in TEXTS for path in ROOT.glob(pattern)]
    return [path for path in {*inside, *beside} if path.is_file()]


def attacks_of(name: str) -> list[str]:
    """The rows of the table of attacks."""
    _, _, section = read(name).partition("\n| attack | tests |\n|---|---|\n")
    return section.partition("\n\n")[0].splitlines()


def names_of_tests(name: str) -> set[str]:
    """The tests in a file: functions, and state machines that are run as one."""
    nodes = list(ast.walk(ast.parse(read(name))))
    functions = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    assigned = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return {one for one in functions | assigned if one.lower().startswith("test")}


@pytest.mark.parametrize("name", sorted(CLI))
def test_every_command_and_option_has_help(name: str) -> None:
    options = [one for one in CLI[name].params if one.param_type_name == "option"]

    assert CLI[name].help
    assert [] == [one.name for one in options if not one.help]


@pytest.mark.parametrize("name", sorted(CLI))
def test_every_command_stands_in_the_docs(name: str) -> None:
    assert re.search(rf"^\| `belonging {name}` \|", read("docs/commands.md"), flags=re.MULTILINE)


def test_the_docs_name_no_command_that_is_not_there() -> None:
    rows = re.findall(r"^\| `belonging (\w+)` \|", read("docs/commands.md"), flags=re.MULTILINE)

    assert sorted(CLI) == sorted(rows)


def test_what_can_be_typed_in_slack_stands_in_the_docs_and_nothing_else() -> None:
    rows = re.findall(r"^\| `(/belonging [\w ]+)` \|", read("docs/commands.md"), flags=re.MULTILINE)

    assert sorted(command for command, _ in COMMANDS) == sorted(rows)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in links_of(page):
        name, _, anchor = target.partition("#")
        goal = (page.parent / name).resolve() if name else page
        headings = (
            re.findall(r"^#+ (.+)$", goal.read_text("utf-8"), re.MULTILINE) if goal.suffix == ".md" else []
        )
        if not goal.exists() or (anchor and anchor not in map(slug, headings)):
            broken.append(target)

    assert [] == broken


def test_the_index_leads_to_every_page() -> None:
    reached = {(DOCS / target.partition("#")[0]).resolve() for target in links_of(DOCS / "README.md")}

    assert [] == [
        named(page) for page in DOCS.rglob("*.md") if page not in reached and page.name != "README.md"
    ]


def test_the_readme_names_the_two_commands_and_the_makefile_has_them() -> None:
    for target in ("demo", "test"):
        assert f"\nmake {target}\n" in read("README.md")
        assert re.search(rf"^{target}:.*##", read("Makefile"), flags=re.MULTILINE)


def test_the_readme_is_short_and_sets_the_bot_up_in_five_steps() -> None:
    prose = read("README.md").partition("\n[architecture]: ")[0]
    install = prose.partition("## Install it on Slack")[2].partition("\n## ")[0]

    assert len(prose.split()) <= MOST_WORDS_OF_THE_README
    assert ["1", "2", "3", "4", "5"] == re.findall(r"^(\d)\. ", install, flags=re.MULTILINE)


@pytest.mark.parametrize("wanted", [*REGISTRIES, *MACHINE])
def test_no_text_names_a_registry_or_a_path_of_a_machine(wanted: str) -> None:
    found = [
        named(path) for path in own_texts() if wanted in path.read_text(encoding="utf-8", errors="replace")
    ]

    assert [] == found


def test_members_read_the_promise_in_the_words_of_the_bot() -> None:
    page = plain(read("docs/privacy.md"))
    said = [block for block in promise_blocks(ReleasePolicy()) if block["type"] == "section"]
    paragraphs = [text for block in said if "What may be shown" not in (text := plain(text_of([block])))]

    rules = [
        plain(rule)
        for kind in RoundKind
        for rule in policy_sentences(ReleasePolicy(), tenure=True, kind=kind)
    ]

    assert [] == [text for text in (*paragraphs, *rules) if text not in page]


@pytest.mark.parametrize("row", attacks_of("docs/threat-model.md"))
def test_every_attack_of_the_threat_model_has_tests(row: str) -> None:
    files = re.findall(r"`(tests/[\w/]+\.py)`", row)

    assert files
    assert [] == [name for name in files if not names_of_tests(name)]


def test_the_threat_model_says_what_mutants_are_and_there_are_some() -> None:
    files = re.findall(r"`(tests/privacy/[\w/]+\.py)`", read("docs/threat-model.md"))

    assert attacks_of("docs/threat-model.md")
    assert "Tests named *mutant* break the program" in read("docs/threat-model.md")
    assert any("mutant" in test for name in files for test in names_of_tests(name))


def test_every_attack_of_the_proof_stands_in_its_page_and_no_other() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "bot" / "proof").rglob("*.py")]
    attacks = {name for source in sources for name in re.findall(r'attack="([^"]+)"', source)}
    _, _, table = read("docs/proof.md").partition("| attack | looks for |")
    cells = re.findall(r"^\| ([a-z ,]+) \|", table, flags=re.MULTILINE)

    assert len(attacks) == len(ATTACKS)
    assert attacks == {name for cell in cells for name in cell.split(", ")}


def test_every_column_of_the_export_stands_in_its_page() -> None:
    page = read("docs/report.md")

    assert [] == [column for column in COLUMNS if f"`{column}`" not in page]


def test_the_changelog_has_a_section_for_the_version_or_for_what_is_unreleased() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    changelog = read("CHANGELOG.md")

    assert f"## [{version}]" in changelog or f"To become {version}." in changelog


def test_decisions_are_numbered_without_gaps_and_say_where_they_stand() -> None:
    records = sorted((DOCS / "adr").glob("*.md"))

    assert [f"{number:04}" for number in range(1, len(records) + 1)] == [path.name[:4] for path in records]
    for record in records:
        assert record.read_text(encoding="utf-8").startswith(f"# {record.name[:4]} ")
        assert re.search(r"^Status: (accepted|superseded by \d{4})$", record.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("picture", sorted((DOCS / "images").glob("*.png")), ids=named)
def test_pictures_are_small_and_shown_somewhere(picture: Path) -> None:
    assert picture.stat().st_size < MOST_BYTES
    assert any(picture.name in page.read_text(encoding="utf-8") for page in PAGES)


CODE_PATH = re.compile(r"(?<![\w/.<>-])(?:[\w-]+/)+[\w.-]+\.(?:py|sql)\b")
"""Code that is named with its folder, such as ``store/queries.sql``."""


def code_paths_of(page: Path) -> list[str]:
    """The files of code that a page names; those it links to are looked at elsewhere."""
    text = re.sub(
        r"\]\([^)]*\)|https?://\S+|^\[[^\]]+\]: \S+", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    return CODE_PATH.findall(text)


@pytest.mark.parametrize("page", [page for page in PAGES if code_paths_of(page)], ids=named)
def test_every_file_that_is_named_exists(page: Path) -> None:
    rooms = (ROOT, ROOT / "bot")

    missing = [name for name in code_paths_of(page) if not any((room / name).is_file() for room in rooms)]

    assert [] == missing


def tree_of_rooms() -> list[str]:
    """The files and folders in the tree of docs/architecture.md, as paths."""
    block = read("docs/architecture.md").partition("```\n")[2].partition("```")[0]
    found, room = [], ""
    for line in block.splitlines():
        depth, words = len(line) - len(line.lstrip()), re.split(r"   ?(?=[a-z])", line.strip())
        names = [name for word in words for name in re.findall(r"^[\w]+(?:/|\.py)", word)]
        names += re.findall(r", ([\w]+\.py)", line)
        if depth == 2:
            room = names[0]
        found += ["bot/" * (depth > 0) + room * (depth > 2) + name for name in names]
    return found


def test_the_tree_of_rooms_is_the_one_on_disk() -> None:
    named_rooms = tree_of_rooms()

    assert [] == [name for name in named_rooms if not (ROOT / name).exists()]
    there = {path.name for path in (ROOT / "bot").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert there == {name.split("/")[1] for name in named_rooms if re.fullmatch(r"bot/\w+/", name)}


WHERE_TO_FIND = re.findall(
    r"^\| (.*?) \| (`.*?\.(?:py|sql)`.*?) \|$", read("docs/architecture.md"), re.MULTILINE
)


@pytest.mark.parametrize(("question", "places"), WHERE_TO_FIND)
def test_each_function_that_the_page_names_is_in_the_file_beside_it(question: str, places: str) -> None:
    for place in places.split("; "):
        path, _, what = place.partition(": ")
        for name in re.findall(r"`(\w+)`", what):
            code = read("bot/" + path.strip("`"))
            assert re.search(rf"^((def|class|async def|-- name:) {name}\b|{name} = )", code, re.MULTILINE), (
                question
            )


@pytest.mark.parametrize(
    ("question", "evidence"),
    [
        ("the sentence a late joiner reads", "before you came to the channel"),
        ("where a count is merged", "end = merged_end(answered)"),
        ("what happens when Slack says 429", "``RateLimiter.refuse``"),
        ("where the schedule form is parsed", "-> ScheduleDraft | FieldErrors"),
        ("the SQL that claims a firing", "INSERT INTO firing"),
    ],
)
def test_what_a_newcomer_asks_first_is_found_where_the_page_says(question: str, evidence: str) -> None:
    paths = re.findall(r"`([\w/]+\.(?:py|sql))`", dict(WHERE_TO_FIND)[question])

    assert any(evidence in read(f"bot/{path}") for path in paths)


def test_the_first_run_has_twenty_steps_that_say_what_to_expect_and_what_to_report() -> None:
    page = read("docs/first-run.md")
    steps = re.findall(r"^(\d+)\. .+ \*\*.+\*\* \(.+\)$", page, re.MULTILINE)

    assert [str(number) for number in range(1, 21)] == steps
    assert len(page.split()) <= 700


def test_the_docs_stay_short_enough_to_be_read() -> None:
    pages = [page for page in PAGES if page.name != "CHANGELOG.md"]

    assert sum(len(page.read_text(encoding="utf-8").split()) for page in pages) <= MOST_WORDS
