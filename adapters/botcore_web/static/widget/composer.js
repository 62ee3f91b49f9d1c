// Where the user writes.

import { h, icon } from "./dom.js";

const MAX_HEIGHT_PX = 132;
const COUNT_FROM = 200;

/** A text area that grows, and a button. `onSend(text)` gets what was written, without blanks around it. */
export class Composer {
  constructor(maxText, onSend) {
    this.maxText = maxText;
    this.onSend = onSend;
    this.area = h("textarea", { rows: 1, id: "words", enterkeyhint: "send", autocomplete: "off", input: () => this.onInput(), keydown: (event) => this.onKey(event) });
    this.label = h("label", { class: "sr", for: "words" });
    this.count = h("span", { class: "count", role: "status" });
    this.button = h("button", { type: "submit", class: "send" }, icon("send"));
    this.hint = h("p", { class: "sr", id: "hint" });
    this.area.setAttribute("aria-describedby", "hint");
    const submit = (event) => {
      event.preventDefault();
      this.submit();
    };
    const field = h("div", { class: "field" }, this.label, this.area, this.button);
    this.element = h("form", { class: "composer", submit }, field, this.count, this.hint);
    this.onInput();
  }

  relabel(t) {
    this.t = t;
    this.label.textContent = t.message;
    this.area.placeholder = t.placeholder;
    this.button.setAttribute("aria-label", t.send);
    this.button.title = t.send;
    this.hint.textContent = t.hint;
    this.onInput();
  }

  focus() {
    this.area.focus({ preventScroll: true });
  }

  /** Put words there for the user to finish or send. */
  fill(text) {
    this.area.value = text;
    this.onInput();
    this.focus();
  }

  submit() {
    const text = this.area.value.trim();
    if (!text || this.left < 0) return;
    this.area.value = "";
    this.onInput();
    this.onSend(text);
  }

  /** As high as what is written; while the panel is closed there is nothing to measure. */
  grow() {
    this.area.style.height = "auto";
    const height = this.area.scrollHeight;
    if (height) this.area.style.height = `${Math.min(MAX_HEIGHT_PX, height)}px`;
  }

  /** Enter sends, but never the Enter that ends the choice of a character in an input method. */
  onKey(event) {
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || isComposing) return;
    event.preventDefault();
    this.submit();
  }

  onInput() {
    this.left = this.maxText - [...this.area.value.trim()].length;
    this.count.textContent = this.left < COUNT_FROM && this.t ? this.t.left(this.left) : "";
    this.count.classList.toggle("over", this.left < 0);
    this.area.setAttribute("aria-invalid", this.left < 0 ? "true" : "false");
    this.button.disabled = this.left < 0 || !this.area.value.trim();
    this.grow();
  }
}
