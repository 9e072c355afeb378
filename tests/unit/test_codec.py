from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from bot import codec
from bot.flows.duplicates import Data, Kind
from bot.flows.effects import Audience, Effect, SetDeadline, Tell
from bot.flows.records import Person


def test_data_come_back_with_their_types() -> None:
    data = Data(kind=Kind.PHONE, asked='<b>&"', askers=(), found=())
    again = codec.load(Data, json.loads(json.dumps(codec.dump(data))))

    assert again == data
    assert isinstance(again.kind, Kind)
    assert again.found == ()


def test_times_keep_their_zone() -> None:
    effect = SetDeadline(name="close", at=datetime(2026, 3, 10, 11, tzinfo=UTC))
    again = codec.load(Effect, json.loads(json.dumps(codec.dump(effect))))

    assert isinstance(again, SetDeadline)
    assert again.at == effect.at
    assert again.at.utcoffset() == timedelta(0)


def test_kind_tells_effects_apart() -> None:
    tell = Tell(to=Audience.PERSON, what="allowed", person=7)
    assert codec.load(Effect, codec.dump(tell)) == tell


@pytest.mark.parametrize("value", [{}, {"kind": "no_such"}, {"kind": "tell", "to": "nobody"}])
def test_what_is_no_effect_is_refused(value: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        codec.load(Effect, value)


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(ValidationError):
        codec.load(Person, {"id": "Оля"})
