// Earlier versions: who, when, what; one to look at, one to go back to.

import { get, send } from "./api.js";
import { confirm } from "./confirm.js";
import { agoS } from "./configuration-conflict.js";
import { differenceOf } from "./difference.js";
import { element, setAttribute, setText } from "./dom.js";
import { State, when } from "./state.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;
const PATH = "/api/v1/configuration/versions";

export class ConfigurationHistory {
  // back() closes it; restored(plan, before) is called once an earlier one holds.
  constructor(draft, back, restored) {
    this.draft = draft;
    this.restored = restored;
    this.title = element("h2", { tabindex: -1 }, WORDING.versionsTitle);
    this.back = element("button", { type: "button" }, WORDING.back);
    this.back.addEventListener("click", back);
    this.problem = element("p.mistake", { role: "alert" });
    this.list = element("div.versions");
    const head = element("div.head", {}, this.title, this.back);
    this.root = element("section.past", {}, head, this.problem, this.list);
    this.rows = [];
  }

  async open() {
    this.problemText = "";
    const { ok, body } = await get(PATH);
    if (ok) {
      this.rows = body.map((version) => new Row(version, this));
      const none = element("p.quiet", {}, WORDING.noVersions);
      this.list.replaceChildren(...(body.length === 0 ? [none] : this.rows.map((row) => row.root)));
    } else {
      this.problemText = body.detail;
    }
    this.draft.changed();
  }

  show(node) {
    const problem = node.isLost ? WORDING.lost : this.problemText;
    setText(this.problem, problem);
    this.problem.hidden = problem === "";
    for (const row of this.rows) row.show(node, this.draft);
  }

  fail(body) {
    this.problemText = body.detail;
    this.draft.changed();
  }

  async restore({ number }) {
    const question = this.draft.isDirty ? WORDING.restoreWithDraft(number) : WORDING.restoreQuestion(number);
    if (!(await confirm(question, WORDING.restore(number)))) return;
    const before = this.draft.base.etag;
    const answer = await send("POST", `${PATH}/${number}/restore`, undefined, { "If-Match": `"${before}"` });
    if (answer.ok) this.restored(answer.body, before);
    else this.fail(answer.body);
    if (answer.status === 412) await this.refresh();
  }

  // Somebody else was faster: the list as it is now, for another look.
  async refresh() {
    const { problemText } = this;
    if (!this.draft.isDirty) await this.draft.load();
    await this.open();
    this.problemText = problemText;
    this.draft.changed();
  }
}

class Row {
  constructor(version, history) {
    this.version = version;
    const { number, by, changes } = version;
    this.state = new State();
    this.when = element("button.quiet", { type: "button" });
    this.when.addEventListener("click", () => {
      this.node.isAbsolute = !this.node.isAbsolute;
      this.when.dispatchEvent(new CustomEvent("retell", { bubbles: true }));
    });
    this.inside = element("div", { hidden: "" });
    this.look = element("button", { type: "button", "aria-expanded": "false", "aria-label": WORDING.look(number) }, WORDING.lookVerb);
    this.restore = element("button", { type: "button", "aria-label": WORDING.restore(number) }, WORDING.restoreVerb);
    this.look.addEventListener("click", () => this.toggle(history));
    this.restore.addEventListener("click", () => this.node.isLost || history.restore(version));
    const lines = changes.length === 0 ? [WORDING.firstVersion] : changes;
    this.root = element(
      "article.card",
      {},
      element("div.head", {}, element("h3", {}, WORDING.version(number)), this.state.root),
      element("p.made", {}, element("span", {}, WORDING.by(by)), this.when),
      element("ul.changes", {}, ...lines.map((line) => element("li", {}, line))),
      element("div.buttons", {}, this.look, this.restore),
      this.inside,
    );
  }

  show(node, { base, isReadOnly }) {
    this.node = node;
    const isNow = this.version.etag === base.etag;
    this.state.root.hidden = !isNow;
    this.state.show({ word: WORDING.holds, icon: "dot" }, node);
    this.look.hidden = isNow;
    this.restore.hidden = isNow || isReadOnly;
    setText(this.when, when(node, agoS(node, this.version.at)));
    setAttribute(this.restore, "aria-disabled", node.isLost ? "true" : null);
  }

  async toggle(history) {
    const isOpen = this.inside.hidden;
    if (isOpen) {
      const { number } = this.version;
      const { ok, body } = await get(`${PATH}/${number}`);
      if (!ok) {
        history.fail(body);
        return;
      }
      const whole = element("pre.whole", { tabindex: 0, role: "region", "aria-label": WORDING.wholeText }, body.text);
      const text = element("details", {}, element("summary", {}, WORDING.wholeText), whole);
      this.inside.replaceChildren(element("p.quiet", {}, WORDING.toVersion(number)), differenceOf(body.difference), text);
    }
    this.inside.hidden = !isOpen;
    setAttribute(this.look, "aria-expanded", String(isOpen));
  }
}
