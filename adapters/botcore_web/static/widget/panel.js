// The launcher and the panel around log and composer.

import { Composer } from "./composer.js";
import { h, icon, plainName } from "./dom.js";
import { Log } from "./log.js";
import { TEXTS } from "./texts.js";

const PHONE = "(max-width: 520px), (max-height: 480px)";

/** `actions` has onSend, onSuggestion, onChoice, onRetry, onDiscard, onOlder, onOpen, onClose, onLanguage. */
export class Panel {
  constructor(config, actions) {
    this.config = config;
    this.actions = actions;
    this.isOpen = false;
    this.unread = 0;
    this.state = "idle";
    this.view = { config, botName: plainName(config.bot), ...actions, t: TEXTS.en, language: "en" };
    this.log = new Log(this.view, actions.onOlder);
    this.composer = new Composer(config.maxText, actions.onSend);
    this.badge = h("span", { class: "badge", hidden: true });
    this.launcher = h("button", { type: "button", class: "launcher", "aria-expanded": "false", "aria-controls": "panel", click: () => this.toggle() }, icon("chat"), icon("down"), this.badge);
    this.status = h("p", { class: "status" });
    this.languageButton = h("button", { type: "button", class: "bar-button words-button", click: actions.onLanguage });
    this.closeButton = h("button", { type: "button", class: "bar-button", click: () => this.close() }, icon("close"));
    this.banner = h("div", { class: "banner", role: "status" });
    this.avatar = h("span", { class: "avatar", "aria-hidden": "true" });
    this.title = h("h2");
    const names = h("div", { class: "names" }, this.title, this.status);
    const bar = h("div", { class: "bar" }, this.avatar, names, this.languageButton, this.closeButton);
    this.panel = h("section", { class: "panel", id: "panel", role: "dialog", hidden: true, keydown: (event) => this.onKey(event) }, bar, this.banner, this.log.element, this.composer.element);
    this.element = h("div", { class: "root" }, this.panel, this.launcher);
  }

  /** Write everything in `language`. */
  relabel(language) {
    const t = TEXTS[language];
    Object.assign(this.view, { t, language });
    this.element.lang = language === "zh" ? "zh-CN" : "en";
    const title = plainName(this.config.titles[language]).trim();
    this.panel.setAttribute("aria-label", t.dialog(title));
    this.title.textContent = title;
    this.avatar.textContent = [...title][0]?.toUpperCase() ?? "?";
    this.languageButton.hidden = !["en", "zh"].every((tag) => this.config.languages.some((known) => known.startsWith(tag)));
    this.languageButton.textContent = t.switchLanguage;
    this.languageButton.setAttribute("aria-label", t.switchLanguageLabel);
    this.languageButton.lang = language === "zh" ? "en" : "zh-CN";
    this.closeButton.setAttribute("aria-label", t.close);
    this.closeButton.title = t.close;
    this.log.relabel();
    this.composer.relabel(t);
    this.setUnread(this.unread);
    this.setState(this.state);
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  open() {
    if (this.isOpen) return;
    this.isOpen = true;
    this.panel.hidden = false;
    this.element.classList.add("is-open");
    this.launcher.setAttribute("aria-expanded", "true");
    this.panel.setAttribute("aria-modal", matchMedia(PHONE).matches ? "true" : "false");
    this.setUnread(this.unread);
    this.log.toEnd();
    this.composer.grow();
    this.focus();
    this.actions.onOpen();
  }

  /** Put the focus where the user goes on: what was pressed may be gone, and the focus with it. */
  focus() {
    // On a touch screen, focus in the text area would raise the keyboard over what there is to read.
    if (matchMedia("(pointer: coarse)").matches) this.closeButton.focus({ preventScroll: true });
    else this.composer.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.panel.hidden = true;
    this.element.classList.remove("is-open");
    this.launcher.setAttribute("aria-expanded", "false");
    this.setUnread(this.unread);
    this.launcher.focus({ preventScroll: true });
    this.actions.onClose();
  }

  /** Escape closes; where the panel covers the page, Tab stays inside. */
  onKey(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      this.close();
    }
    if (event.key !== "Tab" || !matchMedia(PHONE).matches) return;
    const all = [...this.panel.querySelectorAll("button, textarea, a[href], [tabindex='0']")];
    const usable = all.filter((element) => !element.disabled && element.getClientRects().length);
    const edge = event.shiftKey ? usable[0] : usable.at(-1);
    if (this.element.getRootNode().activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? usable.at(-1) : usable[0]).focus();
  }

  setUnread(count) {
    this.unread = count;
    const { t } = this.view;
    this.badge.hidden = count === 0 || this.isOpen;
    this.badge.textContent = count > 99 ? "99+" : String(count);
    this.launcher.setAttribute("aria-label", this.isOpen ? t.close : count ? t.openUnread(count) : t.open);
  }

  /** How the connection is; `name` is the signed-in user's, if any. */
  setState(state, name = this.userName) {
    this.state = state;
    this.userName = name;
    const { t } = this.view;
    const trouble = { refused: t.refused, "signed-out": t.signedOut };
    if (state === "offline") trouble.offline = navigator.onLine ? t.unreachable : t.offline;
    this.banner.textContent = trouble[state] ?? "";
    const online = name ? t.signedInAs(plainName(name)) : t.online;
    this.status.textContent = state === "connecting" || state === "offline" ? t.connecting : online;
    this.element.dataset.state = state;
  }
}
