"""Synonyms, words that mean urgent help, and suggestions for misspelled words."""

import re
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.forms import modelform_factory
from django.test import Client
from django.urls import reverse
from wagtail.models import PageViewRestriction

from mission.models import HomePage
from search import normalization, spelling
from search.models import WordGroup
from search.word_groups import WordGroups, word_groups
from site_settings.models import SiteSettings
from tests import factories
from tests.search.test_search import found

URGENT = [
    *("overdose", "help", "he's not breathing", "sobredosis", "narcan", "emergency", "ayuda"),
    *("OVERDOSIS", "overdoze", "nalaxone", "she won’t wake up", "no respira", "sobredocis", "911"),
]


def first_result(client: Client, path: str, words: str, **filters: str) -> str:
    """The URL of the first result."""
    html = client.get(path, {"q": words, **filters}).content.decode()
    hits = re.search(r'<ol class="hits".*?<h2><a href="([^"]*)"', html, re.DOTALL)
    assert hits is None or html.count(f'<h2><a href="{hits[1]}"') == 1
    return hits[1] if hits else ""


def test_urgent_help_is_first_for_words_that_mean_it_and_where_nothing_is_found(
    starter: None, client: Client
) -> None:
    for path, url, other in (
        ("/search/", "/urgent-help/", "health"),
        ("/es/search/", "/es/ayuda-urgente/", "salud"),
    ):
        others = [words for words in URGENT if first_result(client, path, words) != url]
        assert others == []
        assert first_result(client, path, "overdose", kind="story") == url
        assert first_result(client, path, "qqqqqq") == url
        assert first_result(client, path, other) not in ("", url)
        shown = client.get(path, {"q": "suicide"}).content.decode()
        assert 'href="tel:911"' in shown
        assert 'href="tel:988"' in shown


DONATE = "https://drugpolicy.org/"
WANTED = {
    "/search/": {
        DONATE: [
            *("donate", "donar", "give", "How do I donate?", "contribute", "dontae now"),
            *("where do i donate", "I'd like to donate", "where can I make a donation"),
        ],
        "/about/": ["about us", "About us!"],
        "/join/": ["join", "volunteer", "newsletter", "get involved"],
        "/contact/": ["contact", "press", "journalist", "jobs", "careers"],
        "/privacy/": ["privacy", "unsubscribe", "delete my data"],
        "/stories/": ["story", "my story", "share my story"],
        "/take-action/": ["petition"],
    },
    "/es/search/": {
        DONATE: [
            *("donar", "donativo", "donate", "cómo puedo donar", "donde puedo donar"),
            *("me gustaría donar", "quiero hacer una donación"),
        ],
        "/es/quienes-somos/": ["quienes somos", "quiénes somos"],
        "/es/unete/": ["únete", "voluntaria", "boletín"],
        "/es/contacto/": ["contacto", "prensa", "periodista", "empleo"],
        "/es/privacidad/": ["privacidad", "darme de baja", "borrar mis datos"],
        "/es/historias/": ["historia", "compartir mi historia"],
        "/es/actua/": ["petición"],
    },
}


def test_first_result_is_what_readers_look_for_on_a_site(starter: None, client: Client) -> None:
    others = {
        words: result
        for path, expected in WANTED.items()
        for url, some in expected.items()
        for words in some
        if (result := first_result(client, path, words)) != url
    }
    assert others == {}
    assert first_result(client, "/search/", "give naloxone") == "/urgent-help/"
    assert DONATE not in first_result(client, "/search/", "give people care")
    SiteSettings.objects.update(donate_url="")
    assert first_result(client, "/search/", "donate") != ""


