// An entry of the audit log, as one reads it.

import { element } from "./dom.js";
import { State } from "./state.js";
import { momentOf } from "./text.js";
import { WORDS } from "./words.js";

const { audit: AUDIT } = WORDS.access;
const API = "/api/v1/";
const ICONS = { done: "dot", failed: "wave", refused: "cross" };

export function auditEntry(entry, node) {
  const [outcome, status] = entry.outcome.split(" ");
  const state = new State();
  const word = AUDIT.outcomes[outcome] ?? outcome;
  state.show({ word: outcome === "done" ? word : `${word} (${status})`, icon: ICONS[outcome] ?? "bar" }, node);
  const change = AUDIT.change(entry.before, entry.after);
  return element(
    "li.card.deed",
    {},
    element("p.title", {}, AUDIT.about(nameOf(entry.what), entry.target)),
    element("time.quiet", { datetime: entry.at }, momentOf(entry.at, node)),
    state.root,
    element("p", {}, AUDIT.from(entry.who, entry.role, entry.address)),
    ...(change ? [element("p.change", {}, change)] : []),
    element("p.quiet.request", {}, element("code", {}, entry.what)),
  );
}

// "DELETE /api/v1/accounts/eve" by the pattern "DELETE accounts/*"; itself where there is none.
function nameOf(what) {
  const [method, path = ""] = what.split(" ");
  const parts = path.replace(API, "").split("/");
  const found = Object.entries(AUDIT.requests).find(([pattern]) => {
    const [wanted, form] = pattern.split(" ");
    const places = form.split("/");
    return wanted === method && places.length === parts.length && places.every((place, n) => place === "*" || place === parts[n]);
  });
  return found?.[1] ?? what;
}
