// Applies a chain: says first what that does, then that it is watched, and takes it back where one wants.

import { get, send } from "./api.js";
import { element, setAttribute, setText } from "./dom.js";
import { timeOfDay } from "./text.js";
import { WORDS } from "./words.js";

const { signals: SIGNALS } = WORDS;
const CONFIGURATION = "/api/v1/configuration";
const CHANGED_MEANWHILE = 412;
const LOOK_MS = 2000;
const TAKEN_BACK = "taken back: ";

export class ChainApplier {
  // isDirty(): whether the steps are other than what holds; held(): asks anew what holds, resolves when it is shown;
  // refused(errors): whether they have a place to stand; reset().
  constructor({ isDirty, held, refused, reset }) {
    this.isDirty = isDirty;
    this.held = held;
    this.refused = refused;
    this.etag = null; // of the configuration that was looked at
    this.cannot = ""; // why nothing can be applied here
    this.applied = null; // the etag of what was applied and is watched, and which version was before
    this.apply = button("primary", SIGNALS.apply, () => this.onApply());
    this.undo = button("", SIGNALS.undo, () => this.onUndo());
    this.reset = button("", SIGNALS.reset, reset);
    this.plan = element("p.quiet");
    this.mistake = element("p.mistake", { role: "alert", hidden: "" });
    this.done = element("p.done", { role: "status" });
    this.count = element("p.quiet");
    const buttons = element("div.buttons", {}, this.apply, this.reset, this.undo);
    this.root = element("section.apply", {}, this.plan, this.mistake, this.done, this.count, buttons);
    this.isBusy = false;
    this.asked = null; // the answer to what the edits would change, once it has been asked for
  }

  // Reads which configuration holds; what is shown beside it has been seen with it.
  async look() {
    const answer = await get(CONFIGURATION);
    this.cannot = answer.ok ? "" : answer.body.detail;
    if (answer.ok) this.etag = answer.body.etag;
  }

  // isGood: whether it can run, as the preview has told, and be applied, as the plan has; null until they have.
  show({ isGood, isLost }) {
    const isDirty = this.isDirty();
    this.isReady = isDirty && isGood && !isLost && !this.isBusy && this.cannot === "";
    setAttribute(this.apply, "aria-disabled", this.isReady ? null : "true");
    setAttribute(this.reset, "aria-disabled", isDirty ? null : "true");
    this.undo.hidden = !this.applied?.before; // where no version is kept there is no way back
    setAttribute(this.undo, "aria-disabled", isLost || this.isBusy ? "true" : null);
    setText(this.plan, this.cannot || this.planText(isDirty, isGood));
    const left = this.applied?.endsAt ? Math.max(Math.ceil((this.applied.endsAt - performance.now()) / 1000), 0) : null;
    setText(this.count, left === null || isLost ? "" : SIGNALS.watched(left));
    this.count.hidden = this.count.textContent === "";
  }

  planText(isDirty, isGood) {
    if (!isDirty) return SIGNALS.same;
    if (isGood === null) return SIGNALS.planning;
    if (!isGood) return SIGNALS.mendFirst;
    return `${this.planned ?? ""} ${SIGNALS.toWatch}`.trim();
  }

  // An edit: what was said of the one before does not stand any more.
  edited() {
    this.asked = this.planned = null;
    this.say("");
    this.blame("");
  }

  // Asks, once for each edit, what the edits would change; they are not made. Resolves to whether they can be, to null
  // where there was another edit meanwhile.
  async check(edits) {
    if (this.cannot !== "") return true;
    const asked = (this.asked ??= send("POST", `${CONFIGURATION}/plan`, { edits }));
    const answer = await asked;
    if (asked !== this.asked) return null;
    if (answer.ok) this.planned = `${SIGNALS.changes(answer.body.changes)} ${interrupted(answer.body)}`;
    else {
      this.asked = null;
      this.refuse(answer);
    }
    return answer.ok;
  }

