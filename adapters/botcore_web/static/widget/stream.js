// Server-sent events over fetch: EventSource cannot send a header, and a token does not belong into an address.

/** Calls `onEvent({event, data, id})` for each event of a response, `onBytes()` for every sign of life; ends with it. */
export async function readEvents(response, onEvent, onBytes) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    onBytes();
    const frames = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = frames.pop();
    for (const frame of frames) {
      const event = parseFrame(frame);
      if (event.data !== undefined) onEvent(event);
    }
  }
}

function parseFrame(frame) {
  const fields = {};
  for (const line of frame.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, "");
  }
  return fields;
}

/** How long to wait before try number `tries` (0, 1, ...): doubling up to 30 s, jittered so that a crowd spreads. */
export function backoff(tries) {
  return Math.min(30000, 1000 * 2 ** tries) * (0.5 + Math.random() / 2);
}
