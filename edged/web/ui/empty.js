// Nothing there yet: says the next step, and carries its button.

import { copyButton } from "./copy-button.js";
import { element } from "./dom.js";
import { WORDS } from "./words.js";

export function emptyState({ title, text }, example) {
  const button = copyButton(() => example, WORDS.example.copy);
  const code = element("pre", { tabindex: 0, "aria-label": "Example" }, element("code", {}, example));
  return element("div.empty", { hidden: "" }, element("h2", {}, title), element("p", {}, text), code, button);
}
