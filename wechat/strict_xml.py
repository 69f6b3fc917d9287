"""XML from outside as plain values: elements only, shallow, without the declarations that bombs are made of."""

from typing import Any, NoReturn
from xml.parsers import expat

# A push is four deep. What is deeper than this is refused there, not read to its end.
MAX_DEPTH = 8


class MalformedXml(ValueError):
    """Not XML, deeper than anything that WeChat sends, or with a document type or entities."""


def read_xml(text: str | bytes) -> dict[str, Any]:
    """The children of the root by name: text, a dict of children, or a list where a name comes more than once.

    An empty element is an empty text. Raises `MalformedXml`.
    """
    builder = _Builder()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.add
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(text.encode() if isinstance(text, str) else text, True)
    except (expat.ExpatError, UnicodeError) as error:
        raise MalformedXml(type(error).__name__) from None
    return builder.root


def _refuse(*_: Any) -> NoReturn:
    raise MalformedXml("document type")


class _Builder:
    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if len(self._open) == MAX_DEPTH:
            raise MalformedXml("too deep")
        self._open.append((name, {}, []))

    def add(self, text: str) -> None:
        self._open[-1][2].append(text)

    def end(self, name: str) -> None:
        _, children, texts = self._open.pop()
        if not self._open:
            self.root = children
            return
        around = self._open[-1][1]
        value = children or "".join(texts).strip()
        if name not in around:
            around[name] = value
        elif isinstance(around[name], list):
            around[name].append(value)
        else:
            around[name] = [around[name], value]
