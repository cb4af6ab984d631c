"""The one file of a form (`multipart/form-data`, RFC 7578). Runs in the worker."""

from collections.abc import Mapping
from typing import Any, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

MOST_PARTS = 10


class NoFile(Exception):
    """The form has not exactly one file in it, or is no form."""


class _Form:
    """Keeps the parts that say the name of a file."""

    def __init__(self) -> None:
        self.files: list[bytearray] = []
        self._parts = 0
        self._header = [bytearray(), bytearray()]
        self._is_file = False

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._data,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise NoFile
        self._is_file = False

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _header_end(self) -> None:
        name, value = map(bytes, self._header)
        self._header = [bytearray(), bytearray()]
        if name.lower() == b"content-disposition":
            _, options = parse_options_header(value)
            if b"filename" in options:
                self._is_file = True
                self.files.append(bytearray())

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self.files[-1] += data[start:end]


def file_in(body: bytes, content_type: str) -> bytes:
    """What the form's file holds. Raises `NoFile`."""
    _, options = cast("tuple[bytes, Mapping[bytes, bytes]]", parse_options_header(content_type))
    form = _Form()
    try:
        parser = MultipartParser(options.get(b"boundary", b""), cast(Any, form.callbacks()))
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise NoFile from None
    if len(form.files) != 1:
        raise NoFile
    return bytes(form.files[0])
