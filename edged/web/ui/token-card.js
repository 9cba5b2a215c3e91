// A token, as far as it is told again; to be revoked.

import { send } from "./api.js";
import { confirm } from "./confirm.js";
import { element, setText } from "./dom.js";
import { FactsCard } from "./facts-card.js";
import { momentOf } from "./text.js";
import { WORDS } from "./words.js";

const { access: ACCESS } = WORDS;
const { tokens: TOKENS } = ACCESS;
const EXPIRED = { word: TOKENS.expired, icon: "bar", sentence: "" };

export class TokenCard {
  // changed() is called when the tokens are to be read anew.
  constructor(token, node, changed) {
    this.token = token;
    this.changed = changed;
    this.card = new FactsCard(node);
    this.root = this.card.root;
    this.mistake = element("p.mistake", { role: "alert", hidden: "" });
    const revoke = element("button", { type: "button", "aria-label": TOKENS.revokeOf(token.name) }, TOKENS.revoke);
    revoke.addEventListener("click", () => this.onRevoke());
    this.root.append(this.mistake, element("div.buttons", {}, revoke));
  }

  show(token, node) {
    const isOver = !node.isLost && Date.parse(token.expires) <= node.nowMs();
    const used = token.last_used === null ? WORDS.never : momentOf(token.last_used, node);
    this.card.show(token.name, isOver ? EXPIRED : null, null, [
      [ACCESS.role, ACCESS.roles[token.scope][0]],
      [TOKENS.owner, token.owner],
      [TOKENS.lastUsed, node.isLost ? WORDS.noNumber : used],
      [TOKENS.created, momentOf(token.created, node)],
      [TOKENS.expires, momentOf(token.expires, node)],
    ], node);
  }

  async onRevoke() {
    const { id, name, owner } = this.token;
    if (!(await confirm(TOKENS.revokeAsk(name, owner), TOKENS.revoke))) return;
    const answer = await send("DELETE", `/api/v1/tokens/${id}`);
    setText(this.mistake, answer.ok ? "" : answer.body.detail);
    this.mistake.hidden = answer.ok;
    if (answer.ok) this.changed();
  }
}
