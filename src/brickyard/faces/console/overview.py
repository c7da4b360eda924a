"""What one sees after signing in: the account, its projects, and a key to begin with."""

from brickyard.contract.catalog import Catalog
from brickyard.faces.console.form import Field, form

_BODY = """\
<div data-signed-in>
<h1>Console</h1>
<p class="lead"><span id="account">&nbsp;</span> · <a href="/console/account">Account</a></p>
<p class="refusal" role="alert" id="trouble"></p>
<section>
<h2>Projects</h2>
<ul class="cards" id="projects"></ul>
</section>
<section>
<h2>Make a key</h2>
<div class="narrow">
{make}
</div>
<div id="made" class="note" role="status" hidden>
<p>This is the key. It is shown once: keep it where you keep secrets.</p>
<pre><code id="key" tabindex="0"></code></pre>
<p><button class="button quiet" type="button" id="copy">Copy</button></p>
</div>
</section>
<footer>{leave}</footer>
</div>
"""


def page(catalog: Catalog) -> str:
    """Make the page."""
    project = Field("project", "Project", "select")
    description = Field("description", "What it is for", hint="For you to know it by; may be left empty.")
    return _BODY.format(
        make=form(catalog, "key/Create", "key", "Make a key", project, description),
        leave=form(catalog, "account/Logout", "leave", "Sign out"),
    )
