"""The consent of a story or picture, as content files contain it."""

from collections.abc import Iterator, Mapping

from django.core.exceptions import ValidationError

from consent.models import ConsentRecord
from content_files.schema import CONSENT_FIELDS
from content_files.yaml_lines import Fields

DATES = ("given_on", "expires_on")


def errors(
    fields: Fields, values: Mapping[str, object], *, is_story: bool
) -> Iterator[tuple[int, str]]:
    """Yield (line, reason) for each error in consent.

    `values` contains the valid values of `fields`. A missing date is an error if the rule for
    consent requires dates. Anything else may be missing: then the story, or each page with the
    picture, is loaded as a draft.
    """
    record = ConsentRecord(**values)
    for name, reason in record.display_errors(is_story=is_story):
        is_valid = name in values or name not in fields
        if name in DATES and is_valid and not getattr(record, name):
            line = fields.keys_at.get(name, fields.keys_at["shown"])
            yield line, f"“{name}” is missing. {reason}"
    try:
        record.clean()
    except ValidationError as error:
        yield fields.keys_at["expires_on"], " ".join(error.messages)


def with_defaults(written: Mapping[str, object]) -> dict[str, object]:
    """The values of all fields, with the default for a field that the file does not set."""
    blank = ConsentRecord()
    return {name: written.get(name, getattr(blank, name)) for name in CONSENT_FIELDS}
