// The conversation with the server: outbox, history, events. Knows nothing of how it looks.

import { uuid } from "./dom.js";
import { Refused, Session } from "./session.js";
import { Memory } from "./storage.js";
import { backoff, readEvents } from "./stream.js";

const SILENCE_MS = 35000; // the server pings every 10 s
const HIDDEN_MS = 60000; // a tab in the background gives its connection back after this
const POLL_MS = 30000;
const PAGE = 30;
const PERMANENT = [400, 403, 404, 405, 413, 415, 422];

/**
 * `listener` has onLine(line), onOlder(lines), onPending(entry), onTyping(on), onPreview(turn, text), onState(state), onSession(session) and
 * onReset(), all required.
 * States: idle, connecting, online, offline, refused, signed-out.
 */
export class Client {
  constructor(base, identity, listener) {
    this.listener = listener;
    this.session = new Session(base, identity, {
      onSession: (session) => listener.onSession(session),
      onOther: () => this.reset(),
    });
    this.tab = uuid();
    this.memory = new Memory("sessionStorage", `botcore ${base} `);
    this.outbox = [];
    this.lastSeq = 0;
    this.oldestSeq = null;
    this.hasMore = false;
    this.state = "idle";
    this.wake = () => {};
    this.hiddenSince = document.hidden ? Date.now() : null;
  }

  /** True if this browser has talked to this bot before. */
  get isKnown() {
    return this.session.current !== null;
  }

  /** Connect, and stay connected; a second call changes nothing. */
  start() {
    if (this.isStarted) return;
    this.isStarted = true;
    window.addEventListener("online", () => this.wake());
    window.addEventListener("offline", () => this.abort?.());
    document.addEventListener("visibilitychange", () => this.onVisibility());
    this.outbox = (this.memory.get("outbox") ?? []).map((entry) => ({ ...entry, state: "queued" }));
    for (const entry of this.outbox) this.listener.onPending(entry);
    void this.stayConnected();
  }

  /** Queue a message; it shows at once, and is sent as soon as may be. */
  send(text, choice, locale) {
    const entry = { id: uuid(), text, choice, locale, at: new Date().toISOString(), state: "sending" };
    this.outbox.push(entry);
    this.saveOutbox();
    this.listener.onPending(entry);
    this.start();
    this.wake();
    void this.flush();
  }

  retry(id) {
    const entry = this.outbox.find((other) => other.id === id);
    if (!entry) return;
    this.mark(entry, "sending");
    this.wake();
    void this.flush();
  }

  discard(id) {
    this.outbox = this.outbox.filter((entry) => entry.id !== id);
    this.saveOutbox();
  }

  /** The page of history before the oldest line that is known. */
  async loadOlder() {
    if (!this.hasMore || this.isLoading) return;
    this.isLoading = true;
    try {
      const page = await this.session.getJson(`messages?limit=${PAGE}&before=${this.oldestSeq}`);
      this.hasMore = page.more;
      if (page.messages.length) this.oldestSeq = page.messages[0].seq;
      this.listener.onOlder(page.messages);
    } catch {
      // The button stays, and so does the wish to scroll: it can be tried again.
    } finally {
      this.isLoading = false;
    }
  }

  /** Another conversation than before: what was shown and counted is not of it. */
  reset() {
    this.lastSeq = 0;
    this.oldestSeq = null;
    this.isLoaded = false;
    this.outbox = this.outbox.filter((entry) => entry.state !== "sent");
    this.listener.onReset();
    for (const entry of this.outbox) this.listener.onPending(entry);
  }

  // --- events ----------------------------------------------------------------------------------------------------

  async stayConnected() {
    for (let tries = 0; ; ) {
      let pause = 250 + 500 * Math.random();
      try {
        await this.session.ensure();
        if (!this.isLoaded) await this.loadNewest();
        if (this.isInBackground()) {
          await this.poll();
          pause = POLL_MS;
        } else await this.follow(() => (tries = 0));
      } catch (error) {
        if (error.status === 401 && this.isKnown) {
          this.session.drop();
          if (tries++ < 2) continue;
        }
        if (error.name === "AbortError" && this.isInBackground()) continue;
        const isFinal = error.status === 403 || error.status === 401;
        this.setState(error.status === 403 ? "refused" : error.status === 401 ? "signed-out" : "offline");
        pause = isFinal ? 60000 : Math.max(error.retryAfter ?? 0, backoff(tries++));
      }
      await this.pause(pause);
    }
  }

