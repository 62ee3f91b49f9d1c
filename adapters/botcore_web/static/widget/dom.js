// Building elements. Words only ever become text nodes: there is no way from here to HTML.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  chat: "M12 3.5c-5 0-9 3.3-9 7.4 0 2.3 1.2 4.3 3.2 5.7-.1 1-.5 2.2-1.4 3.3-.2.3 0 .7.4.6 2-.3 3.5-1.1 4.5-1.9.7.1 1.5.2 2.3.2 5 0 9-3.3 9-7.400S17 3.5 12 3.500Z",
  close: "M6 6 18 18M18 6 6 18",
  down: "M6 9.5 12 15.5 18 9.5",
  send: "M4.5 12 3.5 4.800c-.1-.6.5-1 1-.8L20.5 11.500c.4.2.4.8 0 1L4.5 20c-.5.2-1.1-.2-1-.8L4.5 12Zm0 0H12",
};

/** An element with attributes (functions become listeners, `false` and `null` are left out) and children. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** One of our line drawings; screen readers skip it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A name as it may be shown: without the controls that turn text around. */
export function plainName(text) {
  return String(text ?? "").replace(BIDI, "");
}

/** A random UUID, also on pages without TLS, where browsers leave out `crypto.randomUUID`. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
