"""What can go wrong between us and a CRM.

    CrmError                 what a delivery may meet and must answer
    ├── CrmTemporary         no usable answer: try again, it may have taken effect
    ├── CrmRejected          the CRM understood and refused: trying again changes nothing
    ├── CrmNotFound          the CRM does not know this record
    └── CrmUnsupported       this CRM has no such thing
    CrmConfig                a setting or a right is wrong; outside the tree: nobody swallows it

What a write raises proves that it was not done: all but `CrmTemporary`, which says itself what is
known. So an adapter that reads again behind a write raises nothing else for that reading.

`say` is a short English reason for logs and `doctor`; it never carries a phone, a name or a token.
"""

from __future__ import annotations

from enum import Enum, auto


class CrmError(Exception):
    """The base of what a delivery to a CRM may meet."""

    def __init__(self, say: str) -> None:
        super().__init__(say)
        self.say = say


class Fate(Enum):
    """What may have become of a write that has brought no usable answer."""

    #: It was surely not made, and will not be.
    NOT_MADE = auto()
    #: The CRM has dealt with it: whatever became of it is to be seen by now.
    DECIDED = auto()
    #: Nobody who knows has answered it: it may take effect later.
    UNDER_WAY = auto()


class CrmTemporary(CrmError):
    """No usable answer now. A write may have taken effect all the same: look before writing again.

    Args:
        say: the reason.
        retry_after: seconds that the CRM asked us to wait; None where it named none.
        fate: of a write, if it was one.
    """

    def __init__(
        self,
        say: str,
        *,
        retry_after: float | None = None,
        fate: Fate = Fate.DECIDED,
    ) -> None:
        super().__init__(say)
        self.retry_after = retry_after
        self.fate = fate


class CrmRejected(CrmError):
    """The CRM understood the request and refused it; `fields` are its words per field."""

    def __init__(self, say: str, *, fields: dict[str, str] | None = None) -> None:
        super().__init__(say)
        self.fields = fields or {}


class CrmNotFound(CrmError):
    """The CRM has no such record."""


class CrmUnsupported(CrmError):
    """This CRM cannot do what was asked."""


class CrmConfig(Exception):
    """A setting, an account or one of its rights is wrong: a person must mend it."""

    def __init__(self, say: str) -> None:
        super().__init__(say)
        self.say = say
