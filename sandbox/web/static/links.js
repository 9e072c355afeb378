// Where a link leads: a lead's card, the bot's private chat, or out into the world.

const LEAD = /\/orders\/([0-9a-f]{10}|\d+)(?=[/?#]|$)/i;

/** A link as people type it, with the scheme that it may lack. */
function parse(href, base) {
  const scheme = base.startsWith("https:") ? "https://" : "http://";
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(href) ? href : scheme + href;
  try {
    return new URL(whole);
  } catch {
    return null;
  }
}

/** The lead's page that `href` names, or null: only the CRM's own host counts. */
export function leadOf(href, crmWebUrl) {
  if (!crmWebUrl) return null;
  const url = parse(href, crmWebUrl);
  const found = url && LEAD.exec(url.pathname);
  if (!found || url.host !== new URL(crmWebUrl).host) return null;
  return { key: found[1].toLowerCase(), url: url.href };
}

/** `{bot, payload}` of a t.me link to a bot, or null. */
export function botLinkOf(href) {
  const url = parse(href, "https:");
  if (!url || !["t.me", "telegram.me"].includes(url.hostname)) return null;
  const name = url.pathname.slice(1);
  return /^\w+$/.test(name) ? { bot: name, start: url.searchParams.has("start") } : null;
}

/** The chat and the message of a t.me/c/… link: such a link names a supergroup without its -100. */
export function messageLinkOf(href) {
  const url = parse(href, "https:");
  const found = url?.hostname === "t.me" && /^\/c\/(\d+)\/(?:\d+\/)?(\d+)$/.exec(url.pathname);
  return found ? { chatId: Number(`-100${found[1]}`), messageId: Number(found[2]) } : null;
}

/** A link that may be opened in a new tab: never javascript: or data:. */
export function outward(href) {
  if (/^(mailto|tel):/i.test(href)) return href;
  const url = parse(href, "https:");
  return url && ["http:", "https:"].includes(url.protocol) ? url.href : null;
}

/** All leads that a message names, in its text, caption or hidden links. */
export function leadsIn(message, crmWebUrl) {
  const text = message.text ?? message.caption ?? "";
  const entities = message.entities ?? message.caption_entities ?? [];
  return entities
    .filter((one) => one.type === "url" || one.type === "text_link")
    .map((one) => one.url ?? text.slice(one.offset, one.offset + one.length))
    .map((href) => leadOf(href, crmWebUrl))
    .filter(Boolean);
}
