// What comes of a change that was applied: it is watched, and stays, or is taken back. And the way to undo it.

import { get, send } from "./api.js";
import { element, setText } from "./dom.js";
import { State } from "./state.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;
const PATH = "/api/v1/configuration";
const LOOK_MS = 2000;

export class ConfigurationTrial {
  // changed() where there is something else to show; ended(body) once it is over, with what holds now.
  constructor(changed, ended) {
    this.changed = changed;
    this.ended = ended;
    this.state = new State();
    this.sentence = element("p");
    this.problem = element("p.mistake", { role: "alert" });
    this.undoButton = element("button", { type: "button" }, WORDING.undo);
    this.closeButton = element("button.quiet", { type: "button" }, WORDING.close);
    this.undoButton.addEventListener("click", () => this.undo());
    this.closeButton.addEventListener("click", () => this.close());
    const said = element("div", { role: "status" }, this.state.root, this.sentence);
    const buttons = element("div.buttons", {}, this.undoButton, this.closeButton);
    this.root = element("section.card.trial", { hidden: "" }, said, this.problem, buttons);
    this.etag = null;
  }

  // etag: of what was applied; before: of what held before, to go back to; null where that is not known.
  watch(etag, before, trialS) {
    this.etag = etag;
    this.before = before;
    this.result = null;
    this.problemText = "";
    this.hear(trialS);
    this.changed();
  }

  hear(trialS) {
    this.leftS = trialS;
    this.heardMs = performance.now();
    this.askedMs = trialS === null ? -Infinity : this.heardMs; // not known: to be asked at once
  }

  close() {
    this.etag = null;
    this.changed();
  }

  show(node, isReadOnly) {
    this.root.hidden = this.etag === null;
    if (this.etag === null) return;
    if (this.result === null && node.status.node.mode === "safe") this.settle("safe"); // there is nothing to watch yet
    const isWatched = this.result === null;
    if (isWatched && !node.isLost && performance.now() - this.askedMs > LOOK_MS) this.look();
    const { [node.isLost && isWatched ? "unknown" : this.result?.kind ?? "watched"]: words } = WORDING.trial;
    const goneS = (performance.now() - this.heardMs) / 1000;
    const leftS = this.leftS === null ? null : Math.max(Math.ceil(this.leftS - goneS), 0);
    this.state.show(words, node);
    setText(this.sentence, words.sentence(this.result === null ? leftS : this.result.reason));
    setText(this.problem, this.problemText);
    this.problem.hidden = this.problemText === "";
    this.undoButton.hidden = this.before === null || isReadOnly || node.isLost || !(isWatched || this.result.kind === "kept");
    this.closeButton.hidden = isWatched;
  }

  settle(kind, reason = "") {
    this.result = { kind, reason };
  }

  async look() {
    this.askedMs = performance.now();
    const { etag } = this;
    const { ok, body } = await get(PATH);
    if (!ok || etag !== this.etag) return;
    if (body.etag === etag && body.trial_s !== null) {
      this.hear(body.trial_s);
    } else {
      if (body.etag === etag) this.settle("kept");
      else if (body.taken_back !== "") this.settle("takenBack", body.taken_back);
      else this.settle("changed");
      this.ended(body);
    }
    this.changed();
  }

  // Goes back to what held before; that is a change too, and watched.
  async undo() {
    const { etag, before } = this;
    const found = await get(`${PATH}/versions`);
    const version = found.ok ? found.body.find((each) => each.etag === before) : undefined;
    const answer = version
      ? await send("POST", `${PATH}/versions/${version.number}/restore`, undefined, { "If-Match": `"${etag}"` })
      : found;
    if (version && answer.ok) {
      const now = await get(PATH);
      this.watch(answer.body.etag, etag, now.ok ? now.body.trial_s : null);
      if (now.ok) this.ended(now.body);
    } else {
      this.problemText = answer.ok ? WORDING.noUndo : answer.body.detail;
      this.changed();
    }
  }
}
