// Changes of the configuration: under the ETag of what was seen, so that nobody overwrites another's, and each can be
// taken back.

import { get, send } from "./api.js";
import { session } from "./session.js";
import { WORDS } from "./words.js";

const CONFIGURATION = "/api/v1/configuration";
export const CONFLICT = 412;

// What holds now: {ok, body: {etag, values, …}}.
export function seen() {
  return get(CONFIGURATION);
}

export function edit(edits, etag) {
  return send("PATCH", CONFIGURATION, { edits }, matching(etag));
}

// The road of those who may assign and no more.
export function assign(source, subject, etag) {
  return send("POST", `/api/v1/sources/${encodeURIComponent(source)}/assign`, { subject }, matching(etag));
}

// Takes a change back, {before, after} as ETags; answers as the API does. Who may do no more than assign assigns as it
// was, by the change's {back}: pairs of source and subject.
export function takeBack({ before, after, back = [] }) {
  return session.may("configure") ? goBack(before, after) : assignBack(back, after);
}

// Goes back to the version that held before.
async function goBack(before, after) {
  const versions = await get(`${CONFIGURATION}/versions`);
  if (!versions.ok) return versions;
  const version = versions.body.find(({ etag }) => etag === before);
  if (version === undefined) return { ok: false, status: 404, body: { detail: WORDS.devices.undoGone, errors: [] } };
  return send("POST", `${CONFIGURATION}/versions/${version.number}/restore`, undefined, matching(after));
}

async function assignBack(back, after) {
  let answer = { ok: false, status: 0, body: { detail: WORDS.devices.undoGone, errors: [] } };
  let etag = after;
  for (const [source, subject] of back) {
    answer = await assign(source, subject, etag);
    if (!answer.ok) return answer;
    etag = answer.body.etag;
  }
  return answer;
}

// Each mistake of a refusal with the last part of its place, such as "decoder"; at least the whole of it.
export function mistakesOf({ detail, errors = [] }) {
  const placed = errors.map((mistake) => ({ key: mistake.pointer.split("/").at(-1), text: mistake.detail }));
  return placed.length > 0 ? placed : [{ key: "", text: detail }];
}

function matching(etag) {
  return { "If-Match": `"${etag}"` };
}
