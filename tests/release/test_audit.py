"""The look-up of known vulnerabilities says what it found, and never that it looked where it could not."""

import pytest

from scripts import audit

UNKNOWN = {"name": "orjson", "skip_reason": "Dependency not found and could not be audited: orjson (3.13.0)"}
CLEAN = {"name": "rich", "version": "15.0.0", "vulns": []}
BAD = {"name": "aiohttp", "version": "3.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1"]}]}
UNMENDED = {"name": "aiohttp", "version": "3.0", "vulns": [{"id": "PYSEC-2", "fix_versions": []}]}


def test_a_source_that_knows_none_of_the_packages_has_not_answered() -> None:
    assert audit.verdict({"dependencies": [UNKNOWN, UNKNOWN]}) is None


def test_a_source_that_finds_nothing_leaves_nothing_to_do() -> None:
    assert audit.verdict({"dependencies": [CLEAN]}) == []


def test_each_vulnerability_is_named_with_the_version_that_mends_it() -> None:
    assert audit.verdict({"dependencies": [BAD, CLEAN]}) == [
        'aiohttp 3.0: PYSEC-1, mended in 3.1: make lock ARGS="--upgrade-package aiohttp"'
    ]
    (line,) = audit.verdict({"dependencies": [UNMENDED]}) or []
    assert line.startswith("aiohttp 3.0: PYSEC-2, not mended yet: do without")


def test_a_package_that_the_source_does_not_know_is_not_passed_over() -> None:
    assert audit.verdict({"dependencies": [CLEAN, UNKNOWN]}) == ["orjson: the source does not know it"]


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ({"pypi": None, "osv": None}, 0, audit.SKIPPED),
        ({"pypi": {"dependencies": [UNKNOWN]}, "osv": None}, 0, audit.SKIPPED),
        ({"pypi": {"dependencies": [UNKNOWN]}, "osv": {"dependencies": [BAD]}}, 1, "PYSEC-1"),
        ({"pypi": {"dependencies": [CLEAN]}, "osv": None}, 0, "none known to pypi"),
        ({"pypi": {"dependencies": [BAD]}, "osv": {"dependencies": [CLEAN]}}, 1, "PYSEC-1"),
    ],
)
def test_the_first_source_that_answers_decides_and_without_one_the_look_up_is_skipped_aloud(
    answers: dict[str, audit.Report | None],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(audit, "ask", answers.__getitem__)

    assert audit.main([]) == code
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(("packages", "code"), [([UNKNOWN], 1), ([CLEAN], 0)])
def test_where_a_look_up_is_required_skipping_it_is_a_failure(
    packages: list[dict[str, object]], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ask", lambda _: {"dependencies": packages})

    assert audit.main(["--required"]) == code


def test_a_release_requires_the_look_up_and_ci_goes_on_without_it() -> None:
    release = (audit.ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    steps = [line.strip() for line in release.splitlines()]

    assert steps.index("run: make audit ARGS=--required") < steps.index("- run: make check")
    assert "make audit package check" in (audit.ROOT / ".ci" / "run").read_text(encoding="utf-8")