MEAN_URGENT_HELP = """
passing out|passed-out|he fell out|my friend passed out drunk|want 2 die|i wanna die
dont want to live|is he dead|he's dead|hes dead|is she going to die|kill me|end it all|self harm
selfharm|hurting myself|too much fentanyl|he did too much heroin|i did too much|took fentanyl
took 10 pills|took to much|too high|not waking|cant wake my mom|won’t wake up|notbreathing
slow breathing|breathing slow|he isnt breathing|gray lips|lips r blue|he is blue|she's blue
cold and blue|chest pain|heart attack|seizing|having a seizure|first-aid|helpline|i was drugged
using alone|withdrawals|alcohol poisoning|nar can|helppp|not moving|O D|OD|narcam|overdosse
unconcsious|SOS|mouth to mouth|ya no quiero vivir|quiero morirme|me muero|se murió|esta muerto
hacerme daño|me corto|cortarme|no se mueve|no se levanta|esta morado|se esta ahogando
sin conocimiento|no puedo despertarlo|no lo puedo despertar|me drogaron|se paso de droga
se siente mal|no puedo respirar|me ahogo|está convulsionando|sovredosis|dolor de pecho
my friend no respira|tomó muchas pastillas|norespira|que hago|od'd
nails are blue|he just dropped|i think theres fentanyl in it|i want to stop using|i need rehab
want it to be over|i give up|who can i call|is he just sleeping|can't stand up|i relapsed|kys
hallucinating|coming off xanax|cant rouse him|eyes rolled back|0verdose|h e l p|cold turkey
me pase con la coca|me pase de pastillas|me estoy pasando|no quiero estar vivo|ya no puedo mas
me corte|se le fue la mano|se esta poniendo morada|alguien me ayude|a quien le puedo llamar
como dar respiracion|creo que era fentanilo|estoy sola|quiero dejar las drogas|tengo panico
kiero morir|me quiero suisidar|ahorcarme|recai|no aguanto mas|no siento su pulso|taquicardia
how can i help my friend|how do i help him|can you help me|how to help seizure
cómo puedo ayudar a mi hermano|quiero ayudar a un amigo|me puedes ayudar|help end it all
seizure|i had seizures|an emergency|tengo una emergencia|he is in crisis|withdrawal|mi hijo murió
heroin withdrawal symptoms|emergency room|crisis text line|my boyfriend collapsed|creo que muere
need to talk to someone
medic|cousin dying|the man is dying|he stopped breathin|i took them all|nine one one|ways to die
how to help an addict|how to help a loved one|ni respira|se nos va|vecino muerto|mi hijo se droga
tengo un problema con las drogas|cómo ayudar a mis hijos|no esta respondiendo
help us please|cómo le puedo ayudar|ni responde|sin respirar|not breathin|chokin|lifeless
found him with needle in arm|took 100 pills|took ten pills|how to kill yourself
"""
DO_NOT = """
narco|narcos|tainted supply|cooking|painted|odd|marcan|passed out of committee|asset seizure
shared|property seizure|civil asset forfeiture seizure|history of the war on drugs|health|helps
prison reform|jobs|housing crisis|help pass this bill|police chokehold|withdraw my consent
too much money in politics|corto plazo|política de drogas|respirar|reforma|fentanyl test strips
homeless|what should congress do
i want to help|how can i help|what can i do to help|I'd love to help|volunteer help|self help
quiero ayudar|cómo puedo ayudar|me gustaría ayudar|ayuda humanitaria
drug seizures|record seizures at the border|opioid crisis|state of emergency|emergency scheduling
crisis de opioides|estado de emergencia|reforma urgente|intoxicación por plomo|colapso del sistema
US withdrawal|withdrawal from treaty|collapse of the bill|poison pill amendment|died in prison
right to die|dying wish|suicide prevention funding|Dr. Od|Perpetuo Socorro|cortar fondos
matar el proyecto de ley|no responde el gobierno|stand up for rights|give up
who to call about donations|talk to someone at your office|no quiero seguir recibiendo correos
passing out flyers|blackout poetry|states turning blue|bail too high|not answering my email
drugs and alcohol in schools|ambulance bill|limp bizkit|seizing assets|what to do if arrested
help with login|women in prison|family separation|story of an addict|qué hago para votar
no habla inglés|la ley no se mueve|hospital general|inconsistente|help us change the law
I want to quit my job|sin papeles
"""


def test_phrases_of_people_in_need_mean_urgent_help(db: None) -> None:
    for phrases, expected in ((MEAN_URGENT_HELP, True), (DO_NOT, False)):
        typed = re.split("[|\n]", phrases.strip())
        mean = word_groups("en").mean_urgent_help
        assert [one for one in typed if mean([*normalization.words(one)]) != expected] == []


def test_migration_keeps_what_staff_deleted_and_added(db: None) -> None:
    migration = import_module("search.migrations.0005_more_words_of_urgent_help")
    first = {line for text in migration.first.URGENT.values() for line in migration.lines(text)}
    deleted = {"911", "first aid", "choking", "ambulance", "ambulancia", "poison control"}
    added = {"zebra", "help wanted", "cooking", "narco", "pena de muerte", "shared needle"}
    WordGroup.objects.filter(urgent=True).delete()
    lines = "\n".join(first - deleted | added)
    WordGroup.objects.create(language="en", urgent=True, words=lines)
    migration.add(apps, None)
    mean = WordGroups("en").mean_urgent_help
    assert {one for one in deleted | added if mean([*normalization.words(one)])} == added
    assert mean([*normalization.words("he isnt waking up")])
    for group in WordGroup.objects.filter(urgent=True):
        group.full_clean()  # also that staff can save the lists


def test_search_without_letters_offers_urgent_help(starter: None, client: Client) -> None:
    for typed in ("🆘", "!!!", "\u200b"):
        assert first_result(client, "/es/search/", typed) == "/es/ayuda-urgente/"
    assert first_result(client, "/search/", "🆘 about") == "/urgent-help/"
    for typed in ("!!!", "\u200b"):
        assert "No pages found." in client.get("/search/", {"q": typed}).content.decode()


def test_search_suggests_nothing_beside_urgent_help(starter: None, client: Client) -> None:
    for typed in ("kill my self", "self harm", "won’t wake up", "scared", "wont anser", "bad trip"):
        assert client.get("/search/", {"q": typed}).context["suggestion"] == ""


