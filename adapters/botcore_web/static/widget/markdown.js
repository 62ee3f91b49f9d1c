// Light Markdown -> tree -> elements. The tree knows six kinds of inline and five kinds of block, and rendering makes
// text nodes only: HTML, images and unknown link targets stay the characters they are.

import { h, plainName } from "./dom.js";

const MAX_MARKED_UP = 20000; // longer texts are shown as they are
const MAX_DEPTH = 6;
const ESCAPABLE = /[\\`*_[\]()<>#+\-.!~|{}]/;
const BARE_LINK = /https?:\/\/[^\s<>"'`*，。；：！？、（）【】《》「」]+/iy;
const ANGLE_LINK = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/iy;
const LINK = /!?\[((?:[^\][\\\n]|\\.){0,500})\]\(\s*<?([^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+"[^"\n]*")?\s*\)/y;
const ITEM = /^\s{0,6}(?:([-*+•])|(\d{1,3})[.)])\s+(.*)$/;
const FENCE = /^\s{0,3}```/;

/** The address if it may be followed: http, https or mailto, in full, without tricks; else null. */
export function safeLink(raw) {
  const text = plainName(raw);
  if (!/^(https?:\/\/|mailto:)[^\s\\\u0000-\u0020]+$/i.test(text)) return null;
  try {
    const url = new URL(text);
    const isPlain = !url.username && !url.password;
    return isPlain && ["https:", "http:", "mailto:"].includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/** Inline text as a list of nodes: {kind: text|break|code|strong|em|link, text?, children?, url?, label?}. */
export function inlines(text, depth = 0) {
  const nodes = [];
  const missing = new Set(); // markers known to have no partner further on: keeps this linear
  let plain = "";
  const push = (node) => {
    if (plain) nodes.push({ kind: "text", text: plain });
    plain = "";
    nodes.push(node);
  };
  for (let i = 0; i < text.length; ) {
    const found = depth < MAX_DEPTH ? special(text, i, depth, missing) : null;
    if (!found) plain += text[i++];
    else {
      if (found.node) push(found.node);
      else plain += found.plain;
      i = found.end;
    }
  }
  if (plain) nodes.push({ kind: "text", text: plain });
  return nodes;
}

function special(text, i, depth, missing) {
  switch (text[i]) {
    case "\n":
      return { node: { kind: "break" }, end: i + 1 };
    case "\\":
      return ESCAPABLE.test(text[i + 1] ?? "") ? { plain: text[i + 1], end: i + 2 } : null;
    case "`":
      return code(text, i, missing);
    case "*":
    case "_":
      return emphasis(text, i, depth, missing);
    case "!":
    case "[":
      return link(text, i);
    case "<":
      return bareLink(text, i, ANGLE_LINK);
    case "h":
    case "H":
      return /[A-Za-z0-9]/.test(text[i - 1] ?? "") ? null : bareLink(text, i, BARE_LINK);
    default:
      return null;
  }
}

function code(text, i, missing) {
  let length = 1;
  while (text[i + length] === "`") length++;
  const ticks = "`".repeat(length);
  const end = missing.has(ticks) ? -1 : text.indexOf(ticks, i + length);
  if (end < 0) {
    missing.add(ticks);
    return { plain: ticks, end: i + length };
  }
  return { node: { kind: "code", text: text.slice(i + length, end).trim() }, end: end + length };
}

function emphasis(text, i, depth, missing) {
  const letter = text[i];
  const marker = text[i + 1] === letter ? letter + letter : letter;
  const start = i + marker.length;
  const isWordy = letter === "_" && /[\p{L}\p{N}]/u.test(text[i - 1] ?? "");
  const isTimes = /^\d\*+\d$/.test(text.slice(i - 1, start + 1)); // 45*30*18 cm
  if (missing.has(marker) || isWordy || isTimes || /^(\s|$)/.test(text.slice(start, start + 1))) {
    return { plain: marker, end: start };
  }
  for (let end = text.indexOf(marker, start + 1); end >= 0; end = text.indexOf(marker, end + marker.length)) {
    const after = text[end + marker.length] ?? "";
    const isHalf = marker.length === 1 && (after === letter || text[end - 1] === letter);
    const isInWord = letter === "_" && /[\p{L}\p{N}]/u.test(after);
    if (isHalf || isInWord || /\s/.test(text[end - 1]) || text[end - 1] === "\\") continue;
    const children = inlines(text.slice(start, end), depth + 1);
    return { node: { kind: marker.length === 2 ? "strong" : "em", children }, end: end + marker.length };
  }
  missing.add(marker);
  return { plain: marker, end: start };
}

