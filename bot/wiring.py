"""The only file that knows every concrete class."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from aiogram import Bot, Dispatcher

from bot.bell import Bell
from bot.budget import Budget
from bot.calling import Calling
from bot.cards import Cards
from bot.chats import Chats
from bot.config import Settings, make_flow
from bot.deadlines import Deadlines
from bot.deciders import Deciders
from bot.desk import Desk
from bot.ending import Ending
from bot.enqueue import Enqueue
from bot.errors import SettingsError
from bot.export import Exports
from bot.facts import Facts
from bot.flows import FLOWS
from bot.flows.base import Flows
from bot.gathering import Gathering
from bot.handlers import register
from bot.hints import Hints
from bot.identifying import FIND_USER, Identifying
from bot.intake import Intake
from bot.links import Linking
from bot.lookup import Handbook
from bot.metrics import Metrics
from bot.ours import Ours
from bot.outbox import Worker
from bot.pace import BudgetGate, Pace
from bot.people import People
from bot.perform import Perform
from bot.pressing import Pressing
from bot.reading import Reader
from bot.records import Records
from bot.repair import Repair
from bot.saying import Saying
from bot.showing import Showing
from bot.sight import Sight, by_name
from bot.speaking import LEASE as SPEAKING_LEASE
from bot.speaking import Speaking
from bot.staff import Staff
from bot.summary import Summaries
from bot.sweeper import Sweeper
from bot.talk import Talk
from bot.telegram import Answers, Messenger
from bot.tidying import Tidying
from bot.voice import VOICE, Voice
from bot.way_in import WayIn
from bot.wire import make_bot
from bot.writeback import LEASE as WRITING_LEASE
from bot.writeback import WriteBack
from crm_api.errors import CrmConfig
from crm_api.keys import KeyReader
from crm_api.port import Crm
from crm_api.registry import CrmSettings, make_crm
from storage.db import Database
from storage.errors import StorageError
from storage.migrate import is_fit
from storage.outbox import OutboxRow
from storage.tokens import DatabaseTokens
from storage.turns import Turn
from storage.uow import Storage

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workchats:
    """Everything, wired."""

    settings: Settings
    bot: Bot
    database: Database
    storage: Storage
    bell: Bell
    crm: Crm
    facts: Facts
    chats: Chats
    saying: Saying
    way_in: WayIn
    intake: Intake
    voice: Voice
    telegram_worker: Worker
    crm_worker: Worker
    deadlines: Deadlines
    tidying: Tidying
    answers: Answers
    cards: Cards
    metrics: Metrics
    budget: Budget

    async def ready(self) -> str | None:
        """None when the bot can work, else what is missing (/readyz)."""
        try:
            fit = await is_fit(self.database)
        except StorageError:
            return "the database cannot be reached"
        if not fit:
            return "the database's schema is not current: run `python -m bot migrate`"
        return None


def crm_settings(settings: Settings) -> CrmSettings:
    """The CRM's part of the settings."""
    return CrmSettings(
        url=settings.crm_url,
        web_url=settings.crm_web_url,
        login=settings.crm_login,
        password=settings.crm_password.get_secret_value(),
        timezone=settings.crm_timezone,
        link_hosts=settings.crm_link_hosts,
        timeout=settings.crm_timeout,
    )


def make_database(settings: Settings) -> Database:
    """The engine for DATABASE_URL."""
    return Database(settings.database_url.get_secret_value())


