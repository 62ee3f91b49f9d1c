// Who we are to the server: a token that this browser keeps, and the requests that carry it.

import { Memory } from "./storage.js";

const TIMEOUT_MS = 15000;
const HOUR_MS = 3600e3;
const LIFE_MS = { verified: 11 * HOUR_MS, anonymous: 89 * 24 * HOUR_MS }; // a little less than the server grants

/** An answer that is no success: its status, and the milliseconds after which to come back. */
export class Refused extends Error {
  constructor(response) {
    super(`status ${response.status}`);
    this.status = response.status;
    this.retryAfter = 1000 * Math.min(60, Number(response.headers.get("Retry-After")) || 0);
  }
}

/**
 * `identity` is {claim, subject} for a user whom the shop has signed, null for a stranger. `listener` has
 * onSession(token) for every new token and onOther() when the conversation is no longer the one it was.
 */
export class Session {
  constructor(base, identity, listener) {
    this.base = base;
    this.identity = identity;
    this.listener = listener;
    this.memory = new Memory("localStorage", `botcore ${base} `);
    this.slot = identity ? "signed" : "anonymous";
    if (!identity) this.memory.remove("signed"); // whoever was signed in has left
    this.current = this.stored();
  }

  /** What was kept for this user, if it still holds. */
  stored() {
    const kept = this.memory.get(this.slot);
    const isMine = kept?.token && (kept.subject ?? null) === (this.identity?.subject ?? null);
    return isMine && kept.expires > Date.now() ? kept : null;
  }

  /** Have a token that is not about to expire. Callers at the same time share one request. */
  async ensure() {
    const kept = this.stored();
    if (kept) this.become(kept);
    if (this.current && this.current.renew > Date.now()) return;
    this.beginning ??= this.begin().finally(() => (this.beginning = null));
    await this.beginning;
  }

  async begin() {
    const old = this.identity ? null : this.current;
    let response = await this.post(this.identity?.claim ?? (old ? { token: old.token } : {}));
    if (response.status === 401 && old) response = await this.post({});
    if (!response.ok) throw new Refused(response);
    const { token, conversation, verified, user } = await response.json();
    const life = verified ? LIFE_MS.verified : LIFE_MS.anonymous;
    const dates = { expires: Date.now() + life, renew: Date.now() + life / 4 };
    const fresh = { token, conversation, name: user?.name ?? null, subject: this.identity?.subject ?? null, ...dates };
    this.memory.set(this.slot, fresh);
    this.become(fresh);
  }

  become(fresh) {
    const isOther = this.current !== null && this.current.conversation !== fresh.conversation;
    const isNew = this.current?.token !== fresh.token;
    this.current = fresh;
    if (isOther) this.listener.onOther();
    if (isNew) this.listener.onSession(fresh);
  }

  /** Forget a token that the server refused, unless another tab has a newer one already. */
  drop() {
    if (this.memory.get(this.slot)?.token === this.current?.token) this.memory.remove(this.slot);
    this.current = null;
    this.listener.onOther();
  }

  post(body) {
    return this.fetch("sessions", { method: "POST", body: JSON.stringify(body) });
  }

  /** `fetch` of a path of the API, with the token. */
  fetch(path, options = {}) {
    const headers = { ...options.headers };
    if (options.body) headers["Content-Type"] = "application/json";
    if (this.current && path !== "sessions") headers.Authorization = `Bearer ${this.current.token}`;
    const signal = options.signal ?? AbortSignal.timeout(TIMEOUT_MS);
    const fixed = { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", redirect: "error" };
    return fetch(this.base + path, { ...options, ...fixed, headers, signal });
  }

  async getJson(path) {
    const response = await this.fetch(path);
    if (!response.ok) throw new Refused(response);
    return response.json();
  }
}
