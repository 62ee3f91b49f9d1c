// What the browser remembers for us. Where storage is blocked, the page's own memory has to do.

const memory = new Map();

/** A small key-value store over localStorage or sessionStorage; values are JSON. */
export class Memory {
  constructor(kind, prefix) {
    this.kind = kind;
    this.prefix = prefix;
  }

  get(name) {
    const key = this.prefix + name;
    try {
      return JSON.parse(window[this.kind].getItem(key) ?? memory.get(key) ?? "null");
    } catch {
      return JSON.parse(memory.get(key) ?? "null");
    }
  }

  set(name, value) {
    const key = this.prefix + name;
    memory.set(key, JSON.stringify(value));
    try {
      window[this.kind].setItem(key, JSON.stringify(value));
    } catch {
      // Blocked or full: this page still remembers.
    }
  }

  remove(name) {
    memory.delete(this.prefix + name);
    try {
      window[this.kind].removeItem(this.prefix + name);
    } catch {
      // Blocked: there was nothing to remove.
    }
  }
}
