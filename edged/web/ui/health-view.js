// Health: what a doctor finds who looks the board over now. Nobody looks unless asked: opening the view asks.

import { get } from "./api.js";
import { BundleCard } from "./bundle-card.js";
import { arrange, element, setAttribute, setText } from "./dom.js";
import { FactsCard } from "./facts-card.js";
import { factsOf } from "./finding.js";
import { State, when } from "./state.js";
import { WORDS } from "./words.js";

const { health: HEALTH } = WORDS;
const OLD_MS = 30000; // what was found longer ago is looked at again when the view is opened

export class HealthView {
  // changed() is called when there is something else to show.
  constructor(node, changed, session) {
    this.node = node;
    this.changed = changed;
    this.isLooking = false;
    this.hasFailed = false;
    this.state = new State();
    this.age = element("span.quiet");
    this.button = element("button", { type: "button" }, HEALTH.again);
    this.button.addEventListener("click", () => this.look());
    this.summary = element("div.summary", { role: "status" }, this.state.root, this.age);
    this.first = element("p.waiting", {}, HEALTH.first);
    this.note = element("div.empty", {}, element("h2"), element("p"));
    this.title = element("h1", { tabindex: -1 }, WORDS.views.health);
    this.head = element("div.health-head", {}, this.title, this.button, this.summary);
    this.sections = Object.entries(HEALTH.sections).map(([name, heading]) => {
      const grid = element("div.cards");
      const title = element("h2.section", {}, heading);
      return { name, grid, title, root: element("section", {}, title, grid) };
    });
    this.bundle = new BundleCard(changed, session);
    this.root = element("section.facts-view.health-view", {}, this.head);
  }

  open() {
    const { health } = this.node;
    if (health === null || this.node.nowMs() - Date.parse(health.utc) > OLD_MS) this.look();
  }

  async look() {
    if (this.isLooking || this.node.isLost) return;
    this.isLooking = true;
    this.changed();
    const answer = await get("/api/v1/health");
    this.hasFailed = !answer.ok;
    this.node.health = answer.ok ? answer.body : null;
    this.reason = answer.ok ? "" : answer.body.detail;
    this.isLooking = false;
    this.changed();
  }

  show(node) {
    const { health } = node;
    this.bundle.show(node);
    setText(this.button, this.isLooking ? HEALTH.checking : HEALTH.again);
    setAttribute(this.button, "aria-disabled", this.isLooking || node.isLost ? "true" : null);
    this.summary.hidden = health === null;
    if (health === null) {
      this.report = null;
      arrange(this.root, [this.head, ...this.instead(), this.bundle.root]);
      return;
    }
    this.showSummary(health, node);
    if (this.report !== health) this.build(health, node);
    for (const { title } of this.sections) title.hidden = node.isLost;
    for (const { card, finding } of this.cards) {
      const facts = node.isLost ? [] : factsOf(finding);
      card.show(finding.title, finding.words, null, facts, node);
      card.list.hidden = facts.length === 0;
    }
  }

  // What stands there as long as there is no report.
  instead() {
    if (!this.hasFailed) return [this.first];
    this.say(HEALTH.failed.title, this.reason);
    return [this.note];
  }

  say(title, text) {
    setText(this.note.firstChild, title);
    setText(this.note.lastChild, text);
  }

  showSummary({ findings, level, utc }, node) {
    const number = (wanted) => findings.filter((each) => each.level === wanted).length;
    const isWell = level === "ok" || level === "not_applicable";
    const word = isWell ? HEALTH.well : HEALTH.found(number("problem"), number("warning"));
    const icons = { problem: "cross", warning: "wave" };
    this.state.show(node.isLost ? WORDS.unknown : { word, icon: icons[level] ?? "dot" }, node);
    const agoS = Math.max((node.nowMs() - Date.parse(utc)) / 1000, 0);
    setText(this.age, HEALTH.looked(when(node, agoS)));
  }

  build(health, node) {
    this.report = health;
    this.cards = health.findings.map((finding) => ({ finding, card: new FactsCard(node, "h3") }));
    for (const { name, grid, root } of this.sections) {
      const shown = this.cards.filter(({ finding }) => sectionOf(finding) === name);
      root.hidden = shown.length === 0;
      arrange(grid, shown.map(({ card }) => card.root));
    }
    this.say(HEALTH.nothing.title, HEALTH.nothing.text);
    const rest = health.findings.length === 0 ? [this.note] : this.sections.map(({ root }) => root);
    arrange(this.root, [this.head, ...rest, this.bundle.root]);
  }
}

function sectionOf({ level }) {
  if (level === "problem" || level === "warning") return "mend";
  return level === "ok" ? "good" : "other";
}
