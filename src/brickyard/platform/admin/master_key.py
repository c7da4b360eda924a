"""What operators ask and tell about master keys."""

from brickyard.contract import Reply, Request, Timestamp


class AddMasterKeyRequest(Request):
    """Nothing to say."""


class AddMasterKeyReply(Reply):
    """There is a key that can be changed to."""

    key: str
    """Its id."""


class RotateMasterKeyRequest(Request):
    """Nothing to say."""


class RotateMasterKeyReply(Reply):
    """Another key seals."""

    key: str
    """Its id."""
    drop_from: Timestamp
    """From when on the keys before it may be dropped."""


class DropMasterKeysRequest(Request):
    """Nothing to say."""


class DropMasterKeysReply(Reply):
    """One key is left, and one that was added if there is one."""

    dropped: int
    """How many keys were dropped."""
    unreadable: int
    """How many sealed values there are that no key opened, nor does any now. They have to be set anew."""
