// Which stream of which source, on what it is tried, and how much of it is shown.

import { upload } from "./api.js";
import { element, setAttribute, setText } from "./dom.js";
import { Field } from "./field.js";
import { WORDS } from "./words.js";

const { signals: SIGNALS } = WORDS;
const SPANS_S = [5, 10, 30];
const IRREGULAR_SPANS_S = [60, 120, 300];
const MIDDLE = 1; // the span that is shown at first

export class StreamChoice {
  // chosen(isOther): another stream, or only another sight of the same one.
  constructor(chosen) {
    this.chosen = chosen;
    this.sources = null;
    this.traces = [];
    this.fields = {};
    for (const name of ["source", "stream", "channel", "tryOn", "show"]) {
      const field = new Field(SIGNALS[name], element("select"));
      this.fields[name] = field;
      field.control.addEventListener("change", () => this.changed(name));
    }
    this.file = element("input", { type: "file", hidden: "" });
    this.file.addEventListener("change", () => this.send());
    this.sendButton = element("button", { type: "button" }, SIGNALS.sendTrace);
    this.sendButton.addEventListener("click", () => this.sendButton.ariaDisabled !== "true" && this.file.click());
    this.trying = element("div.trying", {}, this.fields.tryOn.root, this.file, this.sendButton);
    const { source, stream, channel, show } = this.fields;
    this.root = element("div.choice", {}, source.root, stream.root, channel.root, show.root, this.trying);
  }

  // What there is; what was chosen stays so where it is still there.
  offer(sources, titles) {
    this.sources = sources;
    const shown = sources.map(({ source, subject }) => [source, SIGNALS.sourceOf(source, titles.get(subject) ?? subject)]);
    fill(this.fields.source, shown);
    this.offerStreams();
  }

  offerStreams() {
    const streams = this.source?.streams ?? [];
    fill(this.fields.stream, streams.map(({ quantity, rate_hz: rate }) => [quantity, SIGNALS.streamOf(quantity, rate)]));
    const { stream, channel, show } = this.fields;
    for (const root of [stream.root, channel.root, show.root, this.trying]) root.hidden = streams.length === 0;
    if (this.stream !== null) this.offerSights(this.stream);
  }

  offerSights({ channels, rate_hz: rate }) {
    fill(this.fields.channel, channels.map(({ label }) => [label, label]));
    this.fields.channel.root.hidden = channels.length < 2;
    const spans = rate > 0 ? SPANS_S : IRREGULAR_SPANS_S;
    fill(this.fields.show, spans.map((span) => [String(span), SIGNALS.last(span)]), MIDDLE);
    fill(this.fields.tryOn, [["", SIGNALS.live], ...this.traces.map(({ trace, name }) => [trace, SIGNALS.traceOf(name)])]);
  }

  changed(name) {
    if (name === "source") this.offerStreams();
    if (name === "stream" && this.stream !== null) this.offerSights(this.stream);
    this.fields.tryOn.refuse("");
    this.chosen(name === "source" || name === "stream");
  }

  get source() {
    return this.sources?.find(({ source }) => source === this.fields.source.value) ?? null;
  }

  get stream() {
    return this.source?.streams.find(({ quantity }) => quantity === this.fields.stream.value) ?? null;
  }

  // By which a chain is known.
  get key() {
    return `${this.fields.source.value} ${this.fields.stream.value}`;
  }

  get trace() {
    return this.fields.tryOn.value;
  }

  get seconds() {
    return Number(this.fields.show.value);
  }

  // The question that is asked of a preview, but for the chain.
  get question() {
    const on = this.trace ? { trace: this.trace } : { source: this.source.source };
    const channel = this.stream.channels.length > 1 ? this.fields.channel.value : null;
    return { ...on, stream: this.stream.quantity, channel, seconds: this.seconds };
  }

  // Without a picture there is nothing to choose of it.
  keepFromTrying(isKept) {
    const { channel, show } = this.fields;
    for (const root of [channel.root, show.root, this.trying]) root.toggleAttribute("data-kept", isKept);
  }

  lock(isLost) {
    for (const { control } of Object.values(this.fields)) control.disabled = isLost;
    setAttribute(this.sendButton, "aria-disabled", isLost || this.isSending ? "true" : null);
  }

  async send() {
    const [file] = this.file.files;
    if (file === undefined) return;
    this.isSending = true;
    setText(this.sendButton, SIGNALS.sending);
    const answer = await upload("/api/v1/traces", file);
    this.isSending = false;
    setText(this.sendButton, SIGNALS.sendTrace);
    this.file.value = "";
    this.fields.tryOn.refuse(answer.ok ? "" : answer.body.detail);
    if (!answer.ok) return;
    this.traces = [...this.traces, { trace: answer.body.trace, name: file.name }].slice(-2); // as the node keeps them
    this.offerSights(this.stream);
    this.fields.tryOn.control.value = answer.body.trace;
    this.chosen(false);
  }
}

// Puts options into a field; the one that was chosen stays.
function fill({ control }, options, standard = 0) {
  const before = control.value;
  const known = [...control.options].map(({ value, text }) => [value, text]);
  if (JSON.stringify(known) === JSON.stringify(options)) return;
  control.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
  const stays = options.some(([value]) => value === before);
  control.value = stays ? before : options[standard]?.[0] ?? "";
}
