"""Path converters."""


class Key:
    """A primary key: ASCII digits that fit a bigint, so that no address can overflow the database."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
