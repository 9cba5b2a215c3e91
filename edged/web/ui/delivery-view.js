// Delivery: the broker, the journal, and the node itself.

import { element } from "./dom.js";
import { FactsCard } from "./facts-card.js";
import { bytes, count, span, timeOfDay } from "./text.js";
import { WORDS } from "./words.js";

const { facts: FACTS } = WORDS;

export class DeliveryView {
  constructor(node) {
    this.broker = new FactsCard(node);
    this.journal = new FactsCard(node);
    this.node = new FactsCard(node);
    const cards = element("div.cards", {}, this.broker.root, this.journal.root, this.node.root);
    this.root = element("section.facts-view", {}, element("h1", { tabindex: -1 }, WORDS.views.delivery), cards);
  }

  show(node) {
    const { broker, journal, node: board } = node.status;
    const number = (value) => (node.isLost ? WORDS.noNumber : count(value));
    const isOff = broker.state === "off";
    this.broker.show(FACTS.broker, broker.words, isOff ? null : broker.since_s, [
      [FACTS.url, broker.url || null],
      [FACTS.protocol, node.isLost ? WORDS.noNumber : broker.protocol || (isOff ? null : FACTS.notConnected)],
      [FACTS.backlog, number(broker.backlog)],
      [FACTS.published, number(broker.published)],
      [FACTS.acknowledged, number(broker.acknowledged)],
      [FACTS.connects, number(broker.connects)],
      [FACTS.failures, number(broker.failures)],
    ], node);
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
