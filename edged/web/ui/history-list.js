// What a source went through: its changes of state, newest first, with what to do about each.

import { get } from "./api.js";
import { element, setSentence } from "./dom.js";
import { State } from "./state.js";
import { timeOfDay } from "./text.js";
import { WORDS } from "./words.js";

const { device: DEVICE } = WORDS;

export class HistoryList {
  constructor(source) {
    this.source = source;
    this.mistake = element("p.mistake", { role: "alert" });
    this.list = element("ol.phases");
    const heading = element("h2.section", {}, DEVICE.history);
    this.root = element("section", {}, heading, element("p.quiet", {}, DEVICE.historyHint), this.mistake, this.list);
    this.mistake.hidden = true;
  }

  async read(node) {
    const answer = await get(`/api/v1/sources/${encodeURIComponent(this.source)}/history`);
    this.mistake.hidden = answer.ok;
    this.mistake.textContent = answer.ok ? "" : answer.body.detail;
    this.list.replaceChildren(...(answer.ok ? answer.body.phases.map((phase) => line(phase, node)) : []));
  }
}

function line({ at, words }, node) {
  const state = new State();
  state.show(words, node);
  const sentence = element("span.sentence");
  setSentence(sentence, words.sentence);
  const time = element("time.quiet", { datetime: at }, timeOfDay(Date.parse(at), node.nowMs()));
  return element("li", {}, time, state.root, sentence);
}
