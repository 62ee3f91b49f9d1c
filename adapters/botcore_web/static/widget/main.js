// What a page gets from `<script src=".../web/widget.js" data-...>`.

import { Client } from "./client.js";
import { h } from "./dom.js";
import { Panel } from "./panel.js";
import { Memory } from "./storage.js";
import { uiLanguage } from "./texts.js";

const READY = Symbol.for("botcore.chat");
const TITLE_COUNT = /^\(\d+\+?\) /;

/** The script element that is running. The prototype's getter cannot be hidden by an element named currentScript. */
function currentScript() {
  return Object.getOwnPropertyDescriptor(Document.prototype, "currentScript").get.call(document);
}

/** The signed-in user of the page, as the shop's server wrote it into the tag; null for a stranger. */
function identityOf({ identity, userId, userHash }) {
  if (identity) return { claim: { identity }, subject: subjectOf(identity) };
  if (userId) return { claim: { user_id: userId, user_hash: userHash ?? "" }, subject: userId };
  return null;
}

/** Whose identity a JWT claims to be: only to choose among stored sessions, the server decides. */
function subjectOf(token) {
  try {
    const payload = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (c) => c.charCodeAt(0)))).sub ?? "";
  } catch {
    return "";
  }
}

/** The accent colour as it can be read on a dark ground: the same hue, light, and not too vivid. */
function lightened(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  const top = Math.max(red, green, blue);
  const span = top - Math.min(red, green, blue);
  if (!span) return "hsl(0deg 0% 78%)";
  const sixth = top === red ? (green - blue) / span : top === green ? (blue - red) / span + 2 : (red - green) / span + 4;
  return `hsl(${Math.round(60 * sixth)}deg 45% 74%)`;
}

function mount(script) {
  const { dataset } = script;
  const base = new URL(".", script.src).href;
  const memory = new Memory("localStorage", `botcore ${base} `);
  const titles = { en: dataset.titleEn || dataset.title || CONFIG.title, zh: dataset.titleZh || dataset.title || CONFIG.title };
  const config = { ...CONFIG, titles, base };
  const chosen = memory.get("language");
  let language = uiLanguage(dataset.language || chosen || navigator.language);
  let read = 0;
  const unread = new Set();

  const panel = new Panel(config, {
    onSend: (text) => client.send(text, undefined, localeOf()),
    onSuggestion: (text) => {
      client.send(text, undefined, localeOf());
      panel.focus();
    },
    onChoice: (button) => {
      client.send(button.label, button.value, localeOf());
      panel.focus();
    },
    onRetry: (id) => {
      client.retry(id);
      panel.focus();
    },
    onDiscard: (id) => {
      panel.focus();
      client.discard(id);
      panel.log.removePending(id);
      panel.log.tidy();
    },
    onOlder: () => client.loadOlder(),
    onOpen: () => {
      client.start();
      markRead();
    },
    onClose: () => {},
    onLanguage: () => setLanguage(language === "zh" ? "en" : "zh"),
  });
  const localeOf = () => (language === "zh" ? "zh-CN" : "en");

  const client = new Client(base, identityOf(dataset), {
    onLine: (line) => {
      const isNew = client.state === "online";
      panel.log.add(line, { isNew });
      if (line.from === "user") unread.clear();
      else unread.add(line.seq);
      if (line.from !== "user") panel.log.setTyping(false);
      markRead();
    },
    onOlder: (lines) => panel.log.addOlder(lines, client.hasMore),
    onPending: (entry) => panel.log.setPending(entry),
    onTyping: (isOn) => panel.log.setTyping(isOn),
    onPreview: (turn, text) => panel.log.setPreview(turn, text),
    onState: (state) => panel.setState(state),
    onSession: (session) => panel.setState(client.state, session.name),
    onReset: () => {
      read = 0;
      unread.clear();
      panel.log.clear();
    },
  });

  /** What is on the screen has been read; the rest is counted on the launcher and in the title. */
  function markRead() {
    const mark = `read ${client.session.current?.conversation}`;
    read = Math.max(read, memory.get(mark) ?? 0);
    if (panel.isOpen && !document.hidden && client.lastSeq > read) {
      read = client.lastSeq;
      memory.set(mark, read);
    }
    for (const seq of unread) if (seq <= read) unread.delete(seq);
    panel.setUnread(unread.size);
    const title = document.title.replace(TITLE_COUNT, "");
    const wanted = unread.size ? `(${unread.size > 99 ? "99+" : unread.size}) ${title}` : title;
    if (document.title !== wanted) document.title = wanted;
  }

  function setLanguage(tag) {
    language = uiLanguage(tag);
    memory.set("language", language);
    panel.relabel(language);
  }

  const host = h("botcore-chat", { lang: "" });
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(panel.element);
  const colour = dataset.colour ?? config.colour;
  if (/^#[0-9a-f]{6}$/i.test(colour)) {
    panel.element.style.setProperty("--accent", colour);
    panel.element.style.setProperty("--accent-light", lightened(colour));
  }
  if (dataset.theme) panel.element.dataset.theme = dataset.theme;
  if (dataset.position === "left") panel.element.classList.add("is-left");
  panel.relabel(language);
  if (client.isKnown) panel.setState("idle", client.session.current.name);
  document.body.append(host);

  document.addEventListener("visibilitychange", markRead);
  window.addEventListener("storage", markRead); // another tab has read something
  // Someone who has talked to the bot before may have an answer waiting; a stranger costs no request.
  if (client.isKnown) client.start();
  if (dataset.open === "true") panel.open();

  const api = {
    open: () => panel.open(),
    close: () => panel.close(),
    ask: (text) => {
      panel.open();
      panel.composer.fill(String(text));
    },
    setLanguage,
  };
  Object.defineProperty(window, "botcoreChat", { value: Object.freeze(api) });
}

const script = currentScript();
if (!window[READY]) {
  window[READY] = true;
  if (document.body) mount(script);
  else document.addEventListener("DOMContentLoaded", () => mount(script));
}
