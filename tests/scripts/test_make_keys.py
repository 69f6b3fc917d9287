"""Fresh keys as lines of a `.env` file."""

import stat
from pathlib import Path

from kit.seals import decode
from scripts.make_keys import NAMES, fresh_keys, keys_in
from tests.scripts.command import WECHAT, environment, run


class TestFreshKeys:
    def test_are_three_different_ones_of_256_bits(self) -> None:
        keys = fresh_keys()
        assert tuple(keys) == NAMES
        assert len(set(keys.values())) == 3
        assert {len(decode(key) or b"") for key in keys.values()} == {32}

    def test_never_repeat(self) -> None:
        assert len({key for _ in range(50) for key in fresh_keys().values()}) == 150


class TestKeysIn:
    def test_are_made_once_and_found_again(self, tmp_path: Path) -> None:
        file = tmp_path / "var" / "keys.env"
        first = keys_in(file)
        written = file.read_bytes()
        assert keys_in(file) == first
        assert file.read_bytes() == written

    def test_can_be_read_by_their_owner_only(self, tmp_path: Path) -> None:
        file = tmp_path / "keys.env"
        keys_in(file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


class TestMakeKeys:
    def test_prints_what_the_settings_take(self, tmp_path: Path) -> None:
        ran = run("make_keys", env=environment(), cwd=tmp_path)
        lines = dict(line.split("=", 1) for line in ran.said.splitlines())
        assert (ran.code, ran.complained, set(lines)) == (0, "", set(NAMES))
        (tmp_path / ".env").write_text(ran.said, encoding="utf-8")
        assert run("migrate", env=environment(**WECHAT), cwd=tmp_path).code == 0

    def test_leaves_nothing_behind(self, tmp_path: Path) -> None:
        run("make_keys", env=environment(), cwd=tmp_path)
        assert list(tmp_path.iterdir()) == []
