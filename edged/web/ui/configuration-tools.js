// Beside the title: the way to what held before, and the configuration as a file, out and in.

import { element, setText } from "./dom.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;

export class ConfigurationTools {
  // toHistory() and toText() go there.
  constructor(draft, toHistory, toText) {
    this.draft = draft;
    this.toText = toText;
    this.said = element("p.quiet", { role: "status" });
    this.file = element("input", { type: "file", accept: ".toml,text/plain,application/toml", hidden: "" });
    const history = element("button", { type: "button" }, WORDING.history);
    this.importing = element("button", { type: "button" }, WORDING.import);
    const exporting = element("a.button", { href: "/api/v1/configuration/file", download: "edged.toml" }, WORDING.export);
    history.addEventListener("click", toHistory);
    this.importing.addEventListener("click", () => this.file.click());
    exporting.addEventListener("click", () => this.say(WORDING.exported));
    this.file.addEventListener("change", () => this.take(this.file.files[0]));
    this.buttons = element("div.buttons", {}, history, this.importing, exporting);
    this.root = element("div.tools", {}, this.buttons, this.file, this.said);
  }

  show(node, isThere) {
    this.buttons.hidden = !isThere;
    this.importing.hidden = this.draft.isReadOnly;
    this.said.hidden = this.said.textContent === "";
  }

  say(text) {
    setText(this.said, text);
    this.draft.changed();
  }

  // A file becomes the draft: it is looked at before it holds.
  async take(file) {
    if (!file) return;
    this.file.value = "";
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
      this.draft.write(text);
      this.toText();
      this.say(WORDING.imported(file.name));
    } catch {
      this.say(WORDING.notImported(file.name)); // not UTF-8, or gone meanwhile
    }
  }
}
