"""Text in CSV files is not run as a formula."""

import csv
from io import BytesIO, StringIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, PageLogEntry, Site, Workflow

from editorial.spreadsheets import escape_formulas
from mission.models import HomePage
from staff.models import User
from tests import factories


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("", ""),
        ("Rosa", "Rosa"),
        ("Ana-María O'Neill", "Ana-María O'Neill"),
        ("rosa+petitions@example.org", "rosa+petitions@example.org"),
        ("2026-01-31", "2026-01-31"),
        ("1=1", "1=1"),
        ("Rosa; Ben", "Rosa; Ben"),
        ('Rosa "Luz", Ben', 'Rosa "Luz", Ben'),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\u2212" + "1", "'\u2212" + "1"),  # a minus sign
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠SUM(A1)", "'＠SUM(A1)"),
        ("﹦1", "'﹦1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\u200b=1", "'\u200b=1"),
        ("\u200b\ufeff \u00a0\u3000＝1", "'\u200b\ufeff \u00a0\u3000＝1"),
        ("\u202e=1", "'\u202e=1"),
        ("\u00ad=1", "'\u00ad=1"),
        ("\u034f=1", "'\u034f=1"),
        ("\ufe0f=1", "'\ufe0f=1"),
        ("\u3164=1", "'\u3164=1"),
        ("\x00=1", "'\x00=1"),
        ("\t=1", "\t'=1"),
        ("\r=1", "\r'=1"),
        ("\n=1", "\n'=1"),
        ("Rosa;=1", "Rosa;'=1"),
        ("Rosa; \u200b=1;＠A", "Rosa;' \u200b=1;'＠A"),
        ("Rosa,=1", "Rosa,'=1"),
        ('"=1', "'\"=1"),
        ('Rosa";"=1;Ben', 'Rosa";\'"=1;Ben'),
        ('Rosa;"" ＝1', 'Rosa;\'"" ＝1'),
        ("Rosa\t=1", "Rosa\t'=1"),
        ("Rosa\n-1", "Rosa\n'-1"),
        ("Rosa\u2028=1", "Rosa\u2028'=1"),
    ],
)
def test_formulas_are_escaped(text: str, escaped: str) -> None:
    assert escape_formulas(text) == escaped
    assert escape_formulas(escaped) == escaped


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("before", ["", "Rosa", 'Rosa"', "\n"])
@pytest.mark.parametrize("quotes", ["", '"', '""', '" "'])
@pytest.mark.parametrize("end", [",", ";", "\t", "\n", "\r", "\v", "\u2028"])
def test_programs_find_no_formulas(separator: str, before: str, quotes: str, end: str) -> None:
    """No program finds a formula, even if it splits at another separator or reads line by line."""
    file = StringIO()
    cells = [f"{before}{end}{quotes}=1+1{end}Rosa", f"{before}{end}Ben,{quotes}=1+1"]
    csv.writer(file).writerow(["rosa@example.org", *map(escape_formulas, cells), "en"])
    for lines in (StringIO(file.getvalue(), newline=""), file.getvalue().splitlines()):
        found = [cell for row in csv.reader(lines, delimiter=separator) for cell in row]
        assert "".join(found).count("=1+1") == 2
        assert not [cell for cell in found if cell.strip(' "').startswith("=")]


FORMULA = "＝HYPERLINK(1)"
REPORTS = [
    *("site_history", "locked_pages", "workflow", "workflow_tasks", "aging_pages"),
    "page_types_usage",
]
LISTS = [f"wagtailadmin_reports:{name}" for name in REPORTS]
LISTS += ["reviews_report", "translations_report", "wagtailredirects:index"]


@pytest.fixture
def suspicious(home: HomePage, admin_user: User) -> Page:
    """A page that is in every list and report, and whose title is a formula."""
    page = factories.StandardPageFactory(parent=home, title=FORMULA, next_review="2020-01-01")
    page.save_revision(user=admin_user, log_action=True).publish(user=admin_user)
    workflow = Workflow.objects.first() or Workflow.objects.create(name=FORMULA)
    workflow.start(page, admin_user)
    Redirect.objects.create(old_path="/old", redirect_link=FORMULA, site=Site.objects.get())
    Page.objects.filter(pk=page.pk).update(  # type: ignore[misc]
        locked=True, locked_by=admin_user, locked_at=timezone.now()
    )
    return page


@pytest.mark.parametrize("name", LISTS)
def test_csv_files_of_cms_contain_no_formulas(
    suspicious: Page, admin_client: Client, name: str
) -> None:
    response = admin_client.get(reverse(name), {"export": "csv"})
    assert response["Content-Type"] == "text/csv"
    text = response.getvalue().decode()
    heading, *rows = csv.reader(StringIO(text))
    cells = [cell for row in rows for cell in row]
    assert cells == [escape_formulas(cell) for cell in cells]
    if name not in {"wagtailadmin_reports:page_types_usage", "translations_report"}:
        assert f"'{FORMULA}" in text, heading


@pytest.mark.parametrize("name", LISTS)
def test_xlsx_files_of_cms_can_contain_any_title(
    suspicious: Page, admin_client: Client, name: str
) -> None:
    title = "".join(map(chr, range(1, 32))) + "\ufffe\uffff Words"
    Page.objects.filter(pk=suspicious.pk).update(title=title, draft_title=title)  # type: ignore[misc]
    PageLogEntry.objects.update(label=title)
    Redirect.objects.update(redirect_link=title)
    response = admin_client.get(reverse(name), {"export": "xlsx"})
    assert load_workbook(BytesIO(response.getvalue())).active
