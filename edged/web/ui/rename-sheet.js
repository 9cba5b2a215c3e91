// Another title for a subject, and, asked once more, another name: that is other topics.

import { CONFLICT, edit, mistakesOf, seen } from "./changes.js";
import { confirm } from "./confirm.js";
import { element } from "./dom.js";
import { Field } from "./field.js";
import { nameMistake } from "./names.js";
import { Sheet } from "./sheet.js";
import { WORDS } from "./words.js";

const { rename: RENAME, devices: DEVICES } = WORDS;

export class RenameSheet {
  // subject: as the status has it. done(text, {before, after}) is called once it is renamed.
  constructor(subject, done) {
    this.subject = subject.name;
    this.done = done;
    this.title = new Field(RENAME.title, element("input", { type: "text", maxlength: 80, autocomplete: "off" }));
    this.name = new Field(RENAME.name, element("input", { type: "text", maxlength: 32, autocomplete: "off", spellcheck: "false" }), RENAME.nameHint);
    this.title.control.value = subject.title;
    this.name.control.value = subject.name;
    const form = element("form", { novalidate: "" }, this.title.root, this.name.root, element("button.primary", { type: "submit" }, RENAME.save));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    this.sheet = new Sheet(RENAME.heading(subject.title), form);
    this.isBusy = false;
    this.looking = this.look();
  }

  async look() {
    const answer = await seen();
    this.sheet.refuse(answer.ok ? "" : answer.body.detail);
    if (answer.ok) this.known = answer.body;
  }

  // Who taps before it is known how it stands waits for it; who taps twice saves once.
  async save() {
    if (this.isBusy) return;
    this.isBusy = true;
    await this.looking;
    if (this.known === undefined) await this.look();
    if (this.known !== undefined) await this.change();
    this.isBusy = false;
  }

  async change() {
    const { etag, values } = this.known;
    const title = this.title.value.trim();
    const name = this.name.value;
    const others = values.subject.map((subject) => subject.name).filter((other) => other !== this.subject);
    this.title.refuse(title === "" ? DEVICES.missing : "");
    this.name.refuse(nameMistake(name, others));
    if (title === "" || nameMistake(name, others) !== "") return;
    if (name !== this.subject && !(await confirm(RENAME.ask(this.subject, name), DEVICES.rename))) return;
    const sources = values.source.filter((source) => source.subject === this.subject);
    const edits = [{ op: "set", path: ["subject", this.subject, "title"], value: title }];
    if (name !== this.subject) {
      edits.push({ op: "set", path: ["subject", this.subject, "name"], value: name });
      for (const source of sources) edits.push({ op: "set", path: ["source", source.name, "subject"], value: name });
    }
    await this.send(edits, etag, title);
  }

  async send(edits, etag, title) {
    this.sheet.refuse("");
    const answer = await edit(edits, etag);
    if (answer.ok) {
      this.sheet.close();
      this.done(RENAME.done(title), { before: etag, after: answer.body.etag });
    } else if (answer.status === CONFLICT) {
      await this.look();
      this.sheet.refuse(DEVICES.conflict);
    } else {
      for (const { key, text } of mistakesOf(answer.body)) {
        const field = { title: this.title, name: this.name }[key];
        if (field) field.refuse(text);
        else this.sheet.refuse(text);
      }
    }
  }
}
