"""Slides → one HTML file: a step of the chain rule a click. The lines are those of the page, in its colours."""

from __future__ import annotations

from html import escape

from symbackprop.documents.blocks import Document, Heading, Picture, Title, walk
from symbackprop.documents.catalogue import words
from symbackprop.documents.deck import Slide, deck
from symbackprop.documents.html import Printer, printer
from symbackprop.documents.script import SCRIPT, policy
from symbackprop.documents.slide_style import SLIDES, STEPS
from symbackprop.documents.style import MOST_LIT, sheet
from symbackprop.documents.svg import net_sheet
from symbackprop.notation.glyphs import clean


def slides(document: Document) -> str:
    """The whole file. Without its script the slides stand one below the other, complete."""
    show = printer(document)
    made = deck(document)
    body = "\n".join(_slide(show, slide, k + 1) for k, slide in enumerate(made))
    title = escape(clean(document.title))
    say = {key: escape(words(document.lang, f"slides.{key}")) for key in ("previous", "next", "keys", "place")}
    script = SCRIPT + STEPS
    drawn = net_sheet() if any(isinstance(b, Picture) for b in walk(document.blocks)) else ""
    many = ' data-many=""' if len(document.refs) > MOST_LIT else ""
    return (
        f'<!doctype html>\n<html lang="{document.lang}"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(script)}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{sheet(document.refs)}{drawn}{SLIDES}</style></head>\n"
        f'<body class="deck"><main{many}>\n{body}\n{show.copy()}</main>\n'
        f'<footer class="bar"><div class="line"><i></i></div><h1>{title}</h1><p class="keys">{say["keys"]}</p>'
        f'<p class="at" role="status" aria-label="{say["place"]}">1 / {len(made)}</p>'
        f'<button type="button" data-go="-1" aria-label="{say["previous"]}">‹</button>'
        f'<button type="button" data-go="1" aria-label="{say["next"]}">›</button></footer>\n'
        f"<script>{script}</script>\n</body></html>\n"
    )


def _slide(show: Printer, slide: Slide, number: int) -> str:
    """One slide. The printer of the page prints the blocks, and the sentences beside a heading."""
    blocks = "\n".join(show(b) for b in slide.blocks if not (slide.title and isinstance(b, Title)))
    kind = " title" if slide.title else "" if slide.blocks else " part"
    above = f'<p class="above">{escape(clean(slide.above))}</p>' if slide.above else ""
    return (f'<section class="slide{kind}" data-n="{number}"><div class="in">{above}{_heading(show, slide)}\n'
            f"{blocks}\n</div></section>")


def _heading(show: Printer, slide: Slide) -> str:
    title = next((b for b in slide.blocks if isinstance(b, Title)), None) if slide.title else None
    if title is None:
        return show(Heading(slide.heading, slide.aside))
    # the title of the page is its one heading of the first rank; here that stands in the bar below
    return show(Heading(title.words)) + '<p class="lead">' + show.inline(title.lead) + "</p>"
