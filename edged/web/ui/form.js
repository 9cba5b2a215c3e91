// A form: fields, a button, and what became of it. What is wrong stands beside its field, everything else above the button.

import { element, setAttribute, setSentence, setText } from "./dom.js";
import { span } from "./text.js";
import { WORDS } from "./words.js";

const TOO_MANY = 429;
const TICK_MS = 1000;

export class Form {
  // fields: by the names that the API has for them. send(values) resolves to the API's answer; done(body, values) is
  // called where it was taken.
  constructor(fields, verb, send, done) {
    this.fields = fields;
    this.verb = verb;
    this.send = send;
    this.done = done;
    this.isBusy = false;
    this.waitsUntil = 0;
    this.mistake = element("p.mistake", { role: "alert", hidden: "" });
    this.news = element("p.news", { role: "status" });
    this.button = element("button.primary", { type: "submit" }, verb);
    this.buttons = element("div.buttons", {}, this.button);
    const roots = Object.values(fields).map((field) => field.root);
    this.root = element("form.form", { novalidate: "" }, ...roots, this.mistake, this.news, this.buttons);
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  get values() {
    return Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, field.value]));
  }

  reset() {
    this.root.reset();
    this.clear();
    this.say("");
    for (const field of Object.values(this.fields)) field.reset?.();
  }

  say(text) {
    setText(this.news, text);
  }

  focus() {
    Object.values(this.fields)[0].control.focus();
  }

  async submit() {
    if (this.isBusy || this.waitsUntil > performance.now()) return;
    this.clear();
    this.say("");
    for (const field of Object.values(this.fields)) field.conceal?.();
    const { values } = this;
    if (!this.isFilledIn()) return;
    this.setBusy(true);
    const answer = await this.send(values);
    this.setBusy(false);
    if (answer.ok) this.done(answer.body, values);
    else this.refuse(answer);
  }

  isFilledIn() {
    for (const field of Object.values(this.fields)) {
      if (field.control.required && field.value === "") field.refuse(WORDS.form.missing);
    }
    return !this.focusMistake();
  }

  clear() {
    for (const field of Object.values(this.fields)) field.refuse("");
    this.blame("");
  }

  blame(text) {
    setSentence(this.mistake, text);
    this.mistake.hidden = text === "";
  }

  refuse({ status, body, headers }) {
    const placed = (body.errors ?? []).filter(({ pointer }) => pointer.split("/")[1] in this.fields);
    for (const { pointer, detail } of placed) this.fields[pointer.split("/")[1]].refuse(detail);
    if (placed.length === 0) this.blame(body.detail);
    if (status === TOO_MANY) this.wait(Number(headers.get("Retry-After")) || 1);
    else this.focusMistake();
  }

  focusMistake() {
    const wrong = this.root.querySelector("[aria-invalid=true]");
    wrong?.focus();
    return wrong !== null;
  }

  // Counts down on the button, and lets go.
  wait(seconds) {
    this.waitsUntil = performance.now() + seconds * 1000;
    const tick = () => {
      const left = Math.ceil((this.waitsUntil - performance.now()) / 1000);
      setAttribute(this.button, "aria-disabled", left > 0 ? "true" : null);
      setText(this.button, left > 0 ? WORDS.form.wait(span(left)) : this.verb);
      if (left > 0) setTimeout(tick, TICK_MS);
      else this.blame("");
    };
    tick();
  }

  setBusy(isBusy) {
    this.isBusy = isBusy;
    setAttribute(this.button, "aria-disabled", isBusy ? "true" : null);
    setText(this.button, isBusy ? WORDS.form.busy : this.verb);
  }
}
