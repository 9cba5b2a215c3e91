// Whom does it measure? A tap on a subject assigns the device to them; a new one needs no more than a name.

import { assign, CONFLICT, edit, mistakesOf, seen } from "./changes.js";
import { element, setText } from "./dom.js";
import { Field } from "./field.js";
import { nameMistake, nameOf, numbered } from "./names.js";
import { session } from "./session.js";
import { Sheet } from "./sheet.js";
import { WORDS } from "./words.js";

const { assign: ASSIGN, devices: DEVICES } = WORDS;

export class AssignSheet {
  // target: {source: name} for a source that there is, or {found: device, called, decoders} for another device.
  // done(text, {before, after}) is called once it is assigned.
  constructor(target, done) {
    this.target = target;
    this.done = done;
    this.choices = element("ul.subject-choices");
    const heading = target.source === undefined ? ASSIGN.found(target.called) : ASSIGN.source(target.source);
    this.device = target.found ? new DeviceFields(target) : null;
    this.title = new Field(ASSIGN.newTitle, element("input", { type: "text", maxlength: 80, autocomplete: "off" }));
    const submit = element("button.primary", { type: "submit" }, ASSIGN.newSubmit);
    this.form = element("form", { novalidate: "" }, this.title.root, submit);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.chooseNew();
    });
    const another = element("details.another", {}, element("summary", {}, ASSIGN.another), this.form);
    another.hidden = !session.may("configure");
    this.sheet = new Sheet(heading, ...(this.device ? [this.device.root] : []), this.choices, another);
    this.looking = this.look();
  }

  // Shows how it stands now; what is chosen is chosen of that.
  async look() {
    const answer = await seen();
    this.sheet.refuse(answer.ok ? "" : answer.body.detail);
    if (!answer.ok) return;
    this.etag = answer.body.etag;
    const { subject: subjects = [], source: sources = [] } = answer.body.values;
    this.subjects = subjects;
    this.sources = sources;
    this.device?.know(sources.map(({ name }) => name));
    const present = sources.find(({ name }) => name === this.target.source)?.subject;
    const rows = subjects.map((subject) => {
      const owner = sources.find((source) => source.subject === subject.name)?.name;
      const isNow = owner !== undefined && owner === this.target.source;
      const hint = isNow ? ASSIGN.now : owner === undefined ? ASSIGN.free : ASSIGN.taken(owner);
      return this.choice(subject.title || subject.name, hint, isNow, () => this.choose(subject));
    });
    rows.push(this.choice(ASSIGN.nobody, ASSIGN.nobodyHint, present === null, () => this.choose(null)));
    this.choices.replaceChildren(...rows);
  }

  choice(name, hint, isNow, choose) {
    const words = [element("b", {}, name), element("span.quiet", {}, hint)];
    const button = element("button.subject-choice", { type: "button", "aria-current": isNow ? "true" : null }, ...words);
    button.addEventListener("click", choose);
    return element("li", {}, button);
  }

  choose(subject) {
    const text = subject === null ? ASSIGN.doneNobody : (source) => ASSIGN.done(source, subject.title || subject.name);
    if (this.device === null) {
      const name = subject?.name ?? null;
      return this.send(() => assign(this.target.source, name, this.etag), text(this.target.source), this.backOf(name));
    }
    return this.add([], subject?.name ?? null, text);
  }

  // Who taps before it is known how it stands waits for it.
  async chooseNew() {
    const title = this.title.value.trim();
    this.title.refuse(title === "" ? DEVICES.missing : "");
    if (title === "") {
      this.title.control.focus();
      return;
    }
    await this.looking;
    if (this.etag === undefined) await this.look();
    if (this.etag === undefined) return;
    const name = nameOf(title, "player", this.subjects.map((subject) => subject.name));
    const added = [{ op: "add", path: ["subject"], value: { name, title } }];
    const text = (source) => ASSIGN.done(source, title);
    if (this.device !== null) {
      this.add(added, name, text);
      return;
    }
    const { source } = this.target;
    const edits = [...added, { op: "set", path: ["source", source, "subject"], value: name }];
    this.send(() => edit(edits, this.etag), text(source));
  }

  // A new source, after whoever measured the subject before was told to let go.
  add(edits, subject, text) {
    if (!this.device.isGood()) return undefined;
    const value = { ...this.device.value, subject };
    const freed = this.sources.filter((source) => subject !== null && source.subject === subject);
    const frees = freed.map(({ name }) => ({ op: "set", path: ["source", name, "subject"], value: null }));
    const all = [...edits, ...frees, { op: "add", path: ["source"], value }];
    return this.send(() => edit(all, this.etag), text(value.name));
  }

  // Who measured whom before, of the sources that an assignment concerns.
  backOf(subject) {
    const mine = this.sources.filter(({ name }) => name === this.target.source);
    const others = this.sources.filter((source) => subject !== null && source.subject === subject && !mine.includes(source));
    return [...mine, ...others].map((source) => [source.name, source.subject]);
  }

  async send(ask, text, back = []) {
    if (this.etag === undefined || this.isBusy) return;
    this.isBusy = true;
    this.sheet.refuse("");
    const before = this.etag;
    const answer = await ask();
    this.isBusy = false;
    if (answer.ok) {
      this.sheet.close();
      this.done(text, { before, after: answer.body.etag, back });
    } else if (answer.status === CONFLICT) {
      await this.look();
      this.sheet.refuse(DEVICES.conflict);
    } else {
      const rest = mistakesOf(answer.body).filter((mistake) => !this.refuseAt(mistake));
      this.sheet.refuse(rest.map(({ text: what }) => what).join(" "));
    }
  }

  refuseAt({ key, text }) {
    if (key === "title") this.title.refuse(text);
    return key === "title" || (this.device?.refuseAt(key, text) ?? false);
  }
}

