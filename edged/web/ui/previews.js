// Asks for previews: again and again while somebody looks, shortly after each edit, and only the latest answer counts.

import { send } from "./api.js";

const TYPING_MS = 250;
const LIVE_MS = 1000;
const SUPERSEDED = 429;
const NOT_ALLOWED = new Set([401, 403]);

export class Previews {
  // question(): the body, or null where there is nothing to ask; told(answer); isWatched(): whether to go on asking.
  constructor(question, told, isWatched) {
    this.question = question;
    this.told = told;
    this.isWatched = isWatched;
    this.asked = 0;
    this.isGoing = false; // an answer, or the next question, is on its way
  }

  // Something is another: what is under way does not count any more.
  edited() {
    this.stop();
    this.later(TYPING_MS);
  }

  now() {
    this.stop();
    this.later(0);
  }

  // Goes on where it had stopped, as when nobody looked.
  goOn() {
    if (!this.isGoing) this.later(0);
  }

  stop() {
    this.asked += 1;
    this.isGoing = false;
    clearTimeout(this.timer);
  }

  later(ms) {
    clearTimeout(this.timer);
    this.isGoing = true;
    this.timer = setTimeout(() => this.ask(), ms);
  }

  async ask() {
    const body = this.question();
    this.isGoing = body !== null;
    if (!this.isGoing) return;
    this.asked += 1;
    const mine = this.asked;
    const answer = await send("POST", "/api/v1/preview", body);
    if (mine !== this.asked) return;
    if (answer.status !== SUPERSEDED) this.told(answer);
    if (!NOT_ALLOWED.has(answer.status)) this.again(); // else until something else is asked
  }

  // While it is read out, or nobody can see it, it stays as it is.
  again() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.isWatched() ? this.ask() : this.again()), LIVE_MS);
  }
}
