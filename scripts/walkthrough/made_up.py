"""Made-up people: names as they occur in this field, ID numbers with right check digits that are nobody's, words."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle

from stdnum.cn import ric
from stdnum.iso7064 import mod_11_2

# One field, never split: with and without a surname, with a middle dot, of 25 characters, beyond the BMP.
NAMES = (
    "巴特尔",
    "斯琴高娃",
    "艾力·买买提",
    "欧阳修",
    "阿卜杜热合曼·阿卜杜外力·麦麦提敏·图尔荪江·艾力",
    "𠮷野家",
    "㛃",
    "那日苏",
    "Marie Curie",
    "才让卓玛",
)
SURNAMES = ("王", "李", "张", "刘", "陈", "杨", "赵", "云", "白", "包", "司马", "诸葛")
GIVEN = ("国文", "秀英", "乌兰", "晓东", "建国", "思远", "丽", "志强", "其木格", "敏", "海燕", "一诺")

# Where ID numbers were given, many of them years after their bearers were born; and the places of residence permits.
PLACES = ("150102", "150103", "150104", "150121", "150122", "110101", "120101", "130102", "210102", "230102", "620102")
PERMIT_PLACES = ("810000", "820000", "830000")
FIRST_BIRTHDAY, BIRTHDAYS, SERIALS = date(1950, 1, 1), 19_000, 1_000
RESIDENT_ID, RESIDENCE_PERMIT = "01", "06"

GREETINGS = (
    "祝福祖国繁荣昌盛，科技事业蒸蒸日上。",
    "致敬每一位默默耕耘的科技工作者。",
    "愿科学的种子在草原上生根发芽。",
    "把论文写在祖国大地上，我们一起努力。",
    "谢谢老师们，是您让我看见了更远的星空。",
)
SUGGESTION = "建议多在旗县举办实用技术培训，方便基层科技工作者参加。"
MARKUP = "<script>alert('祝福')</script> & <b>科技</b> \"引号\""


@dataclass(frozen=True)
class Identity:
    """`sex` and `born` agree with the number, as the registration demands."""

    kind: str
    number: str
    born: date
    sex: str


def names(rng: random.Random) -> Iterator[str]:
    """The odd ones in turn, each followed by two common ones."""
    for odd in cycle(NAMES):
        yield odd
        yield rng.choice(SURNAMES) + rng.choice(GIVEN)
        yield rng.choice(SURNAMES) + rng.choice(GIVEN)


def identities(start: int) -> Iterator[Identity]:
    """Different ones, all different too from those of a start that is as many steps away as this one goes.

    An ID number can be registered once for ever, so a walk-through counts on from its second of the clock.
    """
    number = start
    while True:
        yield identity(number)
        number += 1


def identity(number: int) -> Identity:
    # Neighbours differ in place first, then in birthday, so that a crowd is not all of one village and day.
    rest, place = divmod(number, len(PLACES))
    rest, day = divmod(rest, BIRTHDAYS)
    is_permit = number % 20 == 19
    born = FIRST_BIRTHDAY + timedelta(days=day)
    place_code = PERMIT_PLACES[place % len(PERMIT_PLACES)] if is_permit else PLACES[place]
    body = f"{place_code}{born:%Y%m%d}{rest % SERIALS:03d}"
    # The library wants the check digit's own place filled for the one kind and left off for the other.
    digit = mod_11_2.calc_check_digit(body) if is_permit else ric.calc_check_digit(body + "0")
    sex = "1" if int(body[-1]) % 2 else "2"
    return Identity(RESIDENCE_PERMIT if is_permit else RESIDENT_ID, body + digit, born, sex)


def with_wrong_check_digit(number: str) -> str:
    return number[:-1] + ("0" if number[-1] != "0" else "1")


def phone_number(number: int) -> str:
    return f"1{3 + number % 7}9{number * 7919 % 10**8:08d}"
