"""What text may enter: any script that people write in, nothing that breaks a database, a log or a document."""

import unicodedata

from kit.errors import Invalid

# Line feed and tab are how people lay out a paragraph; every other control character is an accident or an attack.
ALLOWED_CONTROLS = frozenset("\n\t")


class UnacceptableText(Invalid):
    """A control character, NUL, a lone surrogate or a non-character is in a text."""

    words = "文字中含有无法保存的字符，请删除后再提交。"


def clean(text: str) -> str:
    """The text in normal form C with line ends as `\\n`; raises `UnacceptableText`.

    Rare characters beyond the BMP, the middle dot of names, combining marks and right-to-left text stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if any(_is_unacceptable(char) for char in text):
        raise UnacceptableText
    return text


def _is_unacceptable(char: str) -> bool:
    if char in ALLOWED_CONTROLS:
        return False
    # Cc: controls with NUL; Cs: lone surrogates; non-characters end in FFFE or FFFF in every plane.
    return unicodedata.category(char) in {"Cc", "Cs"} or (ord(char) & 0xFFFE) == 0xFFFE or "\ufdd0" <= char <= "\ufdef"
