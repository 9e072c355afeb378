"""The call centre's sub-statuses: its own codes with the labels that people read.

Source: handbook section 3. The labels are the CRM's words, kept exactly. When to use which is told
by `bot/templates/codes.j2`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Code:
    """A sub-status.

    Attributes:
        code: as the port names dispositions ("50").
        label: the CRM's words.
        needs_comment: it may not be set without a comment.
    """

    code: str
    label: str
    needs_comment: bool = False

    @property
    def when_key(self) -> str:
        """Names the words that tell when to use it."""
        return f"when_{self.code}"


#: «Отказ»: the client refused.
REFUSALS: tuple[Code, ...] = (
    Code(code="472", label="не согласен даже на минимальный апсейл"),
    Code(code="160", label="не пред. всех данных"),
    Code(code="161", label="клиент не говорит не на одном языке доступном кц"),
    Code(code="156", label="не устр. сроки дост."),
    Code(code="332", label="клиент утверждает что уже подтвердил заказ в другом интернет магазине"),
    Code(code="61", label="нашел дешевле"),
    Code(code="60", label="нет в наличии"),
    Code(code="62", label="консультация"),
    Code(code="100", label="дорого"),
    Code(code="99", label="не устр. дост."),
    Code(code="63", label="передумал"),
    Code(code="163", label="другая причина", needs_comment=True),
)

#: «Мусор», треш: there is no client to sell to.
TRASH: tuple[Code, ...] = (
    Code(code="169", label="купил на другом нашем сайте"),
    Code(code="184", label="консультация после заказа"),
    Code(code="157", label="нет доставки в этот регион"),
    Code(code="43", label="неверное гео"),
    Code(code="44", label="не заказывал"),
    Code(code="50", label="дубль"),
    Code(code="54", label="некорректный номер"),
    Code(code="70", label="брак обмен"),
)

#: Every one of them by its code.
BY_CODE: Mapping[str, Code] = {code.code: code for code in (*REFUSALS, *TRASH)}
