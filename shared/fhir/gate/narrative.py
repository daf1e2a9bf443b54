"""Narrative is XHTML of a few tags and attributes, and nothing that acts: http://hl7.org/fhir/R4/narrative.html

Parsed as strict XML by expat; what is not on the lists is refused, nothing is cleaned away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import name2codepoint
from typing import Final
from xml.parsers import expat

_XHTML: Final = "http://www.w3.org/1999/xhtml"

_TAGS: Final = frozenset(
    [
        "div", "p", "br", "span", "a", "img", "h1", "h2", "h3", "h4", "h5", "h6", "b", "i", "em", "strong", "small", "big",
        "tt", "code", "pre", "q", "var", "samp", "kbd", "dfn", "abbr", "acronym", "cite", "sub", "sup", "blockquote",
        "address", "hr", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "colgroup", "col", "thead", "tbody", "tfoot",
        "tr", "th", "td", "bdo", "ins", "del", "map", "area",
    ]
)  # fmt: skip
_ATTRIBUTES: Final = frozenset(
    [
        "title", "style", "class", "id", "lang", "dir", "accesskey", "tabindex", "span", "width", "align", "valign", "char",
        "charoff", "abbr", "axis", "headers", "scope", "rowspan", "colspan", "border", "cellspacing", "cellpadding", "frame",
        "rules", "summary", "cite", "datetime", "name", "href", "hreflang", "rel", "rev", "type", "charset", "shape",
        "coords", "src", "alt", "longdesc", "height", "usemap", "ismap", "nohref", "start", "value", "compact", "size",
        "noshade", "nowrap", "bgcolor", "clear", "hspace", "vspace", "vlink", "xml:lang", "xml:space", "xml:base",
    ]
)  # fmt: skip
# What shows without any letters in it: a picture, and blanks that are kept (an official example has nothing else).
_CONTENT: Final = frozenset({"img", "pre"})
_ADDRESSES: Final = frozenset({"href", "src", "cite", "longdesc", "usemap", "xml:base"})
_SAFE: Final = re.compile(
    r"(?:https?:|ftp:|mailto:|tel:|urn:|cid:|#|data:image/(?:png|gif|jpeg|svg\+xml);|[^:]*$|[^:/?#]*[/?#])", re.IGNORECASE
)
_ACTING_STYLE: Final = re.compile(r"expression\s*\(|javascript:|vbscript:|@import|behaviou?r\s*:|-moz-binding|\\", re.IGNORECASE)
_MOST_DEFECTS: Final = 100
_DEEPEST: Final = 256
_BLANKS: Final = re.compile(r"[\s\x00-\x20]+")


def defects(div: str) -> list[str]:
    """What is wrong with a narrative's `div`, as sentences; none if nothing is (txt-1, txt-2)."""
    reader = _Reader()
    try:
        reader.read(div)
    except _Enough:
        return reader.found
    except (expat.ExpatError, UnicodeEncodeError) as error:
        return [*reader.found, f"the narrative is not well-formed XHTML: {error}"]
    if not reader.has_content and not reader.found:
        return ["the narrative has no content (txt-2)"]
    return reader.found


class _Enough(Exception):
    """So much is wrong that the rest need not be read."""


class _Reader:
    def __init__(self) -> None:
        self.found: list[str] = []
        self.has_content = False
        self._depth = 0

    def read(self, div: str) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ProcessingInstructionHandler = lambda target, _: self.found.append(
            f"the narrative has a processing instruction {target}"
        )
        # HTML's named characters (&nbsp;) are declared by a stand-in for the DTD that XHTML has; a document's own DTD is refused.
        parser.StartDoctypeDeclHandler = self._doctype
        parser.UseForeignDTD(True)
        parser.SkippedEntityHandler = lambda name, _: self._entity(name)
        parser.Parse(div.encode(), True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._depth >= _DEEPEST:
            self.found.append(f"the narrative is nested deeper than {_DEEPEST} elements")
        if len(self.found) >= _MOST_DEFECTS or self._depth >= _DEEPEST:
            raise _Enough
        if self._depth == 0 and tag != "div":
            self.found.append(f"the narrative is a <{tag}>, not a <div>")
        if self._depth == 0 and attributes.get("xmlns") != _XHTML:
            self.found.append(f"the narrative's <div> is not in the namespace {_XHTML}")
        self._depth += 1
        if tag not in _TAGS:
            self.found.append(f"<{tag}> is not allowed in a narrative (txt-1)")
        self.has_content = self.has_content or tag in _CONTENT
        self.found.extend(_attribute_defects(tag, attributes))

    def _end(self, _: str) -> None:
        self._depth -= 1

    def _text(self, text: str) -> None:
        self.has_content = self.has_content or not text.isspace()

    def _doctype(self, _: str, system: str | None, public: str | None, internal: int) -> None:
        if system or public or internal:
            raise expat.ExpatError("a document type declaration is not allowed")

    def _entity(self, name: str) -> None:
        if name not in name2codepoint:
            self.found.append(f"the narrative uses an unknown entity &{name};")
        self.has_content = True


def _attribute_defects(tag: str, attributes: dict[str, str]) -> Iterator[str]:
    for name, value in attributes.items():
        if name == "xmlns":
            if value != _XHTML:
                yield f"<{tag}> is in the namespace {value}, not {_XHTML}"
        elif name not in _ATTRIBUTES:
            yield f"the attribute {name} of <{tag}> is not allowed in a narrative (txt-1)"
        elif name in _ADDRESSES and not _SAFE.match(_BLANKS.sub("", value)):
            yield f"the address in {name} of <{tag}> is not allowed in a narrative (txt-1)"
        elif name == "style" and _ACTING_STYLE.search(value):
            yield f"the style of <{tag}> may act, which a narrative must not (txt-1)"
