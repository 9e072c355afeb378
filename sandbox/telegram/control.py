"""The control API: be any person, see any chat, make trouble. For the chat page and for tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web
from pydantic import ValidationError

from sandbox.telegram import control_params as forms
from sandbox.telegram import inline, membership, people, render
from sandbox.telegram.control_events import stream
from sandbox.telegram.errors import ControlError
from sandbox.telegram.faults import Fault
from sandbox.telegram.model import Chat, Json, Member, Person, Press
from sandbox.telegram.telegram import Telegram

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: The longest that a call waits for something to happen, seconds.
LONGEST_WAIT = 60.0


class Control:
    """Answers the control calls."""

    def __init__(self, telegram: Telegram) -> None:
        self._tg = telegram

    def add_routes(self, app: web.Application) -> None:
        """Serve the control API in an application."""
        chat, message = "/control/chats/{chat}", "/control/chats/{chat}/messages/{message}"
        routes: list[tuple[str, str, Handler]] = [
            ("GET", "/control/world", self.world),
            ("POST", "/control/people", self.add_person),
            ("POST", "/control/people/{person}/{deed:start|block|unblock}", self.of_person),
            ("POST", "/control/chats", self.create_chat),
            ("POST", f"{chat}/members", self.set_member),
            ("POST", f"{chat}/topics", self.add_topic),
            ("POST", f"{chat}/migrate", self.migrate),
            ("GET", f"{chat}/messages", self.messages),
            ("POST", f"{chat}/messages", self.write),
            ("PATCH", message, self.edit),
            ("DELETE", message, self.delete),
            ("POST", f"{message}/press", self.press),
            ("GET", "/control/presses/{query}", self.press_result),
            ("POST", "/control/inline", self.ask_inline),
            ("POST", "/control/inline/{query}/choose", self.choose_inline),
            ("GET", "/control/files/{file:[a-z0-9-]+}", self.file),
            ("GET", "/control/events", self.events),
            ("GET", "/control/faults", self.faults),
            ("POST", "/control/faults", self.add_fault),
            ("DELETE", "/control/faults", self.clear_faults),
            ("POST", "/control/limits", self.limits),
            ("POST", "/control/privacy", self.privacy),
            ("POST", "/control/inline_mode", self.inline_mode),
            ("POST", "/control/clock", self.clock),
            ("GET", "/control/log", self.log),
            ("POST", "/control/updates", self.push_update),
            ("POST", "/control/redeliver", self.redeliver),
            ("POST", "/control/shuffle", self.shuffle),
        ]
        for method, path, handler in routes:
            app.router.add_route(method, path, self._guarded(handler))

    def _guarded(self, handler: Handler) -> Handler:
        """Turn refusals into JSON, and note each change."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                answer = await handler(request)
            except ControlError as error:
                return web.json_response({"error": str(error)}, status=error.status)
            except ValidationError as error:
                return web.json_response({"error": _first(error)}, status=400)
            if request.method != "GET":
                self._tg.touch()
            return answer

        return guarded

    async def world(self, _request: web.Request) -> web.Response:
        """Give people and chats; private chats are not listed, each has its person's id."""
        world = self._tg.world
        chats = [self._chat(c) for c in world.chats.values() if c.type != "private"]
        return web.json_response(
            {
                "bots": [asdict(world.bot)],
                "people": [asdict(person) for person in world.people.values()],
                "chats": chats,
                "last_event": self._tg.events.last,
                "now": self._tg.clock.now(),
                "privacy": world.privacy,
                "limits": self._tg.limits.on,
            }
        )

    async def add_person(self, request: web.Request) -> web.Response:
        """Make or rename a person."""
        form = forms.NewPerson.model_validate(await _json(request))
        wanted = Person(form.id, form.first_name, form.last_name, form.username, form.about)
        return web.json_response(asdict(membership.add_person(self._tg, wanted)))

    async def of_person(self, request: web.Request) -> web.Response:
        """Start, block or unblock the bot."""
        person = membership.person_of(self._tg, _id(request, "person"))
        if request.match_info["deed"] == "start":
            membership.start(self._tg, person)
            chat = membership.chat_of(self._tg, person.id)
            people.write(self._tg, chat, person.id, people.Post(text="/start"))
        elif request.match_info["deed"] == "block":
            membership.block(self._tg, person)
        else:
            membership.unblock(self._tg, person)
        return web.json_response(asdict(person))

    async def create_chat(self, request: web.Request) -> web.Response:
        """Make a chat."""
        form = forms.NewChat.model_validate(await _json(request))
        chat = membership.create_chat(
            self._tg,
            form.type,
            form.title,
            creator=form.creator,
            members=form.members,
            is_forum=form.is_forum,
        )
        return web.json_response(self._chat(chat))

    async def set_member(self, request: web.Request) -> web.Response:
        """Let somebody in, promote them, or throw them out."""
        form = forms.NewMember.model_validate(await _json(request))
        wanted = Member(form.user_id, form.status, form.is_anonymous, form.rights())
        chat = self._chat_of(request)
        membership.set_member(self._tg, chat, wanted, by=form.by)
        return web.json_response(render.member(self._tg.world, chat, wanted))

    async def add_topic(self, request: web.Request) -> web.Response:
        """Open a topic."""
        form = forms.NewTopic.model_validate(await _json(request))
        chat = self._chat_of(request)
        by = form.by or next(m.user_id for m in chat.members.values() if m.status == "creator")
        return web.json_response(asdict(membership.add_topic(self._tg, chat, form.name, by=by)))

    async def migrate(self, request: web.Request) -> web.Response:
        """Turn a group into a supergroup."""
        successor = membership.migrate(self._tg, self._chat_of(request))
        return web.json_response({"id": successor.id})

    async def messages(self, request: web.Request) -> web.Response:
        """Give a chat's messages after a number, deleted ones marked."""
        chat, after = self._chat_of(request), int(request.query.get("after", 0))
        shown = [self._tg.shown(chat, m) for m in chat.messages.values() if m.message_id > after]
        return web.json_response(shown)

    async def write(self, request: web.Request) -> web.Response:
        """Let a person write."""
        form = forms.NewMessage.model_validate(await _json(request))
        chat = self._chat_of(request)
        record = people.write(self._tg, chat, form.author, form.post())
        return web.json_response(self._tg.shown(chat, record))

    async def edit(self, request: web.Request) -> web.Response:
        """Let a person edit."""
        form = forms.Edit.model_validate(await _json(request))
        chat = self._chat_of(request)
        record = people.edit(self._tg, chat, _id(request, "message"), form.author, form.text)
        return web.json_response(self._tg.shown(chat, record))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a message."""
        people.delete(self._tg, self._chat_of(request), _id(request, "message"))
        return web.json_response({})

    async def press(self, request: web.Request) -> web.Response:
        """Let a person press, and wait for the bot's answer if asked to."""
        form = forms.NewPress.model_validate(await _json(request))
        chat, message_id = self._chat_of(request), _id(request, "message")
        data = form.data
        if data is None:
            data = people.button_data(chat, message_id, form.row, form.col)
        made = people.press(self._tg, chat, message_id, form.author, data, form.repeat)
        return web.json_response(await self._answered(made, form.wait))

    async def press_result(self, request: web.Request) -> web.Response:
        """Give what the bot answered, waiting for it if asked to."""
        made = self._tg.world.presses.get(request.match_info["query"])
        if made is None:
            raise ControlError("there is no such press", 404)
        return web.json_response(await self._answered(made, float(request.query.get("wait", 0))))

    async def ask_inline(self, request: web.Request) -> web.Response:
        """Let a person type an inline query, and wait for what the bot offers if asked to."""
        form = forms.NewInlineQuery.model_validate(await _json(request))
        chat = None if form.chat is None else membership.chat_of(self._tg, form.chat)
        made = inline.ask(self._tg, form.author, form.query, chat)
        seconds = min(form.wait, LONGEST_WAIT)
        await self._tg.answers.wait_for(lambda: made.answered or self._tg.stopping, seconds)
        keys = ("query_id", "answered", "results")
        return web.json_response({key: getattr(made, key) for key in keys})

    async def choose_inline(self, request: web.Request) -> web.Response:
        """Let the person send one of the results."""
        form = forms.Choice.model_validate(await _json(request))
        chat = membership.chat_of(self._tg, form.chat)
        record = inline.choose(self._tg, chat, request.match_info["query"], form.result)
        return web.json_response(self._tg.shown(chat, record))

    async def file(self, request: web.Request) -> web.Response:
        """Give what the bot has sent; the page knows its name."""
        content = self._tg.files.get(request.match_info["file"])
        if content is None:
            raise ControlError("there is no such file", 404)
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=content, content_type="application/octet-stream", headers=headers)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream what happens."""
        return await stream(self._tg, request)

    async def faults(self, _request: web.Request) -> web.Response:
        """List the faults that wait."""
        return web.json_response(self._tg.faults.listed())

    async def add_fault(self, request: web.Request) -> web.Response:
        """Let a fault wait for its calls."""
        form = forms.NewFault.model_validate(await _json(request))
        self._tg.faults.add(Fault(**form.model_dump()))
        return web.json_response(self._tg.faults.listed())

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """Forget all faults."""
        self._tg.faults.clear()
        return web.json_response([])

    async def limits(self, request: web.Request) -> web.Response:
        """Switch the flood limits."""
        form = forms.Switch.model_validate(await _json(request))
        self._tg.limits.on = self._tg.world.limits_on = form.on
        return web.json_response({"on": form.on})

    async def privacy(self, request: web.Request) -> web.Response:
        """Switch the bot's privacy mode."""
        form = forms.Switch.model_validate(await _json(request))
        self._tg.world.privacy = form.on
        return web.json_response({"on": form.on})

    async def inline_mode(self, request: web.Request) -> web.Response:
        """Switch the bot's inline mode, as @BotFather does."""
        form = forms.Switch.model_validate(await _json(request))
        self._tg.world.inline = form.on
        return web.json_response({"on": form.on})

    async def clock(self, request: web.Request) -> web.Response:
        """Put the clock forward."""
        form = forms.Advance.model_validate(await _json(request))
        self._tg.clock.advance(form.advance)
        self._tg.world.clock_offset = self._tg.clock.offset
        return web.json_response({"now": self._tg.clock.now()})

    async def log(self, request: web.Request) -> web.Response:
        """Give the bot's calls, oldest first."""
        method = request.query.get("method")
        calls = [note for note in self._tg.log if method in {None, note["method"]}]
        return web.json_response(calls)

    async def push_update(self, request: web.Request) -> web.Response:
        """Queue a raw update, as {"message": {…}}."""
        raw = await _json(request)
        if len(raw) != 1:
            raise ControlError("an update has one kind: {kind: payload}")
        [(kind, payload)] = raw.items()
        return web.json_response({"update_id": self._tg.updates.push(kind, payload)})

    async def redeliver(self, request: web.Request) -> web.Response:
        """Give confirmed updates again."""
        form = forms.Redeliver.model_validate(await _json(request))
        return web.json_response({"count": self._tg.updates.redeliver(form.count)})

    async def shuffle(self, request: web.Request) -> web.Response:
        """Put unconfirmed updates into another order."""
        form = forms.Shuffle.model_validate(await _json(request))
        return web.json_response({"count": self._tg.updates.shuffle(form.seed)})

    async def _answered(self, made: Press, wait: float) -> Json:
        seconds = min(wait, LONGEST_WAIT)
        await self._tg.answers.wait_for(lambda: made.answered or self._tg.stopping, seconds)
        keys = ("query_id", "answered", "text", "show_alert", "url")
        return {key: value for key, value in asdict(made).items() if key in keys}

    def _chat_of(self, request: web.Request) -> Chat:
        return membership.chat_of(self._tg, _id(request, "chat"))

    def _chat(self, chat: Chat) -> Json:
        return {
            "id": chat.id,
            "type": chat.type,
            "title": chat.title,
            "is_forum": chat.is_forum,
            "topics": [asdict(topic) for topic in chat.topics],
            "members": [
                {"user_id": m.user_id, "status": m.status, "is_anonymous": m.is_anonymous}
                for m in chat.members.values()
            ],
            "pinned": chat.pinned,
            "migrated_to": chat.migrated_to,
        }


def _id(request: web.Request, name: str) -> int:
    try:
        return int(request.match_info[name])
    except ValueError:
        raise ControlError(f"{name} must be a number") from None


async def _json(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        raise ControlError("the body must be JSON") from None
    if not isinstance(body, dict):
        raise ControlError("the body must be a JSON object")
    return body


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}"
