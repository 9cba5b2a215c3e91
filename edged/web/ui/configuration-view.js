// Configuration: a form and a text over one draft, its review, what comes of it, and what held before.

import { get } from "./api.js";
import { ConfigurationBar } from "./configuration-bar.js";
import { ConfigurationConflict } from "./configuration-conflict.js";
import { Draft } from "./configuration-draft.js";
import { ConfigurationForm } from "./configuration-form.js";
import { ConfigurationHistory } from "./configuration-history.js";
import { ConfigurationReview } from "./configuration-review.js";
import { ConfigurationText } from "./configuration-text.js";
import { ConfigurationTools } from "./configuration-tools.js";
import { ConfigurationTrial } from "./configuration-trial.js";
import { arrange, element, setAttribute, setText } from "./dom.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;

export class ConfigurationView {
  // changed() is called when there is something else to show.
  constructor(node, changed, session) {
    this.node = node;
    this.changed = changed;
    this.session = session;
    this.draft = new Draft(changed);
    this.trial = new ConfigurationTrial(changed, (body) => this.draft.notice(body));
    this.text = new ConfigurationText(this.draft);
    this.form = null; // built once the schema is there
    this.place = "edit";
    this.tab = "form";
    const back = () => this.goBack();
    this.review = new ConfigurationReview(this.draft, back, (plan, before) => this.settle(plan, before));
    this.history = new ConfigurationHistory(this.draft, back, (plan, before) => this.settle(plan, before));
    this.conflict = new ConfigurationConflict(this.draft, () => (this.draft.isDirty ? this.go("review") : this.goBack()));
    this.bar = new ConfigurationBar(this.draft, () => this.go("review"), () => this.title.focus());
    this.tools = new ConfigurationTools(this.draft, () => this.go("history"), () => this.openTab("text"));
    this.title = element("h1", { tabindex: -1 }, WORDS.views.configuration);
    this.tabs = new Map(Object.entries(WORDING.tabs).map(([name, word]) => [name, this.tabOf(name, word)]));
    this.tabBar = element("div.tabs", { role: "group", "aria-label": WORDS.views.configuration }, ...this.tabs.values());
    this.head = element("div.head", {}, this.title, this.tools.root);
    this.waiting = element("p.waiting", {}, WORDING.loading);
    this.failure = this.failed();
    this.root = element("section.configuration-view", {}, this.head);
    addEventListener("beforeunload", (event) => this.draft.isDirty && event.preventDefault());
  }

  tabOf(name, word) {
    const button = element("button", { type: "button" }, word);
    button.addEventListener("click", () => this.openTab(name));
    return button;
  }

  failed() {
    const button = element("button", { type: "button" }, WORDING.again);
    button.addEventListener("click", () => this.open());
    return element("div.empty", {}, element("h2", {}, WORDING.failed), element("p"), button);
  }

  async open() {
    if (this.isOpening) return;
    this.isOpening = true;
    if (this.draft.base === null) await this.begin();
    else await this.lookAgain();
    this.isOpening = false;
    this.changed();
  }

  async begin() {
    this.draft.isReadOnly = !this.session.may("configure");
    const schema = await get("/api/v1/configuration/schema");
    if (!schema.ok) this.draft.reason = schema.body.detail;
    if (!schema.ok || !(await this.draft.load())) return;
    this.form = new ConfigurationForm(this.draft, schema.body, () => this.openTab("text"));
    if (this.node.status.node.mode === "safe") this.tab = "text";
    this.watchAnyhow(this.draft.base);
  }

  // Somebody else may have changed it while another view was open.
  async lookAgain() {
    const { ok, body } = await get("/api/v1/configuration");
    if (!ok) return;
    this.draft.notice(body);
    this.watchAnyhow(body);
  }

  watchAnyhow({ etag, trial_s: trialS }) {
    if (trialS !== null && this.trial.etag !== etag) this.trial.watch(etag, null, trialS);
  }

  openTab(tab) {
    this.tab = tab;
    this.go("edit");
  }

  go(place) {
    this.place = place;
    if (place === "history") this.history.open();
    this.changed();
    const target = { review: this.review.title, history: this.history.title }[place];
    target?.focus();
    if (target) scrollTo(0, 0);
  }

  // To the draft, when what had the focus is gone.
  goBack() {
    this.go("edit");
    this.title.focus();
  }

  async settle(plan, before) {
    this.place = "edit";
    this.trial.watch(plan.etag, before, null);
    this.tools.say("");
    this.title.focus();
    scrollTo(0, 0);
    this.isOld = !(await this.draft.settle(plan));
  }

  show(node) {
    this.draft.isReadOnly = !this.session.may("configure");
    this.tools.show(node, this.draft.base !== null);
    if (this.form === null) {
      this.showNothing();
      return;
    }
    this.hurry(node);
    const isInterrupted = this.draft.isOvertaken && this.place === "review";
    if (isInterrupted) this.place = "edit";
    const { place, trial, conflict } = this;
    trial.show(node, this.draft.isReadOnly);
    conflict.show(node);
    const foot = this.draft.isOvertaken ? [] : [this.bar.root]; // first it is settled whose it is
    const shown = { edit: [this.tabBar, this[this.tab].root, ...foot], review: [this.review.root], history: [this.history.root] };
    arrange(this.root, [this.head, trial.root, conflict.root, ...shown[place]]);
    if (isInterrupted) conflict.reach(); // the button that had the focus is gone
    for (const [name, button] of this.tabs) setAttribute(button, "aria-pressed", String(name === this.tab));
    this.bar.show(node);
    if (place !== "edit") this[place].show(node);
    const seen = `${this.draft.revision} ${this.tab} ${this.draft.isReadOnly}`;
    if (place !== "edit" || this.seen === seen) return;
    this.seen = seen;
    this[this.tab].show();
  }

  // What could not be asked while there was no connection.
  hurry(node) {
    const { draft } = this;
    if (node.isLost || this.isOpening) return;
    if (draft.isCutOff) draft.check();
    if (this.isOld || (draft.isOvertaken && !draft.isDirty && draft.isSettled)) {
      this.isOld = false;
      this.open();
    }
  }

  showNothing() {
    const { reason } = this.draft;
    setText(this.failure.querySelector("p"), reason);
    arrange(this.root, [this.head, reason === "" || this.isOpening ? this.waiting : this.failure]);
  }
}
