"""Markdown → the HTML of a page: headings that can be linked to, links between docs, boxes that scroll, no raw HTML."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE)
DOC_LINK = re.compile(r"(?P<name>[\w-]+)\.md(?P<anchor>#.*)?")
PICTURE = "pictures/"
PLAIN = ("text", "code_inline")
"""Tokens of a heading or a paragraph that hold what is read."""
BOXES = {
    "table_open": '<div class="lr-scroll" tabindex="0"><table class="lr-table">\n',
    "table_close": "</table></div>\n",
}


class Heading(NamedTuple):
    """`level`: 2 for the parts of a doc, 3 for theirs. `anchor` is what GitHub makes of the text."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Doc:
    """`about` is its first sentence, as plain text. `links` are those to other docs and their headings: NAME#ANCHOR."""

    title: str
    about: str
    html: SafeString
    headings: tuple[Heading, ...]
    links: tuple[str, ...]


@dataclass(slots=True)
class _Reader:
    """What is collected on the way through a doc."""

    known: Collection[str]
    pictures: Collection[str]
    headings: list[Heading] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def look(self, tokens: Sequence[Token]) -> None:
        """Name the headings, and turn links and pictures to where they are served."""
        for number, token in enumerate(tokens):
            if token.type == "heading_open":
                self._name(token, _text(tokens[number + 1]))
            for child in token.children or ():
                if child.type == "link_open":
                    self._turn(child)
                elif child.type == "image":
                    self._show(child)

    def _name(self, token: Token, text: str) -> None:
        anchor = _anchor(text, [heading.anchor for heading in self.headings])
        level = int(token.tag[1:])
        self.headings.append(Heading(level, anchor, text))
        token.attrSet("id", anchor)
        token.tag = f"h{level + 1}"  # the page has the first one

    def _turn(self, token: Token) -> None:
        target = str(token.attrs["href"])
        doc = DOC_LINK.fullmatch(target)
        if doc and doc["name"] in self.known:
            self.links.append(f"{doc['name']}{doc['anchor'] or ''}")
            token.attrs["href"] = reverse("docs:page", args=[doc["name"]]) + (doc["anchor"] or "")
        elif target.startswith("#"):
            self.links.append(target)
        elif target.startswith("https://"):
            token.attrs |= {"target": "_blank", "rel": "noopener noreferrer"}
        else:
            del token.attrs["href"]  # it leads to a file that is not served

    def _show(self, token: Token) -> None:
        name = str(token.attrs["src"]).removeprefix(PICTURE)
        token.attrs["src"] = reverse("docs:picture", args=[name]) if name in self.pictures else ""


def read_doc(text: str, *, known: Collection[str], pictures: Collection[str]) -> Doc:
    """`known` and `pictures` name what can be linked to; a link to anything else of the source is read as text."""
    markdown = _markdown()
    tokens = markdown.parse(COMMENT.sub("", text))
    reader = _Reader(known, pictures)
    title, body = _without_title(tokens)
    paragraphs = [number for number, token in enumerate(body) if token.type == "paragraph_open"]
    about = _text(body[paragraphs[0] + 1]) if paragraphs else ""
    reader.look(body)
    html = mark_safe(markdown.renderer.render(body, markdown.options, {}))  # HTML in it is text by now
    return Doc(title, _first_sentence(about), html, tuple(reader.headings), tuple(reader.links))


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    for name, html in BOXES.items():
        markdown.add_render_rule(name, _always(html))
    markdown.add_render_rule("fence", _code)
    markdown.add_render_rule("heading_close", _heading_close)
    return markdown


def _always(html: str) -> Any:
    return lambda self, tokens, number, options, env: html


def _code(self: Any, tokens: Sequence[Token], number: int, options: Any, env: Any) -> str:
    """Long lines scroll in their box, by keyboard too."""
    code = tokens[number].content
    return format_html('<div class="lr-code" tabindex="0" role="group" aria-label="Code"><pre>{}</pre></div>\n', code)


def _heading_close(self: Any, tokens: Sequence[Token], number: int, options: Any, env: Any) -> str:
    opened = tokens[number - 2]
    link = format_html(
        ' <a class="lr-docs__anchor" href="#{}" aria-label="Link to “{}”">#</a>',
        opened.attrs["id"],
        _text(tokens[number - 1]),
    )
    return f"{link}</{opened.tag}>\n"


def _without_title(tokens: Sequence[Token]) -> tuple[str, list[Token]]:
    """The first heading and all that follows it."""
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return _text(tokens[1]), list(tokens[3:])
    return "", list(tokens)


def _text(inline: Token) -> str:
    return "".join(_pieces(inline))


def _pieces(inline: Token) -> Iterator[str]:
    for child in inline.children or ():
        if child.type in PLAIN:
            yield child.content
        elif child.type in ("softbreak", "hardbreak"):
            yield " "


def _anchor(text: str, taken: Sequence[str]) -> str:
    plain = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
    again = sum(1 for other in taken if re.fullmatch(rf"{re.escape(plain)}(-\d+)?", other))
    return f"{plain}-{again}" if again else plain


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0].rstrip(":")
