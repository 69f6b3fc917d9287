"""Likeness: copies lie together, different texts apart."""

import random
import time

from kit.likeness import LENGTH, are_alike, grouped, likeness

TEXT = "值此全国科技工作者日，向奋战在科研一线的同志们致以节日的祝福，祝大家身体健康，工作顺利"
OTHERS = [
    "祝福祖国繁荣昌盛",
    "祝福家乡越来越好",
    "向我的老师致敬，感谢您四十年的教导",
    "愿每一位青年都能在草原上看见星空",
    "希望多组织一些面向孩子的科普活动",
]


class TestAreAlike:
    def test_sees_through_signs_spaces_and_case(self) -> None:
        assert likeness(TEXT) == likeness(f" {TEXT.replace('，', ' ')}！！🎉")
        assert likeness("Hello") == likeness("ＨＥＬＬＯ")

    def test_sees_through_a_word_changed(self) -> None:
        assert are_alike(likeness(TEXT), likeness(TEXT.replace("大家", "各位")))
        assert are_alike(likeness(TEXT), likeness(TEXT + "敬礼"))

    def test_tells_different_texts_apart(self) -> None:
        marks = [likeness(text) for text in [TEXT, *OTHERS]]
        pairs = [(one, other) for one in marks for other in marks if one is not other]
        assert not any(are_alike(*pair) for pair in pairs)

    def test_has_a_mark_for_everything(self) -> None:
        for text in ("", "好", "🎉", "🎊", "   "):
            assert len(likeness(text)) == LENGTH
        assert likeness("🎉") != likeness("🎊")


class TestGrouped:
    def test_names_a_group_after_its_first(self) -> None:
        marks = [(number, likeness(text)) for number, text in enumerate([OTHERS[0], TEXT, TEXT + "！", TEXT + "敬礼"])]
        assert grouped(marks) == {0: 0, 1: 1, 2: 1, 3: 1}

    def test_makes_no_chain_of_small_steps(self) -> None:
        """Each text is like the one before it; the last shares nothing with the first."""
        words = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往"
        steps = [words[at : at + 16] for at in range(len(words) - 16)]
        group = grouped([(number, likeness(text)) for number, text in enumerate(steps)])
        assert len(set(group.values())) > 2

    def test_is_quick_for_as_many_as_wait(self) -> None:
        chance = random.Random(7)
        marks = [(number, f"{chance.getrandbits(256):064x}") for number in range(5_000)]
        began = time.process_time()
        assert len(set(grouped(marks).values())) == 5_000
        assert time.process_time() - began < 2
