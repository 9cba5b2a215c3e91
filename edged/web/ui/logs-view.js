// Logs: the last lines of the log, the newest last, and those that come.

import { get } from "./api.js";
import { arrange, element, setSentence, setText } from "./dom.js";
import { LogFilter } from "./log-filter.js";
import { lineOf } from "./log-line.js";
import { WORDS } from "./words.js";

const { logs: LOGS } = WORDS;
const KEPT = 500; // lines, here as in the node
const ASK_MS = 2000;
const AT_END_PX = 24;

export class LogsView {
  // changed() is called when there is something else to show.
  constructor(node, changed) {
    this.node = node;
    this.changed = changed;
    this.records = null; // oldest first
    this.passedBy = []; // came while somebody reads further up
    this.held = []; // those of them that the filter lets through
    this.run = "";
    this.after = 0;
    this.askedMs = -Infinity;
    this.reason = "";
    this.filter = new LogFilter(() => this.rebuild());
    this.follow = element("input", { type: "checkbox" });
    this.follow.checked = true;
    this.follow.addEventListener("change", () => this.follow.checked && this.toEnd());
    this.count = element("span.quiet", { role: "status" });
    this.problem = element("p.mistake", { role: "alert" });
    this.lines = element("div.log-lines", { tabindex: 0, role: "region", "aria-label": LOGS.lines });
    this.lines.addEventListener("scroll", () => this.isFollowing && this.held.length > 0 && this.toEnd());
    this.fresh = element("button.primary", { type: "button", hidden: "" });
    this.fresh.addEventListener("click", () => this.toEnd());
    this.first = element("p.waiting", {}, LOGS.loading);
    this.note = element("div.empty", {}, element("h2"), element("p"), element("button", { type: "button" }));
    this.note.lastChild.addEventListener("click", () => this.onNote());
    const bar = element("div.follow", {}, element("label", {}, this.follow, LOGS.follow), this.count);
    this.title = element("h1", { tabindex: -1 }, WORDS.views.logs);
    this.list = element("div.list", {}, this.lines, this.fresh);
    this.head = [this.title, this.filter.root, bar, this.problem];
    this.root = element("section.logs-view", {}, this.title);
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.lines;
    return scrollHeight - scrollTop - clientHeight < AT_END_PX;
  }

  get isFollowing() {
    return this.follow.checked && this.isAtEnd;
  }

  open() {
    this.askedMs = -Infinity;
    this.toEnd();
  }

  show(node) {
    if (!node.isLost && !this.isAsking && performance.now() - this.askedMs > ASK_MS) this.ask();
    const problem = node.isLost ? LOGS.lost : this.reason && LOGS.stopped(this.reason);
    setText(this.problem, problem);
    this.problem.hidden = problem === "";
    if (this.records === null) {
      if (this.reason) this.say(LOGS.failed.title, this.reason, LOGS.failed.again);
      arrange(this.root, [this.title, this.reason ? this.note : this.first]);
      return;
    }
    const all = this.records.length + this.held.length;
    const shown = this.lines.children.length;
    setText(this.count, LOGS.shown(shown, all - this.held.length));
    setText(this.fresh, LOGS.newLines(this.held.length));
    this.fresh.hidden = this.held.length === 0;
    if (all === 0) this.say(LOGS.empty.title, LOGS.empty.text, "");
    else if (shown === 0) this.say(LOGS.noMatch.title, LOGS.noMatch.text, LOGS.noMatch.button);
    arrange(this.root, [...this.head, shown === 0 && this.held.length === 0 ? this.note : this.list]);
  }

  say(title, text, button) {
    const [heading, sentence, way] = this.note.children;
    setText(heading, title);
    setSentence(sentence, text);
    setText(way, button);
    way.hidden = button === "";
  }

  onNote() {
    if (this.records === null) this.ask();
    else {
      this.filter.clear();
      this.rebuild();
    }
  }

  async ask() {
    this.isAsking = true;
    this.askedMs = performance.now();
    const query = this.records === null ? "" : `&after=${this.after}`;
    const { ok, body } = await get(`/api/v1/logs?limit=${KEPT}${query}`);
    this.isAsking = false;
    this.reason = ok ? "" : body.detail;
    if (ok && this.records !== null && body.run !== this.run) await this.beginAnew();
    else if (ok) this.take(body);
    this.changed();
  }

  // The daemon has started again, and counts anew: what it told before stays.
  async beginAnew() {
    const { ok, body } = await get(`/api/v1/logs?limit=${KEPT}`);
    if (ok) this.take({ ...body, records: [{ isBeginning: true }, ...body.records] });
  }

  take({ run, after, records }) {
    const isFirst = this.records === null;
    this.run = run;
    this.after = after;
    this.filter.learn(records);
    if (isFirst) {
      this.records = records;
      this.rebuild();
    } else if (this.isFollowing || !this.lines.isConnected) {
      this.add(records);
    } else {
      this.held = [...this.held, ...records.filter((record) => this.filter.passes(record))].slice(-KEPT);
      this.passedBy = [...this.passedBy, ...records].slice(-KEPT);
    }
  }

  add(records) {
    this.records = [...this.records, ...records].slice(-KEPT);
    const nowMs = this.node.nowMs();
    this.lines.append(...records.filter((record) => this.filter.passes(record)).map((record) => lineOf(record, nowMs)));
    while (this.lines.children.length > KEPT) this.lines.firstChild.remove();
    this.lines.scrollTop = this.lines.scrollHeight;
  }

  // Shows what came meanwhile.
  toEnd() {
    const came = this.passedBy;
    this.held = this.passedBy = [];
    if (this.records !== null) this.add(came);
    this.changed();
    this.lines.scrollTop = this.lines.scrollHeight;
  }

  rebuild() {
    const nowMs = this.node.nowMs();
    this.records = [...this.records, ...this.passedBy].slice(-KEPT);
    this.held = this.passedBy = [];
    this.lines.replaceChildren(...this.records.filter((record) => this.filter.passes(record)).map((record) => lineOf(record, nowMs)));
    this.changed();
    this.lines.scrollTop = this.lines.scrollHeight;
  }
}
