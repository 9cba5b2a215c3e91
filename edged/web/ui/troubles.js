// What went wrong on the way to the broker: each once, with how often and when.

import { arrange, element, setText } from "./dom.js";
import { when } from "./state.js";
import { timeOfDay } from "./text.js";
import { WORDS } from "./words.js";

const { delivery: DELIVERY } = WORDS;

export class Troubles {
  constructor() {
    this.rows = new Map();
    this.list = element("ol.troubles");
    this.none = element("p.quiet", {}, DELIVERY.noTroubles);
    this.root = element("section", {}, element("h2.section", {}, DELIVERY.troubles), this.none, this.list);
  }

  // elapsedS is how long ago they were told.
  show(troubles, node, elapsedS) {
    this.none.hidden = troubles.length > 0;
    const shown = troubles.map((trouble) => {
      const key = `${trouble.what} ${trouble.mend}`;
      if (!this.rows.has(key)) this.rows.set(key, makeRow(trouble));
      const { root, times } = this.rows.get(key);
      setText(times, DELIVERY.times(trouble.count, when(node, trouble.last_s + elapsedS), timeOfDay(Date.parse(trouble.first), node.nowMs())));
      return root;
    });
    arrange(this.list, shown);
    for (const [key, { root }] of this.rows) if (!shown.includes(root)) this.rows.delete(key);
  }
}

function makeRow({ what, mend }) {
  const times = element("p.quiet");
  const root = element("li.card", {}, element("h3", {}, what), ...(mend ? [element("p", {}, mend)] : []), times);
  return { root, times };
}
