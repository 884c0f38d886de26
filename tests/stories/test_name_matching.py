"""Names are found in any spelling, and common words are not taken for names."""

import pytest

from stories.names import contains, find, search_terms

ZQ = "Zenobia Quispe"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        # Case, accents, letters that look like others
        (ZQ, "What ZENOBIA told us"),
        (ZQ, "Zenóbia"),
        (ZQ, "ᴢᴇɴᴏʙɪᴀ"),
        (ZQ, "𝒁𝒆𝒏𝒐𝒃𝒊𝒂, 🆉🅴🅽🅾🅱🅸🅰"),
        ("José", "JOSE"),
        ("Soren", "Søren"),
        ("Łukasz", "Lukasz"),
        ("Aeon", "Æon"),
        ("Œuvre", "oeuvre"),
        ("Strauß", "STRAUSS"),
        ("Đorđe", "Dorde"),
        # Letters of other alphabets that look like Latin ones
        (ZQ, "Zеnоbіа"),
        (ZQ, "ΖΕΝΟΒΙΑ"),
        ("Hope Cano", "Саnо"),
        ("Hope", "This is Норе."),
        ("Paco", "Расо"),
        ("Rosa", "My name is Rоsa."),
        ("Sara", "ѕаrа"),
        (ZQ, "Ｚｅｎｏｂｉａ"),
        ("Zеnobia", "Zenobia"),
        ("Нина", "Меня зовут НИНА."),
        ("Νίκος", "Με λένε ΝΙΚΟΣ."),
        # Digits that look like letters
        (ZQ, "Zen0bia"),
        (ZQ, "ZEN0B1A"),
        (ZQ, "Z3n0bia77"),
        (ZQ, "Zen０bia"),
        (ZQ, "Zen0\u200bbia"),
        (ZQ, "zen0bia-qu1sp3"),
        (ZQ, "#zen0biaspeaks"),
        ("Rosa", "My name is R0sa."),
        ("Rosa", "My name is Ro5a, 34."),
        ("Luis", "1uis"),
        ("Alma Delia", "A1ma De1ia"),
        ("Lilia", "Li1ia, Lil1a"),
        ("Hope", "https://example.org/h0pe/"),
        # Ends of words
        (ZQ, "Zenobia77 is my account."),
        (ZQ, "As told by Zenobia¹"),
        (ZQ, "Zenobia™"),
        (ZQ, "zenobia_q"),
        (ZQ, "Zenobia's words"),
        (ZQ, "Zenobia’s words"),
        (ZQ, "Zenobiaʼs words"),
        (ZQ, "The Zenobias"),
        (ZQ, "The Quispes"),
        (ZQ, "zenobias-story"),
        # Words without spaces, and letters with something between
        (ZQ, "ZenobiaQuispe on a network"),
        (ZQ, "#JusticeForZenobia"),
        (ZQ, "#justiceforzenobiaquispe"),
        (ZQ, "@zenobiaquispe"),
        (ZQ, "Z E N O B I A"),
        (ZQ, "Z E N O B I A Q U I S P E"),
        (ZQ, "Z.E.N.O.B.I.A."),
        (ZQ, "Zeno‑bia"),
        (ZQ, "Zeno‧bia"),
        (ZQ, "Zeno bia Quispe"),
        ("Anne-Marie", "annemarie"),
        # Invisible characters
        ("Thaddeus", "Tha\u00adddeus"),
        ("Thaddeus", "Tha&shy;ddeus"),
        ("Thaddeus", "Tha\u200bddeus"),
        ("Thaddeus", "Tha&#8288;ddeus"),
        ("Thaddeus", "Tha\u034fddeus"),
        ("Thad\u200ddeus", "Thaddeus"),
        # Rich text and links
        ("Thaddeus", "<p><b>T</b>haddeus</p>"),
        ("Thaddeus", "Tha<i>ddeus</i>"),
        ("Thaddeus", "<p>I am</p><p>Thaddeus</p><p>of Ohio</p>"),
        ("Thaddeus", "I am<b>thaddeus</b>"),
        ("Thaddeus", "<Thaddeus>"),
        ("Thaddeus", '<p><a href="https://example.org/thaddeus/">He</a></p>'),
        ("Thaddeus", '<a linktype="source" title="A talk with Thaddeus">†</a>'),
        (ZQ, "See https://example.org/zen%C3%B3bia/"),
        (ZQ, '<a href="https://example.org/%5Aenobia/">Read it here</a>'),
        (ZQ, "/stories/Zenobia%2DQuispe/"),
        (ZQ, "/stories/ZENO%2DBIA/"),
        (ZQ, "/stories/%5AENOBIA/"),
        (ZQ, "/stories/%255Aenobia/"),
        (ZQ, "/stories/Zen%E2%80%8Bobia/"),
        (ZQ, '<a href="/stories/zen&#37;6Fbia/">Read it here</a>'),
        ("Hope", "/stories/hope/"),
        ("Hope", "See /stories/%68ope/."),
        ("Hope", "See www.example.org/hope and more"),
        # Longer words in addresses
        (ZQ, "@zenobiaq"),
        (ZQ, "#zenobiaspeaks"),
        (ZQ, "https://social.example/zenobiaspeaks"),
        # Scripts without spaces or cases
        ("王小明", "我叫王小明。"),
        ("김민수", "김민수입니다"),
        ("किरण", "मेरा नाम किरण है"),
        # Common words at the beginning, with a pause
        ("La Toya", "LA TOYA"),
        ("Ana", "https://example.org/anas-story/"),
        ("Rosa Paz", "Rosa"),
        ("Rosa Paz", "Rosa, 34, Ohio"),
        ("Hope", "Hope (a mother)"),
        ("Will", "¿Will?"),
        ("Bo Li", "Bo walked home"),
        ("J. Sam Lee", "Sam walks"),
        # Which words of a name count
        ("Ana", "Ana"),
        ("Ana de la Cruz", "Here is Cruz"),
        ("Dr. Ana Cruz", "My name is Ana."),
        ("Rev. Dr. Ana Ruiz", "My name is Ana."),
        ("Mx. Sam Lee", "Sam lives in Ohio."),
        ("Sra. Doña Ana Ruiz", "Me llamo Ana."),
        ("Sister Ana", "Ana spoke."),
        ("Sister", "Our sister"),
        ("Cruz, Ana", "Ana spoke."),
        ("Bo Li, Ana", "bo li spoke"),
        ("Ana Ruiz, RN", "ana ruiz"),
        # Apostrophes in names
        ("D’Andre", "D'Andre"),
        ("D'Andre", "D’Andre’s words"),
        ("D'Andre", "dandres-story"),
        ("O'Shea Banks", "OShea"),
        ("Ana", "La historia d’Ana"),
        # Names that are common words
        ("Will", "This is what Will said."),
        ("Will", "What (Will) said."),
        ("Will", "What Dr. Will said"),
        ("Hope", "Hope’s story"),
        ("Esperanza", "Soy Esperanza."),
        ("Ángel", "Me llamo Ángel"),
        ("An", "Then An spoke."),
        ("Don Cheadle", "I am Don."),
        ("Will Young", "what will young said"),
        ("Hope", '<a href="https://example.org/hope/">Read it</a>'),
        ("Hope", "https://example.org/hope/"),
        ("Hope", "Write to hope@example.org"),
        ("Hope", "#JusticeForHope"),
        # Short last names
        ("Amy Cho", "Ms. Cho said so."),
        ("Amy Cho", "As Cho’s friend"),
        ("Amy Cho", "@cho"),
        ("Kim Lee", "Lee said she was fine."),
        ("Bo Li", "Then Mr. Li left."),
        ("Mohammed ibn Ali", "Ali said so."),
        ("Jean-Luc", "My friend Luc"),
        # Joined names and initials in addresses
        ("Amy Cho", "Write to @amycho"),
        ("Ana Diaz", "anadiaz@example.org"),
        ("Ana Diaz", "https://social.example/anadiaz"),
        ("Ana Diaz", "https://social.example/anadiaz77"),
        ("Ana Diaz", "adiaz@example.org"),
        ("Leticia Brown", "lbrown@example.org"),
        ("Leticia Maria Brown", "lmbrown@example.org"),
        ("Juan de la Cruz", "@jdelacruz"),
        ("Juan de la Cruz", "@jcruz"),
        ("Juan de la Cruz", "#delacruz"),
        ("Cruz, Ana", "@anacruz"),
        ("Shea O’Neil", "@soneil"),
        # Names in descriptions
        ("A mother called Rosa", "I told Rosa so."),
        ("a nurse who is Ana de la Cruz", "This is Cruz."),
        ("Una madre llamada María Paz", "maria"),
        ("Un padre que se llama Zed", "zed"),
        # Scripts without spaces
        ("王小芳", "小芳说"),
        ("山田花子", "花子です"),
        ("김민수", "민수입니다"),
        ("李", "李说"),
        # Common words before a verb, and with a capital letter
        ("Hope", "Hope said she was fine."),
        ("Hope", "It was over. Hope lives in Ohio."),
        ("Rosa", "Rosa contó todo."),
        ("Gracia Solís", "Me llamo Gracia."),
        ("Ann Person", "Ms. Person"),
        ("May", "A story by May"),
        ("May", "I relied on May."),
        ("May", "I asked May in June."),
        ("Will", "Yesterday, Will went home."),
        ("Hope", "Hope’s story, and Hope’s friends"),
        ("Hope", "Hope, who lives in Ohio"),
        ("Rosa", "I met Rosa Martinez."),
        ("Mark", "What Mr. Mark did"),
        ("Don", "I met Don Smith."),
        ("Vera Cruz", "Vera Cruz"),
        ("May", "https://example.org/may/"),
        ("May", "https://example.org/may-2/"),
        # Short last names that are no words
        ("Amy Cho", "Cho cried in court."),
        ("Bo Li", "Li wept."),
        ("An Ngo", "It was over. Ngo went home."),
        ("Dan Cho", "i told dan, and ash"),
        ("Ash Cho", "Ash walked home."),
        # A dash is a pause
        ("May", "I told May – 34 years of it."),
        ("May", "I told May—5 years of it."),
        ("May", "I told May - 5 years of it."),
        ("Rosa", "This is new. New – Rosa tells"),
        ("May", "I met May 34 years ago."),
        ("May", "I told May 600 times."),
        # Names that look like descriptions, and names in descriptions
        ("la toya jackson", "I told Toya so."),
        ("El hadj Diallo", "I told Diallo."),
        ("an tran", "Tran spoke."),
        ("Una Banks", "I am Una."),
        ("A mother, Rosalinda", "Rosalinda was there."),
        ("A mother, Ana de la Cruz", "This is Cruz."),
        ("A single mother from New York, Rosalinda Diaz", "diaz"),
        ("Anonymous (Rosalinda)", "rosalinda"),
        ("the nurse Rosalinda", "rosalinda"),
        ("Una vecina, Нина", "НИНА"),
        # Not dates
        ("May", "By May, a nurse in Ohio"),
        ("May", "I gave it to May yesterday."),
        ("May", "I told April and May."),
        ("Luz", "I told Luz del Valle."),
    ],
)
def test_name_is_found(name: str, text: str) -> None:
    assert contains(text, search_terms(name))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("…", "A story"),
        ("Ana", "Anatomy, banana"),
        ("Ana de la Cruz", "A day in la Paz"),
        ("Thaddeus", "<p>Tha</p><p>ddeus</p>"),
        # Initials
        ("P.", "<p>A page</p>"),
        ("R.", "R. in Ohio"),
        ("T.", "I don’t know."),
        ("A. J.", "It was a house."),
        ("D'Andre", "I’d never asked."),
        ("O'Shea", "Uno o dos."),
        ("Shell", "She’ll come."),
        # Titles
        ("Dr. Ana Ruiz", "I saw a Dr. and Mrs. Smith."),
        ("Sister Zenobia", "My sister"),
        ("Ana Ruiz, RN", "RN is a nurse"),
        # Common words
        ("Will", "I will go home."),
        ("Will", "Will you go? Will I? “Will she?”"),
        ("Will", "<h2>Home</h2><p>Will you go?</p>"),
        ("Hope", "There is hope."),
        ("Hope", "Hope for all"),
        ("Don", "You said Don’t."),
        ("Don", "I don't know."),
        ("May Ruiz", "You may go."),
        ("Mark King", "He made a mark. King is a title."),
        ("Esperanza", "No hay esperanza."),
        ("Rosa Flor", "Una rosa florece"),
        ("Ma", "Nada más"),
        ("An", "An hour, an apple"),
        ("Sol Paz", "La paz y el sol"),
        # Descriptions
        ("A mother from Ohio", "A mother spoke in Ohio"),
        ("Una madre", "Soy una madre"),
        ("The author", "the author of a book"),
        ("Someone who uses drugs", "someone who uses drugs"),
        ("A mother from the Bronx", "A mother in the Bronx"),
        ("Una madre de Puerto Rico", "Una madre en Puerto Rico"),
        ("A 34-year-old single mother", "A single mother"),
        ("The poet", "The author of it"),
        ("Una poeta", "Soy una autora. Una vez"),
        ("A formerly incarcerated woman", "An incarcerated woman"),
        ("Anonymous", "an anonymous call"),
        ("Norma Ruiz", "una norma"),
        ("Washington Cruz", "a trip to the washington post"),
        # Other digits and alphabets
        ("Sam", "We opened at 5am."),
        ("Ed", "A 3D print"),
        ("Ian", "The 1st of 1960"),
        ("Eva Lo", "10 15 301, 3va1"),
        ("Ana", "Covid19 in 2015, 500mg, 30mins"),
        ("Hope", "This is H0p3less"),
        ("Ana", "Она была там. Αθήνα"),
        ("Rosa", "Роза"),
        ("Hope", "I hope/wish for love/hope, and/or hope. 1.5/hope"),
        # Particles and short last names
        ("Ana de la", "La casa, a la calle"),
        ("Amy Cho", "A cho, echo"),
        ("Bo Li", "They were li."),
        ("Kim Sun", "Sun rose."),
        ("Bo Wa", "Was it so?"),
        ("Leticia Brown", "An lbrown"),
        ("Ana Diaz", "https://example.org/diazepam/"),
        ("A mother called by many", "many"),
        ("王芳", "芳"),
        ("علي", "لي"),
        # Common words
        ("Gracia Solís", "Doy las gracias. Gracias a la vida."),
        ("Gracia", "https://example.org/gracias/"),
        ("Ann Person", "I am a person"),
        ("Hope", "Hope, not fear."),
        ("Hope", "Hope – not fear."),
        ("Hope", "Hope's the thing"),
        ("Will", "She asked, Will it end?"),
        ("Will", "Questions: Will it work?"),
        # Dates
        ("May", "It was in May 2024."),
        ("May", "On May 1 and the 12th of May"),
        ("May", "Since May, in May, until May"),
        ("May", "https://example.org/2024/may/12"),
        ("May", "https://example.org/in-may-2024/"),
        ("Abril", "El 1 de Abril"),
        ("May", "On May 1st, by May 31, in May 2024"),
        ("May", "By May I had work, in late May"),
        ("May", "Every May, before May, during May"),
        ("May", "From April to May, from May to July"),
        ("May", "At the end of May, up to May"),
        ("May", "On May Day"),
        # Places and other names
        ("Salvador", "I am from El Salvador and San Salvador."),
        ("Cruz", "In Santa Cruz, Vera Cruz and la Cruz Roja"),
        ("Rosa", "In Santa Rosa, like Rosa Parks"),
        ("Will", "My Last Will and Testament"),
        ("Will", "The Free Will Baptist Church"),
        ("Hope", "At New Hope, Pennsylvania"),
        ("Hope", "At the Hope Clinic"),
        ("Ángeles", "In Los Angeles"),
        ("Mark", "At St. Mark's Church"),
        ("Luz", "The church Luz del Mundo and Luz y Fuerza"),
        ("Angel", "On Angel Island"),
        # Letters of other words
        ("Ada", "Canada"),
        ("Alison", "al is on"),
    ],
)
def test_other_words_are_not_taken_for_names(name: str, text: str) -> None:
    assert not contains(text, search_terms(name))


