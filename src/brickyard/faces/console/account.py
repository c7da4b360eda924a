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
<section>
<h2>Passkeys</h2>
<p>A passkey signs in without a password: your device keeps it, and uses it once it has seen that it is
you.</p>
<ul class="cards" id="passkeys" aria-live="polite"></ul>
<template id="passkey">
<li class="card">
<b class="named"></b>
<p class="known"></p>
<details>
<summary>Remove</summary>
<p>It will sign in no more. Your device may go on offering it until you remove it there too.</p>
{remove}
</details>
</li>
</template>
<div class="narrow">
{make}
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
    name = Field(
        "name",
        "Name of a new passkey",
        hint="Such as its device, for you to know it by; may be left empty.",
        later="account/FinishPasskey",
    )
    which = Field("id", "", "hidden")
    return _BODY.format(
        email=step("change", change, first=True) + "\n" + step("sent", _SENT),
        make=form(catalog, "account/BeginPasskey", "make", "Add a passkey", name, PROOF),
        remove=form(catalog, "account/RemovePasskey", "removed", "Remove it", which, PROOF),
    )
