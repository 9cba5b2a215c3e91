// Network and time: where this board stands, where its page answers, and what time it has.

import { copyButton } from "./copy-button.js";
import { arrange, element, setText } from "./dom.js";
import { FactsCard } from "./facts-card.js";
import { Poll } from "./poll.js";
import { when } from "./state.js";
import { rate, span } from "./text.js";
import { WORDS } from "./words.js";

const { network: NETWORK } = WORDS;
const LOOK_MS = 5000;
const SAME_S = 0.5; // what a glance at two clocks would not tell
const LONGEST_TRIP_MS = 2000; // a slower answer tells nothing of the time

export class NetworkView {
  // changed() is called when there is something else to show.
  constructor(node, changed) {
    this.poll = new Poll("/api/v1/network", LOOK_MS, changed);
    this.cards = new Map();
    this.board = new FactsCard(node);
    this.clock = new FactsCard(node);
    this.pages = new Map();
    this.list = element("ul.pages");
    this.onlyHere = element("p.sentence", {}, NETWORK.onlyHere);
    this.page = element("article.card", {}, element("div.head", {}, element("h2", {}, NETWORK.page)), this.onlyHere, this.list);
    this.grid = element("div.cards");
    this.note = element("p.waiting", { role: "status" });
    this.title = element("h1", { tabindex: -1 }, WORDS.views.network);
    this.root = element("section.facts-view.network-view", {}, this.title);
  }

  show(node) {
    this.poll.tend(node);
    const told = this.poll.body;
    if (told === null || node.isLost) {
      setText(this.note, node.isLost ? NETWORK.lost : this.poll.detail || NETWORK.first);
      arrange(this.root, [this.title, this.note]);
      return;
    }
    this.showPages(told.pages);
    this.showBoard(told, node);
    this.showClock(told.time, node);
    const shown = told.interfaces.filter(({ kind, addresses }) => kind !== "loopback" && (kind !== "virtual" || addresses.length > 0));
    const interfaces = shown.map((each) => this.showInterface(each, node));
    arrange(this.grid, [this.page, this.clock.root, ...interfaces, this.board.root]);
    arrange(this.root, [this.title, this.grid]);
  }

  showPages(pages) {
    this.onlyHere.hidden = !pages.every(({ reach }) => reach === "board");
    const rows = pages.map((page) => {
      if (!this.pages.has(page.url)) this.pages.set(page.url, pageRow(page));
      return this.pages.get(page.url);
    });
    arrange(this.list, rows);
  }

  showInterface(told, node) {
    if (!this.cards.has(told.name)) this.cards.set(told.name, new FactsCard(node));
    const card = this.cards.get(told.name);
    const { wireless } = told;
    const signal = wireless?.signal_dbm === null || !wireless ? null : { text: WORDS.signal(wireless.signal_dbm, wireless.strength), icon: `signal-${wireless.strength}`, warns: wireless.strength === "weak" };
    card.show(NETWORK.kinds[told.kind](told.name), NETWORK.links[told.link], null, [
      [NETWORK.addresses, told.addresses.join(", ") || NETWORK.noAddress],
      [NETWORK.wifi, wireless?.name || null],
      [NETWORK.signal, signal],
      [NETWORK.speed, told.speed_mbit === null ? null : NETWORK.speedOf(told.speed_mbit)],
      [NETWORK.mac, told.mac || null],
    ], node);
    return card.root;
  }

  showBoard(told, node) {
    this.board.show(NETWORK.board, null, null, [
      [NETWORK.host, told.host],
      [NETWORK.gateway, told.gateways.map(NETWORK.gatewayOf).join(", ") || NETWORK.noGateway],
      [NETWORK.servers, told.name_servers.join(", ") || NETWORK.noServers],
      [NETWORK.up, told.time.up_s === null ? null : span(told.time.up_s + this.poll.elapsedS())],
      [NETWORK.boot, told.time.boot],
    ], node);
  }

  showClock(time, node) {
    const nowMs = Date.parse(time.utc) + this.poll.elapsedS() * 1000;
    this.clock.show(NETWORK.clock, time.synced === null ? null : NETWORK.synced[time.synced], null, [
      [NETWORK.utc, `${new Date(nowMs).toISOString().slice(0, 19).replace("T", " ")} UTC`],
      [NETWORK.zone, zoneOf(time, nowMs)],
      [matchMedia("(pointer: coarse)").matches ? NETWORK.phone : NETWORK.computer, this.comparison(time)],
      [NETWORK.program, time.program || null],
      [NETWORK.server, time.server ? NETWORK.serverOf(time.server, time.stratum) : null],
      [NETWORK.offset, time.offset_ms === null ? null : NETWORK.milliseconds(rate(Math.abs(time.offset_ms)), NETWORK.side(time.offset_ms))],
      [NETWORK.error, time.max_error_ms === null ? null : NETWORK.most(rate(time.max_error_ms))],
      [NETWORK.set, time.set_s === null ? null : when(node, time.set_s + this.poll.elapsedS())],
    ], node);
  }

  // What the clock here is ahead of the board's: the board told its own between question and answer.
  comparison(time) {
    const { beforeMs, afterMs } = this.poll.took;
    if (afterMs - beforeMs > LONGEST_TRIP_MS || afterMs < beforeMs) return NETWORK.tooSlow;
    const aheadS = ((beforeMs + afterMs) / 2 - Date.parse(time.utc)) / 1000;
    if (Math.abs(aheadS) < SAME_S) return { text: NETWORK.same, icon: "dot" };
    return { text: NETWORK.differs(apart(Math.abs(aheadS)), aheadS > 0), icon: "wave", warns: true };
  }
}

function apart(seconds) {
  return seconds < 60 ? `${rate(seconds)} s` : span(seconds);
}

function zoneOf({ zone, zone_min: min }, nowMs) {
  const local = new Date(nowMs + min * 60000).toISOString().slice(11, 16);
  const sign = min < 0 ? "\u2212" : "+";
  const two = (number) => String(number).padStart(2, "0");
  const ahead = `UTC${sign}${two(Math.floor(Math.abs(min) / 60))}:${two(Math.abs(min) % 60)}`;
  return NETWORK.zoneOf(zone, ahead, local);
}

function pageRow({ url, interface: name, reach }) {
  const where = reach === "board" ? NETWORK.reach.board : name || NETWORK.reach.name;
  const link = element("a", { href: url }, url);
  return element("li", {}, element("span", {}, link, element("span.quiet", {}, where)), copyButton(() => url, WORDS.copy.verb, WORDS.copy.of(url)));
}