@contextlib.asynccontextmanager
async def wired(
    settings: Settings, database: Database, *, clock: Clock = utc_now, budget: Budget | None = None
) -> AsyncIterator[Workchats]:
    """Build everything on a migrated database; give every connection back at the end.

    Raises:
        SettingsError: the token, the CRM or a waiting time is not usable.
        storage.errors.StorageDown: the database cannot be reached.
    """
    environment = settings.environment
    flows = by_name([make_flow(kind, environment) for kind in FLOWS])
    bot = make_bot(settings.bot_token.get_secret_value(), settings.telegram_api_url or None)
    bell = Bell()
    storage = Storage(database, committed=bell.ring)
    # It begins with a letter: it reads as one word in a comment.
    tag = await storage.installation_tag(f"k{secrets.token_hex(2)}")
    try:
        crm = make_crm(settings.crm, crm_settings(settings), DatabaseTokens(database, clock))
    except CrmConfig as error:
        raise SettingsError(error.say) from error
    metrics, deciders = Metrics(), Deciders()
    cards = Cards(settings.zone)
    budget = budget or Budget()
    enqueue = Enqueue(cards, settings.owner_ids, tag)
    sight = Sight(flows, settings.owner_ids)
    perform = Perform(flows=flows, enqueue=enqueue, deciders=deciders, sight=sight, metrics=metrics)
    facts = Facts(storage=storage, perform=perform, clock=clock)
    # No key has an x: whoever follows the example opens nobody's lead.
    hints = Hints(enqueue, example_link=crm.lead_url("xxxxxxxxxx"))
    hosts = crm_settings(settings).hosts
    keys = KeyReader(hosts=hosts, lead_in_path=crm.lead_in_path, lead_url=crm.lead_url)
    desk = Desk(
        storage=storage,
        perform=perform,
        sight=sight,
        flows=flows,
        enqueue=enqueue,
        hints=hints,
        talk=Talk(perform=perform, sight=sight, hints=hints, keys=keys),
        clock=clock,
    )
    chats = Chats(
        storage=storage,
        flows=flows,
        enqueue=enqueue,
        perform=perform,
        owners=settings.owner_ids,
        clock=clock,
    )
    people = People(storage=storage, owners=settings.owner_ids, clock=clock)
    saying = Saying(storage=storage, enqueue=enqueue, clock=clock)
    messenger = Messenger(bot)
    ending = Ending(storage=storage, enqueue=enqueue, clock=clock, metrics=metrics)
    speaking = _speaking(
        storage=storage,
        flows=flows,
        cards=cards,
        messenger=messenger,
        chats=chats,
        exports=Exports(storage=storage, flows=flows, cards=cards, clock=clock, zone=settings.zone),
        budget=budget,
        deciders=deciders,
        ending=ending,
        clock=clock,
    )
    write_back = WriteBack(
        crm,
        facts,
        ending,
        Ours(
            storage=storage,
            flows=flows,
            clock=clock,
            comes_late=timedelta(seconds=4 * settings.crm_timeout),
        ),
        clock,
        metrics,
    )
    identifying = Identifying(
        storage=storage,
        flows=flows,
        crm=crm,
        messenger=messenger,
        ending=ending,
        clock=clock,
        metrics=metrics,
    )
    staff = Staff(
        storage=storage,
        flows=flows,
        cards=cards,
        deciders=deciders,
        owners=settings.owner_ids,
        clock=clock,
    )

    async def deliver_to_crm(row: OutboxRow) -> None:
        await (identifying.deliver if row.kind == FIND_USER else write_back.deliver)(row)

    # Cases are ours: aiogram's state machine would only cost each update its time.
    dispatcher = Dispatcher(disable_fsm=True)
    way_in = WayIn(
        bot=bot,
        storage=storage,
        enqueue=enqueue,
        clock=clock,
        url=settings.webhook_url,
        secret=settings.webhook_secret.get_secret_value(),
    )
    intake = Intake(
        bot=bot,
        dispatcher=dispatcher,
        storage=storage,
        enqueue=enqueue,
        clock=clock,
        metrics=metrics,
        way_in=way_in,
    )
    answers = Answers(bot)
    dispatcher.workflow_data.update(
        desk=desk,
        pressing=Pressing(
            storage=storage,
            perform=perform,
            sight=sight,
            cards=cards,
            enqueue=enqueue,
            clock=clock,
        ),
        chats=chats,
        people=people,
        saying=saying,
        repair=Repair(storage=storage, clock=clock),
        cards=cards,
        answers=answers,
        reader=Reader(hosts, crm.lead_in_path),
        intake=intake,
        linking=Linking(storage=storage, flows=flows, say=cards.common_plain, clock=clock),
        staff=staff,
        handbook=Handbook(cards),
        records=Records(
            storage=storage,
            flows=flows,
            cards=cards,
            enqueue=enqueue,
            people=people,
            clock=clock,
            zone=settings.zone,
        ),
    )
    register(dispatcher)
    voice = Voice(
        turn=Turn(database, VOICE),
        storage=storage,
        budget=budget,
        bell=bell,
        clock=clock,
        name=settings.instance,
    )
    telegram_worker = Worker(
        "telegram",
        storage=storage,
        deliver=speaking.deliver,
        ear=bell.ear("telegram"),
        clock=clock,
        gate=BudgetGate(budget, lambda: voice.is_ours),
        lease=SPEAKING_LEASE,
        name=settings.instance,
        at_once=16,
    )
    crm_worker = Worker(
        "crm",
        storage=storage,
        deliver=deliver_to_crm,
        ear=bell.ear("crm"),
        clock=clock,
        lease=WRITING_LEASE,
        name=settings.instance,
        at_once=8,
    )
    storage.taking(
        {"telegram": telegram_worker, "crm": crm_worker}, is_elsewhere=voice.is_elsewhere
    )
    try:
        yield Workchats(
            settings=settings,
            bot=bot,
            database=database,
            storage=storage,
            bell=bell,
            crm=crm,
            facts=facts,
            chats=chats,
            saying=saying,
            way_in=way_in,
            intake=intake,
            voice=voice,
            telegram_worker=telegram_worker,
            crm_worker=crm_worker,
            deadlines=Deadlines(
                storage=storage, facts=facts, enqueue=enqueue, clock=clock, metrics=metrics
            ),
            tidying=Tidying(
                storage=storage,
                enqueue=enqueue,
                chats=chats,
                budget=budget,
                summaries=Summaries(
                    storage=storage,
                    flows=flows,
                    cards=cards,
                    enqueue=enqueue,
                    owners=settings.owner_ids,
                    clock=clock,
                    zone=settings.zone,
                    at=settings.summary_at,
                ),
                sweeper=Sweeper(
                    storage=storage,
                    clock=clock,
                    outbox_days=settings.outbox_days,
                    history_days=settings.history_days,
                ),
                clock=clock,
                metrics=metrics,
            ),
            answers=answers,
            cards=cards,
            metrics=metrics,
            budget=budget,
        )
    finally:
        await answers.drain()
        await crm.aclose()
        await bot.session.close()


