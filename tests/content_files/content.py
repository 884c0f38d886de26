"""A valid folder of another organization's content files, for the tests."""

from pathlib import Path

from PIL import Image

HOME = """---
organization: Ríos & Puentes 🌉
tagline: Agua para todas
hero_statement: Somos «Ríos y Puentes»
hero_picture: rio.jpg
hero_caption: >-
  Ella dijo: "¡Basta!"
mission: |
  Cuidamos **cada río**. Lee sobre [el agua](issues/tema-1).
join_text: Únete
join_page: pages/unete
---
```statement
statement: El agua es de todas
picture: dibujo.svg
caption: Un río
```

```issue_areas
heading: Temas
```

```stories
heading: Voces
```
"""

FACTS = """rio.jpg:
  alt: Un río ancho entre árboles
  credit: Foto de prueba
  shown: no-one
  basis: staff
  focal_point: [50, 40]
dibujo.svg: {alt: "", basis: illustration}
"""

ISSUE = """---
title: Tema {number}
summary: Sobre el tema {number}.
lead_picture: rio.jpg
lead_caption: 'Dice: "hola"'
claims:
  - statement: Una afirmación
    source: Una fuente
    url: https://www.example.org/
---
## ¿Qué pasa?

Texto con [otra página](pages/unete), **negrita** y emoji 🌊.

- uno
- dos

> Palabras de alguien
> — Ana

![](rio.jpg "El río")

```steps
heading: Pedimos
steps:
  - title: Primero
    text: Escuchar
```
"""

STORY = """---
title: La historia de Ana
is_sample: true
portrait: dibujo.svg
issues: {issues}
shown: no-one
published_on: 2026-03-01
---
Había una vez un río.
"""


def write(root: Path, *, issues: int = 12, stories: bool = True) -> Path:
    for folder in ("issues", "pages", "pictures"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "home.md").write_text(HOME, "utf-8")
    for number in range(1, issues + 1):
        name = f"{number:02}-tema-{number}.md"
        (root / "issues" / name).write_text(ISSUE.format(number=number), "utf-8")
    (root / "pages/unete.md").write_text("---\ntitle: Únete\nshow_in_menus: true\n---\nHola.\n")
    if stories:
        (root / "stories").mkdir(exist_ok=True)
        about = "[tema-1, tema-2]" if issues > 1 else "[tema-1]"
        (root / "stories/ana.md").write_text(STORY.format(issues=about), "utf-8")
    (root / "pictures/facts.yaml").write_text(FACTS, "utf-8")
    write_pictures(root)
    return root


def write_pictures(root: Path) -> None:
    """Write the pictures that FACTS describes."""
    Image.new("RGB", (60, 40), "teal").save(root / "pictures/rio.jpg")
    (root / "pictures/dibujo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2" width="3" height="2"/>'
    )
