// One line of the conversation as an element.

import { choices, contentElements } from "./content.js";
import { h, plainName } from "./dom.js";
import { markdown } from "./markdown.js";

const TAGS = { en: "en-GB", zh: "zh-CN" };

/** The time of day of a line, in the reader's language. */
export function clock(iso, language) {
  return new Intl.DateTimeFormat(TAGS[language], { hour: "2-digit", minute: "2-digit" }).format(new Date(iso));
}

/** The day of a line: today, yesterday or a date. */
export function dayName(iso, language, t) {
  const day = new Date(iso);
  const ago = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(day).setHours(0, 0, 0, 0)) / 86400e3);
  if (ago === 0) return t.today;
  if (ago === 1) return t.yesterday;
  const isThisYear = day.getFullYear() === new Date().getFullYear();
  const options = { month: "long", day: "numeric", weekday: "short", year: isThisYear ? undefined : "numeric" };
  return new Intl.DateTimeFormat(TAGS[language], options).format(day);
}

/** A line from the server. `view` is {t, language, botName, config, onChoice}. */
export function lineElement(line, view) {
  if (line.from === "system") return h("div", { class: "notice" }, h("span", {}, view.t.handedOver));
  const isUser = line.from === "user";
  const author = isUser ? view.t.you : line.from === "agent" ? plainName(line.name) || view.t.agent : view.botName;
  const words = h("div", { class: "words", dir: "auto", lang: line.language }, isUser ? line.text : markdown(line.text));
  const speaker = h("span", { class: "sr" }, `${author}: `);
  const meta = h("div", { class: "meta" }, h("time", { datetime: line.at }, clock(line.at, view.language)));
  if (line.source) {
    const source = plainName(line.source);
    meta.append(h("span", { class: "source", title: `${view.t.source}: ${source}` }, source));
  }
  return h(
    "div",
    { class: `line ${isUser ? "mine" : "theirs"} from-${line.from}` },
    line.from === "agent" ? h("div", { class: "author", "aria-hidden": "true" }, author) : null,
    line.text ? h("div", { class: "bubble" }, speaker, words) : speaker,
    ...contentElements(line.content, view),
    line.buttons?.length ? choices(line.buttons, view) : null,
    meta,
  );
}

/** The beginning of a reply that is still being made. Screen readers hear of the whole only. */
export function previewElement() {
  const words = h("div", { class: "words", dir: "auto" });
  return { words, element: h("div", { class: "line theirs from-bot is-growing", "aria-hidden": "true" }, h("div", { class: "bubble" }, words)) };
}

/** A message of the user's own that the server has not confirmed yet. `view` has onRetry and onDiscard too. */
export function pendingElement(entry, view) {
  const { t } = view;
  const words = h("div", { class: "words", dir: "auto" }, entry.text);
  const state = h("span", { class: "state" }, t[entry.state]);
  const meta = h("div", { class: "meta" }, h("time", { datetime: entry.at }, clock(entry.at, view.language)), state);
  if (entry.state === "failed") {
    meta.append(h("button", { type: "button", class: "link", click: () => view.onRetry(entry.id) }, t.retry));
    meta.append(h("button", { type: "button", class: "link", click: () => view.onDiscard(entry.id) }, t.discard));
  }
  const bubble = h("div", { class: "bubble" }, h("span", { class: "sr" }, `${t.you}: `), words);
  return h("div", { class: `line mine from-user is-${entry.state}`, "data-id": entry.id }, bubble, meta);
}
