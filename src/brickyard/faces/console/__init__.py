"""The console: where letters lead, where one signs in, and what one sees then.

Its pages hold no data. Their scripts call the same endpoints as anyone, so there is nothing that the console
can do and a script of one's own cannot.
"""

from brickyard.faces.console.site import ConsolePage, console_pages

__all__ = ["ConsolePage", "console_pages"]