SENTENCES = [
    ("Rosa", "Rosa kept going."),
    ("Luz María", "It was over. Luz went home."),
    ("Esperanza", "<h2>Why I came</h2><p>Esperanza walked home.</p>"),
    ("Hope", "Hope siguió adelante."),
    ("Will Banks", "¿Will vino? Banks también."),
]
WORDS = [
    ("Rosa", "A rosa, la rosa"),
    ("Luz", "“luz” means light"),
    ("Hope", "La marca hope"),
    ("Dale", "Dale naloxona."),
    ("Virginia", "Virginia aprobó una ley."),
    ("Washington", "Washington decides."),
    ("Sierra Paz", "Sierra Leone"),
    ("Gracia", "Doy las gracias"),
]


@pytest.mark.parametrize(("name", "text"), SENTENCES)
def test_word_of_another_language_is_a_name_at_the_beginning(name: str, text: str) -> None:
    in_spanish = name.split()[0] in {"Hope", "Will"}
    own, other = ("en", "es") if in_spanish else ("es", "en")
    assert find(text, search_terms(name), language=other)
    assert not find(text, search_terms(name), language=own)
    assert not contains(text, search_terms(name))


@pytest.mark.parametrize(("name", "text"), WORDS)
@pytest.mark.parametrize("language", ["en", "es", ""])
def test_common_words_are_not_taken_for_names_in_any_language(
    name: str, text: str, language: str
) -> None:
    assert not find(text, search_terms(name), language=language)


