"""Parses YAML with line numbers. All scalars become strings, including `no` and `1984`."""

import yaml

from content_files.errors import ContentError, check_characters

MAX_DEPTH = 20  # our files need 5
STARTS = (
    *(yaml.BlockSequenceStartToken, yaml.BlockMappingStartToken),
    *(yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken),
)
ENDS = yaml.BlockEndToken, yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken


class Text(str):
    line: int = 0


class Items(list):
    line: int = 0


class Fields(dict):
    """A mapping; `keys_at` has the line of each key."""

    line: int = 0
    keys_at: dict[str, int]


Value = Text | Items | Fields


def read(text: str, first_line: int = 1) -> Fields:
    """Parse the mapping in `text`, which starts at `first_line` of its file.

    Raises ContentError.
    """
    try:
        depth = 0
        for token in yaml.scan(text, Loader=yaml.BaseLoader):
            depth += isinstance(token, STARTS) - isinstance(token, ENDS)
            if depth > MAX_DEPTH:  # the parser is recursive
                line = first_line + token.start_mark.line
                raise ContentError("too many lists or fields are inside each other.", line)
            if isinstance(token, yaml.AliasToken):
                line = first_line + token.start_mark.line
                raise ContentError("put quotation marks around text that begins with “*”.", line)
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except ContentError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise ContentError(f"this is not YAML: {error.problem or error}", line) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML does not catch all errors of Python, such as numbers too large in an escape.
        raise ContentError(f"this is not YAML: {error}", first_line) from error
    if node is None:
        fields = Fields()
        fields.line, fields.keys_at = first_line, {}
        return fields
    value = _value(node, first_line)
    if not isinstance(value, Fields):
        raise ContentError("expected lines such as “title: Some words”.", first_line)
    return value


def _value(node: yaml.Node, first_line: int) -> Value:
    value: Value
    if isinstance(node, yaml.MappingNode):
        value = Fields()
        value.keys_at = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + first_line
            if not isinstance(key_node, yaml.ScalarNode):
                raise ContentError("expected lines such as “title: Some words”.", line)
            key = key_node.value
            check_characters(key, line)
            if key in value:
                raise ContentError(f"“{key}” appears more than once.", line)
            value[key] = _value(value_node, first_line)
            value.keys_at[key] = line
    elif isinstance(node, yaml.SequenceNode):
        value = Items(_value(child, first_line) for child in node.value)
    else:
        check_characters(node.value, node.start_mark.line + first_line)
        value = Text(node.value)
    value.line = node.start_mark.line + first_line
    return value
