"""The paths that browser tests open: each page type, and each state of each component."""

PAGES = {
    "home": "/",
    "issue list": "/issues/",
    "issue": "/issues/overdose-prevention-centers/",
    "story list": "/stories/",
    "story with portrait": "/stories/i-bring-his-picture/",
    "story by voice": "/stories/my-words-not-my-face/",
    "news list": "/news/",
    "news list filtered": "/news/?kind=statement&year=2026",
    "news": "/news/sample-press-release/",
    "page": "/about/",
    "action": "/write-to-your-lawmaker/",
    "join": "/join/",
    "petition": "/make-drug-checking-legal/",
    "delete data": "/take-part/delete/",
    "urgent help": "/urgent-help/",
    "quick exit": "/quick-exit/",
    "search": "/search/",
    "results": "/search/?q=health",
    "nothing found": "/search/?q=qqqqqq",
    "missing": "/not-here/",
}
SPANISH = {
    "home in Spanish": "/es/",
    "issue list in Spanish": "/es/temas/",
    "issue in Spanish": "/es/temas/centros-de-prevencion-de-sobredosis/",
    "story list in Spanish": "/es/historias/",
    "urgent help in Spanish": "/es/ayuda-urgente/",
    "join in Spanish": "/es/unete/",
    "action in Spanish": "/es/escribe-a-quien-te-representa/",
    "results in Spanish": "/es/search/?q=naloxona",
    "missing in Spanish": "/es/no-esta/",
}
STYLE = {
    "style": "/-/style/",
    "form": "/-/style/form/empty/",
    "form with mistakes": "/-/style/form/mistakes/",
    "thanks": "/-/style/form/thanks/",
    "gone": "/-/style/error/410/",
    "broken": "/-/style/error/500/",
    **{f"{number} issues": f"/-/style/issues/{number}/" for number in (1, 2, 4, 5, 12)},
}
EVERYTHING = PAGES | SPANISH | STYLE
STATUS = {"missing": 404, "missing in Spanish": 404, "gone": 410, "broken": 500}  # default 200
