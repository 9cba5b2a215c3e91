// Puts the page together: one connection, one node, one view at a time.

import { Connection } from "./connection.js";
import { DeliveryView } from "./delivery-view.js";
import { DevicesView } from "./devices-view.js";
import { element, setText } from "./dom.js";
import { Navigation } from "./navigation.js";
import { Node } from "./node.js";
import { NowView } from "./now-view.js";
import { State } from "./state.js";
import { span, timeOfDay } from "./text.js";
import { TopBar } from "./top-bar.js";
import { WORDS } from "./words.js";

const TICK_MS = 1000;

const main = document.getElementById("main");
const notice = document.getElementById("notice");
const node = new Node();
const topBar = new TopBar(document.getElementById("top"));
const views = { now: new NowView(), devices: new DevicesView(), delivery: new DeliveryView(node) };
const navigation = new Navigation(document.getElementById("nav"), Object.keys(views));

function show() {
  navigation.show(node);
  document.body.toggleAttribute("data-lost", node.isLost);
  if (node.status === null) return;
  topBar.show(node);
  views[navigation.current].show(node);
}

function open() {
  const name = navigation.current;
  const view = views[name];
  document.title = node.status ? `${WORDS.views[name]} – ${node.status.node.node}` : "edged";
  if (node.status !== null) {
    show(); // filled before it is there, so that nothing flashes
    main.replaceChildren(view.root);
  }
  show();
}

function told(update, isFirst) {
  const isNew = node.status === null;
  const before = node.status?.node.software;
  node.take(update, isFirst);
  if (before !== undefined && before !== update.status.node.software) location.reload(); // edged was updated
  notice.replaceChildren();
  if (isNew) open();
  else show();
}

// Said once, for who listens; the counting beside it is for who looks.
function lost() {
  if (node.isLost) return;
  node.lose();
  const text = node.lostAtMs === null ? WORDS.noAnswer : WORDS.lost(timeOfDay(node.lostAtMs));
  const state = new State();
  state.show({ word: "", icon: "cross" }, node);
  notice.replaceChildren(element("p", {}, state.root, element("span", {}, text), element("span.quiet", { "aria-hidden": "true" })));
  if (node.status === null) main.replaceChildren();
  show();
}

function tick() {
  show();
  const counter = notice.querySelector("[aria-hidden=true].quiet");
  if (counter && node.lostAtMs !== null) setText(counter, span((node.nowMs() - node.lostAtMs) / 1000));
}

main.replaceChildren(element("p.waiting", {}, WORDS.connecting));
open();
addEventListener("hashchange", () => {
  open();
  views[navigation.current].root.querySelector("h1").focus();
});
document.addEventListener("retell", show);
setInterval(tick, TICK_MS);
new Connection(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`, told, lost);
