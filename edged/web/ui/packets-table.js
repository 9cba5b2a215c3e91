// The last packets of a source, byte for byte, to be read or handed on.

import { get } from "./api.js";
import { element, setText } from "./dom.js";
import { WORDS } from "./words.js";

const { device: DEVICE } = WORDS;
const SAID_MS = 2000;
const SHOWN = 64; // bytes of one packet; all are copied

export class PacketsTable {
  constructor(source) {
    this.source = source;
    this.packets = [];
    this.note = element("p.quiet", { role: "status" }, DEVICE.noPackets);
    this.body = element("tbody");
    const head = [DEVICE.time, DEVICE.channel, DEVICE.data].map((word) => element("th", { scope: "col" }, word));
    this.table = element("table.packets", {}, element("thead", {}, element("tr", {}, ...head)), this.body);
    this.table.hidden = true;
    const frame = element("div.scroll", { tabindex: 0, role: "group", "aria-label": DEVICE.packets }, this.table);
    this.again = element("button", { type: "button" }, DEVICE.again);
    this.copy = element("button", { type: "button" }, DEVICE.copy);
    this.again.addEventListener("click", () => this.read());
    this.copy.addEventListener("click", () => this.hand());
    const hint = element("p.quiet", {}, DEVICE.packetsHint);
    const heading = element("h2.section", {}, DEVICE.packets);
    this.root = element("section", {}, heading, hint, element("div.buttons", {}, this.again, this.copy), this.note, frame);
  }

  async read() {
    const answer = await get(`/api/v1/sources/${encodeURIComponent(this.source)}/packets`);
    this.packets = answer.ok ? answer.body.packets : [];
    setText(this.note, answer.ok ? DEVICE.noPackets : answer.body.detail);
    this.note.hidden = this.packets.length > 0;
    this.table.hidden = this.copy.hidden = this.packets.length === 0;
    this.body.replaceChildren(...this.packets.map(row));
  }

  async hand() {
    try {
      await navigator.clipboard.writeText(this.packets.map(({ at, channel, data }) => `${at}\t${channel}\t${data}\n`).join(""));
      setText(this.copy, DEVICE.copied);
    } catch {
      setText(this.copy, DEVICE.notCopied); // the browser may refuse it
    }
    setTimeout(() => setText(this.copy, DEVICE.copy), SAID_MS);
  }
}

// The time with its milliseconds: packets come faster than seconds do.
function row({ at, channel, data }) {
  const time = new Date(at);
  const clock = time.toLocaleTimeString("en-GB", { hour12: false });
  const millis = String(time.getMilliseconds()).padStart(3, "0");
  const bytes = data.split(" ");
  const more = bytes.length > SHOWN ? element("span.quiet", {}, ` ${DEVICE.more(bytes.length - SHOWN)}`) : "";
  const shown = element("td.bytes", {}, element("code", {}, bytes.slice(0, SHOWN).join(" ")), more);
  return element("tr", {}, element("td", {}, `${clock}.${millis}`), element("td", {}, channel), shown);
}
