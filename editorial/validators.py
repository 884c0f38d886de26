from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext as _


@deconstructible
class MaxWords:
    """Rejects text of more than `limit` words; the message gives its word count.

    From `advised` words on, the counter below the field advises a shorter text.
    """

    def __init__(self, limit: int, advised: int) -> None:
        self.limit = limit
        self.advised = advised

    def __call__(self, value: str) -> None:
        if (count := len(value.split())) > self.limit:
            raise ValidationError(
                _("This text has %(count)d words. Use at most %(limit)d.")
                % {"count": count, "limit": self.limit}
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaxWords) and (self.limit, self.advised) == (
            other.limit,
            other.advised,
        )
