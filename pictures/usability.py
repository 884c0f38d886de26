"""Why a picture that was just saved cannot be used yet. The views for uploads tell the editor."""

from django.conf import settings
from django.utils.translation import gettext

from pictures.alt_text import description_label, reason_to_refuse, reason_to_refuse_text
from pictures.models import Picture


def reasons_not_to_use(picture: Picture) -> list[str]:
    """Why `picture` cannot be used on a page yet, in sentences; empty if it can be."""
    return [*_consent_reasons(picture), *_alt_text_reasons(picture)]


def _consent_reasons(picture: Picture) -> list[str]:
    record = picture.record
    if picture.refused_answer:
        return [picture.refused_answer]
    if record.shown and picture.requires_consent and not record.basis:
        sentence = gettext(
            "Nobody has agreed yet: this picture cannot be used before a story steward "
            "records the consent."
        )
        return [sentence]
    if record.shown and not picture.requires_consent and not picture.is_displayable():
        sentence = gettext(
            "This picture stays off the site: somebody has cleared “on this site” in its "
            "consent. Only a story steward or an administrator can change that."
        )
        return [sentence]
    return [sentence for _field, sentence in picture.display_errors()]


def _alt_text_reasons(picture: Picture) -> list[str]:
    if picture.is_decoration:
        return []
    reasons = [reason_to_refuse(picture)]
    for code, _language in settings.LANGUAGES[1:]:
        # Without a text in this language, the picture can be used on pages in the main language.
        if words := picture.other_descriptions.get(code, ""):
            reason = reason_to_refuse_text(words, title=picture.title, language=code)
            reasons.append(f"{description_label(code)}: {reason}" if reason else "")
    return [reason for reason in reasons if reason]
