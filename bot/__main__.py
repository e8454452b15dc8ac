"""``python -m bot`` is ``belonging``."""

from bot.cli import main

if __name__ == "__main__":
    main()
