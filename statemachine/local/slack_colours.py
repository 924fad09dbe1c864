"""The colours of attachments' bars."""

import re

_NAMED = {"good": "#2eb886", "warning": "#daa038", "danger": "#a30200"}
_NONE = "#dddddd"
_COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")


def colour(wanted: object) -> str:
    """Write a colour as ``#rrggbb``, and nothing else, whatever was wanted; Slack's own grey where none was."""
    if found := _COLOUR.fullmatch(str(wanted)):
        return f"#{found[1]}"
    return _NAMED.get(str(wanted), _NONE)
