// Audit log: who changed what, newest first; to be filtered, and taken along.

import { get } from "./api.js";
import { auditEntry } from "./audit-entry.js";
import { element, setText } from "./dom.js";
import { Form } from "./form.js";
import { textField } from "./text-field.js";
import { WORDS } from "./words.js";

const { audit: AUDIT } = WORDS.access;
const PATH = "/api/v1/audit";
const PAGE = 50;

export class AuditView {
  // changed() is called when there is something else to show.
  constructor(node, session, changed) {
    this.node = node;
    this.session = session;
    this.changed = changed;
    this.filter = { who: "", what: "" };
    this.last = 0; // the oldest entry shown
    this.turn = 0;
    const plain = { required: null, autocomplete: "off", maxlength: 80 };
    const who = textField(AUDIT.who, plain, AUDIT.whoHint);
    const what = textField(AUDIT.what, plain, AUDIT.whatHint);
    this.form = new Form({ who, what }, AUDIT.submit, (values) => this.find(values), () => {});
    this.form.buttons.append(element("a.button", { href: `${PATH}/file`, download: "" }, AUDIT.export));
    this.list = element("ol.deeds");
    this.none = element("p.quiet", { role: "status", hidden: "" });
    this.failed = element("p.mistake", { role: "alert", hidden: "" });
    this.older = element("button", { type: "button", hidden: "" }, AUDIT.older);
    this.older.addEventListener("click", () => this.load(this.last));
    const title = element("h1", { tabindex: -1 }, WORDS.views.audit);
    this.root = element("section.facts-view.access-view", {}, title, this.form.root, this.none, this.list, this.failed, this.older);
  }

  get isOffered() {
    const { isClaimed, isClaimable } = this.session; // neither: nothing is kept here
    return this.session.may("administer") && (isClaimed || isClaimable);
  }

  open() {
    this.load();
  }

  show() {}

  find({ who, what }) {
    this.filter = { who: who.trim(), what: what.trim() };
    return this.load();
  }

  // before: an id, to add older entries; without, the list begins anew.
  async load(before = 0) {
    this.turn += 1;
    const { turn } = this;
    const answer = await get(`${PATH}?${new URLSearchParams({ ...this.filter, before, limit: PAGE })}`);
    if (turn !== this.turn) return answer; // somebody asked for something else meanwhile
    this.failed.hidden = answer.ok;
    setText(this.failed, answer.ok ? "" : `${AUDIT.failed}: ${answer.body.detail}`);
    if (answer.ok) this.take(answer.body, before);
    this.changed();
    return answer;
  }

  take({ entries, older }, before) {
    const made = entries.map((entry) => auditEntry(entry, this.node));
    if (before === 0) this.list.replaceChildren(...made);
    else this.list.append(...made);
    this.last = entries.at(-1)?.id ?? this.last;
    this.older.hidden = !older;
    const isFiltered = this.filter.who !== "" || this.filter.what !== "";
    this.none.hidden = this.list.children.length > 0;
    setText(this.none, isFiltered ? AUDIT.noneFound : AUDIT.none);
  }
}
