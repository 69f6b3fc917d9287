"""Make fresh keys for SECRET_KEY, DATA_KEY and INDEX_KEY, as lines for a `.env` file."""

import secrets
from pathlib import Path

NAMES = ("LIZAN_SECRET_KEY", "LIZAN_DATA_KEY", "LIZAN_INDEX_KEY")


def fresh_keys() -> dict[str, str]:
    return {name: secrets.token_urlsafe(32) for name in NAMES}


def keys_in(file: Path) -> dict[str, str]:
    """The keys kept in `file`, made at the first call; readable by its owner only."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={key}\n" for name, key in fresh_keys().items()), encoding="utf-8")
    lines = file.read_text(encoding="utf-8").split()
    return dict(line.split("=", 1) for line in lines)


if __name__ == "__main__":
    print("".join(f"{name}={key}\n" for name, key in fresh_keys().items()), end="")
