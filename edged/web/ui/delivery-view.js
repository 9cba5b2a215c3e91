// Delivery: the broker, what waits for it and how fast it goes, what went wrong, a test of the way there; and the
// journal and the node itself.

import { DeliveryTest } from "./delivery-test.js";
import { arrange, element, setText } from "./dom.js";
import { FactsCard } from "./facts-card.js";
import { factsOf } from "./finding.js";
import { Poll } from "./poll.js";
import { RateChart } from "./rate-chart.js";
import { when } from "./state.js";
import { bytes, count, rate, span, timeOfDay } from "./text.js";
import { Troubles } from "./troubles.js";
import { WORDS } from "./words.js";

const { facts: FACTS, delivery: DELIVERY } = WORDS;
const LOOK_MS = 1000;

export class DeliveryView {
  // changed() is called when there is something else to show.
  constructor(node, changed, session) {
    this.session = session;
    this.poll = new Poll("/api/v1/delivery", LOOK_MS, changed);
    this.broker = new FactsCard(node);
    this.backlog = new FactsCard(node);
    this.journal = new FactsCard(node);
    this.node = new FactsCard(node);
    this.chart = new RateChart();
    this.rates = element("article.card", {}, element("div.head", {}, element("h2", {}, DELIVERY.rates)), this.chart.root);
    this.test = new DeliveryTest(changed);
    this.certificates = [];
    this.troubles = new Troubles();
    this.reason = element("p.quiet", { role: "status" });
    this.grid = element("div.cards");
    const local = element("div.cards", {}, this.journal.root, this.node.root);
    this.board = element("section", {}, element("h2.section", {}, DELIVERY.board), local);
    this.title = element("h1", { tabindex: -1 }, WORDS.views.delivery);
    this.root = element("section.facts-view.delivery-view", {}, this.title, this.reason, this.grid);
  }

  show(node) {
    this.poll.tend(node);
    const told = node.isLost ? null : this.poll.body;
    const isOff = node.status.broker.state === "off";
    this.showBroker(node, told);
    this.showJournal(node);
    setText(this.reason, node.isLost ? "" : this.poll.detail);
    this.reason.hidden = this.reason.textContent === "";
    const knows = told !== null && !isOff;
    if (knows) {
      this.showBacklog(told.backlog, node);
      this.showCertificates(told.certificates, node);
      this.troubles.show(told.troubles, node, this.poll.elapsedS());
    }
    this.chart.show(knows ? told.rates : [], node.nowMs());
    this.test.show(node, told?.test_topic ?? "");
    const between = knows ? [this.backlog, ...this.certificates].map((card) => card.root) : [];
    const test = this.session.may("configure") ? [this.test.root] : [];
    const measured = knows ? [this.rates, ...test] : [];
    const wrong = knows ? [this.troubles.root] : [];
    arrange(this.grid, [this.broker.root, ...between, ...measured]);
    arrange(this.root, [this.title, this.reason, this.grid, ...wrong, this.board]);
  }

  showBroker(node, told) {
    const { broker } = node.status;
    const number = (value) => (node.isLost ? WORDS.noNumber : count(value));
    const isOff = broker.state === "off";
    this.broker.show(FACTS.broker, broker.words, isOff ? null : broker.since_s, [
      [FACTS.url, broker.url || null],
      [FACTS.protocol, node.isLost ? WORDS.noNumber : broker.protocol || (isOff ? null : FACTS.notConnected)],
      [FACTS.backlog, told === null ? number(broker.backlog) : null],
      [FACTS.published, number(broker.published)],
      [FACTS.acknowledged, number(broker.acknowledged)],
      [DELIVERY.last, isOff || (told === null && !node.isLost) ? null : this.last(node, told)],
      [FACTS.connects, number(broker.connects)],
      [FACTS.failures, number(broker.failures)],
    ], node);
  }

  last(node, told) {
    if (told === null) return WORDS.noNumber;
    return told.acknowledged_s === null ? WORDS.never : when(node, told.acknowledged_s + this.poll.elapsedS());
  }

  showBacklog({ words, records, per_s: perS, left_s: leftS, course }, node) {
    const moves = course === "growing" || course === "shrinking";
    this.backlog.show(DELIVERY.backlog, words, null, [
      [DELIVERY.waits, DELIVERY.records(count(records))],
      [DELIVERY.change, moves ? DELIVERY.changes(perS > 0 ? "+" : "\u2212", rate(Math.abs(perS))) : null],
      [DELIVERY.left, leftS === null ? null : span(leftS)],
    ], node);
  }

  showCertificates(findings, node) {
    while (this.certificates.length < findings.length) this.certificates.push(new FactsCard(node));
    this.certificates.length = findings.length;
    findings.forEach((finding, place) => {
      this.certificates[place].show(finding.title, finding.words, null, factsOf(finding), node);
    });
  }

  showJournal(node) {
    const { journal, node: board } = node.status;
    const number = (value) => (node.isLost ? WORDS.noNumber : count(value));
    const share = Math.round((100 * journal.size_bytes) / Math.max(journal.cap_bytes, 1));
    const size = FACTS.sizeOf(bytes(journal.size_bytes), bytes(journal.cap_bytes), share);
    this.journal.show(FACTS.journal, journal.words, null, [
      [FACTS.size, node.isLost ? WORDS.noNumber : size],
      [FACTS.head, number(journal.head)],
      [FACTS.waiting, number(journal.waiting)],
      [FACTS.dropped, number(journal.dropped)],
      [FACTS.commits, number(journal.commits)],
      [FACTS.epoch, journal.epoch || null],
    ], node);
    this.node.show(FACTS.node, null, null, [
      [FACTS.software, board.software],
      [FACTS.up, node.isLost ? WORDS.noNumber : this.up(board, node)],
      [FACTS.clock, FACTS.clocks[board.clock]],
      [FACTS.boot, board.boot],
    ], node);
  }

  up(board, node) {
    const seconds = board.up_s + node.elapsedS();
    return node.isAbsolute ? WORDS.since(timeOfDay(node.nowMs() - seconds * 1000, node.nowMs())) : span(seconds);
  }
}
