"""The form that copies a page offers only what the user may do."""

from wagtail.admin.forms.pages import CopyForm as WagtailCopyForm


class CopyForm(WagtailCopyForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not self.page.permissions_for_user(self.user).can_publish():
            # An alias of a live page is live too, so it needs the permission to publish.
            for name in {"publish_copies", "alias"} & self.fields.keys():
                del self.fields[name]