def test_spanish_title_is_no_name() -> None:
    terms = search_terms("Don")
    assert not find("Mi vecino Don José", terms, language="es")
    assert find("Mi vecino es Don.", terms, language="es")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (ZQ, "zenobiaquispe"),
        (ZQ, "her-story-zenobiaquispe.pdf"),
        ("Will", "will"),
        ("Hope", "story-of-hope-2.pdf"),
        ("Hope", "StoryOfHope.pdf"),
        ("Hope", "story-of-h%6Fpe.pdf"),
        ("Hope", "STORY%2DOF%2DHOPE"),
        ("Hope", "story-of-h0pe"),
        (ZQ, "ZEN%2DOBIA"),
        ("Esperanza", "la-esperanza"),
    ],
)
def test_every_word_counts_in_addresses(name: str, address: str) -> None:
    assert contains(address, search_terms(name), every_word_counts=True)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "Hope Diaz",
            "<p>A <b>story of</b> Hope</p><p>from Ohio</p>",
            "A story of Hope",
        ),
        ("Zed", "zed", "zed"),
        ("Zed", "a " * 50 + "Zed " + "b " * 50, "a " * 15 + "zed" + " b" * 15),
        ("Zed", "Nobody", ""),
    ],
)
def test_words_around_a_name_are_quoted(name: str, text: str, words: str) -> None:
    assert find(text, search_terms(name)) == words
