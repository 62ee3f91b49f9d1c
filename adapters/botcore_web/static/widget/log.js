// The list of lines: kept in order of `seq`, what is not confirmed yet below, scrolled as a reader wants it.

import { dayName, lineElement, pendingElement, previewElement } from "./bubbles.js";
import { h, icon } from "./dom.js";
import { markdown } from "./markdown.js";
import { inLanguage } from "./texts.js";

const NEAR_END_PX = 80;
const NEAR_START_PX = 60;
const GROWING_MS = 60000; // an answer that has not grown for so long will not come
const ENDED_MS = 5000; // nor one that has not come so long after the typing ended

/** `view` is shared with the bubbles; `onOlder` asks for earlier lines. */
export class Log {
  constructor(view, onOlder) {
    this.view = view;
    this.lines = new Map();
    this.pending = new Map();
    this.intro = h("div", { class: "intro" });
    this.older = h("button", { type: "button", class: "older link", hidden: true, click: onOlder });
    this.list = h("div", { class: "list", role: "log", "aria-live": "polite", "aria-relevant": "additions" });
    this.growing = h("div", { class: "growing" });
    this.preview = null;
    this.saidTurn = "";
    this.dots = h("div", { class: "typing", hidden: true }, h("span", { class: "dot" }), h("span", { class: "dot" }), h("span", { class: "dot" }));
    this.typingWords = h("span", { class: "sr", role: "status" });
    this.scroller = h("div", { class: "scroller", tabindex: 0, scroll: () => this.onScroll() }, this.older, this.intro, this.list, this.growing, this.dots, this.typingWords);
    this.newer = h("button", { type: "button", class: "newer", hidden: true, click: () => this.toEnd() });
    this.element = h("div", { class: "log" }, this.scroller, this.newer);
    this.onOlder = onOlder;
    this.relabel();
  }

  /** Write everything again in the language of the view. */
  relabel() {
    const { t } = this.view;
    this.list.setAttribute("aria-label", t.log);
    this.scroller.setAttribute("aria-label", t.log);
    this.older.textContent = t.older;
    this.newer.replaceChildren(icon("down"), t.newer);
    this.quietly(() => {
      for (const [seq, { line, element }] of this.lines) this.replace(element, lineElement(line, this.view), seq);
      for (const [id, { entry, element }] of this.pending) {
        const fresh = pendingElement(entry, this.view);
        element.replaceWith(fresh);
        this.pending.set(id, { entry, element: fresh });
      }
      this.tidy();
    });
  }

  replace(element, fresh, seq) {
    fresh.dataset.seq = seq;
    element.replaceWith(fresh);
    this.lines.get(seq).element = fresh;
  }

  /** A new line at the end; it takes the place of the pending one with its id. */
  add(line, { isNew = true } = {}) {
    if (this.lines.has(line.seq)) return;
    const wasAtEnd = this.isAtEnd();
    const mine = this.pending.get(line.id);
    const place = () => {
      this.pending.delete(line.id);
      mine?.element.remove();
      if (line.turn) this.saidTurn = line.turn;
      if (line.turn && line.turn === this.preview?.turn) this.endPreview();
      this.insert(line);
      this.tidy();
    };
    if (mine || !isNew) this.quietly(place);
    else place();
    if (wasAtEnd || mine) this.toEnd();
    else if (isNew && line.from !== "user") this.newer.hidden = false;
  }

  /** Earlier lines at the start, without moving what is being read and without a word to screen readers. */
  addOlder(lines, hasMore) {
    const height = this.scroller.scrollHeight;
    this.quietly(() => {
      for (const line of lines) if (!this.lines.has(line.seq)) this.insert(line);
      this.older.hidden = !hasMore;
      this.tidy();
    });
    if (lines.length) this.scroller.scrollTop += this.scroller.scrollHeight - height;
  }

  insert(line) {
    const element = lineElement(line, this.view);
    element.dataset.seq = line.seq;
    this.lines.set(line.seq, { line, element });
    let next = null;
    for (let other = this.list.lastElementChild; other; other = other.previousElementSibling) {
      if (other.dataset.seq && Number(other.dataset.seq) < line.seq) break;
      next = other;
    }
    this.list.insertBefore(element, next);
  }

