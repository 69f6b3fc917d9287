"""The poster as a person holds it: what it says, what a phone reads on it, how it looks without our fonts."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import qrcode
from PIL import Image

from documents.poster import Poster, Size, span_in_words, write
from tests.printed import Paper

NINE = datetime(2019, 5, 30, 1, 0, tzinfo=UTC)
CODE = "https://lizan.example/c/AZ4xFyc3dHyYqk0pQk3zsQAAAAAx5o3Yb8JmAZ4xFyc3dHyY"
PLAIN = Poster(
    theme="礼赞共和国 追梦新时代",
    title="防灾减灾气象科普志愿服务",
    unit="呼和浩特市气象学会",
    place="市科技馆一层报告厅",
    starts_at=NINE,
    ends_at=NINE + timedelta(hours=3),
    point="东门",
    is_entrance=True,
    code=CODE,
)
# As long as each may be, with signs beyond the basic plane: an element, a name's variant, a name's dot.
LONGEST = replace(
    PLAIN,
    theme="礼" * 60,
    title="𬭛𠮷元素与艾力·买买提" + "科" * 48,
    unit="学" * 60,
    place="街" * 100,
    point="𠮷𬭛·" + "门" * 27,
)


def drawn(kind: str) -> bytes:
    written = io.BytesIO()
    qrcode.make("mini-program").get_image().convert("RGB").save(written, kind)
    return written.getvalue()


class TestWrite:
    @pytest.mark.parametrize(("size", "millimetres"), [(Size.A4, (210, 297)), (Size.A3, (297, 420))])
    def test_fills_one_page_with_a_code_that_phones_read(self, size: Size, millimetres: tuple[int, int]) -> None:
        paper = Paper(write(PLAIN, size))
        assert paper.size_mm == millimetres
        assert paper.codes() == [CODE]

    def test_says_what_when_where_and_how(self) -> None:
        text = Paper(write(PLAIN, Size.A4)).text
        told = (PLAIN.theme, PLAIN.title, PLAIN.unit, PLAIN.place, PLAIN.point, "2019年5月30日（星期四）9:00–12:00")
        how = (
            "打开微信，扫上方的码",
            "看到绿色圆形对勾即成功",
            "离开前请再扫一次",
            "摄像头不可用？",
            "请到服务台，报姓名",
        )
        assert [words for words in (*told, *how) if words not in text] == []

    def test_leads_to_the_screen_where_the_code_changes(self) -> None:
        paper = Paper(write(replace(PLAIN, code=None), Size.A4))
        assert paper.codes() == []
        for words in ("请扫描旁边屏幕上的码", "用微信扫旁边屏幕上的码", "输入屏幕上的六位数字"):
            assert words in paper.text
        assert "上方的码" not in paper.text
        assert "六位数字" not in Paper(write(PLAIN, Size.A4)).text

    @pytest.mark.parametrize("kind", ["PNG", "JPEG"])
    def test_carries_the_mini_program_code_as_wechat_drew_it(self, kind: str) -> None:
        for size in Size:
            paper = Paper(write(replace(PLAIN, mini_program_code=drawn(kind)), size))
            assert set(paper.codes()) == {CODE, "mini-program"}
            assert "打开小程序" in paper.text
            assert "未印小程序码" not in paper.text

    @pytest.mark.parametrize("picture", [None, b"", b"\x89PNG\r\n\x1a\nno picture", drawn("PNG")[:300]])
    def test_is_printed_without_one_and_says_so(self, picture: bytes | None) -> None:
        paper = Paper(write(replace(PLAIN, mini_program_code=picture), Size.A4))
        assert paper.codes() == [CODE]
        assert "本张未印小程序码，生成后可重新打印" in paper.text
        assert "打开小程序" not in paper.text

    def test_asks_to_check_out_only_at_an_entrance(self) -> None:
        text = Paper(write(replace(PLAIN, is_entrance=False), Size.A4)).text
        assert "签退" not in text
        assert "有疑问请找现场工作人员" in text

    @pytest.mark.parametrize("size", Size)
    def test_shows_the_longest_words_and_rare_signs_in_full(self, size: Size) -> None:
        paper = Paper(write(LONGEST, size))
        for words in (LONGEST.theme, LONGEST.title, LONGEST.unit, LONGEST.place, LONGEST.point):
            assert words in paper.text
        assert paper.codes() == [CODE]

    def test_sees_a_sign_that_no_font_has(self) -> None:
        title = "𪚥字"
        assert title not in Paper(write(replace(PLAIN, title=title), Size.A4)).text

    def test_carries_its_fonts(self) -> None:
        assert Paper(write(LONGEST, Size.A4)).carries_its_fonts()

    def test_prints_no_words_over_the_code_or_off_the_edge(self) -> None:
        picture = Paper(write(LONGEST, Size.A4)).picture(dpi=96)
        # Around the code and along three edges there is nothing but paper.
        edges = [(0, 500, 50, 1123), (744, 500, 794, 1123), (0, 1108, 794, 1123), (215, 855, 580, 880)]
        assert all(darkest(picture, edge) > 240 for edge in edges)

    def test_reads_no_word_as_markup(self) -> None:
        title = '#panic(1) *粗* $x$ \\ "引" <b> @ref'
        assert title in Paper(write(replace(PLAIN, title=title), Size.A4)).text


def darkest(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    darkest, _ = picture.crop(box).getextrema()
    return int(darkest)


class TestSpanInWords:
    @pytest.mark.parametrize(
        ("starts", "length", "words"),
        [
            (NINE, timedelta(hours=7, minutes=30), "30日（星期四）9:00–16:30"),
            (NINE, timedelta(hours=30), "30日（星期四）9:00 至 5月31日（星期五）15:00"),
            # Midnight in Asia/Shanghai is four in the afternoon in UTC.
            (NINE + timedelta(hours=13), timedelta(hours=4), "30日（星期四）22:00 至 5月31日（星期五）2:00"),
            (NINE, timedelta(days=216), "30日（星期四）9:00 至 2020年1月1日（星期三）9:00"),
        ],
    )
    def test_is_in_local_time(self, starts: datetime, length: timedelta, words: str) -> None:
        assert span_in_words(starts, starts + length) == f"2019年5月{words}"

    def test_says_when_it_is_not_known(self) -> None:
        assert span_in_words(None, None) == "时间待定"
