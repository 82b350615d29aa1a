"""LaTeX that somebody typed → MathML, through a list of what is allowed; anything else is shown as its source."""

from __future__ import annotations

import re
from functools import lru_cache
from xml.etree import ElementTree

from latex2mathml.converter import convert

MOST, DEEPEST = 3_000, 40
_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|[{}]", re.S)
COMMANDS = frozenset("""
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho
    varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi
    Psi Omega ell partial nabla infty hbar Re Im emptyset prime cdot times odot otimes oplus ominus circ bullet
    ast star div pm mp le leq ge geq ne neq approx equiv sim simeq propto in notin subset cup cap forall exists
    to rightarrow leftarrow gets mapsto Rightarrow Leftarrow implies iff Leftrightarrow longrightarrow
    longleftarrow top bot intercal dagger perp mid vert Vert lvert rvert lVert rVert ldots cdots vdots ddots
    dots colon wedge vee langle rangle lfloor rfloor lceil rceil lbrace rbrace therefore because frac dfrac
    tfrac sqrt sum prod int lim max min sup inf arg log ln exp sin cos tan sinh cosh tanh det dim Pr left right
    middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr limits nolimits binom overline
    underline bar hat widehat tilde widetilde vec dot ddot check overbrace underbrace overset underset stackrel
    mathbf mathrm mathit mathcal mathbb mathsf mathfrak mathscr boldsymbol bm operatorname text textbf textrm
    mbox begin end quad qquad displaystyle textstyle not
""".split())  # noqa: SIM905 (read more easily than as a list)
"""Words of LaTeX that are shown; single signs such as ``\\,`` and ``\\{`` are in ``SIGNS``."""
SIGNS = frozenset("\\,;:!{} |>_&%#")
_ENVIRONMENTS = frozenset("matrix pmatrix bmatrix vmatrix Vmatrix cases array aligned split smallmatrix".split())  # noqa: SIM905
_BEGUN = re.compile(r"\\(?:begin|end)\s*\{([^{}]*)\}")
ELEMENTS = frozenset("""
    math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr
    mtd mpadded mphantom mstyle
""".split())  # noqa: SIM905
_ATTRIBUTE = {
    "display": r"inline|block", "displaystyle": r"true|false", "stretchy": r"true|false", "fence": r"true|false",
    "form": r"prefix|infix|postfix", "accent": r"true|false", "movablelimits": r"true|false", "linethickness": r"0",
    "mathvariant": r"normal", "width": r"-?[\d.]{1,6}em", "lspace": r"[\d.]{1,6}em", "rspace": r"[\d.]{1,6}em",
    "minsize": r"[\d.]{1,6}em", "maxsize": r"[\d.]{1,6}em", "columnalign": r"(?:left|right|center| ){1,80}",
}  # fmt: skip


def typed_mathml(latex: str, display: bool = False) -> str | None:
    """``<math>…</math>`` of a formula as it was typed; None where it holds anything that is not on the lists.

    Three gates: commands by name, then the converter, then its result parsed as XML and written anew from a list of
    elements and attributes. Nothing that was typed reaches the page unescaped.
    """
    return _shown(latex, display) if len(latex) <= MOST else None


@lru_cache(maxsize=2048)
def _shown(latex: str, display: bool) -> str | None:
    if not latex.strip() or not allowed(latex):
        return None
    try:
        tree = ElementTree.fromstring(convert(_modern(latex), display="block" if display else "inline"))
    except Exception:  # whatever a converter of other people's makes of other people's text
        return None
    shown = _copied(tree, 0)
    return None if shown is None else ElementTree.tostring(shown, encoding="unicode")


def allowed(latex: str) -> bool:
    """Only commands of the list, braces that match, and nothing nested beyond reason."""
    if re.search(r"&#?\w+;", latex):
        return False
    if any(ord(c) < 32 and c not in "\n\t\r" for c in latex) or re.search(r"[\ud800-\udfff\ue000\ufffe\uffff]", latex):
        return False
    depth = 0
    for token in _TOKEN.findall(latex):
        if token in "{}":
            depth += 1 if token == "{" else -1
            if not 0 <= depth <= DEEPEST:
                return False
        elif token[1:] not in COMMANDS and token[1:] not in SIGNS:
            return False
    begun = _BEGUN.findall(latex)
    return depth == 0 and len(begun) == latex.count("\\begin") + latex.count("\\end") and set(begun) <= _ENVIRONMENTS


def _modern(latex: str) -> str:
    """Spellings that the converter does not know."""
    latex = re.sub(r"\\(?:bm|boldsymbol)(?![A-Za-z])", r"\\mathbf", latex)
    latex = re.sub(r"\\intercal(?![A-Za-z])", r"\\top", latex)
    return re.sub(r"\\mbox(?![A-Za-z])", r"\\text", latex)


def _copied(node: ElementTree.Element, depth: int) -> ElementTree.Element | None:
    """The same tree made of what is allowed."""
    tag = node.tag.rsplit("}", 1)[-1]
    if tag not in ELEMENTS or depth > 4 * DEEPEST:
        return None
    made = ElementTree.Element(tag)
    for name, value in sorted(node.attrib.items()):
        if name in _ATTRIBUTE and re.fullmatch(_ATTRIBUTE[name], value):
            made.set(name, value)
    made.text = node.text
    for child in node:
        inner = _copied(child, depth + 1)
        if inner is None:
            return None
        inner.tail = child.tail
        made.append(inner)
    return _primed(made)


def _primed(node: ElementTree.Element) -> ElementTree.Element:
    """A prime is high as it is: as an exponent it would be set small, and far from its letter."""
    if node.tag != "msup" or len(node) != 2 or node[1].tag != "mi" or set(node[1].text or "-") - set("′″‴"):
        return node
    made = ElementTree.Element("mrow")
    sign = ElementTree.SubElement(made, "mo", {"form": "postfix", "lspace": "0em", "rspace": "0em"})
    sign.text = node[1].text
    made.insert(0, node[0])
    made.tail = node.tail
    return made