  onApply() {
    if (!this.isReady) return;
    this.work(this.apply, SIGNALS.applying, SIGNALS.apply, async () => {
      const before = await this.versionOf(this.etag);
      const answer = await send("PATCH", CONFIGURATION, { edits: this.edits() }, { "If-Match": `"${this.etag}"` });
      if (!answer.ok) return this.refuse(answer);
      this.applied = { etag: answer.body.etag, before, endsAt: null };
      this.say(`${SIGNALS.applied} ${interrupted(answer.body)}`);
      await this.watch();
      return this.held();
    });
  }

  onUndo() {
    if (this.applied === null || this.isBusy || this.undo.ariaDisabled === "true") return;
    this.work(this.undo, SIGNALS.undoing, SIGNALS.undo, async () => {
      const { before, etag } = this.applied;
      const answer = await send("POST", `${CONFIGURATION}/versions/${before}/restore`, undefined, { "If-Match": `"${etag}"` });
      if (!answer.ok) return this.refuse(answer);
      this.forget();
      this.say(SIGNALS.undone);
      await this.held();
      return this.reset.click();
    });
  }

  async work(target, during, after, job) {
    this.isBusy = true;
    setText(target, during);
    this.blame("");
    await job();
    setText(target, after);
    this.isBusy = false;
    this.root.scrollIntoView({ block: "nearest" }); // what is said now is longer than before
  }

  async versionOf(etag) {
    const answer = await get(`${CONFIGURATION}/versions`);
    return answer.ok ? answer.body.find((version) => version.etag === etag)?.number ?? null : null;
  }

  // Looks again and again whether what was applied is kept.
  async watch() {
    clearTimeout(this.timer);
    if (this.applied === null) return;
    const answer = await get(CONFIGURATION);
    const { applied } = this;
    if (applied === null) return;
    if (!answer.ok) {
      this.timer = setTimeout(() => this.watch(), LOOK_MS);
    } else if (answer.body.etag !== applied.etag) {
      this.forget();
      await this.tellWho();
      await this.held();
    } else if (answer.body.trial_s === null) {
      applied.endsAt = null;
      this.say(SIGNALS.kept);
    } else {
      applied.endsAt = performance.now() + answer.body.trial_s * 1000;
      this.timer = setTimeout(() => this.watch(), LOOK_MS);
    }
  }

  forget() {
    clearTimeout(this.timer);
    this.applied = null;
  }

  async refuse(answer) {
    if (answer.status === CHANGED_MEANWHILE) {
      this.forget();
      await this.tellWho();
      await this.held();
    } else if (!this.refused(answer.body.errors ?? [])) {
      this.blame(answer.body.detail);
    }
  }

  // Says by whom what holds now was made; where nothing is edited here, only that something was taken back.
  async tellWho() {
    const answer = await get(`${CONFIGURATION}/versions`);
    const latest = answer.ok ? answer.body[0] : undefined;
    this.say("");
    if (latest?.by.startsWith(TAKEN_BACK)) this.blame(SIGNALS.takenBack(latest.by.slice(TAKEN_BACK.length)));
    else if (!this.isDirty()) this.blame("");
    else if (latest === undefined) this.blame(SIGNALS.changed);
    else this.blame(SIGNALS.changedBy(latest.by, timeOfDay(Date.parse(latest.at)), latest.changes.join("; ")));
  }

  say(text) {
    setText(this.done, text);
    this.done.hidden = text === "";
  }

  blame(text) {
    setText(this.mistake, text);
    this.mistake.hidden = text === "";
  }
}

function button(kind, text, tapped) {
  const made = element(kind ? `button.${kind}` : "button", { type: "button" }, text);
  made.addEventListener("click", () => made.ariaDisabled !== "true" && tapped());
  return made;
}

function interrupted({ restarts, renews }) {
  if (renews.length > 0) return SIGNALS.renews(renews);
  return restarts.length > 0 ? SIGNALS.restarts(restarts) : SIGNALS.noRestart;
}
