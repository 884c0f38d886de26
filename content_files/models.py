from django.db import models

# The key of the row for the site settings. Other rows are for pages and pictures, for their consent
# (`…#consent`), and for withdrawn pages and pictures (`withdrawn/…`).
SETTINGS_KEY = "settings"


class LoadedFile(models.Model):
    """Records the result of loading a file, so that reloading does not overwrite edits."""

    key = models.CharField(max_length=255, unique=True, help_text="Such as issues/community.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file as it was loaded.")
    object_id = models.BigIntegerField(help_text="Primary key of the page or picture.")
    state = models.CharField(
        max_length=64,
        help_text="Hash of the object when loaded. Another hash later means that it was edited.",
    )

    class Meta:
        verbose_name = "loaded file"

    def __str__(self) -> str:
        return self.key
