"""Sends mail to the one server that the settings name."""

from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

import aiosmtplib

from chassis.oidc_issuers import is_this_machine
from poll_api.settings import Settings

_TIMEOUT_S = 20


class Mailer:
    """For settings with `smtp_url`."""

    def __init__(self, settings: Settings) -> None:
        assert settings.smtp_url is not None
        assert settings.smtp_from is not None
        server = urlsplit(settings.smtp_url.get_secret_value())
        self._from = settings.smtp_from
        self._domain = urlsplit(settings.public_url).hostname or "localhost"
        self._host = server.hostname or ""
        self._port = server.port
        self._user = unquote(server.username) if server.username else None
        self._password = unquote(server.password) if server.password else None
        self._tls = server.scheme == "smtps"

    async def send(self, to: str, subject: str, text: str) -> None:
        """Raises `aiosmtplib.SMTPException` and `OSError`."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._from, to, subject
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=self._domain)
        # So that no out-of-office notice comes back (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        await aiosmtplib.send(
            message,
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._tls,
            start_tls=self._start_tls(),
            local_hostname=self._domain,
            timeout=_TIMEOUT_S,
        )

    def _start_tls(self) -> bool | None:
        """Demanded, but for a server of this machine's, which may do without."""
        if self._tls:
            return False
        return None if is_this_machine(self._host) else True
