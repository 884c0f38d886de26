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
# A description, such as “A mother from Ohio”, begins with one of these alone, or with an article
# and a noun for people.
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
# The capitalized words after these are a place, not the name of the person who is described.
BEFORE_PLACES = "at de del en from in near of"
SUFFIXES = {"esq", "ii", "iii", "iv", "jr", "lcsw", "md", "phd", "rn"}
MONTHS = "april may june august abril julio"  # those that are names
ALL_MONTHS = f"january february march {MONTHS} july september october november december"
# Words before a name that make it the name of a place, such as “Santa Rosa” and “New Hope”.
WORDS_BEFORE_PLACES = "new saint san santa santo st sta sto"
# Words after a name that make it the name of a place, such as “Hope Clinic”.
WORDS_AFTER_PLACES = """
avenue center church city clinic college county hospital house island road school street
university
"""
# Other names and titles that contain a name.
OTHER_NAMES = {"Cruz Roja", "El Salvador", "Los Angeles", "Rosa Parks", "Vera Cruz"}
OTHER_NAMES |= {"Luz del Mundo", "Luz y Fuerza", "May Day", "Will and Testament"}
WITHOUT_PLURAL = {"gracia"}  # “gracias” is another word
# Common words are names before these, even if they begin a sentence.
VERBS_OF_PEOPLE = "said says told asked lives lived dijo dice conto cuenta vive"
# Names that are also common words. Add what causes false alarms.
ENGLISH_WORDS = """
amber april art ash august autumn baker ban banks bar bay bean bee bell berry best big bill bishop
black blue bond boy boys bright brook brooks brown bush buy bye can candy carol case cat chance
charity chase christian church clay cook cow cross crystal cut daisy dawn day dean destiny dew
diamond drew driver dry duke earl early eve eye faith fan far fat few field fields fisher fit fly
ford forest fox frank free frost fry fun gay gene get ginger glen gold good got grace grant gray
green guard gum guy guys hall ham hand harmony hay hazel heather heaven her high hill him his holly
home hope house how hum hunt hunter ice ill iris its ivy jack jade jam jasmine jay job josh journey
joy june junior justice key keys kid king lake law lay lemon let lily little long lot love low major
man mark marsh mason max may melody men mercy miracle mix moon new nick north now nun nut oak ocean
off old olive one our out own page pan park parker parks patience pay pearl pen penny person pig pit
pop post power precious price prince put rain ran rat raven raw ray red reed rice rich ring river
rob robin rod rose row royal ruby rue run rush sad sage sandy sat saw say sea see set sharp she
short sin sit six skip sky small smith snow son song sons star stone storm strange street strong sue
sugar summer sun sunny swift tan tax ten the tie tin toe ton too toy trinity trust try two use
violet wade walker wall wan war was waters wax way weed west white who why will win winter wise wood
woods yes yet you young
"""
SPANISH_WORDS = """
abril ala alba alma amado amor amparo angeles arroyo aun aurora ave ay barrios bella blanca blanco
bravo bueno cabello calle camino campos caridad carrera casas castillo celeste cielo clara clemente
con consuelo cruz cual cuesta dan das delgado dolores domingo dos era eso esperanza estrella feliz
fin flor flores franco fue fuentes gallo genesis gloria gracia gran guerra guerrero han has hay
herrera hoy iba iglesias julio justo las leal lee leo leon libertad linda los lucero luna luz mal
mar margarita marina mas mata maximo mercedes mesa mil milagros mis molina monte montes moreno muy
nieves norma nos ola olmo ora oso paloma pan par pardo paro paz pena perla pie piedad pilar pino
plaza por prado primo pues que ramos ras red remedios rey reyes rico rios rivera rojas ron rosa
rosario rosas rubio sal salas salud salvador san santos segundo ser serena sin socorro sol soledad
son soto sus tal tan tia tierra ton toro torres tras tres tus una uno valle van vas vega ven ver vez
via vidal violeta voy voz
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
