// One device that was found: what it is, how well it is heard, whose it is, and the button that assigns it.

import { batteryFact, signalFact } from "./condition.js";
import { element, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { session } from "./session.js";
import { span } from "./text.js";
import { WORDS } from "./words.js";

const { scan: SCAN } = WORDS;

export class FoundRow {
  // assign(device) is called when its button is tapped.
  constructor(assign) {
    this.name = element("b.clip");
    this.about = element("span.quiet.about");
    this.signal = element("span.fact");
    this.battery = element("span.fact");
    this.owner = element("span.clip");
    this.button = element("button", { type: "button" }, SCAN.add);
    this.button.addEventListener("click", () => assign(this.device));
    const facts = element("span.condition", {}, this.signal, this.battery);
    this.root = element("li.found", {}, element("span.called", {}, this.name, this.about, this.owner), facts, this.button);
  }

  show(device, node) {
    this.device = device;
    const name = calledOf(device);
    setText(this.name, name);
    setAttribute(this.name, "title", name);
    setText(this.about, [device.address, lookOf(device), device.used_by && SCAN.usedBy(device.used_by)].filter(Boolean).join(", "));
    const source = ownerOf(device, node);
    setText(this.owner, source === undefined ? "" : SCAN.isSource(source.name, titleOf(source, node)));
    this.owner.hidden = source === undefined;
    setFact(this.signal, node.isLost ? null : heardOf(device));
    setFact(this.battery, node.isLost ? null : batteryFact(device.battery_pct));
    setAttribute(this.root, "data-faded", device.faded ? "" : null);
    setAttribute(this.button, "aria-label", SCAN.addOf(name));
    this.button.disabled = node.isLost;
    this.button.hidden = !session.may(source === undefined ? "configure" : "assign");
  }
}

export function calledOf({ name, kind, address }) {
  return name || `${SCAN.kinds[kind]} ${address.slice(-5)}`;
}

function lookOf({ decoder, kind, services }) {
  if (decoder) return SCAN.looksLike(decoder);
  return services.join(", ") || (kind === "port" ? SCAN.unlike : "");
}

function heardOf({ connected, faded, age_s: ageS, rssi_dbm: dbm }) {
  if (faded) return { text: SCAN.unheard(span(ageS)) };
  return connected ? { text: SCAN.connected } : signalFact(dbm);
}

// The source that has a device, as it is now: also one that was made of it since it was looked for.
export function ownerOf({ source, link }, node) {
  return node.status.sources.find((each) => each.name === source || each.link === link);
}

function titleOf({ subject }, node) {
  return node.status.subjects.find(({ name }) => name === subject)?.title ?? subject;
}

function setFact(target, fact) {
  const { text, icon: shape = "", warns = false } = fact ?? { text: "" };
  target.hidden = text === "";
  setAttribute(target, "data-warn", warns ? "" : null);
  if (target.dataset.shape !== shape) {
    target.dataset.shape = shape;
    target.replaceChildren(...(shape ? [icon(shape)] : []), element("span"));
  }
  if (target.lastChild === null) target.append(element("span"));
  setText(target.lastChild, text);
}
