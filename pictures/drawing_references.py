"""Counts what a browser draws for an SVG drawing whose elements refer to one another.

A browser draws a referenced element again for each reference, with all references inside it. In a
chain of nine masks, each with ten shapes that use the previous mask, a browser draws a billion
shapes, which takes minutes.
"""

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

TAG = "{http://www.w3.org/2000/svg}"
# Elements that other elements refer to with url(#id), and that have shapes of their own. Gradients
# have none.
REFERENCED = {f"{TAG}{name}" for name in ("clipPath", "filter", "marker", "mask", "pattern")}
# The number of shapes that take as long to draw as one mask or filter without the shapes in it.
# Measured in Chromium 156: 20,000 masks took 32 seconds, 20,000 clip paths 5 seconds, and 2,000
# filters more than 40 seconds.
EFFORT = {f"{TAG}mask": 20, f"{TAG}filter": 200}
# Properties that an element inherits from its parent. All others apply only to the element itself.
INHERITED = {"fill", "stroke", "marker", "marker-start", "marker-mid", "marker-end"}
AT_VERTICES = {"marker", "marker-mid"}
ID_REFERENCE = re.compile(r"#([^\s)'\",;{]+)")
DECLARATION = re.compile(r"([\w-]+)\s*:\s*([^;{}]*)")
# A selector and what follows it, which is not consumed, because a nested selector may follow.
RULE = re.compile(r"([^{}]*)\{(?=([^{}]*))")
COMBINATOR = re.compile(r"[\s>+~]+")
NAME = re.compile(r"[.#]?[\w-]+")
ALL = "*"
NUMBER = re.compile(r"\d+")

Reference = tuple[str, Element]  # the property, and the element that it refers to
Drawn = tuple[Element, frozenset[Reference]]  # an element, and the references that it inherits


def draws_more_than(limit: int, root: Element) -> bool:
    """Whether a browser draws more than `limit` shapes, or shapes without end.

    Ignores all but the last part of the selector of a style rule. So the count may be too high, but
    not too low.
    """
    drawing = _Drawing(root)
    drawn, level = 0, Counter([(root, frozenset[Reference]())])
    while level:
        below: Counter[Drawn] = Counter()
        for one, times in level.items():
            for next_one, count in drawing.drawn_for(*one):
                below[next_one] += times * count
                drawn += times * count * EFFORT.get(next_one[0].tag, 1)
                if drawn > limit:
                    return True
        level = below
    return False


class _Drawing:
    def __init__(self, root: Element) -> None:
        self.by_id = {element.get("id"): element for element in root.iter()}
        # The references of style rules by .class, #id, tag or ALL.
        self.styles: dict[str, set[Reference]] = {}
        for style in root.iter(f"{TAG}style"):
            for selector, declarations in RULE.findall(style.text or ""):
                for name in _selected_names(selector):
                    found = self._read(DECLARATION.findall(declarations))
                    self.styles.setdefault(name, set()).update(found)

        # A referenced element inherits from its own parents, and not from what refers to it.
        self.inherited: dict[Element, frozenset[Reference]] = {}
        level = [(root, frozenset[Reference]())]
        while level:
            self.inherited |= dict(level)
            level = [(child, self._passed_on(*one)) for one in level for child in one[0]]

    def drawn_for(
        self, element: Element, inherited: frozenset[Reference]
    ) -> Iterator[tuple[Drawn, int]]:
        """The elements that are drawn directly for `element`, and how often each is drawn."""
        passed_on = self._passed_on(element, inherited)
        for child in element:
            yield (child, passed_on), 1
        # py-svg-hush, which cleans uploads, renames xlink:href to href.
        href = self.by_id.get(element.get("href", "").removeprefix("#"))
        if href is not None and href.get("id") and not href.tag.endswith("Gradient"):
            yield (href, passed_on), 1
        for name, target in self._references(element, inherited):
            times = _vertices(element) if name in AT_VERTICES else 1
            yield (target, self.inherited[target]), times

    def _passed_on(self, element: Element, inherited: frozenset[Reference]) -> frozenset[Reference]:
        return frozenset(one for one in self._references(element, inherited) if one[0] in INHERITED)

    def _references(self, element: Element, inherited: frozenset[Reference]) -> set[Reference]:
        own = self._own_references(element)
        replaced = {name for name, _target in own}
        return own | {one for one in inherited if one[0] not in replaced}

    def _own_references(self, element: Element) -> set[Reference]:
        declarations = [*element.items(), *DECLARATION.findall(element.get("style", ""))]
        found = set(self._read(declarations))
        names = [f".{name}" for name in element.get("class", "").split()]
        for name in (ALL, element.tag.removeprefix(TAG), f"#{element.get('id')}", *names):
            found |= self.styles.get(name, set())
        return found

    def _read(self, declarations: list[tuple[str, str]]) -> Iterator[Reference]:
        for name, value in declarations:
            if name not in {"href", "style", "id"}:
                for id_ in ID_REFERENCE.findall(value):
                    target = self.by_id.get(id_)
                    if target is not None and target.tag in REFERENCED:
                        yield name.lower(), target


def _selected_names(selectors: str) -> Iterator[str]:
    """The classes and ids in the last part of each selector, or else its tag, or ALL."""
    for selector in selectors.rpartition(";")[2].split(","):
        last = COMBINATOR.split(selector.strip())[-1]
        if any(mark in last for mark in "*&:["):
            yield ALL
        else:
            names = NAME.findall(last)
            yield from [name for name in names if name[0] in ".#"] or names


def _vertices(element: Element) -> int:
    """An upper limit of the number of vertices of a line: each vertex has at least one number."""
    return 1 + len(NUMBER.findall(element.get("d", "") + element.get("points", "")))
