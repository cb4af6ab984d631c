"""What an endpoint's owner reads in the log about an attempt that failed."""

import ssl

import aiohttp

_SUCCESS = range(200, 300)
_REDIRECT = range(300, 400)


def failure_of_status(status: int) -> str | None:
    """None where the message was taken."""
    if status in _SUCCESS:
        return None
    return "redirect" if status in _REDIRECT else f"status_{status}"


def failure_of_error(error: Exception) -> str:
    """Never quotes the answer: what a partner writes is in the excerpt alone."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"dns_failed: {error.os_error.strerror}"
        case aiohttp.ClientConnectorCertificateError():
            return f"bad_certificate: {_distrust(error.certificate_error)}"
        # Not only our own exception: where a name has several addresses the client merges theirs.
        case aiohttp.ClientConnectorError(os_error=PermissionError() as refused):
            return f"forbidden_address: {refused.strerror}"
        case aiohttp.ClientConnectorError():
            return f"connection_failed: {type(error.os_error).__name__}"
        case TimeoutError():
            return "timeout"
        case aiohttp.ClientResponseError():
            return "bad_answer: not HTTP, or with headers that are too long"
        case _:
            return f"connection_failed: {type(error).__name__}"


def _distrust(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return type(error).__name__
