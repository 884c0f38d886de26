"""Words that matter when finding names: titles, particles, and names that are also common words.

All except OTHER_NAMES are in lower-case letters without accents, because `stories/names.py`
compares them with texts in this form.
"""

# Titles before a name. The period after an abbreviated title does not end a sentence.
ABBREVIATED_TITLES = "dr dra fr hon ing lic mr mrs ms mx pr prof rev sr sra srta st sta sto"
OTHER_TITLES = """
brother doctor doctora don dona father hermana hermano madre miss mother padre pastor profesor
profesora professor reverend senor senora senorita sister the un
"""
TITLES = set(f"{ABBREVIATED_TITLES} {OTHER_TITLES}".split())
# Words within names that are never a name on their own.
PARTICLES = {"al", "bin", "da", "de", "del", "di", "do", "dos", "ibn", "la", "las", "los"}
PARTICLES |= {"van", "von", "y"}
# A story may show a description instead of a name, such as “Anonymous” or “A mother from Ohio”. The
# description begins with one of these words, or with an article and a noun from PEOPLE.
WORDS_FOR_ANONYMOUS = "anonima anonimo anonymous somebody someone"
ARTICLES = "a an el la the un una"
PEOPLE = """
activist advocate artist aunt author boy brother caregiver child cousin dad daughter doctor driver
father friend girl grandfather grandmother husband lawyer man member mom mother neighbor nurse
parent partner patient person reader resident sister son student survivor teacher teenager uncle
veteran volunteer widow wife woman worker writer
abogada abogado abuela abuelo activista amiga amigo artista autor autora chica chico companera
companero doctora enfermera enfermero esposa esposo estudiante hermana hermano hija hijo hombre
joven lector lectora madre maestra maestro mama mujer nina nino novia novio paciente padre papa
persona prima primo sobreviviente tia tio trabajador trabajadora vecina vecino veterana veterano
viuda viudo voluntaria voluntario
"""
# In a description, capitalized words after these are a place, not the person's name.
BEFORE_PLACES = "at de del en from in near of"
SUFFIXES = {"esq", "ii", "iii", "iv", "jr", "lcsw", "md", "phd", "rn"}
MONTHS = "april may june august abril julio"  # only the months that are also names
ALL_MONTHS = f"january february march {MONTHS} july september october november december"
# Words before a name that make it the name of a place, such as “Santa Rosa” and “New Hope”.
WORDS_BEFORE_PLACES = "new saint san santa santo st sta sto"
# Words after a name that make it the name of a place, such as “Hope Clinic”.
WORDS_AFTER_PLACES = """
avenue center church city clinic college county hospital house island road school street
university
"""
# Well-known people, places and things. The names within them do not count.
OTHER_NAMES = {"Cruz Roja", "El Salvador", "Los Angeles", "Rosa Parks", "Vera Cruz"}
OTHER_NAMES |= {"Luz del Mundo", "Luz y Fuerza", "May Day", "Will and Testament"}
# A name also matches its plural (“Rosas”), except these: “gracias” means thanks.
WITHOUT_PLURAL = {"gracia"}
# A common word before one of these verbs is a name, even at the beginning of a sentence.
VERBS_OF_PEOPLE = "said says told asked lives lived dijo dice conto cuenta vive"
# Names that are also common words. Add a name here if it causes false alarms.
ENGLISH_WORDS = """
amber april art august autumn baker banks bean bell berry best bill bishop black blue bond
bright brook brooks brown bush candy carol case chance charity chase christian church clay cook
cross crystal daisy dawn day dean destiny diamond drew driver duke earl early eve faith field fields
fisher ford forest fox frank free frost gay gene ginger glen gold good grace grant gray green guard
guy hall hand harmony hazel heather heaven hill holly home hope house hunt hunter iris ivy jack jade
jasmine jay josh journey joy june junior justice king lake law lemon lily little long love major
mark marsh mason max may melody mercy miracle moon nick north ocean olive page park parker parks
patience pearl penny person post power precious price prince rain raven ray reed rice rich river rob
robin rose royal ruby rush sage sandy sharp short skip sky small smith snow star stone storm strange
street strong sue sugar summer sunny swift trinity trust violet wade walker wall waters weed west
white will winter wise wood woods young
"""
SPANISH_WORDS = """
abril alba alma amado amor amparo angeles arroyo aurora barrios bella blanca blanco bravo bueno
cabello calle camino campos caridad carrera casas castillo celeste cielo clara clemente consuelo
cruz cuesta delgado dolores domingo esperanza estrella feliz flor flores franco fuentes gallo
genesis gloria gracia guerra guerrero herrera iglesias julio justo leal lee leo leon libertad linda
lucero luna luz mar margarita marina mata maximo mercedes mesa milagros molina monte montes moreno
nieves norma olmo paloma pardo paz pena perla piedad pilar pino plaza prado primo ramos remedios rey
reyes rico rios rivera rojas rosa rosario rosas rubio salas salud salvador santos segundo serena
socorro sol soledad soto tierra toro torres una valle vega vidal violeta
"""
# Names that are common words or well-known places in both languages, or have only two letters.
WORDS_IN_BOTH = """
america angel austin carolina dakota dale don georgia jackson jordan lincoln madison miles noble
real rio sierra van victoria virginia washington
ad ah al am an as at be by da de di do el en es fe go ha he hi ho id if in ir is it la le lo ma me
mi my ni no of oh ok on or os pa se si so su te ti to tu tv un up us va ve vi we ya yo
"""
WORDS_BY_LANGUAGE = {
    "en": set(f"{ENGLISH_WORDS} {WORDS_IN_BOTH}".split()),
    "es": set(f"{SPANISH_WORDS} {WORDS_IN_BOTH}".split()),
}
# Short last names that are also words. They do not count as names at the beginning of a sentence.
# First names are not compared with this list.
SHORT_ENGLISH_WORDS = """
ash ban bar bay bee big boy boys buy bye can cat cow cut dew dry eye fan far fat few fit fly fry fun
get got gum guys ham hay her high him his how hum ice ill its jam job key keys kid lay let lot low
man men mix new now nun nut oak off old one our out own pan pay pen pig pit pop put ran rat raw red
ring rod row rue run sad sat saw say sea see set she sin sit six son song sons sun tan tax ten the
tie tin toe ton too toy try two use wan war was wax way who why win yes yet you
"""
SHORT_SPANISH_WORDS = """
ala aun ave ay con cual dan das dos era eso fin fue gran han has hay hoy iba las los mal mas mil mis
muy nos ola ora oso pan par paro pie por pues que ras red ron sal san ser sin son sus tal tan tia
ton tras tres tus uno van vas ven ver vez via voy voz
"""
COMMON_WORDS = set().union(*WORDS_BY_LANGUAGE.values())
# Words that do not count as names at the beginning of a sentence, by the language of the text. The
# key is empty for a text in an unknown language.
WORDS_AT_BEGINNING = {
    "en": WORDS_BY_LANGUAGE["en"].union(SHORT_ENGLISH_WORDS.split()),
    "es": WORDS_BY_LANGUAGE["es"].union(SHORT_SPANISH_WORDS.split()),
}
WORDS_AT_BEGINNING[""] = set().union(*WORDS_AT_BEGINNING.values())
