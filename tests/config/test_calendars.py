"""Public holidays from the library, and only when they are asked for."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from bot.config import holiday_calendar

ROOT = Path(__file__).parents[2]


def test_a_region_has_the_holidays_of_its_country_and_its_own() -> None:
    berlin, saxony = holiday_calendar("DE-BE", 2026), holiday_calendar("DE-SN", 2026)

    assert {date(2026, 1, 1), date(2026, 10, 3)} <= berlin & saxony
    assert (date(2026, 3, 8) in berlin, date(2026, 3, 8) in saxony) == (True, False)
    assert all(day.year == 2026 for day in berlin)


def test_a_country_alone_has_its_holidays() -> None:
    assert date(2026, 7, 4) in holiday_calendar("US", 2026)


def test_an_unknown_region_is_refused() -> None:
    for region in ("XX", "DE-XX", ""):
        with pytest.raises(ValueError, match="no holidays are known"):
            holiday_calendar(region, 2026)


def test_the_library_is_not_imported_by_a_config_without_holidays(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(f"prompts: ['{ROOT / 'prompts'}']\n")
    program = (
        "import sys; from pathlib import Path; from bot.config import load_config;"
        "load_config(Path(sys.argv[1]), {}); sys.exit('holidays' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "config.yaml")], cwd=ROOT, check=False
    )

    assert done.returncode == 0