function link(text, i) {
  LINK.lastIndex = i;
  const match = LINK.exec(text);
  const url = match && safeLink(match[2]);
  if (!match) return null;
  if (!url) return { plain: match[0], end: LINK.lastIndex };
  const label = plainName(match[1]).trim() || url.href;
  return { node: { kind: "link", url, label }, end: i + match[0].length };
}

function bareLink(text, i, pattern) {
  pattern.lastIndex = i;
  const match = pattern.exec(text);
  if (!match) return null;
  const raw = match[1] ?? match[0].replace(/[.,;:!?)\]}'"]+$/, "");
  const url = safeLink(raw);
  if (!url) return { plain: match[0], end: i + match[0].length };
  const label = /^[\x21-\x7e]+$/.test(raw) ? raw : url.href;
  const length = match[1] ? match[0].length : raw.length;
  return { node: { kind: "link", url, label }, end: i + length };
}

/** The text as a list of blocks: {kind: paragraph|heading|quote|code|list, ...}. */
export function blocks(text) {
  const lines = text.split("\n");
  const result = [];
  let paragraph = [];
  const flush = () => {
    if (paragraph.length) result.push({ kind: "paragraph", children: inlines(paragraph.join("\n")) });
    paragraph = [];
  };
  for (let n = 0; n < lines.length; n++) {
    const line = lines[n];
    const heading = /^\s{0,3}#{1,6}\s+(.*?)\s*#*$/.exec(line);
    const quote = /^\s{0,3}>\s?(.*)$/.exec(line);
    if (FENCE.test(line)) {
      flush();
      const end = lines.findIndex((other, m) => m > n && FENCE.test(other));
      result.push({ kind: "code", text: lines.slice(n + 1, end < 0 ? undefined : end).join("\n") });
      n = end < 0 ? lines.length : end;
    } else if (ITEM.test(line)) {
      flush();
      const end = lines.findIndex((other, m) => m > n && !ITEM.test(other) && !/^\s{2,}\S/.test(other));
      result.push(list(lines.slice(n, end < 0 ? undefined : end)));
      n = (end < 0 ? lines.length : end) - 1;
    } else if (heading || quote) {
      flush();
      result.push({ kind: heading ? "heading" : "quote", children: inlines((heading ?? quote)[1]) });
    } else if (!line.trim()) flush();
    else paragraph.push(line);
  }
  flush();
  return result;
}

function list(lines) {
  const [, , number] = ITEM.exec(lines[0]);
  const items = [];
  for (const line of lines) {
    const match = ITEM.exec(line);
    if (match) items.push(match[3]);
    else items[items.length - 1] += "\n" + line.trim();
  }
  return { kind: "list", start: number === undefined ? null : Number(number), items: items.map((item) => inlines(item)) };
}

/** The text as a fragment of elements from a fixed list. */
export function markdown(text) {
  const fragment = document.createDocumentFragment();
  if (text.length > MAX_MARKED_UP) fragment.append(h("p", {}, text));
  else fragment.append(...blocks(text).map(renderBlock));
  return fragment;
}

function renderBlock(block) {
  switch (block.kind) {
    case "code":
      return h("pre", { tabindex: 0 }, h("code", {}, block.text));
    case "list": {
      const items = block.items.map((item) => h("li", {}, ...item.map(renderInline)));
      return block.start === null ? h("ul", {}, ...items) : h("ol", { start: block.start }, ...items);
    }
    case "heading":
      return h("p", {}, h("strong", {}, ...block.children.map(renderInline)));
    case "quote":
      return h("blockquote", {}, ...block.children.map(renderInline));
    default:
      return h("p", {}, ...block.children.map(renderInline));
  }
}

function renderInline(node) {
  switch (node.kind) {
    case "text":
      return document.createTextNode(node.text);
    case "break":
      return h("br");
    case "code":
      return h("code", {}, node.text);
    case "link":
      return renderLink(node);
    default:
      return h(node.kind, {}, ...node.children.map(renderInline));
  }
}

/** A link that says where it leads when its words name another place. */
function renderLink({ url, label }) {
  const named = /^(?:https?:\/\/)?((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})/iu.exec(label);
  const isHonest = !named || url.protocol === "mailto:" || named[1].toLowerCase() === url.hostname;
  const words = isHonest ? label : `${label} (${url.hostname})`;
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow ugc", title: url.href }, words);
}
