"""The page that explains every kind of problem; the `type` of an error leads to its place on it."""

from http import HTTPStatus

from brickyard.contract import Problem
from brickyard.contract.errors import phrase
from brickyard.faces.markup import frame, line, prose
from brickyard.faces.problems import kind, meaning, problems, remedy

_BODY = """\
<h1>Errors</h1>
<p class="lead">What a call can be refused for, and what to do then.</p>
{introduction}
{sections}
"""
_INTRODUCTION = """\
Every error has the same body. `id` says what was called, `code` and `status` are the HTTP status and its
name, `detail` says what was wrong and what to do instead, `type` leads to its place on this page,
`request_id` is what the log knows the call by, `retryable` says whether the same call may succeed later, and
`errors` names the parts of the request that are at fault, each by its JSON Pointer.

To `Accept: application/problem+json` the same is told in the form of RFC 9457."""


def problem_page() -> str:
    """Make the page."""
    sections = "\n".join(_section(each) for each in problems())
    return frame("Errors · Brickyard", _BODY.format(introduction=prose(_INTRODUCTION), sections=sections))


def _section(problem: type[Problem]) -> str:
    status = HTTPStatus(problem.status)
    again = "may succeed later, unchanged" if problem.retryable else "not worth repeating unchanged"
    return (
        f'<section id="{kind(problem)}">\n<h2><a href="#{kind(problem)}">{_words(problem)}</a> '
        f'<span class="tag">{int(status)} {phrase(status)}</span> <span class="tag">{again}</span></h2>\n'
        f"<p>{line(meaning(problem))}</p>\n<p><b>What to do.</b> {line(remedy(problem))}</p>\n</section>"
    )


def _words(problem: type[Problem]) -> str:
    return kind(problem).replace("-", " ").capitalize()
