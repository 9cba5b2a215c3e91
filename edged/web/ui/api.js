// The API, as every view asks it: an answer always comes, also where the node is out of reach.

import { WORDS } from "./words.js";

const PROBLEM_MIN = 400;
const NOBODY = 401;
const SESSION = "/api/v1/session"; // where the same number says that the password is wrong
let token = "";
let stranger = () => {};

// The session's token against forged requests, once there is a session.
export function setToken(value) {
  token = value;
}

// Calls back when the node does not know any more who asks: the session is over.
export function whenStranger(callback) {
  stranger = callback;
}

export function get(path) {
  return ask(path, {});
}

export function send(method, path, body, headers = {}) {
  const content = body === undefined ? {} : { "Content-Type": "application/json" };
  return ask(path, {
    method,
    headers: { ...content, ...proof(), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

// Sends a file as it is.
export function upload(path, file) {
  return ask(path, { method: "POST", headers: { "Content-Type": "application/octet-stream", ...proof() }, body: file });
}

function proof() {
  return token === "" ? {} : { "X-Edged-CSRF": token };
}

// As get, with a body that is a Blob where ok is true, and the name that it is to have.
export async function getFile(path) {
  try {
    const answer = await fetch(path);
    if (answer.status === NOBODY) stranger();
    if (!answer.ok) return explained(answer);
    const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "";
    return { ok: true, status: answer.status, body: await answer.blob(), headers: answer.headers, name };
  } catch {
    return { ok: false, status: 0, body: unexplained(0), headers: new Headers() };
  }
}

// {ok, status, body, headers}; body is a problem document (RFC 9457) where ok is false, also with status 0.
async function ask(path, options) {
  try {
    const answer = await fetch(path, options);
    if (answer.status === NOBODY && path !== SESSION) stranger();
    return await explained(answer);
  } catch {
    return { ok: false, status: 0, body: unexplained(0), headers: new Headers() };
  }
}

async function explained(answer) {
  const text = await answer.text();
  const isJson = /[/+]json/.test(answer.headers.get("Content-Type") ?? "");
  const body = isJson && text !== "" ? JSON.parse(text) : text;
  const { ok, status, headers } = answer;
  return ok || isJson ? { ok, status, body, headers } : { ok, status, body: unexplained(status), headers };
}

function unexplained(status) {
  const detail = status >= PROBLEM_MIN ? WORDS.answered(status) : WORDS.didNotAnswer;
  return { title: "", status, detail, errors: [] };
}
