from datetime import date, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel

LIFETIME = timedelta(days=2 * 365)


def default_expiry() -> date:
    return localdate() + LIFETIME


class ConsentFields(models.Model):
    """What the people shown or told of agreed to.

    Never a legal name, contact data or the signed form: a stolen copy of this database must not
    become a list of people who use drugs. The form itself stays on paper under its number.
    """

    class Shown(models.TextChoices):
        NO_ONE = "no-one", _("No one")
        NOT_RECOGNISABLE = "not-recognisable", _("Somebody who cannot be recognised")
        RECOGNISABLE = "recognisable", _("Somebody who can be recognised")
        CHILD = "child", _("A child")

    class Basis(models.TextChoices):
        FORM = "form", _("A signed form")
        STAFF = "staff", _("A member of staff")
        STOCK = "stock", _("Licensed stock")
        PUBLIC_EVENT = "public-event", _("A public event")
        ILLUSTRATION = "illustration", _("An illustration of nobody real")

    # Copies, aliases and translations keep it, so that a withdrawal finds every one of them.
    subject_key = models.UUIDField(default=uuid4, editable=False, db_index=True)
    shown = models.CharField(
        _("who is shown"),
        max_length=20,
        choices=Shown.choices,
        blank=True,
        help_text=_("A neighbour, a tattoo or a street sign can make a person recognisable."),
    )
    basis = models.CharField(
        _("basis"),
        max_length=20,
        choices=Basis.choices,
        blank=True,
        help_text=_("Why we may show this."),
    )
    form_number = models.CharField(
        _("form number"),
        max_length=40,
        blank=True,
        help_text=_("The number on the signed form. Never a name, telephone or address."),
    )
    for_site = models.BooleanField(_("on this site"), default=True)
    for_social = models.BooleanField(_("on social media"), default=False)
    for_print = models.BooleanField(_("in print"), default=False)
    for_press = models.BooleanField(_("by the press"), default=False)
    may_be_named = models.BooleanField(_("may be named"), default=False)
    given_on = models.DateField(_("given on"), null=True, blank=True)
    expires_on = models.DateField(
        _("expires on"),
        null=True,
        blank=True,
        default=default_expiry,
        help_text=_("Two years from today unless they said otherwise."),
    )
    steward = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("steward"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The colleague who knows this person and will hear before consent ends."),
    )

    consent_panels = [
        MultiFieldPanel(
            [
                FieldPanel("shown"),
                FieldRowPanel([FieldPanel("basis"), FieldPanel("form_number")]),
                FieldRowPanel(
                    [
                        FieldPanel("for_site"),
                        FieldPanel("for_social"),
                        FieldPanel("for_print"),
                        FieldPanel("for_press"),
                        FieldPanel("may_be_named"),
                    ]
                ),
                FieldRowPanel([FieldPanel("given_on"), FieldPanel("expires_on")]),
                FieldPanel("steward"),
            ],
            heading=_("Consent"),
            help_text=_("What the person agreed to. Never write a legal name or an address here."),
        )
    ]

    class Meta:
        abstract = True
