"""Tables of alt texts that are accepted or rejected."""

import pytest

from pictures.alt_text import reason_to_refuse_text

ACCEPTED = """
A candle
Candle
Protesters
Ana Ruiz speaks
Ana Ruiz
Ana, 34
New York
Route 66 at night
Una vela
Manifestantes
Naloxona
Two hands hold a mug of coffee.
A photograph of a march in May 2026
A photo of Ana
Picture of a river
Portrait of Ana Ruiz
Retrato de Ana
The logo of the Drug Policy Alliance
Una foto de una marcha
Imagen de dos manos
A camera on a tripod
Screenshot of the petition
A traffic signal
COVID-19 test kit
COVID-19
X-ray
T-shirts
Self-portrait
Ocasio-Cortez
Mother-in-law
mother-in-law
Black-and-white
Six-year-old
Mother-of-two
Life-saving-kit
Out-of-work
Well-to-do
Madre-de-dos
L.A.
U.S.
Rosa-María
A banner of a protest
A screen showing results
A collage of photos of the march
A portrait by Luis, 4
Photo of a march
Page of a diary
Fentanyl test strips
A large house
The first march
Ana holds a sign: “End it.”
A photo credit on a wall
A credit union
Copies of a newspaper by AP
Una tarjeta de crédito
A hand holds a sign: “Photo: Ana”
Police / fire station
A drawing by a child: a house
猫が座っている
‫امرأة تتكلم
""".strip().splitlines()
BLANK = [
    "",
    " ",
    "\t\n",
    "\u00a0",
    "\u2003",
    "\u3000",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u2060",
    "\u00ad",
]
BLANK += [
    "\u2800",
    "\u3164",
    "\u115f",
    "\u1160",
    "\uffa0",
    "\u034f",
    "\u180e",
    "\u061c",
    "\u17b4",
    "\u2028",
]
BLANK += ["&nbsp;", "&nbsp; &#8203;", "<br>", "<p></p>"]
BLANK += ["\ufe0f", "\U000e0100", "\U000e0020", "\u202e", "\x00", "\u0301", "\u200b \u2800\u3164"]
NAMES = """
IMG_1234
IMG_1234.jpg
IMG 1234
IMG_1234 (1)
Copy of IMG_1234
Copia de IMG_1234
DSC01234
DSC_0012
DSCN0012
DSCF0012.RAF
_MG_1234
P1010023
100_0001
GOPR0123
GOPR 0123
DJI_0042
DJI 0042
PXL_20260501
PXL_20260131_120000123
MVIMG_20260131_120000
VID 20260131
20260131_120000
2026-01-31 12.00.00
FB_IMG_1234567890
received_1234567890
Screenshot 2026-01-31 at 9.00 AM
Screen Shot 2026-01-31 at 9.00.12 AM
Screenshot_20260131-120000_Chrome
Captura de pantalla 2026-01-31 a las 9.00.12
Captura de Pantalla (3)
Capture d’écran 2026-01-31
WhatsApp Image 2024-05-01 at 10.11.12
WhatsApp Image 2024-05-01 at 10.11.12 (1)
image0.jpeg
image0
Image from iOS (1)
image (3)
Photo 12-01-26
Photo on 1-31-26 at 9.00 AM
Foto 12.01.26, 9 00 12
PHOTO-2026-01-31-12-00-00
Scan 3
Escaneado 3
GettyImages-123456
Getty Images 123456
shutterstock_123456
Adobe Stock 123456
istockphoto-1234-612x612
photo-1506744038136-46273834b3fb
3f2504e0-4f89-11d3-9a0c-0305e82c3301
d41d8cd98f00b204e9800998ecf8427e
maria-lopez-arrest
photo.final.png
A march.jpeg
march.HEIC
Untitled design (1)
WhatsApp-Bild 2024-05-01 um 10.11.12
IMG 20240501 WA0012
IMG_1234 Large
DSC_0012 edit
Ana Ruiz.jpg (1)
Ana Ruiz.jpg copia
Ana Ruiz jpg
ana ruiz portrait.arw
DPA_march_2024 (12 of 30)
C:\\Users\\ana\\Pictures
/media/ana/march
https://example.org/march 12
Document 12
Documento 12
Slide 3
Adobe Scan May 1, 2024
CamScanner 05-01-2024 10.11
Captura 1 de mayo de 2024
Diseño sin título (3)
deadbeefcafefacedeadbeefcafeface
3f2504e0 4f89 11d3 9a0c 0305e82c3301
Sin título
""".strip().splitlines()
LABELS = """
photo
Photo
PHOTO.
ｐｈｏｔｏ
p\u200bhoto
foto
Fotografía
fotografia
image
image 3
Imagen
imagen 3
imágenes
picture
Picture of
A picture of
The picture
una foto de la
portrait
Retrato
A portrait
headshot
logo
Logotipo
icon
banner
graphic
illustration
Ilustración
screenshot
alt text
texto alt
untitled
placeholder
none
jpg
JPEG
decorative
decorativo
prueba
chart
profile picture
foto de perfil
imagen principal
esta foto
this photo
Imagen recortada
Cropped image
alt text here
see caption
ver pie de foto
Lorem ipsum
Lorem ipsum dolor sit amet
2
…
?!
a
🎉
""".strip().splitlines()
CREDITS = """
Photo by Ana Ruiz
Foto por Ana Ruiz
© Ana Ruiz
©2024 Ana Ruiz
&copy; Ana Ruiz
(c) Ana Ruiz
Copyright 2024 Ana Ruiz
Ana Ruiz ©
Ana Ruiz © 2024
Photo: Ana Ruiz
PHOTO : ANA RUIZ
Photos: Ana Ruiz
Foto: Ana Ruiz
Fotografía: Ana Ruiz
Fotos: Ana Ruiz / Luis Paz
Imagen: Ana Ruiz
Illustration: Ana Ruiz
Ilustración: Ana Ruiz
Photo | Ana Ruiz
Photo © Ana Ruiz
Photo credit Ana Ruiz
Photo credit: Ana Ruiz
Photo via Ana Ruiz
Credit: Ana Ruiz
Créditos: Ana Ruiz
Photographer: Ana Ruiz
Fotógrafa: Ana Ruiz
Image courtesy of Ana Ruiz
Photo courtesy Ana Ruiz
Courtesy of Ana Ruiz
Imagen cortesía de Ana Ruiz
Cortesía de Ana Ruiz
Ana Ruiz / AP
Ana Ruiz/Getty Images
Ana Ruiz via Unsplash
AP Photo/Ana Ruiz
Reuters/Ana Ruiz
""".strip().splitlines()
REPEATS = [
    ("A march in May", "a march  in May."),
    ("A march in May", "“A march, in May!”"),
    ("A march in May", "A\u200b march\u00ad in May"),
    ("A march\ufe0f in May", "A march in May"),
    ("Una mañana", "UNA MANANA"),
    ("A march – in May", "A march (in May)"),
    *(("A march in May", f"A{blank}march in May") for blank in "\u2800\u3164\u115f\u1160\uffa0"),
    ("A march in May", "A march in May¹"),
    ("A march in May", "A <b>march</b>&nbsp;in May"),
]


def refuse(alt: str, caption: str = "") -> str:
    return reason_to_refuse_text(alt, caption, title="Title of it", language="en")


def test_table_has_at_least_220_distinct_rows() -> None:
    rows = [*ACCEPTED, *BLANK, *NAMES, *LABELS, *CREDITS, *REPEATS]
    assert len(rows) == len(set(rows)) >= 220


@pytest.mark.parametrize("alt", ACCEPTED)
def test_descriptive_alt_text_is_accepted(alt: str) -> None:
    assert refuse(alt, "Another caption") == ""


@pytest.mark.parametrize(
    ("alt", "caption", "reason"),
    [
        *((alt, "", "has no alt text in English") for alt in BLANK),
        *((alt, "", "is a file name or a label") for alt in (*NAMES, *LABELS)),
        *((alt, "", "is a credit") for alt in CREDITS),
        *((alt, caption, "repeats its caption") for alt, caption in REPEATS),
    ],
)
def test_meaningless_alt_text_is_rejected(alt: str, caption: str, reason: str) -> None:
    sentence = refuse(alt, caption)
    assert reason in sentence
    assert "“Title of it”" in sentence


def test_caption_with_another_number_is_no_repetition() -> None:
    assert refuse("A march in 2024", "A march in 2025") == ""
