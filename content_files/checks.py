"""System checks of the attribute `content_files` of page types."""

from collections import Counter
from collections.abc import Iterator

from django.core.checks import CheckMessage, Error, register

from content_files import field_parsers
from content_files.schema import FILE_TYPES, FileType


@register
def check_file_types(**kwargs: object) -> list[CheckMessage]:
    errors = [error for file_type in FILE_TYPES for error in _check(file_type)]
    for path, count in Counter(one.files.path for one in FILE_TYPES).items():
        if count > 1:
            reason = f"{count} page types have the content files “{path}”."
            errors.append(Error(reason, id="content_files.E004"))
    return errors


def _check(file_type: FileType) -> Iterator[CheckMessage]:
    names = {field.name for field in file_type.model._meta.get_fields()}
    declared = {*file_type.files.excluded, *filter(None, [file_type.files.body])}
    for name in sorted(declared - names):
        reason = f"`content_files` names the field “{name}”, which does not exist."
        yield Error(reason, obj=file_type.model, id="content_files.E001")
    for name in file_type.fields:
        for class_name in field_parsers.unsupported_classes(file_type.field(name)):
            yield Error(
                f"content files cannot set the field “{name}”: there is no parser for "
                f"{class_name}.",
                hint="Add one to PARSERS in content_files/field_parsers.py or block_parsers.py, "
                "or add the field to `excluded` of the model's `content_files`.",
                obj=file_type.model,
                id="content_files.E002",
            )
    for name in sorted({*file_type.fields} & {*file_type.other_keys}):
        yield Error(
            f"The field “{name}” of the page has the same name as a key that content files in "
            f"“{file_type.files.path}” use for something else.",
            hint="Rename the field, or add it to `excluded` of the model's `content_files`.",
            obj=file_type.model,
            id="content_files.E003",
        )
