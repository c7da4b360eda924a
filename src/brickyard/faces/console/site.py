"""Which pages the console has."""

from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path

import msgspec

from brickyard.contract.catalog import Catalog
from brickyard.faces.console import account, letters, login, overview
from brickyard.faces.markup import frame, policy

_FRAME = """\
<noscript><p class="note">This page calls the API by a script. Without scripts, make the calls yourself: they
are those of the service <a href="/docs/services/account">account</a>.</p></noscript>
{body}
"""


class ConsolePage(msgspec.Struct, frozen=True):
    """A page of the console, before it is made."""

    title: str
    body: Callable[[], str]
    scripts: tuple[str, ...]
    """The files that its script is put together of."""

    def html(self) -> str:
        """Make the page."""
        text = _FRAME.format(body=self.body())
        return frame(f"{self.title} · Brickyard", text, _script(self.scripts))

    def policy(self) -> str:
        """Give its Content-Security-Policy: its own script, which calls this server only."""
        return policy(_script(self.scripts), "'self'")


def console_pages(catalog: Catalog, providers: Iterable[str]) -> dict[str, ConsolePage]:
    """Give the pages by path; there is one for each of `providers` to send people back to."""
    forms = ("session.js", "forms.js")
    pages = {
        "/console": ConsolePage("Console", partial(overview.page, catalog), (*forms, "overview.js")),
        "/console/account": ConsolePage(
            "Account", partial(account.page, catalog), (*forms, "passkeys.js", "account.js")
        ),
        "/console/login": ConsolePage(
            "Sign in", partial(login.page, catalog), (*forms, "passkeys.js", "login.js")
        ),
        "/console/sign-up": ConsolePage("Sign up", partial(letters.sign_up, catalog), forms),
        "/console/magic-link": ConsolePage("Sign in by letter", partial(letters.magic_link, catalog), forms),
        "/console/reset": ConsolePage("Choose another password", partial(letters.reset, catalog), forms),
        "/console/email": ConsolePage("Confirm your e-mail", partial(letters.email, catalog), forms),
        "/console/invitation": ConsolePage("Invitation", partial(letters.invitation, catalog), forms),
    }
    back = ConsolePage("Sign in", partial(login.way_back, catalog), (*forms, "provider.js"))
    return pages | {f"/console/login/{each}": back for each in providers}


@cache
def _script(names: tuple[str, ...]) -> str:
    return "\n".join((Path(__file__).parent / each).read_text() for each in names)
