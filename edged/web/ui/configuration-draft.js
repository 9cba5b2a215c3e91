// The draft: one text, that the form and the text field change alike. The node makes the form's edits to it, and says
// what is wrong with it and what it would change; nothing holds until it is applied.

import { get, send } from "./api.js";
import { asSaid } from "./configuration-schema.js";

const PATH = "/api/v1/configuration";
const TYPED_MS = 300; // so long nobody types before it is checked

export class Draft {
  // changed() is called when there is something else to show.
  constructor(changed) {
    this.changed = changed;
    this.base = null; // what holds, as the draft began from it
    this.reason = "";
    this.revision = 0;
    this.isReadOnly = false; // who looks at it may not change it
    this.isAsking = false;
    this.asking = Promise.resolve();
    this.generation = 0;
    this.reset({ text: "", said: {} });
  }

  begin(base) {
    this.reset(base);
    this.tell();
  }

  reset({ text, said }) {
    clearTimeout(this.timer);
    this.text = text;
    this.said = said;
    this.errors = [];
    this.plan = null;
    this.difference = "";
    this.edits = [];
    this.problem = "";
    this.isCutOff = false; // what is asked is asked again once there is a connection
    this.isUnchecked = false;
    this.isRebuilt = false;
    this.holds = this.base?.etag ?? "";
    this.generation += 1;
  }

  get isDirty() {
    return this.base !== null && (this.text !== this.base.text || this.edits.length > 0);
  }

  // Whether somebody else has changed what holds since the draft began.
  get isOvertaken() {
    return this.base !== null && this.holds !== this.base.etag;
  }

  get isSettled() {
    return !this.isAsking && !this.isUnchecked;
  }

  tell() {
    this.revision += 1;
    this.changed();
  }

  // Takes what holds. Resolves to whether it could be had.
  async load() {
    const { ok, body } = await get(PATH);
    this.reason = ok ? "" : body.detail;
    if (ok) this.takeBase(body);
    else this.tell();
    return ok;
  }

  takeBase(body) {
    this.base = body;
    this.begin(body);
    if (Object.keys(body.values).length === 0 && !this.isReadOnly) this.check(); // in safe mode: what is wrong with what holds
  }

  // What holds was looked at again: it is taken, or where there is a draft, somebody else may have been faster.
  notice(body) {
    if (!this.isDirty && body.etag !== this.base.etag) this.takeBase(body);
    else {
      if (body.etag === this.base.etag) this.base = body;
      this.holds = body.etag;
      this.tell();
    }
  }

  // An edit of the form; {op, path, value} as the API takes it.
  edit(edit) {
    const key = JSON.stringify(edit.path);
    this.edits = this.edits.filter((other) => other.isSent || other.op !== "set" || JSON.stringify(other.path) !== key);
    this.edits.push(edit);
    if (edit.op === "set" && edit.path.length > 1) this.said = asSaid(this.said, edit.path, edit.value);
    else this.isRebuilt = true; // what else is addressed by its place has to wait
    this.soon(edit.op === "set" ? TYPED_MS : 0);
  }

  // The whole text, as it is typed or imported.
  write(text) {
    this.text = text;
    this.generation += 1;
    this.soon(TYPED_MS);
  }

  soon(afterMs) {
    this.isUnchecked = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), afterMs);
    this.tell();
  }

  check(base) {
    clearTimeout(this.timer);
    if (this.isAsking) this.isUnchecked = true; // once there is an answer, it goes on by itself
    else this.asking = this.ask(base);
    return this.asking;
  }

  async ask(base) {
    this.isAsking = true;
    this.isUnchecked = this.isCutOff = false;
    const { generation, edits } = this;
    const sent = edits.map(({ op, path, value }) => ({ op, path, value: value ?? null }));
    edits.forEach((edit) => (edit.isSent = true));
    this.tell();
    const answer = await send("POST", `${PATH}/draft`, { text: this.text, edits: sent, base: base ?? null });
    this.isAsking = false;
    if (generation === this.generation || sent.length > 0) this.take(answer, edits, generation);
    if (this.isUnchecked) this.soon(0);
  }

  take(answer, edits, generation) {
    const { ok, body, status } = answer;
    this.problem = ok ? "" : body.detail;
    if (ok && generation === this.generation) {
      this.edits = this.edits.filter((edit) => !edits.includes(edit));
      this.text = body.text;
      this.errors = body.errors;
      this.plan = body.plan;
      this.difference = body.difference;
      this.holds = body.etag;
      this.isRebuilt = this.edits.some((edit) => edit.op !== "set");
      this.said = this.edits.reduce((said, { path, value }) => asSaid(said, path, value), body.said);
    } else if (ok || status === 0) {
      this.edits.forEach((edit) => (edit.isSent = false)); // made to the newer text, or once there is a connection
      this.isUnchecked ||= ok;
      this.isCutOff = !ok;
    } else {
      this.edits = this.edits.filter((edit) => !edits.includes(edit));
      this.isRebuilt = false;
      this.plan = null;
    }
    this.tell();
  }

  discard() {
    this.begin(this.base);
  }

  // Goes on from what holds now, with what is mine on top.
  async rebase() {
    while (this.isAsking) await this.asking;
    const answer = await get(PATH);
    if (!answer.ok) return answer;
    const { text } = this.base;
    this.base = answer.body;
    this.holds = answer.body.etag;
    await this.check(text);
    return answer;
  }

  // It was applied, or an earlier version was: what holds now is fetched, as soon as there is a connection.
  async settle(plan) {
    this.base = { ...this.base, text: plan.text, etag: plan.etag, said: this.said };
    this.begin(this.base);
    const { ok, body } = await get(PATH);
    if (ok) this.takeUnlessDirty(body);
    return ok;
  }

  // Meanwhile somebody may have typed on.
  takeUnlessDirty(body) {
    if (this.isDirty) this.notice(body);
    else this.takeBase(body);
  }

  // Applies the text; resolves to the answer. Where it is 412, somebody was faster.
  async apply() {
    const { etag } = this.base;
    const answer = await send("PUT", PATH, { text: this.text }, { "If-Match": `"${etag}"` });
    if (answer.status === 412) this.holds = answer.body.etag;
    this.problem = answer.ok || answer.status === 412 ? "" : answer.body.detail;
    this.tell();
    return answer;
  }
}
