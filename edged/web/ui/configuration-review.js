// What the draft changes, before it is applied: line by line, and which sources notice.

import { differenceOf } from "./difference.js";
import { element, setAttribute, setText } from "./dom.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;

export class ConfigurationReview {
  // back() closes it; applied(plan) is called once it holds.
  constructor(draft, back, applied) {
    this.draft = draft;
    this.applied = applied;
    this.title = element("h2", { tabindex: -1 }, WORDING.reviewTitle);
    this.changes = element("ul.changes");
    this.notice = element("div.notice");
    this.difference = element("div");
    this.problem = element("p.mistake", { role: "alert" });
    this.back = element("button", { type: "button" }, WORDING.back);
    this.button = element("button.primary", { type: "button" }, WORDING.apply);
    this.back.addEventListener("click", back);
    this.button.addEventListener("click", () => this.apply());
    const heading = element("h3", {}, WORDING.difference);
    const buttons = element("div.buttons", {}, this.back, this.button);
    const bar = element("div.bar", {}, this.problem, buttons);
    this.root = element("section.review", {}, this.title, this.changes, this.notice, heading, this.difference, bar);
  }

  show(node) {
    const { plan, problem } = this.draft;
    setText(this.button, this.isApplying ? WORDING.applying : WORDING.apply);
    setAttribute(this.button, "aria-disabled", this.isApplying || node.isLost || plan === null ? "true" : null);
    const wrong = node.isLost ? WORDING.lost : problem;
    setText(this.problem, wrong);
    this.problem.hidden = wrong === "";
    if (plan === null || plan === this.plan) return;
    this.plan = plan;
    this.changes.replaceChildren(...plan.changes.map((line) => element("li", {}, line)));
    this.notice.replaceChildren(...this.noticeOf(plan).map((text) => element("p", {}, text)));
    this.difference.replaceChildren(differenceOf(plan.difference));
  }

  noticeOf({ renews, restarts }) {
    if (renews.length > 0) return [WORDING.renews(renews.map((name) => (WORDING.sections[name] ?? name).toLowerCase()))];
    const others = (this.draft.said?.source ?? []).map(({ name }) => name).filter((name) => !restarts.includes(name));
    const first = restarts.length > 0 ? WORDING.restarts(restarts) : WORDING.restartsNone;
    return [first, ...(others.length > 0 ? [WORDING.unnoticed(others)] : [])];
  }

  async apply() {
    if (this.button.getAttribute("aria-disabled") === "true") return;
    this.isApplying = true;
    this.draft.changed();
    const before = this.draft.base.etag;
    const answer = await this.draft.apply();
    this.isApplying = false;
    if (answer.ok) this.applied(answer.body, before);
    else this.draft.changed();
  }
}