  /** Show an unconfirmed message, or its new state. */
  setPending(entry) {
    const element = pendingElement(entry, this.view);
    const known = this.pending.get(entry.id);
    this.pending.set(entry.id, { entry, element });
    this.quietly(() => {
      if (known) known.element.replaceWith(element);
      else this.list.append(element);
      this.tidy();
    });
    if (!known) this.toEnd();
  }

  removePending(id) {
    this.pending.get(id)?.element.remove();
    this.pending.delete(id);
  }

  setTyping(isOn) {
    const wasAtEnd = this.isAtEnd();
    this.dots.hidden = !isOn || this.preview !== null;
    if (!isOn && this.preview) this.endPreviewAfter(ENDED_MS);
    this.typingWords.textContent = isOn ? this.view.t.typing(this.view.botName) : "";
    if (isOn && wasAtEnd) this.toEnd();
  }

  /** Show the text so far of the reply that is being made in a turn; the line of that turn takes its place. */
  setPreview(turn, text) {
    if (turn === this.saidTurn) return;
    if (!text) return this.endPreview();
    const wasAtEnd = this.isAtEnd();
    if (this.preview?.turn !== turn) {
      this.endPreview();
      this.preview = { turn, ...previewElement() };
      this.growing.append(this.preview.element);
    }
    this.preview.words.replaceChildren(markdown(text));
    this.dots.hidden = true;
    this.endPreviewAfter(GROWING_MS);
    if (wasAtEnd) this.toEnd();
  }

  endPreviewAfter(ms) {
    clearTimeout(this.ending);
    this.ending = setTimeout(() => this.endPreview(), ms);
  }

  endPreview() {
    clearTimeout(this.ending);
    this.preview?.element.remove();
    this.preview = null;
  }

  clear() {
    this.endPreview();
    this.lines.clear();
    this.pending.clear();
    this.list.replaceChildren();
    this.older.hidden = true;
    this.tidy();
  }

  /** Day headings, the greeting, and which choices can still be pressed: all follow from the lines. */
  tidy() {
    const { t, language } = this.view;
    for (const heading of this.list.querySelectorAll(".day")) heading.remove();
    const shown = [...this.lines.values()].sort((a, b) => a.line.seq - b.line.seq);
    let day = "";
    let answered = this.pending.size ? { line: {} } : null;
    for (const { line, element } of shown) {
      const name = dayName(line.at, language, t);
      if (name !== day) element.before(h("div", { class: "day" }, h("span", {}, name)));
      day = name;
    }
    for (const item of shown.reverse()) {
      for (const button of item.element.querySelectorAll("button.choice")) {
        button.disabled = answered !== null;
        button.classList.toggle("chosen", answered?.line.choice === button.dataset.value);
      }
      if (item.line.from === "user") answered = item;
    }
    this.introduce(shown.length + this.pending.size === 0);
  }

  introduce(isEmpty) {
    const { t, language, botName, config, onSuggestion } = this.view;
    const greeting = inLanguage(config.greeting, language);
    const questions = isEmpty ? inLanguage(config.suggestions, language) ?? [] : [];
    const isStart = this.older.hidden;
    this.intro.hidden = !isStart;
    const parts = [];
    if (greeting) {
      const words = h("div", { class: "words", dir: "auto" }, markdown(greeting));
      parts.push(h("div", { class: "line theirs" }, h("div", { class: "bubble" }, h("span", { class: "sr" }, `${botName}: `), words)));
    }
    if (questions.length) {
      const ask = (question) => h("button", { type: "button", class: "choice", click: () => onSuggestion(question) }, question);
      parts.push(h("div", { class: "choices", role: "group", "aria-label": t.suggestions }, ...questions.map(ask)));
    }
    this.intro.replaceChildren(...parts);
  }

  /** Change the list without having it read aloud. */
  quietly(change) {
    this.list.setAttribute("aria-live", "off");
    change();
    requestAnimationFrame(() => this.list.setAttribute("aria-live", "polite"));
  }

  isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  toEnd() {
    this.newer.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  onScroll() {
    if (this.isAtEnd()) this.newer.hidden = true;
    if (this.scroller.scrollTop < NEAR_START_PX && !this.older.hidden) this.onOlder();
  }
}
