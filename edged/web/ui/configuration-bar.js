// At the foot of the draft: what it changes so far, and the ways on.

import { confirm } from "./confirm.js";
import { element, setAttribute, setText } from "./dom.js";
import { State } from "./state.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;

export class ConfigurationBar {
  // review() and discarded() go on from here.
  constructor(draft, review, discarded) {
    this.draft = draft;
    this.state = new State();
    this.problem = element("p.mistake", { role: "alert" });
    this.discard = element("button", { type: "button" }, WORDING.discard);
    this.review = element("button.primary", { type: "button" }, WORDING.review);
    this.discard.addEventListener("click", async () => {
      if (!(await confirm(WORDING.discardQuestion, WORDING.discardVerb))) return;
      draft.discard();
      discarded();
    });
    this.review.addEventListener("click", () => this.mayReview && review());
    const said = element("div.said", { role: "status" }, this.state.root);
    this.root = element("div.bar", {}, this.problem, said, element("div.buttons", {}, this.discard, this.review));
  }

  get mayReview() {
    return this.draft.isDirty && this.draft.isSettled && this.draft.plan !== null && !this.isLost;
  }

  show(node) {
    const { draft } = this;
    this.isLost = node.isLost;
    const problem = draft.isDirty && node.isLost ? WORDING.lost : draft.problem;
    setText(this.problem, problem);
    this.problem.hidden = problem === "";
    this.state.show(this.words(), node);
    this.discard.hidden = this.review.hidden = !draft.isDirty;
    setAttribute(this.review, "aria-disabled", this.mayReview ? null : "true");
  }

  words() {
    const { errors, isDirty, isReadOnly, isSettled, plan } = this.draft;
    if (isReadOnly) return { word: WORDING.readOnly, icon: "bar" };
    if (!isSettled) return { word: WORDING.checking, icon: "bar" };
    if (errors.length > 0) return { word: WORDING.mistakes(errors.length), icon: "cross" };
    if (!isDirty) return { word: WORDING.noChanges, icon: "bar" };
    const count = plan?.changes.length ?? 0;
    return { word: count === 0 ? WORDING.looksOnly : WORDING.changes(count), icon: "plus" };
  }
}
