"""What a browser sends with a form, read with a limit and without leaving anything on the disk."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from bot.staff.errors import BadForm

LARGEST_UPLOAD = 1_000_000
"""Bytes of a form that carries a file. Up to so many the file is kept in memory, and never on disk."""
LARGEST_FORM = 200_000
"""Bytes. The longest text that a patient may be sent is 5,000 characters; the rest is room for addresses and notes."""
LARGEST_ID = 2**31 - 1  # of a PostgreSQL integer; what is above it is no identifier of ours


@dataclass(frozen=True)
class Form:
    """The fields of a submitted form; a field that is not there is empty."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The field's text without surrounding space; line ends as \\n."""
        return self.raw(name).strip()

    def raw(self, name: str) -> str:
        """The field's text as typed."""
        values = self.fields.get(name, ())
        return values[0] if values else ""

    def all(self, name: str) -> list[str]:
        """All values of the field, without surrounding space."""
        return [value.strip() for value in self.fields.get(name, ())]

    def number(self, name: str) -> int | None:
        """The field as an identifier, or None where it is empty or no identifier."""
        return _identifier(self.get(name))

    def numbers(self, name: str) -> list[int]:
        """All values of the field that are identifiers."""
        return [one for one in map(_identifier, self.fields.get(name, ())) if one is not None]


def _identifier(text: str) -> int | None:
    number = int(text) if text.isdecimal() and len(text) < 12 else 0
    return number if 0 < number <= LARGEST_ID else None


async def read_form(request: Request, upload: bool = False) -> Form:
    """The fields of a form. Raises BadForm for anything else, and for more than `LARGEST_FORM` bytes, or
    `LARGEST_UPLOAD` where `upload` allows a file."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > (LARGEST_UPLOAD if upload else LARGEST_FORM):
            raise BadForm("The form is too large. Shorten what you wrote, or the file, and send it again.")
    if not body:
        return Form()
    if upload and kind == "multipart/form-data":
        pairs = await _parts(request, bytes(body))
    elif kind == "application/x-www-form-urlencoded":
        pairs = _pairs(bytes(body))
    else:
        raise BadForm("The form was sent in a way that the console does not read. Load the page again.")
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        # PostgreSQL stores no NUL and no half of a surrogate pair; browsers send line ends as \r\n.
        text = value.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
        fields.setdefault(name, []).append(text.replace("\r\n", "\n"))
    return Form(fields)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=500
        )
    except ValueError as error:
        raise BadForm("The form has too many fields. Load the page again.") from error


async def _parts(request: Request, body: bytes) -> list[tuple[str, str]]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers, stream(), max_files=1, max_fields=20, max_part_size=LARGEST_UPLOAD
    )
    try:
        parts = await parser.parse()
    except (MultiPartException, UnicodeError) as error:
        raise BadForm("The file did not arrive whole. Choose it again.") from error
    pairs = []
    for name, value in parts.multi_items():
        text = value if isinstance(value, str) else _text_of(await value.read())
        pairs.append((name, text))
    await parts.close()
    return pairs


def _text_of(content: bytes) -> str:
    """The text of a file: UTF-8, or what Windows writes where it is not."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
