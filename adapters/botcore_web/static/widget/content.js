// What comes with a reply's words: buttons, cards, pictures, files. Words become text nodes, addresses are checked.

import { h, plainName } from "./dom.js";
import { markdown, safeLink } from "./markdown.js";

const OUTWARD = { target: "_blank", rel: "noopener noreferrer nofollow ugc" };

/** The parts of a line's content as elements. `view` is {t, config, onChoice}. */
export function contentElements(content, view) {
  return (Array.isArray(content) ? content : []).map((part) => partElement(part, view));
}

/** The buttons of a line or a card; one with an address opens it, the others come back. */
export function choices(buttons, view) {
  const elements = buttons.map((button) => {
    const label = plainName(button.label);
    if (button.url) return linkTo(safeLink(button.url), label, "choice go");
    const choose = () => view.onChoice(button);
    return h("button", { type: "button", class: "choice", "data-value": button.value, click: choose }, label);
  });
  return h("div", { class: "choices", role: "group" }, ...elements);
}

function partElement(part, view) {
  switch (part.kind) {
    case "image":
      return picture(part, view);
    case "file":
      return h("div", { class: "file" }, linkTo(addressOf(part.url, view), plainName(part.name), "download", true));
    case "carousel": {
      const cards = part.cards.map((each) => h("li", {}, card(each, view)));
      return h("ul", { class: "carousel", tabindex: 0, "aria-label": view.t.cards(cards.length) }, ...cards);
    }
    case "card":
      return card(part, view);
    default:
      return null;
  }
}

function card({ title, text, image, facts, buttons }, view) {
  const rows = facts.map(({ label, value }) => h("div", {}, h("dt", {}, plainName(label)), h("dd", { dir: "auto" }, plainName(value))));
  return h(
    "div",
    { class: "card", dir: "auto" },
    image ? picture(image, view) : null,
    title ? h("strong", { class: "title" }, plainName(title)) : null,
    text ? h("div", { class: "words" }, markdown(text)) : null,
    rows.length ? h("dl", {}, ...rows) : null,
    buttons.length ? choices(buttons, view) : null,
  );
}

/** A picture from this server or an origin that the admin named; any other is a link that nobody has to follow. */
function picture({ url, alt, inline }, view) {
  const address = addressOf(url, view);
  const words = plainName(alt) || view.t.picture;
  const link = () => linkTo(address, words, "download");
  const isOurs = address && (isLocal(url) || view.config.imageOrigins.includes(address.origin));
  if (!inline || !isOurs) return h("div", { class: "file" }, link());
  const attributes = { src: address.href, alt: plainName(alt), loading: "lazy", decoding: "async", referrerpolicy: "no-referrer" };
  const image = h("img", { ...attributes, error: () => image.replaceWith(link()) });
  return h("div", { class: "picture" }, image);
}

function isLocal(url) {
  return /^files\/[\w.-]+$/.test(url);
}

/** The URL of one of this server's files, or any that may be followed; null for all else. */
function addressOf(url, view) {
  return isLocal(url) ? new URL(url, view.config.base) : safeLink(url);
}

function linkTo(url, label, kind, isFile = false) {
  if (!url || url.protocol === "mailto:") return h("span", { class: "words" }, label);
  return h("a", { ...OUTWARD, href: url.href, class: kind, title: url.href, download: isFile && label }, label);
}
