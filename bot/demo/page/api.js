// The only module that talks to the server. Contract: GET /control/state, /stored, /raw; POST /act, /clock, /team-answer.
// With several workspaces, each of them has these under /w/<team>; the page of all asks /control/workspaces, /uninstall.

/** The path of this page's workspace; empty where there is one workspace only. */
export const BASE = location.pathname.match(/^\/w\/[^/]+/)?.[0] ?? "";

const RETRY_MS = [400, 800, 1500, 3000];

async function read(path, params) {
  const answer = await fetch(`${BASE}${path}?${new URLSearchParams(params)}`, { cache: "no-store" });
  const body = await answer.json().catch(() => null);
  if (!answer.ok || body === null) throw new Error(body?.error ?? `${path} answered ${answer.status}.`);
  return body;
}

async function send(path, body) {
  try {
    const answer = await fetch(`${BASE}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const result = await answer.json().catch(() => null);
    return result ?? { ok: false, error: `The local workspace answered ${answer.status}.` };
  } catch {
    return { ok: false, error: "The local workspace does not answer. Is it still running?" };
  }
}

/** What `as` sees in their client; without `as` the server chooses who you are. */
export const getState = (as) => read("/control/state", as ? { as } : {});

/** Every table and file the bot has stored. */
export const getStored = () => read("/control/stored", {});

/** At most 64 kB of one stored file from `offset` on, 16 bytes a line. */
export const getRaw = (path, offset) => read("/control/raw", { path, offset });

/** One thing a member does; returns `{ok}` or `{ok: false, error|errors}`. */
export const act = (as, what) => send("/control/act", { as, ...what });

/** Moves the workspace's clock by `{advance_s}` or to `{to}`; returns when what was due has happened. */
export const moveClock = (how) => send("/control/clock", how);

/** All other members of the channel answer the prompt at `ts` with invented answers. */
export const teamAnswer = (as, channel, ts) => send("/control/team-answer", { as, channel, ts });

/** All workspaces: `{app, install_url, workspaces: [{id, name, organization, installed, org_wide, page}]}`. */
export const getWorkspaces = () => read("/control/workspaces", {});

/** Uninstalls the app from this workspace, or from its organization if that has installed it. */
export const uninstall = (team) => send("/control/uninstall", { team_id: team });

/** All bytes of one stored file, fetched piece by piece. */
export async function getBytes(path) {
  const pieces = [];
  let offset = 0;
  let size = 1;
  while (offset < size) {
    const part = await getRaw(path, offset);
    size = part.size;
    const bytes = part.lines.flatMap((line) => bytesOf(line.hex));
    if (bytes.length === 0) break;
    pieces.push(bytes);
    offset += bytes.length;
  }
  return Uint8Array.from(pieces.flat());
}

/** The numbers of a line such as "53 51 4c". */
export function bytesOf(hex) {
  return (hex.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => parseInt(pair, 16));
}

/**
 * Listens for changes and reconnects by itself until the returned function is called.
 * @param {string} as
 * @param {{changed: () => void, online: (on: boolean) => void}} on
 * @param {string} [base] the path of another workspace than this page's
 * @returns {() => void} stops listening
 */
export function listen(as, on, base = BASE) {
  let socket = null;
  let tries = 0;
  let timer = 0;
  let over = false;
  const connect = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}${base}/control/events?${new URLSearchParams({ as })}`);
    socket.onopen = () => {
      tries = 0;
      on.online(true);
      on.changed();
    };
    socket.onmessage = () => on.changed();
    socket.onclose = () => {
      if (over) return;
      if (tries > 0) on.online(false);
      timer = setTimeout(connect, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
      tries += 1;
    };
  };
  connect();
  return () => {
    over = true;
    clearTimeout(timer);
    socket?.close();
  };
}
