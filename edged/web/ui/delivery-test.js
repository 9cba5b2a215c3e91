// Tries the way to the broker, at a tap, and says what came of it.

import { send } from "./api.js";
import { element, setAttribute, setText } from "./dom.js";
import { State, when } from "./state.js";
import { rate } from "./text.js";
import { WORDS } from "./words.js";

const { test: TEST } = WORDS.delivery;

export class DeliveryTest {
  // changed() is called when there is something else to show.
  constructor(changed) {
    this.changed = changed;
    this.isTesting = false;
    this.result = null;
    this.button = element("button", { type: "button" }, TEST.verb);
    this.button.addEventListener("click", () => this.run());
    this.state = new State();
    this.age = element("span.quiet");
    this.detail = element("p.sentence");
    this.told = element("div", { role: "status" }, element("p.summary", {}, this.state.root, this.age), this.detail);
    const topic = element("code");
    this.topic = topic;
    this.root = element(
      "article.card.delivery-test",
      {},
      element("h2", {}, TEST.title),
      element("p.quiet", {}, TEST.about, " ", topic),
      this.told,
      this.button,
    );
  }

  async run() {
    if (this.isTesting || this.isLost) return;
    this.isTesting = true;
    this.changed();
    const answer = await send("POST", "/api/v1/delivery/test");
    this.isTesting = false;
    this.result = { ...answer, at: performance.now() };
    this.changed();
  }

  show(node, topic) {
    this.isLost = node.isLost;
    setText(this.button, this.isTesting ? TEST.testing : TEST.verb);
    setAttribute(this.button, "aria-disabled", this.isTesting || node.isLost ? "true" : null);
    setText(this.topic, topic);
    const { result } = this;
    this.told.firstChild.hidden = this.detail.hidden = result === null || node.isLost;
    if (result === null || node.isLost) return;
    const { ok, body } = result;
    const words = ok ? { word: TEST.done(rate(body.round_trip_ms)), icon: "dot" } : { word: TEST.failed, icon: "cross" };
    this.state.show(words, node);
    setText(this.age, when(node, (performance.now() - result.at) / 1000));
    setText(this.detail, ok ? (body.protocol === "3.1.1" ? TEST.older : "") : body.detail);
    this.detail.hidden = this.detail.textContent === "";
  }
}