@pytest.fixture
def pages(home: HomePage) -> None:
    for title, summary in {
        "Center": "An overdose prevention center",
        "Naloxone": "It reverses",
        "Grass": "About marijuana",
        "Test": "Fentanyl test strips are legal",
        "Way": "There is a way out of the war",
        "Out": "They are out, and the war goes on",
        "Dosis": "Prevención para todas",
    }.items():
        factories.StandardPageFactory(parent=home, title=title, summary=summary)


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Center", ["OPC", "OPCs", "safe consumption sites", "an opc"]),
        ("Naloxone", ["Narcan", "nalaxone"]),
        ("Grass", ["cannabis", "weed", "about weed", "marihuana"]),
        ("Test", ["drug checking", "fentanyl strips", "is drug-checking legal"]),
    ],
)
def test_search_finds_synonyms(pages: None, client: Client, title: str, typed: list[str]) -> None:
    assert {words: found(client, words) for words in typed} == {words: [title] for words in typed}


def test_synonym_keeps_words_that_postgresql_ignores(pages: None, client: Client) -> None:
    WordGroup.objects.create(language="en", words="exit\nout of the war")
    WordGroup.objects.create(language="en", words="elsewhere\nhere")
    word_groups.clear()
    assert found(client, "exit") == ["Way"]
    assert found(client, "elsewhere") == []


def test_one_way_list_finds_only_its_first_words(pages: None, client: Client) -> None:
    WordGroup.objects.create(language="en", words="marijuana\ngrifa\nnaloxone", one_way=True)
    word_groups.clear()
    assert found(client, "grifa") == ["Grass"]
    assert "Naloxone" not in found(client, "marijuana")
    assert set(found(client, "naloxone")) == {"Grass", "Naloxone"}


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("marijuanna", ""),  # in the list of synonyms, so it has results
        ("mariguana laws", ""),  # no page has both words
        ("fentanul test", "fentanyl test"),
        ("Fentnyl  Test!", "fentanyl  Test!"),
        ("fentynol test", "fentanyl test"),
        ("prevencoin", "prevención"),
        ("qqqqqq", ""),
        ("ab", ""),
        ("x" * 200, ""),
    ],
)
def test_search_suggests_words_of_the_site(
    pages: None, client: Client, typed: str, suggested: str
) -> None:
    response = client.get("/search/", {"q": typed})
    assert response.context["suggestion"] == suggested
    if suggested:
        link = re.search(r'Did you mean: <a href="([^"]*)"', response.content.decode())
        assert link
        assert client.get(f"/search/{link[1]}").context["found"] == 1


def test_suggestion_reveals_no_page_that_is_not_public(pages: None, client: Client) -> None:
    page = HomePage.objects.get().get_children().get(title="Test")
    PageViewRestriction.objects.create(page=page, restriction_type="login")
    assert client.get("/search/?q=fentanul").context["suggestion"] == ""
    assert "fentanyl" in spelling.vocabulary("en")


def test_suggestion_reveals_no_other_form_of_a_public_word(pages: None, client: Client) -> None:
    home = HomePage.objects.get()
    hidden = factories.StandardPageFactory(parent=home, title="Secret", summary="Grassing")
    PageViewRestriction.objects.create(page=hidden, restriction_type="login")
    spelling.vocabulary.clear()
    assert client.get("/search/?q=grassing").context["found"] == 1  # the page "Grass"
    assert client.get("/search/?q=grassimg").context["suggestion"] == ""
    assert "grassing" in spelling.vocabulary("en")


def test_a_list_may_not_become_too_long_for_a_query() -> None:
    form = modelform_factory(WordGroup, fields=["language", "words"])
    assert form({"language": "en", "words": "drugs\n" * 1_500}).is_valid()
    assert "words" in form({"language": "en", "words": "drugs\n" * 2_000}).errors


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("zebra, marijuana;  12,345\r\n\r\nZebra", "zebra\nmarijuana\n12,345"),
        ("-asset seizure\nseizure", "-asset seizure\nseizure"),
        ("help\n🆘", None),
        ("!!!", None),
        ("\u200b", None),
    ],
)
def test_list_has_one_phrase_a_line(typed: str, expected: str | None) -> None:
    form = modelform_factory(WordGroup, fields=["language", "words"])(
        {"language": "en", "words": typed}
    )
    assert form.is_valid() == (expected is not None)
    assert form.instance.words == expected if expected else "words" in form.errors


def test_editors_maintain_the_lists(pages: None, client: Client) -> None:
    for group, expected in (("Editors", 200), ("Writers", 302)):
        user = factories.UserFactory()
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        assert client.get(reverse("search_words:index")).status_code == expected
        assert client.get(reverse("search_words:add")).status_code == expected
    assert found(client, "grifa") == []
    WordGroup.objects.create(language="en", words="marijuana\r\nGrifa")
    WordGroup.objects.create(language="es", words="marijuana\nporro")
    word_groups.clear()  # otherwise the change has an effect after some seconds
    assert found(client, "grifa") == ["Grass"]
    assert found(client, "porro") == []
