"""What every response carries, and whether a request that changes something came from our own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers

from bot.staff.errors import FromElsewhere

# No inline script and no inline style: a patient's text that slips through unescaped can still do nothing.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with it browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def check_origin(headers: Headers, public_url: str) -> None:
    """Raise FromElsewhere unless the request comes from a page of ours.

    `Sec-Fetch-Site` is set by the browser and cannot be forged by a page; browsers send it to https and localhost.
    Elsewhere `Origin` decides: it must name the host that was asked, or the clinic's public address (behind a proxy
    the two differ). A request with neither header does not come from a browser that we know.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site == "same-origin":
            return
    else:
        origin = urlsplit(headers.get("origin", ""))
        public = urlsplit(public_url)
        if origin.netloc and (
            origin.netloc == headers.get("host") or (origin.scheme, origin.netloc) == public[:2]
        ):
            return
    raise FromElsewhere("This request did not come from the console's own pages. Nothing was changed.")
