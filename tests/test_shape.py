"""The shape of the house, kept by tests: who asks who is calling, what has its test, how long a file may be."""

import ast
from pathlib import Path

import pytest

import miniapp_api
from kit.door import Route

ROOT = Path(__file__).parent.parent
FOLDERS = ("server", "miniapp_api", "public", "capabilities", "models", "wechat", "documents", "kit", "scripts")
LONGEST = 300
# Longer than a page for a reason; the reason stands beside the name.
MAY_BE_LONGER: dict[str, str] = {}

# Anybody may ask these: looking around needs no log-in, and logging in cannot need one.
PUBLIC = {
    ("POST", "/sessions"),
    # By the secret of a one-time link.
    ("POST", "/staff/sessions"),
    ("POST", "/staff/screen-sessions"),
    ("GET", "/policies/current"),
    ("GET", "/campaigns/current"),
    ("GET", "/units"),
    ("GET", "/codes/<name:str>"),
    ("GET", "/events"),
    ("GET", "/events/<event_id:uuid>"),
    ("GET", "/greetings"),
    ("GET", "/links/<link_code:str>"),
    ("GET", "/teams"),
    ("GET", "/teams/<team_id:uuid>"),
    ("GET", "/channels"),
}


def modules() -> list[Path]:
    return [
        file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in file.parts
    ]


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


class TestRoutes:
    @pytest.mark.parametrize("route", miniapp_api.door.routes, ids=name_of)
    def test_ask_who_is_calling_or_are_on_the_public_list(self, route: Route) -> None:
        assert route.is_public == ((route.method, route.path) in PUBLIC)

    def test_public_list_names_only_routes_that_exist(self) -> None:
        assert {(route.method, route.path) for route in miniapp_api.door.routes} >= PUBLIC

    @pytest.mark.parametrize("route", miniapp_api.door.routes, ids=name_of)
    def test_say_in_chinese_what_they_do(self, route: Route) -> None:
        assert any("\u4e00" <= character <= "\u9fff" for character in route.summary)

    @pytest.mark.parametrize("route", miniapp_api.door.routes, ids=name_of)
    def test_are_short_and_decide_nothing(self, route: Route) -> None:
        file = Path(route.handler.__code__.co_filename)
        tree = ast.parse(file.read_text(encoding="utf-8"))
        handler = next(
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.AsyncFunctionDef) and node.name == route.handler.__name__
        )
        assert not [node for node in ast.walk(handler) if isinstance(node, ast.If | ast.Try | ast.For | ast.While)]


class TestCapabilities:
    @pytest.mark.parametrize(
        "capability",
        sorted(
            {path.stem for path in (ROOT / "capabilities").iterdir() if path.suffix == ".py" or path.is_dir()}
            - {"__init__", "__pycache__"}
        ),
    )
    def test_have_a_test_file_of_the_same_name(self, capability: str) -> None:
        assert (ROOT / "tests" / "capabilities" / f"test_{capability}.py").exists()

    @pytest.mark.parametrize(
        "door", sorted({path.stem for path in (ROOT / "miniapp_api").glob("*.py")} - {"__init__", "door"})
    )
    def test_doors_are_named_after_a_capability(self, door: str) -> None:
        assert (ROOT / "capabilities" / f"{door}.py").exists() or (ROOT / "capabilities" / door).is_dir()
        assert (ROOT / "tests" / "miniapp_api" / f"test_{door}.py").exists()


class TestModules:
    @pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
    def test_fit_on_a_few_pages(self, file: Path) -> None:
        lines = len(file.read_text(encoding="utf-8").splitlines())
        assert lines <= LONGEST or str(file.relative_to(ROOT)) in MAY_BE_LONGER

    @pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
    def test_say_in_one_sentence_what_they_are(self, file: Path) -> None:
        assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))

    @pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
    def test_read_the_environment_only_in_the_settings(self, file: Path) -> None:
        text = file.read_text(encoding="utf-8")
        if file.relative_to(ROOT).parts[0] != "scripts" and file.name != "settings.py":
            assert "os.environ" not in text
            assert "getenv" not in text

    def test_lock_files_name_no_address(self) -> None:
        for lock in ROOT.glob("*.lock"):
            assert "://" not in lock.read_text(encoding="utf-8")
