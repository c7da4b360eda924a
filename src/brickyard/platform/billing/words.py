"""The types of fields that the messages of `billing` share."""

from typing import Annotated

from msgspec import Meta

Dollars = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9})?$")]
ProjectId = Annotated[str, Meta(max_length=100)]
KeyId = Annotated[str, Meta(max_length=100)]
Percent = Annotated[int, Meta(ge=1, le=100)]
