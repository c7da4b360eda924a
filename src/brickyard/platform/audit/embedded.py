"""The `audit` service, over the trail."""

from dataclasses import dataclass

from brickyard.contract import Context
from brickyard.platform.access import Access, Right
from brickyard.platform.audit import contract
from brickyard.platform.audit.contract import ListReply, ListRequest
from brickyard.platform.audit.pages import page, wanted
from brickyard.platform.audit.schema import EXPORTS, MIGRATIONS
from brickyard.platform.audit.trail import Trail


@dataclass(frozen=True)
class EmbeddedAudit(contract.Audit):
    """Changes of a project for those who manage it, and of an account for its owner."""

    migrations = MIGRATIONS
    exports = EXPORTS

    trail: Trail
    access: Access

    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List changes."""
        project, account = "", ""
        if context.account and not request.project:
            account = context.account
        else:
            project = await self.access.project(context, request.project, Right.MANAGE)
        return await page(self.trail, context, wanted(request, project, account), request)
