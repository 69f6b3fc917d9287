"""XML of strangers: what is read, and what is refused before it costs anything."""

import time

import pytest

from wechat.strict_xml import MAX_DEPTH, MalformedXml, read_xml

BOMB = (
    '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><xml>&c;</xml>'
)


class TestReadXml:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("<xml><a>1</a><b><![CDATA[<二>]]></b></xml>", {"a": "1", "b": "<二>"}),
            ("<xml><a><b>1</b></a></xml>", {"a": {"b": "1"}}),
            ("<xml><a>1</a><a>2</a><a>3</a></xml>", {"a": ["1", "2", "3"]}),
            ("<xml>\n <a> 1 </a>\n</xml>", {"a": "1"}),
            ("<xml><a/></xml>", {"a": ""}),
            ("<xml/>", {}),
        ],
    )
    def test_gives_plain_values(self, text, told):
        assert read_xml(text) == told
        assert read_xml(text.encode()) == told

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "<xml>",
            "<xml></yml>",
            BOMB,
            '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml>&e;</xml>',
            '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><xml/>',
            "<xml>&undeclared;</xml>",
            b"<xml>\xff\xfe</xml>",
            b"\x00",
            "<xml>" + "<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH + "</xml>",
        ],
        ids=range(11),
    )
    def test_refuses_what_is_no_message(self, text):
        with pytest.raises(MalformedXml):
            read_xml(text)

    def test_refuses_a_deep_document_at_once(self):
        deep = "<a>" * 200_000 + "</a>" * 200_000
        started = time.perf_counter()
        with pytest.raises(MalformedXml):
            read_xml(deep)
        assert time.perf_counter() - started < 0.2