def _speaking(
    *,
    storage: Storage,
    flows: Flows,
    cards: Cards,
    messenger: Messenger,
    chats: Chats,
    exports: Exports,
    budget: Budget,
    deciders: Deciders,
    ending: Ending,
    clock: Clock,
) -> Speaking:
    """All that speaks to Telegram: cards, digests, and the words to people."""
    pace = Pace(storage, budget, ending)
    gathering = Gathering(
        storage=storage,
        flows=flows,
        cards=cards,
        messenger=messenger,
        budget=budget,
        pace=pace,
        deciders=deciders,
        ending=ending,
        clock=clock,
    )
    showing = Showing(
        storage=storage,
        flows=flows,
        cards=cards,
        messenger=messenger,
        budget=budget,
        pace=pace,
        gathering=gathering,
        deciders=deciders,
        ending=ending,
        clock=clock,
    )
    calling = Calling(
        storage=storage,
        flows=flows,
        cards=cards,
        messenger=messenger,
        budget=budget,
        ending=ending,
        clock=clock,
    )
    return Speaking(
        storage=storage,
        flows=flows,
        cards=cards,
        messenger=messenger,
        chats=chats,
        exports=exports,
        budget=budget,
        gathering=gathering,
        calling=calling,
        showing=showing,
        ending=ending,
        clock=clock,
    )