  async loadNewest() {
    if (this.state === "idle") this.setState("connecting");
    const page = await this.session.getJson(`messages?limit=${PAGE}`);
    this.isLoaded = true;
    this.hasMore = page.more;
    if (page.messages.length) this.oldestSeq = page.messages[0].seq;
    for (const line of page.messages) this.take(line);
    this.listener.onOlder([]);
  }

  async poll() {
    for (let page = { more: true }; page.more; ) {
      page = await this.session.getJson(`messages?after=${this.lastSeq}`);
      for (const line of page.messages) this.take(line);
    }
  }

  /** Follow the stream until it ends. Throws what a broken connection throws. */
  async follow(onOpen) {
    const controller = new AbortController();
    this.abort = () => controller.abort();
    let silence = setTimeout(this.abort, SILENCE_MS);
    const alive = () => {
      clearTimeout(silence);
      silence = setTimeout(this.abort, SILENCE_MS);
    };
    try {
      const headers = { Accept: "text/event-stream", "Last-Event-ID": String(this.lastSeq) };
      const response = await this.session.fetch(`events?tab=${this.tab}`, { headers, signal: controller.signal });
      if (!response.ok) throw new Refused(response);
      onOpen();
      this.setState("online");
      void this.flush();
      await readEvents(response, (event) => this.onEvent(event), alive);
    } finally {
      clearTimeout(silence);
      controller.abort();
      this.listener.onTyping(false);
    }
  }

  onEvent({ event, data }) {
    const value = JSON.parse(data);
    if (event === "typing") this.listener.onTyping(value.on);
    else if (event === "preview") this.listener.onPreview(value.turn, value.text);
    else if (event === "message") this.take(value);
  }

  take(line) {
    if (line.seq <= this.lastSeq) return;
    this.lastSeq = line.seq;
    if (line.id && this.outbox.some((entry) => entry.id === line.id)) this.discard(line.id);
    this.listener.onLine(line);
  }

  setState(state) {
    if (state === this.state) return;
    this.state = state;
    this.listener.onState(state);
  }

  /** Wait; the network coming back, the tab coming forward or a message to send end the wait. */
  pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  isInBackground() {
    return this.hiddenSince !== null && Date.now() - this.hiddenSince >= HIDDEN_MS;
  }

  onVisibility() {
    clearTimeout(this.hiding);
    this.hiddenSince = document.hidden ? Date.now() : null;
    if (document.hidden) this.hiding = setTimeout(() => this.abort?.(), HIDDEN_MS);
    else this.wake();
  }

  // --- outbox ----------------------------------------------------------------------------------------------------

  /** Send what waits, in order, one at a time. */
  async flush() {
    if (this.isFlushing) return;
    this.isFlushing = true;
    try {
      for (let entry; (entry = this.outbox.find((other) => other.state !== "failed" && other.state !== "sent")); ) {
        const waitMs = await this.post(entry);
        if (waitMs === null) break;
        if (waitMs) await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    } finally {
      this.isFlushing = false;
    }
  }

  /** Try to send one entry. Returns the milliseconds to wait before going on, or null to wait for the connection. */
  async post(entry) {
    this.mark(entry, "sending");
    const { id, text, choice, locale } = entry;
    try {
      await this.session.ensure();
      const body = JSON.stringify({ id, text, choice: choice ?? undefined, locale });
      const response = await this.session.fetch("messages", { method: "POST", body });
      if (!response.ok) throw new Refused(response);
      this.mark(entry, "sent");
      return 0;
    } catch (error) {
      if (PERMANENT.includes(error.status)) {
        this.mark(entry, "failed");
        return 0;
      }
      if (error.status === 429 || error.status === 503) return error.retryAfter || 2000;
      if (error.status === 401) this.abort?.();
      this.mark(entry, "queued");
      if (this.state === "online") setTimeout(() => this.flush(), backoff(1));
      return null;
    }
  }

  mark(entry, state) {
    entry.state = state;
    this.saveOutbox();
    if (this.outbox.includes(entry)) this.listener.onPending(entry);
  }

  saveOutbox() {
    const unsent = this.outbox.filter((entry) => entry.state !== "sent");
    if (unsent.length) this.memory.set("outbox", unsent);
    else this.memory.remove("outbox");
  }
}
