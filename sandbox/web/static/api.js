// The sandbox's control API, as the page uses it: every function is one request.

/** The sandbox said no, or cannot be reached; the message is fit to be shown. */
export class Refused extends Error {}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new Refused("Нет связи с песочницей");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(answer?.error ?? `Песочница ответила ${response.status}`);
  return answer;
}

const chat = (id) => `/control/chats/${id}`;

export const api = {
  config: () => call("GET", "/page/config"),
  world: () => call("GET", "/control/world"),
  messages: (chatId) => call("GET", `${chat(chatId)}/messages?after=0`),
  send: (chatId, post) => call("POST", `${chat(chatId)}/messages`, post),
  edit: (chatId, messageId, change) =>
    call("PATCH", `${chat(chatId)}/messages/${messageId}`, change),
  remove: (chatId, messageId) => call("DELETE", `${chat(chatId)}/messages/${messageId}`),
  press: (chatId, messageId, press) =>
    call("POST", `${chat(chatId)}/messages/${messageId}/press`, press),
  ask: (query) => call("POST", "/control/inline", query),
  choose: (queryId, choice) => call("POST", `/control/inline/${queryId}/choose`, choice),
  start: (personId) => call("POST", `/control/people/${personId}/start`, {}),
  block: (personId) => call("POST", `/control/people/${personId}/block`, {}),
  unblock: (personId) => call("POST", `/control/people/${personId}/unblock`, {}),
};
