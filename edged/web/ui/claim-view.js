// The claim: who has the code that only the board tells makes the first account. From elsewhere it stands alone.

import { copyButton } from "./copy-button.js";
import { element } from "./dom.js";
import { Form } from "./form.js";
import { PasswordField } from "./password-field.js";
import { textField } from "./text-field.js";
import { WORDS } from "./words.js";

const { access: ACCESS } = WORDS;
const COMMAND = "sudo edged claim";

export class ClaimView {
  constructor(session) {
    this.session = session;
    const { claim: CLAIM } = ACCESS;
    const attributes = { autocomplete: "one-time-code", autocapitalize: "characters", maxlength: 32 };
    const code = textField(CLAIM.code, attributes, CLAIM.codeHint);
    const name = textField(CLAIM.name, { autocomplete: "username", name: "name", maxlength: 64 }, ACCESS.nameHint);
    const password = new PasswordField(ACCESS.password, "new-password", ACCESS.passwordHint);
    const send = (values) => session.claim({ ...values, code: values.code.trim(), name: values.name.trim() });
    this.form = new Form({ code, name, password }, CLAIM.submit, send, () => this.form.reset());
    const command = element("div.command", {}, element("code", {}, COMMAND), copyButton(() => COMMAND));
    this.root = element(
      "section.entrance.card",
      {},
      element("h1", { tabindex: -1 }, WORDS.views.claim),
      element("p.quiet.place", {}, location.host),
      element("p", {}, CLAIM.intro),
      element("p", {}, CLAIM.step),
      command,
      this.form.root,
    );
  }

  // As a view among others: on the board itself, which is open before anybody has claimed it.
  get isOffered() {
    return this.session.isClaimable;
  }

  show() {}

  close() {
    this.form.reset();
  }
}
