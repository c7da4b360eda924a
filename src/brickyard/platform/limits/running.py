"""How many calls of an account are under way."""


class Running:
    """A count of calls, with those at other gateways as they last told."""

    __slots__ = ("account", "count", "elsewhere", "most")

    def __init__(self, account: str) -> None:
        """Begin with none."""
        self.account = account
        self.count = 0
        """How many are under way, wherever: one number, as every call looks at it."""
        self.elsewhere = 0
        """How many of them are at other gateways."""
        self.most = 0
        """How many may be; 0 for any number."""

    @property
    def here(self) -> int:
        """How many are under way at this gateway."""
        return self.count - self.elsewhere

    def hear(self, elsewhere: int) -> None:
        """Note how many are under way at the others."""
        self.count += elsewhere - self.elsewhere
        self.elsewhere = elsewhere
