"""Fifty searches in ten languages. Each finds a text that is written in another way."""

import pytest
from django.http import QueryDict
from django.utils.html import escape

from mission.models import HomePage
from search.query import Search
from tests import factories

# Language, text on the page, what a reader types, and what is marked in the excerpt.
CASES = [
    ("English", "An of\u00adfi\u00adcial wordalpha", "official wordalpha", "of\u00adfi\u00adcial"),
    ("English", "The oﬃcial wordbeta", "official wordbeta", "oﬃcial"),
    ("English", "Zero\u200bwidth wordgamma", "zerowidth wordgamma", "Zero\u200bwidth"),
    ("English", "Word\u2060joiner worddelta", "wordjoiner", "Word\u2060joiner"),
    ("English", "Congress read H.R. 1234 then", "HR 1234", "H.R. 1234"),
    ("English", "Congress read H.R. 2345 then", "HR2345", "H.R. 2345"),
    ("English", "Congress read H. R. 3456 then", "h.r. 3456", "H. R. 3456"),
    ("English", "Congress read HR4567 then", "H.R. 4567", "HR4567"),
    ("English", "The senate read S. 678 then", "s678", "S. 678"),
    ("English", "The state read SB 420 then", "sb420", "SB 420"),
    ("English", "Here 12,345 people", "12345", "12,345"),
    ("English", "Here 23456 people", "23,456", "23456"),
    ("English", "A rise of 15.9 percent", "15.9", "15.9"),
    ("English", "It cost $1,250.75 then", "1250.75", "1,250.75"),
    ("English", "Senator O’Neill spoke", "ONeill", "O’Neill"),
    ("English", "Senator OBrien spoke", "O'Brien", "OBrien"),
    ("English", "The governor’s wordepsilon", "governors", "governor’s"),
    ("English", "The mayor's wordzeta", "mayor’s wordzeta", "mayor's"),
    ("English", "A drug‑checking wordeta", "drugchecking", "drug‑checking"),
    ("English", "Send an email wordtheta", "e-mail wordtheta", "email"),
    ("English", "The U.S.V.I. wordiota", "usvi", "U.S.V.I"),
    ("English", "Call 1-800-662-4357 now", "18006624357", "1-800-662-4357"),
    ("English", "Ｆｕｌｌｗｉｄｔｈ wordkappa", "fullwidth", "Ｆｕｌｌｗｉｄｔｈ"),
    ("English", "A naïve fiancée", "naive fiancee", "fiancée"),
    ("Spanish", "¿Qué? La prevencio\u0301n salvó", "prevención", "prevención"),
    ("Spanish", "Un pingüino y la niñez", "pinguino ninez", "niñez"),
    ("Spanish", "Subió 16,8 por ciento", "16.8", "16,8"),
    ("Spanish", "Fueron 34.567 muertes", "34567", "34.567"),
    ("French", "François va à l’école", "francois ecole", "l’école"),
    ("French", "Près de 45\u202f678 personnes", "45678", "45\u202f678"),
    ("French", "Le cœur de Zoë", "coeur zoe", "cœur"),
    ("German", "Die Straße nach Köln", "strasse koln", "Straße"),
    ("Polish", "Łódź i Wałęsa", "lodz walesa", "Łódź"),
    ("Danish", "Sundhed på Nørrebro", "norrebro", "Nørrebro"),
    ("Croatian", "Gospodin Đorđević", "dordevic", "Đorđević"),
    ("Turkish", "İSTANBUL ve ışık", "istanbul isik", "ışık"),
    ("Vietnamese", "Bà Đặng Ngọc Ánh", "dang ngoc anh", "Đặng"),
    ("Yoruba", "Ọ̀rọ̀ àti ìmọ̀", "oro ati imo", "Ọ̀rọ̀"),
    ("Navajo", "Hózhǫ́ dóó łį́į́ʼ", "hozho lii", "Hózhǫ́"),
    ("Navajo", "Tʼáá íiyisíí", "t'aa iiyisii", "Tʼáá"),
    ("Hawaiian", "Aloha Hawaiʻi nei", "hawaii", "Hawaiʻi"),
    ("Greek", "ΝΑΡΚΩΤΙΚΆ και φάρμακα", "ναρκωτικα φαρμακα", "ΝΑΡΚΩΤΙΚΆ"),
    ("Russian", "Ёлка и подъезд", "елка", "Ёлка"),
    ("Arabic", "هُنَا مُخَدِّرَات", "مخدرات", "مُخَدِّرَات"),
    ("Arabic", "أدوية جديدة", "ادويه جديده", "أدوية"),
    ("Arabic", "العدد ٧٨٩٠١ هنا", "78901", "٧٨٩٠١"),
    ("Hebrew", "שָׁלוֹם לכולם", "שלום", "שָׁלוֹם"),
    ("Hindi", "यहाँ मदद मिलेगी", "मदद", "मदद"),
    ("Chinese", "这里可以得到帮助和药物。", "药物", "药物"),
    ("Japanese", "薬物の過剰摂取に注意", "過剰摂取", "過剰摂取"),
    ("Thai", "ยาเสพติดและความช่วยเหลือ", "ช่วยเหลือ", "ช่วยเหลือ"),
    ("Korean", "약물 과다복용", "과다복용", "과다복용"),
]


@pytest.fixture
def page_of_all(home: HomePage) -> None:
    body = "".join(f"<p>{text}.</p>" for _language, text, _typed, _marked in CASES)
    factories.StandardPageFactory(parent=home, body=[{"type": "text", "value": body}])


def test_search_finds_and_marks_words_however_they_are_written(page_of_all: None) -> None:
    assert len(CASES) >= 50
    assert len({language for language, *_texts in CASES}) >= 10
    missed = []
    for language, _text, typed, marked in CASES:
        params = QueryDict(mutable=True)
        params["q"] = typed
        shown = [page.excerpt.text for page in Search(params, "en").results(None)]
        if f"<mark>{escape(marked)}</mark>" not in "".join(shown):
            missed.append((language, typed, marked, shown))
    assert missed == []
