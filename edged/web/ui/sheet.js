// A dialog with a heading, what is wrong, and a way out; what is in it is its maker's.

import { element, setText } from "./dom.js";
import { WORDS } from "./words.js";

let made = 0;

export class Sheet {
  constructor(heading, ...content) {
    made += 1;
    const title = element("h2", { id: `sheet-${made}`, tabindex: -1, autofocus: "" }, heading);
    const close = element("button", { type: "button" }, WORDS.devices.close);
    this.mistake = element("p.mistake", { role: "alert" });
    this.content = element("div.content", {}, ...content);
    this.root = element("dialog.sheet", { "aria-labelledby": title.id }, title, this.mistake, this.content, element("div.buttons", {}, close));
    this.refuse("");
    close.addEventListener("click", () => this.close());
    this.root.addEventListener("close", () => this.root.remove());
    document.body.append(this.root);
    this.root.showModal();
  }

  close() {
    this.root.close();
  }

  // An empty text: nothing is wrong.
  refuse(text) {
    setText(this.mistake, text);
    this.mistake.hidden = text === "";
    if (text !== "") this.mistake.scrollIntoView({ block: "nearest" });
  }
}
