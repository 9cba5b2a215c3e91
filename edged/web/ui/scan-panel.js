// The look around: begun by a button, asked for each second while it is seen, ended by itself.

import { get, send } from "./api.js";
import { arrange, element, setText } from "./dom.js";
import { FoundRow } from "./found-row.js";
import { session } from "./session.js";
import { StrengthOrder } from "./strength-order.js";
import { WORDS } from "./words.js";

const { scan: SCAN } = WORDS;
const ASK_MS = 1000;
const HELD_MS = 3000; // so long after a touch nothing moves: the tap may be the next thing
const PATH = "/api/v1/scan";

export class ScanPanel {
  // assign(device, decoders) is called for the device whose button is tapped.
  constructor(assign) {
    this.node = null;
    this.scan = null;
    this.upS = 0;
    this.touchedAt = -Infinity;
    this.order = new StrengthOrder();
    this.rows = new Map();
    this.assign = (device) => assign(device, this.scan.decoders);
    this.button = element("button.primary", { type: "button" }, SCAN.start);
    this.button.addEventListener("click", () => this.begin());
    this.state = element("span.quiet", {}, SCAN.hint);
    this.mistake = element("ul.mistake", { role: "alert" });
    this.nothing = element("p.quiet", {}, SCAN.nothing);
    this.list = element("ul.around", { "aria-label": SCAN.title });
    this.summary = element("summary");
    this.others = element("ul.around", { "aria-label": SCAN.title });
    this.more = element("p.quiet");
    this.rest = element("details", {}, this.summary, this.others, this.more);
    this.lists = element("div", {}, this.nothing, this.list, this.rest);
    this.lists.addEventListener("pointerdown", () => {
      this.touchedAt = performance.now();
    });
    const head = element("div.scan-head", {}, element("h2", {}, SCAN.title), this.button, this.state);
    this.root = element("section.scan.card", {}, head, this.mistake, this.lists);
  }

  // The view is seen again: what was found may have gone on.
  open() {
    if (this.scan?.running) this.ask();
  }

  // A node that began anew knows nothing of what was found before.
  forgetOld({ up_s: upS }) {
    if (upS < this.upS) this.scan = null;
    this.upS = upS;
  }

  async begin() {
    this.take(await send("POST", PATH));
    this.later();
  }

  async ask() {
    this.take(await get(PATH));
    this.later();
  }

  later() {
    clearTimeout(this.timer);
    if (this.scan?.running) this.timer = setTimeout(() => this.root.isConnected && this.ask(), ASK_MS);
  }

  take(answer) {
    if (answer.ok) this.scan = answer.body;
    this.refused = answer.ok ? "" : answer.body.detail;
    if (!answer.ok && this.scan !== null) this.scan.running = false;
    this.draw();
  }

  show(node) {
    this.node = node;
    this.forgetOld(node.status.node);
    this.root.hidden = !session.may("assign");
    if (node.isLost && this.scan !== null) this.scan.running = false;
    this.draw();
  }

  draw() {
    const { scan, node } = this;
    const isRunning = scan?.running === true;
    setText(this.button, isRunning || scan === null ? SCAN.start : SCAN.again);
    this.button.disabled = isRunning || node.isLost;
    setText(this.state, scan === null ? SCAN.hint : isRunning ? SCAN.left(Math.ceil(scan.left_s)) : SCAN.over);
    this.lists.hidden = scan === null;
    const problems = [this.refused, ...(scan?.problems ?? [])].filter(Boolean);
    this.mistake.hidden = problems.length === 0;
    arrange(this.mistake, problems.map((text, place) => said(this.mistake.children[place], text)));
    if (scan === null) return;
    const sorted = this.order.sort(scan.devices, performance.now(), this.isHeld);
    const useful = sorted.filter(({ kind }) => kind !== "other");
    const others = sorted.filter(({ kind }) => kind === "other");
    arrange(this.list, useful.map((device) => this.row(device)));
    arrange(this.others, others.map((device) => this.row(device)));
    this.nothing.hidden = useful.length > 0;
    setText(this.nothing, isRunning ? SCAN.nothing : SCAN.nothingOver);
    this.rest.hidden = others.length === 0;
    setText(this.summary, SCAN.others(others.length));
    this.more.hidden = scan.left_out === 0;
    setText(this.more, SCAN.leftOut(scan.left_out));
  }

  get isHeld() {
    return this.lists.matches(":focus-within") || performance.now() - this.touchedAt < HELD_MS;
  }

  row(device) {
    if (!this.rows.has(device.link)) this.rows.set(device.link, new FoundRow(this.assign));
    const row = this.rows.get(device.link);
    row.show(device, this.node);
    return row.root;
  }
}

function said(line, text) {
  const shown = line ?? element("li");
  setText(shown, text);
  return shown;
}
