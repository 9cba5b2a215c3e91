// Puts the page together: one connection, one node, one view at a time.

import { AccountsView } from "./accounts-view.js";
import { AuditView } from "./audit-view.js";
import { ClaimView } from "./claim-view.js";
import { ConfigurationView } from "./configuration-view.js";
import { Connection } from "./connection.js";
import { DeliveryView } from "./delivery-view.js";
import { DeviceView } from "./device-view.js";
import { DevicesView } from "./devices-view.js";
import { element, setText } from "./dom.js";
import { Entrance } from "./entrance.js";
import { HealthView } from "./health-view.js";
import { LogsView } from "./logs-view.js";
import { MoreView } from "./more-view.js";
import { Navigation } from "./navigation.js";
import { Node } from "./node.js";
import { NetworkView } from "./network-view.js";
import { NowView } from "./now-view.js";
import { SignalsView } from "./signals-view.js";
import { session } from "./session.js";
import { State } from "./state.js";
import { span, timeOfDay } from "./text.js";
import { TokensView } from "./tokens-view.js";
import { TopBar } from "./top-bar.js";
import { UndoLine } from "./undo-line.js";
import { WORDS } from "./words.js";

const TICK_MS = 1000;
const ASK_AGAIN_MS = 2000;

const main = document.getElementById("main");
const notice = document.getElementById("notice");
const waiting = element("p.waiting", {}, WORDS.connecting);
const node = new Node();
const topBar = new TopBar(document.getElementById("top"));
const undo = new UndoLine();
const claim = new ClaimView(session);
const entrance = new Entrance(session, claim);
const further = {
  signals: new SignalsView(node, show),
  configuration: new ConfigurationView(node, show, session),
  health: new HealthView(node, show, session),
  logs: new LogsView(node, show),
  network: new NetworkView(node, show),
  accounts: new AccountsView(node, session, show),
  tokens: new TokensView(node, session, show),
  audit: new AuditView(node, session, show),
  claim,
};
const tabs = {
  now: new NowView(),
  devices: new DevicesView(undo),
  delivery: new DeliveryView(node, show, session),
  more: new MoreView(Object.keys(further), isOffered, session),
};
const within = { device: "devices" };
const navigation = new Navigation(
  document.getElementById("nav"),
  Object.keys(tabs),
  Object.keys(further),
  isOffered,
  within,
);
const views = { ...tabs, ...further, device: new DeviceView(node, navigation, undo, (source) => tabs.devices.identify(source)) };
const connection = new Connection(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`, told, lost);

// Whether a view is for who is here.
function isOffered(name) {
  return views[name].isOffered ?? true;
}

let isLossTold = false; // whether the notice says that the connection is lost
let lastIn = ""; // who was in last: name and role
let hasArrived = false; // whether he has come to a view, by a form or a link, and has not been shown it yet

function show() {
  if (!session.isIn) return;
  navigation.show(node);
  document.body.toggleAttribute("data-lost", node.isLost);
  if (node.status === null) return;
  topBar.show(node);
  views[navigation.current].show(node);
}

function open() {
  if (!session.isKnown) return; // nobody is told that it is closed to him before the node has said who he is
  document.body.toggleAttribute("data-outside", !session.isIn);
  if (!session.isIn) {
    entrance.open(main);
    return;
  }
  const name = navigation.current;
  const view = views[name];
  if (node.status === null) main.replaceChildren(waiting);
  const what = navigation.argument || WORDS.views[name];
  document.title = node.status ? `${what} – ${node.status.node.node}` : "edged";
  if (node.status !== null) {
    show(); // filled before it is there, so that nothing flashes
    main.replaceChildren(view.root);
    view.open?.();
    if (hasArrived) view.root.querySelector("h1").focus();
    hasArrived = false;
  }
  show();
}

function told(update, isFirst) {
  const isNew = node.status === null;
  const before = node.status?.node.software;
  node.take(update, isFirst);
  isLossTold = false;
  if (before !== undefined && before !== update.status.node.software) location.reload(); // edged was updated
  tellOfNode(update.status.node.words);
  if (isNew) open();
  else show();
}

// What is the matter with the node as a whole stands above every view; it is said when it changes, not each second.
function tellOfNode(words) {
  const text = words.icon === "dot" ? "" : `${words.word}: ${words.sentence}`;
  if (notice.dataset.text === text) return;
  notice.dataset.text = text;
  const state = new State();
  state.show({ word: words.word, icon: words.icon }, node);
  notice.replaceChildren(...(text ? [element("p", {}, state.root, element("span", {}, words.sentence))] : []));
}

// Said once, for who listens; the counting beside it is for who looks.
function lost() {
  session.ask(); // it may be over
  if (isLossTold) return;
  isLossTold = true;
  node.lose();
  delete notice.dataset.text;
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

// Somebody has come in, or is out. What was open stays as it is for who comes back; for another it is made anew.
function changed(before) {
  if (session.isIn) comeIn(before);
  else goOut();
}

function comeIn(before) {
  const { name, role } = session.user;
  if (lastIn !== "" && lastIn !== `${name} ${role}`) location.reload();
  lastIn = `${name} ${role}`;
  if (before?.user) return;
  hasArrived ||= before !== null;
  connection.open();
  open();
}

function goOut() {
  connection.stop();
  if (node.status !== null) node.lose();
  isLossTold = false;
  notice.replaceChildren();
  delete notice.dataset.text;
  document.body.removeAttribute("data-lost");
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close("");
  for (const view of Object.values(further)) view.close?.();
  open();
}

async function begin() {
  await session.ask();
  if (session.isKnown) return;
  notice.replaceChildren(element("p", {}, element("span", {}, WORDS.noAnswer)));
  setTimeout(begin, ASK_AGAIN_MS);
}

main.replaceChildren(waiting);
addEventListener("hashchange", () => {
  hasArrived = true;
  open();
});
document.addEventListener("retell", show);
setInterval(tick, TICK_MS);
session.whenChanged(changed);
begin();
