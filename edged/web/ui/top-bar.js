// Always there: where this is, whether the broker takes what it is sent, what waits, what time it is; and an
// adapter that is out of order.

import { element, setAttribute, setText } from "./dom.js";
import { isProblem } from "./order.js";
import { State } from "./state.js";
import { count, timeOfDay } from "./text.js";
import { WORDS } from "./words.js";

const NAMES_ITSELF = /broker|bluetooth/i;
const CLOCK_UNSET = { word: WORDS.clockUnsynced, icon: "hollow", sentence: "" };

export class TopBar {
  constructor(root) {
    this.place = element("p.place.clip");
    this.broker = new State();
    this.backlog = element("span.clip");
    this.journal = new State();
    this.brokerPrefix = element("span.prefix", { "data-short": "" }, WORDS.broker);
    this.broker.word.before(this.brokerPrefix);
    this.delivery = element("a", { href: "#delivery" }, this.backlog, this.journal.root);
    this.journal.word.before(element("span.prefix", {}, WORDS.journal));
    this.adapter = new State();
    this.adapterPrefix = element("span.prefix", {}, WORDS.bluetoothOf);
    this.adapter.word.before(this.adapterPrefix);
    this.adapterLink = element("a.wide", { href: "#devices" }, this.adapter.root);
    this.clock = element("span");
    this.unset = new State();
    const post = element(
      "div.post",
      {},
      element("a", { href: "#delivery" }, this.broker.root),
      this.delivery,
      this.adapterLink,
    );
    root.append(this.place, element("p.clock", {}, this.unset.root, this.clock), post);
  }

  show(node) {
    const { node: board, broker, journal } = node.status;
    if (this.place.title !== `${board.site} / ${board.node}`) {
      this.place.title = `${board.site} / ${board.node}`;
      this.place.replaceChildren(element("span.quiet", {}, `${board.site} / `), element("b", {}, board.node));
    }
    const unknown = node.isLost ? WORDS.unknown : null;
    const counts = !unknown && (broker.state === "unreachable" || broker.state === "refused");
    this.broker.show(unknown ?? broker.words, node, counts ? broker.since_s + node.elapsedS() : null);
    this.brokerPrefix.hidden = NAMES_ITSELF.test(this.broker.word.textContent);
    setAttribute(this.broker.root, "title", unknown ? null : broker.words.sentence || null);

    const isWell = journal.state === "ready" || node.isLost;
    this.backlog.hidden = !isWell || broker.state === "off";
    setText(this.backlog, WORDS.backlog(node.isLost ? WORDS.noNumber : count(broker.backlog)));
    this.journal.root.hidden = isWell;
    this.delivery.hidden = this.backlog.hidden && isWell;
    setAttribute(this.brokerPrefix, "data-short", this.delivery.hidden ? null : ""); // alone it has room
    if (!isWell) this.journal.show(journal.words, node);

    const worst = node.isLost ? undefined : worstOf(node.status.adapters);
    this.adapterLink.hidden = worst === undefined;
    if (worst) {
      this.adapter.show(worst.words, node);
      this.adapterPrefix.hidden = NAMES_ITSELF.test(worst.words.word);
      setAttribute(this.adapter.root, "title", worst.words.sentence || null);
    }

    this.unset.root.hidden = board.clock === "synced" || node.isLost;
    this.unset.show(CLOCK_UNSET, node);
    setText(this.clock, node.isLost || board.clock === "unsynced" ? "" : timeOfDay(node.nowMs()));
  }
}

// The adapter to look after first: one that is out of order before one that comes back by itself.
function worstOf(adapters) {
  const troubled = adapters.filter((adapter) => isProblem(adapter.words));
  return troubled.find((adapter) => adapter.words.icon === "cross") ?? troubled[0];
}
