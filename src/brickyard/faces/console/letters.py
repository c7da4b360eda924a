"""The pages that letters lead to: each takes the code behind the `#`, or asks for the letter that has it."""

from msgspec.structs import replace

from brickyard.contract.catalog import Catalog
from brickyard.faces.console.form import CODE, EMAIL, NEW_PASSWORD, Field, form, step
from brickyard.faces.console.login import second_factor, slip

_SENT = """\
<p class="sent">A letter is on its way to <b data-said="email">your mailbox</b>. Open its link, or give its
code here.</p>"""


def sign_up(catalog: Catalog) -> str:
    """Ask for an account; confirm it."""
    chosen = Field("password", "The password that you chose", "password", "current-password")
    ask = form(catalog, "account/SignUp", "confirm", "Sign up", EMAIL, NEW_PASSWORD)
    confirm = form(catalog, "account/ConfirmSignUp", "enter", "Confirm", CODE, chosen)
    return slip(
        step(
            "ask",
            f'<h1>Sign up</h1>\n{ask}\n<p>You have an account? <a href="/console/login">Sign in</a></p>',
            first=True,
        ),
        step("confirm", f"<h1>Confirm your account</h1>\n{_SENT}\n{confirm}\n{_again('sign-up')}"),
        second_factor(catalog),
    )


def magic_link(catalog: Catalog) -> str:
    """Sign in with a letter instead of a password."""
    ask = form(catalog, "account/SendMagicLink", "confirm", "Send the letter", EMAIL)
    confirm = form(catalog, "account/FinishMagicLink", "enter", "Sign in", CODE)
    return slip(
        step("ask", f"<h1>Sign in by letter</h1>\n{ask}\n{_BACK}", first=True),
        step("confirm", f"<h1>Sign in</h1>\n{_SENT}\n{confirm}\n{_again('magic-link')}"),
        second_factor(catalog),
    )


def reset(catalog: Catalog) -> str:
    """Choose another password with a letter."""
    another = replace(NEW_PASSWORD, label="New password")
    ask = form(catalog, "account/SendPasswordReset", "confirm", "Send the letter", EMAIL)
    confirm = form(catalog, "account/ResetPassword", "done", "Choose it", CODE, another)
    done = (
        "<h1>Your password is another now</h1>\n<p>All sessions have ended.</p>\n"
        '<p><a class="button" href="/console/login">Sign in</a></p>'
    )
    return slip(
        step(
            "ask",
            "<h1>Choose another password</h1>\n"
            f"<p>A letter with a link comes to your mailbox; there you choose it.</p>\n{ask}\n{_BACK}",
            first=True,
        ),
        step("confirm", f"<h1>Choose another password</h1>\n{_SENT}\n{confirm}\n{_again('reset')}"),
        step("done", done),
    )


def email(catalog: Catalog) -> str:
    """Make another mailbox the account's."""
    confirm = form(catalog, "account/ConfirmEmail", "done", "Confirm", CODE)
    about = "<p>The mailbox that this letter came to becomes that of your account. The old one is told.</p>"
    return slip(
        step("confirm", f"<h1>Confirm your new e-mail</h1>\n{about}\n{confirm}", first=True),
        step("done", f"<h1>This is your e-mail now</h1>\n{_ON}"),
        signed_in=True,
    )


def invitation(catalog: Catalog) -> str:
    """Become a member of a project."""
    token = Field("token", "Token in the letter", letter=True)
    accept = form(catalog, "project/Accept", "done", "Accept", token)
    about = "<p>You are invited to work on a project. If you do not know what this is about, leave it be.</p>"
    return slip(
        step("confirm", f"<h1>An invitation</h1>\n{about}\n{accept}", first=True),
        step("done", f"<h1>You are a member of the project</h1>\n{_ON}"),
        signed_in=True,
    )


_BACK = '<p><a href="/console/login">Sign in with a password</a></p>'
_ON = '<p><a class="button" href="/console">To the console</a></p>'


def _again(page: str) -> str:
    return f'<p><a href="/console/{page}">Ask for another letter</a></p>'
