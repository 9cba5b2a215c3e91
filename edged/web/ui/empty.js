// Nothing there yet: says the next step, and carries its button.

import { element, setText } from "./dom.js";
import { WORDS } from "./words.js";

const SAID_MS = 2000;

export function emptyState({ title, text }, example) {
  const button = element("button", { type: "button" }, WORDS.example.copy);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(example);
      setText(button, WORDS.example.copied);
    } catch {
      setText(button, WORDS.example.notCopied); // the browser may refuse it
    }
    setTimeout(() => setText(button, WORDS.example.copy), SAID_MS);
  });
  const code = element("pre", { tabindex: 0, "aria-label": "Example" }, element("code", {}, example));
  return element("div.empty", { hidden: "" }, element("h2", {}, title), element("p", {}, text), code, button);
}
