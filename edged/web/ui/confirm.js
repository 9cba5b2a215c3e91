// Asks once, by name, before what cannot be undone.

import { element } from "./dom.js";
import { WORDS } from "./words.js";

// Resolves to true where the verb was tapped; Escape and everything else is a no.
export function confirm(question, verb) {
  const yes = element("button.primary", { type: "button", value: "yes" }, verb);
  const no = element("button", { type: "button", autofocus: "" }, WORDS.cancel);
  const text = element("p", { id: "question" }, question);
  const dialog = element("dialog.confirm", { "aria-labelledby": "question" }, text, element("div.buttons", {}, no, yes));
  document.body.append(dialog);
  return new Promise((resolve) => {
    yes.addEventListener("click", () => dialog.close("yes"));
    no.addEventListener("click", () => dialog.close(""));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}
