"""kill -9 while an upload is on its way, and a start where nothing can be stored."""

import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

from models.upload import Upload
from tests.faults.conftest import Crowd, Launch, Server, database
from tests.media import jpeg, noise
from tests.uploads import FORM, files_below, form


def begin(server: Server, headers: dict[str, str], whole: bytes, sent: int) -> socket.socket:
    """POST /uploads, the connection left open in the middle of the body."""
    parts = urlsplit(server.api)
    connection = socket.create_connection((str(parts.hostname), parts.port or 80))
    lines = {"host": "localhost", "content-type": FORM, "content-length": str(len(whole)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    connection.sendall(f"POST {parts.path}/uploads HTTP/1.1\r\n{head}\r\n".encode() + whole[:sent])
    return connection


class TestKill:
    async def test_leaves_no_file_and_no_row_after_the_next_start(
        self, launch: Launch, crowd: Crowd, database_url: str, tmp_path: Path
    ) -> None:
        places = {"LIZAN_MEDIA_URL": f"file://{tmp_path}/media", "LIZAN_UPLOAD_FOLDER": f"{tmp_path}/incoming"}
        server, whole = launch(**places), form(noise((3200, 2400)))
        server.start()
        assert len(whole) > 2 * 1024 * 1024
        with begin(server, crowd.people[0].headers, whole, len(whole) - 100):
            wait_for_a_file(tmp_path / "incoming")
            server.kill()
        assert "given" in files_below(tmp_path / "incoming")
        again = launch(**places)
        again.start()
        assert files_below(tmp_path / "incoming") == ["alive"]
        assert files_below(tmp_path / "media") == []
        async with crowd.people[0].client(again.api) as client:
            answer = await client.post("/uploads", files={"file": jpeg()})
        assert answer.status_code == 201
        async with database(database_url):
            assert await Upload.all().count() == 1


def wait_for_a_file(folder: Path) -> None:
    for _ in range(200):
        if "given" in files_below(folder):
            return
        time.sleep(0.02)
    raise AssertionError("nothing arrived")


class TestStart:
    def test_says_which_folder_cannot_be_written_to(self, launch: Launch, tmp_path: Path) -> None:
        (tmp_path / "taken").write_text("a file where a folder should be")
        for setting, value in (
            ("LIZAN_MEDIA_URL", f"file://{tmp_path}/taken"), ("LIZAN_UPLOAD_FOLDER", f"{tmp_path}/taken")
        ):  # fmt: skip
            server = launch(**{setting: value})
            server.spawn()
            assert server.wait(20) == 2
            assert "服务未启动：无法写入文件夹" in server.said
            assert setting in server.said
