"""Words in names that are titles, particles, or also common words.

All are in lower-case letters without accents, as `stories/names.py` reads texts.
"""

# Titles before a name. The period after an abbreviated title does not end a sentence.
ABBREVIATED_TITLES = "dr dra fr hon ing lic mr mrs ms mx pr prof rev sr sra srta st sta sto"
OTHER_TITLES = """
brother doctor doctora don dona father hermana hermano madre miss mother padre pastor profesor
profesora professor reverend senor senora senorita sister
"""
TITLES = set(f"{ABBREVIATED_TITLES} {OTHER_TITLES}".split())
# Never a name of their own.
PARTICLES = {"al", "bin", "da", "de", "del", "di", "do", "dos", "ibn", "la", "las", "los"}
PARTICLES |= {"van", "von", "y"}
# If a word in lower case follows, these begin a description, such as “A mother from Ohio”.
ARTICLES = {"a", "an", "el", "la", "somebody", "someone", "the", "un", "una"}
WORDS_FOR_ANONYMOUS = {"anonima", "anonimo", "anonymous"}
SUFFIXES = {"esq", "ii", "iii", "iv", "jr", "lcsw", "md", "phd", "rn"}
MONTHS = "april may june august abril julio"  # those that are names
# Words before a name that make it the name of a place, such as “Santa Rosa” and “New Hope”.
WORDS_BEFORE_PLACES = "new saint san santa santo st sta sto"
# Words after a name that make it the name of a place, such as “Hope Clinic”.
WORDS_AFTER_PLACES = """
avenue center church city clinic college county hospital house island road school street
university
"""
# Other names and titles that contain a name.
OTHER_NAMES = {"Cruz Roja", "El Salvador", "Los Angeles", "Rosa Parks", "Vera Cruz"}
OTHER_NAMES |= {"Will and Testament"}
# Common words are names before these, even if they begin a sentence.
VERBS_OF_PEOPLE = "said says told asked lives lived dijo dice conto cuenta vive"
# Names that are also common words. Add what causes false alarms.
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
socorro sol soledad soto tierra toro torres valle vega vidal violeta
"""
# Names that are common words or well-known places in both languages, or have two letters.
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
COMMON_WORDS = set().union(*WORDS_BY_LANGUAGE.values())
