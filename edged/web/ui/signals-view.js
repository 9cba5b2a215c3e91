// Signals: the chain of a stream, edited, and what it makes of what is measured, seen before it holds.

import { get } from "./api.js";
import { ChainApplier } from "./chain-applier.js";
import { ChainEditor } from "./chain-editor.js";
import { arrange, element, setText } from "./dom.js";
import { emptyState } from "./empty.js";
import { Picture } from "./picture.js";
import { Previews } from "./previews.js";
import { session } from "./session.js";
import { stepModels, withoutDefaults } from "./step-models.js";
import { StreamChoice } from "./stream-choice.js";
import { WORDS } from "./words.js";

const { signals: SIGNALS } = WORDS;
const LOOK_MS = 5000;

export class SignalsView {
  // changed() is called when there is something else to show.
  constructor(node, changed) {
    this.node = node;
    this.changed = changed;
    this.models = null;
    this.isGood = null; // whether the steps can run and be applied; null until that is known
    this.choice = new StreamChoice((isOther) => this.chosen(isOther));
    this.picture = new Picture();
    this.editor = new ChainEditor(() => this.edited());
    this.applier = new ChainApplier({
      isDirty: () => this.isDirty,
      held: () => this.look(),
      refused: (errors) => this.refused(errors),
      reset: () => this.load(),
    });
    this.applier.edits = () => this.edits();
    this.previews = new Previews(() => this.question(), (answer) => this.take(answer), () => this.isWatched());
    this.empty = emptyState(WORDS.noSources, WORDS.example.source);
    this.empty.hidden = false;
    this.wait = element("p.waiting", {}, SIGNALS.loading);
    this.note = element("div.empty", {}, element("h2"), element("p"));
    this.title = element("h1", { tabindex: -1 }, WORDS.views.signals);
    this.only = element("p.quiet", {}, SIGNALS.readOnly);
    this.edge = element("fieldset.chain", {}, this.only, this.editor.root, this.applier.root);
    this.work = element("div.bench", {}, this.picture.root, this.edge);
    this.root = element("section.facts-view.signals-view", {}, this.title);
    this.keepBelow(document.getElementById("top"));
  }

  // The picture stays in sight below the top bar, which is as high as its words.
  keepBelow(top) {
    new ResizeObserver(() => this.root.style.setProperty("--head", `${top.offsetHeight}px`)).observe(top);
  }

  open() {
    this.look();
  }

  // Asks which streams and chains there are, and which configuration that is. What somebody works at stays as it is
  // unless it was asked for: the configuration is the one that has been seen.
  async look(isAsked = true) {
    if (this.node.isLost) return;
    clearTimeout(this.timer);
    const seen = this.applier.etag;
    const asks = [get("/api/v1/streams"), this.applier.look()];
    if (this.models === null) asks.push(get("/api/v1/configuration/schema"));
    const [streams, , schema] = await Promise.all(asks);
    if (schema?.ok) this.offer(stepModels(schema.body));
    this.reason = streams.ok ? "" : streams.body.detail;
    if (this.isDirty && !isAsked) this.applier.etag = seen;
    else if (streams.ok && this.models !== null) this.takeStreams(streams.body.sources);
    this.timer = setTimeout(() => this.lookAgain(), LOOK_MS);
    this.changed();
  }

  lookAgain() {
    if (!this.root.isConnected) return;
    if (this.isDirty || this.applier.isBusy || document.hidden) this.timer = setTimeout(() => this.lookAgain(), LOOK_MS);
    else this.look(false);
  }

  offer(models) {
    this.models = models;
    this.editor.offer(models);
  }

  takeStreams(sources) {
    const [wasDirty, key] = [this.isDirty, this.choice.key];
    this.choice.offer(sources, new Map(this.node.status.subjects.map(({ name, title }) => [name, title])));
    this.held = this.choice.stream?.steps ?? [];
    const isOther = key !== this.choice.key || !wasDirty;
    if (!isOther || this.text(this.editor.steps) === this.text(this.held)) {
      this.previews.goOn();
    } else {
      this.editor.load(this.held);
      this.previews.now();
    }
  }

