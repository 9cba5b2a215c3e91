// Somebody else was faster: shows how the draft differs from what holds now, and offers both ways on.

import { get } from "./api.js";
import { confirm } from "./confirm.js";
import { differenceOf } from "./difference.js";
import { element, setText } from "./dom.js";
import { when } from "./state.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;
const { conflict: CONFLICT } = WORDING;

export class ConfigurationConflict {
  // settled() is called once the draft begins from what holds now.
  constructor(draft, settled) {
    this.draft = draft;
    this.title = element("h2", { tabindex: -1 }, CONFLICT.title);
    this.who = element("p.quiet");
    this.difference = element("div");
    this.problem = element("p.mistake", { role: "alert" });
    this.theirs = element("button", { type: "button" }, CONFLICT.theirs);
    this.mine = element("button.primary", { type: "button" }, CONFLICT.mine);
    this.theirs.addEventListener("click", async () => {
      if (await confirm(CONFLICT.question, CONFLICT.theirs)) await this.settle(() => draft.load(), settled);
    });
    this.mine.addEventListener("click", () => this.settle(async () => (await draft.rebase()).ok, settled));
    const said = element("div", { role: "alert" }, this.title, this.who, element("p", {}, CONFLICT.sentence));
    const buttons = element("div.buttons", {}, this.theirs, this.mine);
    this.root = element("section.card.conflict", {}, said, this.difference, element("p.quiet", {}, CONFLICT.explain), this.problem, buttons);
  }

  // To who was about to apply a draft that is overtaken.
  reach() {
    this.title.focus();
    scrollTo(0, 0);
  }

  async settle(way, settled) {
    if (await way()) settled();
  }

  show(node) {
    const { draft } = this;
    this.root.hidden = !draft.isOvertaken;
    if (!draft.isOvertaken) return;
    if (this.holds !== draft.holds) this.find(draft.holds);
    const { version } = this;
    setText(this.who, version ? CONFLICT.who(version.by, when(node, agoS(node, version.at))) : "");
    setText(this.problem, node.isLost ? WORDING.lost : draft.problem);
    this.problem.hidden = this.problem.textContent === "";
    this.theirs.disabled = this.mine.disabled = node.isLost;
    if (this.shown === draft.difference) return;
    this.shown = draft.difference;
    this.difference.replaceChildren(differenceOf(draft.difference));
  }

  // Who it was, and the draft against it.
  async find(holds) {
    this.holds = holds;
    this.version = null;
    this.draft.check();
    const { ok, body } = await get("/api/v1/configuration/versions");
    if (ok) this.version = body.find(({ etag }) => etag === holds) ?? null;
    this.draft.changed();
  }
}

export function agoS(node, at) {
  return Math.max((node.nowMs() - Date.parse(at)) / 1000, 0);
}
