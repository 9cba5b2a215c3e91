// Who is at this page, what he may do, and the ways in and out.

import { get, send, setToken, whenStranger } from "./api.js";

const SESSION = "/api/v1/session";
const CLAIMED_MEANWHILE = 409;
const KEPT_MS = 60000; // a session is over when it is idle; the live feed alone does not keep it

class Session {
  constructor() {
    this.told = null; // the node's word; null as long as it has not answered
    this.farewell = ""; // why nobody is logged in any more: "over", or "loggedOut"
    this.isLeaving = false; // from the wish to be logged out until the node says that nobody is in
    this.listeners = [];
    this.turn = 0;
    this.keptAt = 0;
    this.others = new BroadcastChannel("edged-session"); // the other pages of this browser: they share the cookie
    this.others.onmessage = () => this.ask();
    whenStranger(() => this.ask());
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => this.keep(), { passive: true });
  }

  // Calls back when somebody comes in, or is out.
  whenChanged(callback) {
    this.listeners.push(callback);
  }

  get isKnown() {
    return this.told !== null;
  }

  get user() {
    return this.told?.user ?? null;
  }

  get isIn() {
    return this.user !== null;
  }

  get isClaimed() {
    return this.told?.claimed ?? false;
  }

  get isClaimable() {
    return this.told?.claimable ?? false;
  }

  // Whether there is an account behind it; at a board that nobody has claimed there is none.
  get isLoggedIn() {
    return this.isIn && this.isClaimed;
  }

  // permission: "see", "assign", "configure" or "administer". What is not permitted is not to be offered.
  may(permission) {
    return this.user?.permissions.includes(permission) ?? false;
  }

  async ask() {
    this.turn += 1;
    const { turn } = this;
    const answer = await get(SESSION);
    if (answer.ok && turn === this.turn) this.take(answer.body); // else it has been overtaken
    return answer;
  }

  claim(values) {
    return this.enter("/api/v1/claim", values);
  }

  logIn({ name, password }) {
    return this.enter(SESSION, { name: name.trim().toLowerCase(), password });
  }

  logOut() {
    return this.leave(SESSION);
  }

  logOutEverywhere() {
    return this.leave("/api/v1/sessions");
  }

  async enter(path, values) {
    const answer = await send("POST", path, values);
    if (answer.ok) {
      this.turn += 1;
      this.take(answer.body);
      this.others.postMessage("changed");
    } else if (answer.status === CLAIMED_MEANWHILE) this.ask();
    return answer;
  }

  async leave(path) {
    this.isLeaving = true;
    const answer = await send("DELETE", path);
    this.isLeaving &&= answer.ok;
    await this.ask();
    if (answer.ok) this.others.postMessage("changed");
    return answer;
  }

  take(told) {
    const before = this.told;
    this.told = told;
    this.keptAt = performance.now();
    setToken(told.csrf);
    if (before?.user && !told.user) {
      this.farewell = this.isLeaving ? "loggedOut" : "over";
      this.isLeaving = false;
    }
    if (JSON.stringify(before) !== JSON.stringify(told)) for (const listener of this.listeners) listener(before);
  }

  // Who uses the page uses the session, also where nothing is asked of the node.
  keep() {
    if (this.isLoggedIn && performance.now() - this.keptAt > KEPT_MS) this.ask();
  }
}

export const session = new Session();