// The name and the decoder of a device that is to become a source; open where somebody has to say what it is.
class DeviceFields {
  constructor({ found, decoders }) {
    this.found = found;
    this.taken = [];
    const options = decoders.map((name) => element("option", { value: name }, name));
    const choose = element("option", { value: "" }, ASSIGN.chooseDecoder);
    this.name = new Field(ASSIGN.sourceName, element("input", { type: "text", maxlength: 32, autocomplete: "off", spellcheck: "false" }), DEVICES.nameRule);
    this.decoder = new Field(ASSIGN.decoder, element("select", {}, choose, ...options));
    this.decoder.control.value = found.decoder;
    this.summary = element("summary");
    this.root = element("details.becomes", {}, this.summary, this.decoder.root, this.name.root);
    this.root.open = found.decoder === "";
    this.root.addEventListener("input", () => this.tell());
  }

  get value() {
    return { name: this.name.value, link: this.found.link, decoder: this.decoder.value };
  }

  // Learns which names there are; its own stays, unless somebody has taken it meanwhile.
  know(taken) {
    this.taken = taken;
    const stem = this.found.kind === "port" ? "board" : "strap";
    if (this.name.value === "" || taken.includes(this.name.value)) this.name.control.value = numbered(stem, taken);
    this.tell();
  }

  tell() {
    setText(this.summary, ASSIGN.becomes(this.name.value, this.decoder.value));
  }

  isGood() {
    this.name.refuse(nameMistake(this.name.value, this.taken));
    this.decoder.refuse(this.decoder.value === "" ? ASSIGN.decoderMissing : "");
    const wrong = [this.decoder, this.name].find((field) => field.control.hasAttribute("aria-invalid"));
    if (wrong === undefined) return true;
    this.root.open = true;
    wrong.control.focus();
    return false;
  }

  refuseAt(key, text) {
    const field = { name: this.name, decoder: this.decoder }[key];
    if (field === undefined) return false;
    this.root.open = true;
    field.refuse(text);
    return true;
  }
}
