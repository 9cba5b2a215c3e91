// One device: how it is, what it went through, what it sent, and how it is renamed, assigned or removed.

import { AssignSheet } from "./assign-sheet.js";
import { edit, seen } from "./changes.js";
import { confirm } from "./confirm.js";
import { arrange, element, setText } from "./dom.js";
import { FactsCard } from "./facts-card.js";
import { HistoryList } from "./history-list.js";
import { icon } from "./icons.js";
import { PacketsTable } from "./packets-table.js";
import { RenameSheet } from "./rename-sheet.js";
import { session } from "./session.js";
import { allFacts, sinceOf } from "./source-facts.js";
import { WORDS } from "./words.js";

const { device: DEVICE, devices: DEVICES } = WORDS;

export class DeviceView {
  // navigation: names the device (`argument`). undo: where what was done is said, and taken back.
  // identify(source): has it show itself, or says how else it is found.
  constructor(node, navigation, undo, identify) {
    this.node = node;
    this.navigation = navigation;
    this.undo = undo;
    this.title = element("h1.clip", { tabindex: -1 });
    const back = element("a.back", { href: "#devices" }, icon("back"), element("span", {}, DEVICE.back));
    this.assign = button(DEVICES.assign, () => new AssignSheet({ source: this.source }, this.done));
    this.rename = button(DEVICES.rename, () => new RenameSheet(this.subject, this.done));
    this.remove = button(DEVICE.remove, () => this.removeIt());
    this.identify = button(DEVICES.identify, () => identify(this.source));
    this.buttons = element("div.buttons", {}, this.assign, this.identify, this.rename, this.remove);
    this.gone = element("div.empty", {}, element("h2", {}, DEVICE.gone.title), element("p", {}, DEVICE.gone.text));
    this.mistake = element("p.mistake", { role: "alert" });
    this.mistake.hidden = true;
    this.head = [back, this.title];
    this.done = (text, change) => this.undo.offer(text, change);
    this.root = element("section.facts-view.device-view");
  }

  get source() {
    return this.navigation.argument;
  }

  // Another device, or the same one again: what is told of it is read anew.
  open() {
    if (this.shown !== this.source) {
      this.shown = this.source;
      this.card = new FactsCard(this.node);
      this.history = new HistoryList(this.source);
      this.packets = new PacketsTable(this.source);
      this.mistake.hidden = true;
    }
    this.isRead = false;
  }

  show(node) {
    if (this.shown !== this.source) this.open();
    const source = node.status.sources.find(({ name }) => name === this.source);
    setText(this.title, this.source);
    this.title.title = this.source;
    if (source === undefined) {
      arrange(this.root, [...this.head, this.gone]);
      return;
    }
    this.subject = node.status.subjects.find(({ name }) => name === source.subject);
    this.card.show(source.words.word, source.words, sinceOf(source), allFacts(source, node), node);
    this.card.name.hidden = true; // it stands above
    const mayConfigure = session.may("configure");
    this.assign.hidden = this.identify.hidden = !session.may("assign");
    this.rename.hidden = !mayConfigure || this.subject === undefined;
    this.remove.hidden = !mayConfigure;
    if (this.subject) this.rename.setAttribute("aria-label", DEVICES.renameOf(this.subject.title));
    for (const each of this.buttons.children) each.disabled = node.isLost;
    arrange(this.root, [...this.head, this.buttons, this.mistake, this.card.root, this.history.root, this.packets.root]);
    this.read(source, node);
  }

  // The history with each change of state; packets once, and when asked for: they would run away under the finger.
  read(source, node) {
    if (node.isLost || !this.root.isConnected) return;
    const state = `${source.state} ${source.words.sentence}`;
    if (!this.isRead || this.state !== state) this.history.read(node);
    if (!this.isRead) this.packets.read();
    this.isRead = true;
    this.state = state;
  }

  async removeIt() {
    const { source } = this;
    if (!(await confirm(DEVICE.removeAsk(source), DEVICE.remove))) return;
    const known = await seen();
    const answer = known.ok ? await edit([{ op: "remove", path: ["source", source] }], known.body.etag) : known;
    this.mistake.hidden = answer.ok;
    setText(this.mistake, answer.ok ? "" : answer.body.detail);
    if (!answer.ok) return;
    this.done(DEVICE.removed(source), { before: known.body.etag, after: answer.body.etag });
    location.hash = "#devices";
  }
}

function button(word, act) {
  const made = element("button", { type: "button" }, word);
  made.addEventListener("click", act);
  return made;
}
