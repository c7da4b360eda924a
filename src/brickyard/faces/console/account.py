"""What one changes of one's account."""

from brickyard.contract.catalog import Catalog
from brickyard.faces.console.form import PROOF, Field, form, step

_BODY = """\
<div data-signed-in>
<h1>Account</h1>
<p class="lead" id="account">&nbsp;</p>
<p class="refusal" role="alert" id="trouble"></p>
<p class="quiet">A change takes a sign-in within the last 15 minutes, or your password.
<a id="again" href="/console/login">Sign in again</a></p>
<section>
<h2>E-mail</h2>
<div class="narrow">
{email}
</div>
</section>
</div>
"""
_SENT = """\
<p class="note" role="status">A letter is on its way to <b data-said="email">the new mailbox</b>. Its link
makes that the e-mail of your account, and so does its code, given <a href="/console/email">by hand</a>. Until
then nothing changes.</p>
<p><a href="/console/account">Choose another address</a></p>"""


def page(catalog: Catalog) -> str:
    """Make the page."""
    address = Field("email", "New e-mail", "email", "email")
    change = form(catalog, "account/ChangeEmail", "sent", "Send the letter", address, PROOF)
    return _BODY.format(email=step("change", change, first=True) + "\n" + step("sent", _SENT))
