"""Signing in: with a password and a second factor, with a passkey, and by way of another provider."""

from brickyard.contract.catalog import Catalog
from brickyard.faces.console.form import EMAIL, PASSWORD, Field, form, step

_LINKS = """\
<p><a href="/console/reset">Password forgotten?</a></p>
<p><a href="/console/magic-link">Sign in by letter</a></p>
<p>No account? <a href="/console/sign-up">Sign up</a></p>"""
_FAILED = """\
<h1>You are not signed in</h1>
<p class="refusal" role="alert"></p>
<p><a class="button" href="/console/login">Begin again</a></p>"""


def page(catalog: Catalog) -> str:
    """Sign in with a password or a passkey, or choose another way."""
    ask = form(catalog, "account/Login", "enter", "Sign in", EMAIL, PASSWORD)
    passkey = form(catalog, "account/BeginPasskeyLogin", "sign", "Sign in with a passkey")
    others = f'<div class="others">\n{passkey}\n<div id="providers" hidden></div>\n</div>'
    return slip(
        step("ask", f'<h1>Sign in</h1>\n<p id="why"></p>\n{ask}\n{others}\n{_LINKS}', first=True),
        second_factor(catalog),
    )


def way_back(catalog: Catalog) -> str:
    """Finish a sign-in that another provider has sent back."""
    return slip(
        step("wait", "<h1>Signing in …</h1>", first=True), step("failed", _FAILED), second_factor(catalog)
    )


def second_factor(catalog: Catalog) -> str:
    """Ask for the second factor, where a sign-in does."""
    code = Field(
        "code",
        "Code",
        autocomplete="one-time-code",
        hint="Six digits of your authenticator, or a recovery code.",
    )
    confirm = form(
        catalog, "account/ConfirmLogin", "enter", "Sign in", Field("challenge", "", "hidden"), code
    )
    return step("second-factor", f"<h1>Second factor</h1>\n{confirm}")


def slip(*steps: str, signed_in: bool = False) -> str:
    """Make the narrow page that one fills in; `signed_in` if only whoever is signed in can."""
    needs = " data-signed-in" if signed_in else ""
    return f'<div class="slip"{needs}>\n' + "\n".join(steps) + "\n</div>"
