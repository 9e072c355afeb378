// Small building blocks of every view: elements, icons, avatars, keyed lists.
// Text always becomes text nodes, so nothing that a person writes can turn into markup.

/** Make an element: `on…` props are listeners, true/false props are bare attributes. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return node;
}

const PATHS = {
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  send: "M4 12l16-8-6 16-3-7-7-1z",
  ticks: "M2.5 13l4 4L15 7M10.5 16l1.5 1.5L21.5 7",
  reply: "M10 6l-6 6 6 6M4 12h10c4 0 6 3 6 6",
  edit: "M5 19l1-4L16 5l3 3L9 18l-4 1z",
  trash: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  forward: "M14 6l6 6-6 6M20 12H10c-4 0-6 3-6 6",
  photo: "M4 6h16v12H4zM4 16l5-5 4 4 2-2 5 5M15.5 9.5v.01",
  album: "M7 4h13v12H7zM4 8v12h13M7 14l4-4 3 3 2-2 4 4",
  video: "M4 6h11v12H4zM15 10l5-3v10l-5-3",
  document: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  voice: "M12 4v10M8 8v3a4 4 0 0 0 8 0V8M12 18v3M9 21h6",
  down: "M6 9l6 6 6-6",
  external: "M14 5h5v5M19 5l-8 8M11 6H5v13h13v-6",
  reload: "M19 12a7 7 0 1 1-2-5M19 4v4h-4",
  people: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 19c0-3 3-5 6-5s6 2 6 5M16 5.5a3 3 0 0 1 0 5M18 14.5c2 .7 3 2.5 3 4.5",
  mask: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 11h.01M15 11h.01M9.5 15h5",
  block: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM6.5 6.5l11 11",
  bulb: "M9 18h6M10 21h4M12 3a6 6 0 0 0-3.5 10.9c.8.7 1 1.3 1 2.1h5c0-.8.2-1.4 1-2.1A6 6 0 0 0 12 3z",
};

/** An icon of our own line set, 24 × 24; hidden from screen readers, the control has the label. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, onclick, extra = "") {
  return h(
    "button",
    { type: "button", class: `icon-button ${extra}`, "aria-label": label, title: label, onclick },
    icon(name),
  );
}

/** Telegram gives a peer one of seven colours by its id. */
export const colourOf = (id) => `colour-${Math.abs(Number(id)) % 7}`;

export function initials(name) {
  const words = name.replaceAll(/[«»"()]/g, "").split(/\s+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => [...word][0].toLocaleUpperCase("ru"))
    .join("");
}

export function avatar(id, name, extra = "") {
  return h(
    "span",
    { class: `avatar ${colourOf(id)} ${extra}`, "aria-hidden": "true" },
    initials(name),
  );
}

const signatures = new WeakMap();

/**
 * Make `parent` show `rows` ({key, sig, make}) and touch only what differs: a node whose signature
 * is the same stays, with its focus, its selection and its opened spoilers.
 */
export function reconcile(parent, rows) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let cursor = parent.firstElementChild;
  for (const { key, sig, make } of rows) {
    let node = old.get(key);
    old.delete(key);
    if (!node || signatures.get(node) !== sig) {
      const fresh = make();
      fresh.dataset.key = key;
      signatures.set(fresh, sig);
      if (node) {
        const focused = focusPath(node);
        if (cursor === node) cursor = fresh;
        node.replaceWith(fresh);
        if (focused) fresh.querySelector(focused)?.focus({ preventScroll: true });
      }
      node = fresh;
    }
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  }
  for (const node of old.values()) node.remove();
}

/** How to find the focused control again after its message was drawn anew. */
function focusPath(node) {
  const active = document.activeElement;
  if (!active || active === node || !node.contains(active)) return null;
  return active.dataset.focus ? `[data-focus="${CSS.escape(active.dataset.focus)}"]` : null;
}
