"""Features that are on for the calling project: for apps, which show what is there."""

from dataclasses import dataclass

from brickyard.contract import Context, Example, Features, Reply, Request, Service, endpoint


class ListRequest(Request):
    """Nothing to say."""


class ListReply(Reply):
    """What is switched on."""

    features: list[str]
    """The names of the features that are on, in alphabetical order."""


@dataclass(frozen=True)
class Feature(Service):
    """See which features are switched on for the calling project.

    The operator of the cloud switches features on for all projects, or for some first
    (`admin/SetFeatureFlag`). It is known everywhere at once.
    """

    features: Features

    category = "web"
    title = "Features"

    @endpoint(
        price=0,
        browser=True,
        repeat="safe",
        examples=(Example(request=ListRequest(), reply=ListReply(features=[])),),
    )
    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List the features that are on."""
        return ListReply(features=[*await self.features.on()])
