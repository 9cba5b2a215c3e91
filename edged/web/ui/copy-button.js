// A button that copies a text, and says whether it could.

import { element, setText } from "./dom.js";
import { WORDS } from "./words.js";

const SAID_MS = 2000;

// text() is what is copied; the label tells what that is, where the verb alone does not.
export function copyButton(text, verb = WORDS.copy.verb, label = null) {
  const button = element("button", { type: "button", "aria-live": "polite", "aria-label": label }, verb);
  button.addEventListener("click", async () => {
    const isCopied = await copied(text());
    setText(button, isCopied ? WORDS.copy.done : WORDS.copy.failed);
    setTimeout(() => setText(button, verb), SAID_MS);
  });
  return button;
}

// Without TLS, from elsewhere than the board itself, browsers have no clipboard; they still copy what is selected.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text);
  }
}

function copiedBySelection(text) {
  const focused = document.activeElement;
  const area = element("textarea.unseen", { readonly: "", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return isCopied;
}
