"""Proof that a request comes from the carrier: its signature over our public address and the whole form.

The address is the configured one (`web.public_url`), never what headers say of it: behind a proxy the two differ, and
headers can be written by anyone.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from twilio.request_validator import RequestValidator

from bot.channels.bodies import read_body
from bot.channels.sms.errors import BodyTooLarge, ForgedRequest, NotAForm, WrongContentType
from bot.channels.sms.settings import SmsSettings

SIGNATURE = "X-Twilio-Signature"
BODY_LIMIT = 65_536
"""Octets. 1600 characters are at most 19,200 of them when percent-encoded; the rest of a form is below 4,000."""
_FIELD_LIMIT = 200

Form = ImmutableMultiDict[str, str]


async def signed_form(request: Request, settings: SmsSettings, path: str) -> Form:
    """The form of a request that the carrier signed.

    path: of this webhook, behind the public address. Raises ForgedRequest (also where no account is configured),
    WrongContentType, BodyTooLarge, TooSlow, NotAForm.
    """
    signature = request.headers.get(SIGNATURE, "")
    if not signature or not settings.auth_token:
        raise ForgedRequest(
            "This address takes requests of the text-message carrier only, and this one is not signed by it."
        )
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise WrongContentType("The carrier sends forms. Set the webhook's method to HTTP POST.")
    too_large = BodyTooLarge(f"The request is larger than {BODY_LIMIT} octets. No text message is.")
    body = await read_body(request, BODY_LIMIT, too_large)
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=_FIELD_LIMIT,
        )
    except ValueError as error:
        raise NotAForm(f"The form holds more than {_FIELD_LIMIT} fields. No carrier sends that.") from error
    form: Form = ImmutableMultiDict(pairs)
    address = settings.address(path, request.url.query)
    if not RequestValidator(settings.auth_token).validate(address, form, signature):
        raise ForgedRequest(
            f"The signature is not the carrier's for {settings.address(path)}. Where the carrier itself is refused, "
            "make web.public_url in clinic.yml the address that stands in the carrier's console, and check the token."
        )
    return form