  // Something else was chosen: another chain, or only another sight of it.
  chosen(isOther) {
    this.picture.forget();
    if (isOther) {
      this.applier.edited();
      this.load();
    } else {
      this.previews.now();
    }
    this.changed();
  }

  // Shows the chain that holds.
  load() {
    this.held = this.choice.stream?.steps ?? [];
    this.editor.load(this.held);
    this.applier.edited();
    this.isGood = null;
    this.picture.forget();
    this.previews.now();
    this.changed();
  }

  edited() {
    this.applier.edited();
    this.isGood = this.editor.check() ? null : false;
    this.picture.restart();
    if (this.isGood === null) this.previews.edited();
    else this.previews.stop();
    this.changed();
  }

  // Who may not change a chain sees it as it is; trying one takes the board's processor, and is not his either.
  get isReadOnly() {
    return !session.may("configure");
  }

  get isDirty() {
    return this.held !== undefined && this.text(this.editor.steps) !== this.text(this.held);
  }

  text(steps) {
    return JSON.stringify(steps.map((step) => Object.entries(withoutDefaults(step, this.models)).sort()));
  }

  isWatched() {
    return this.root.isConnected && !document.hidden && !this.node.isLost && !this.choice.trace && !this.picture.isRead;
  }

  question() {
    const isThere = this.root.isConnected && !this.node.isLost && !this.isReadOnly && this.choice.stream !== null;
    return isThere ? { ...this.choice.question, chain: this.editor.steps } : null;
  }

  async take(answer) {
    if (!this.root.isConnected) return;
    let isGood = answer.ok;
    if (isGood) {
      this.editor.check();
      this.picture.show(answer.body, this.choice);
    } else {
      this.picture.withdraw(this.editor.refuse(answer.body.errors ?? []) ? SIGNALS.mendFirst : answer.body.detail);
    }
    // Of what nothing has come yet a chain may be changed nevertheless: the plan tells whether it can be.
    if (this.isDirty && (answer.ok || [404, 503].includes(answer.status))) {
      isGood = await this.applier.check(this.edits());
    }
    if (isGood !== null) this.isGood = isGood;
    this.changed();
  }

  refused(errors) {
    this.isGood = false;
    return this.editor.refuse(errors);
  }

  // What is to be changed: the steps of a chain that is written down, or a chain more.
  edits() {
    const { source, stream } = this.choice;
    const steps = this.editor.steps.map((step) => withoutDefaults(step, this.models));
    const path = ["source", source.source, "chain"];
    if (stream.is_configured) return [{ op: "set", path: [...path, stream.quantity, "steps"], value: steps }];
    return [{ op: "add", path, value: { stream: stream.quantity, steps } }];
  }

  show(node) {
    const hasStreams = this.choice.stream !== null;
    if (node.isLost) this.picture.withdraw(SIGNALS.noConnection);
    else if (this.wasLost) this.look();
    this.wasLost = node.isLost;
    this.applier.show({ isGood: this.isGood, isLost: node.isLost });
    this.choice.lock(node.isLost);
    const { isReadOnly } = this;
    this.edge.disabled = isReadOnly;
    this.only.hidden = !isReadOnly;
    for (const root of [this.picture.root, this.applier.root]) root.hidden = isReadOnly;
    this.choice.keepFromTrying(isReadOnly);
    if (this.choice.sources === null) arrange(this.root, [this.title, this.reason ? this.say("", this.reason) : this.wait]);
    else if (this.choice.sources.length === 0) arrange(this.root, [this.title, this.empty]);
    else arrange(this.root, [this.title, this.choice.root, hasStreams ? this.work : this.say(SIGNALS.noStreams.title, SIGNALS.noStreams.text)]);
  }

  say(title, text) {
    setText(this.note.firstChild, title);
    this.note.firstChild.hidden = title === "";
    setText(this.note.lastChild, text);
    return this.note;
  }
}
