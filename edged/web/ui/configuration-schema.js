// Reads the JSON Schema of the configuration as what a form needs: sections, entries, and fields of a few kinds.
// Pure.

import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;

// {kind, key, title, help, ...}: a "table" has fields; "entries" have fields or variants, and the key that names one;
// every other kind is a field: text, number, choice, flag, secret, list.
export function sectionsOf(schema) {
  const all = Object.entries(schema.properties).map(([key, each]) => describe(schema, key, each, schema.required));
  const rank = ({ key }) => (WORDING.first.includes(key) ? WORDING.first.indexOf(key) : WORDING.first.length);
  return all.toSorted((a, b) => rank(a) - rank(b));
}

function describe(root, key, written, required = []) {
  const { schema, isOptional } = resolve(root, written);
  const help = written.description ?? schema.description ?? "";
  const common = { key, help: tidy(help), title: WORDING.sections[key] ?? titled(key).label };
  if (schema.properties) return { ...common, kind: "table", isOptional, fields: fieldsOf(root, schema) };
  if (schema.type === "array" && isTables(root, schema.items)) return { ...common, ...entries(root, key, schema.items) };
  const { label, unit } = titled(key);
  return {
    ...common,
    label,
    unit,
    kind: kindOf(schema),
    choices: schema.enum ?? [],
    isWhole: schema.type === "integer",
    isRequired: required.includes(key),
    default: written.default ?? null,
    example: written.examples?.[0] ?? null,
  };
}

function fieldsOf(root, schema, without = "") {
  return Object.entries(schema.properties)
    .filter(([key]) => key !== without)
    .map(([key, each]) => describe(root, key, each, schema.required));
}

function entries(root, key, items) {
  const what = WORDING.entries[key] ?? key;
  const variants = items.discriminator?.mapping;
  if (!variants) {
    const { schema } = resolve(root, items);
    const fields = fieldsOf(root, schema);
    return { kind: "entries", what, nameKey: schema.required?.[0] ?? "name", fields, variants: null };
  }
  const { propertyName } = items.discriminator;
  const read = ([name, ref]) => {
    const { schema } = resolve(root, { $ref: ref });
    return [name, { help: tidy(schema.description ?? ""), fields: fieldsOf(root, schema, propertyName) }];
  };
  return { kind: "entries", what, nameKey: propertyName, fields: [], variants: new Map(Object.entries(variants).map(read)) };
}

function resolve(root, written) {
  if (written.$ref) return { schema: root.$defs[written.$ref.split("/").pop()], isOptional: false };
  const kinds = written.anyOf?.filter((each) => each.type !== "null") ?? [];
  if (kinds.length === 0) return { schema: written, isOptional: false };
  return { schema: resolve(root, kinds[0]).schema, isOptional: kinds.length < written.anyOf.length };
}

function isTables(root, items) {
  return Boolean(items.discriminator || resolve(root, items).schema.properties);
}

function kindOf({ type, format, enum: choices }) {
  if (choices) return "choice";
  if (format === "password") return "secret";
  return { boolean: "flag", integer: "number", number: "number", array: "list" }[type] ?? "text";
}

// "max_size_mb" is "Max size", in MB.
function titled(key) {
  const ending = Object.keys(WORDING.units).find((each) => key.endsWith(`_${each}`));
  const words = (ending ? key.slice(0, -ending.length - 1) : key).split("_");
  const label = words.map((word) => WORDING.acronyms[word] ?? word).join(" ");
  return { label: label[0].toUpperCase() + label.slice(1), unit: ending ? WORDING.units[ending] : "" };
}

function tidy(text) {
  return text.replaceAll("``", "`");
}

// What is said, with one thing else; null takes it away. Nothing that is given is changed.
export function asSaid(said, [key, ...way], value) {
  const copy = Array.isArray(said) ? [...said] : { ...said };
  const place = Array.isArray(copy) ? Number(key) : key;
  if (way.length > 0) copy[place] = asSaid(copy[place] ?? {}, way, value);
  else if (value === null) delete copy[place];
  else copy[place] = value;
  return copy;
}

// What is said at a place; undefined where nothing is.
export function at(said, path) {
  return path.reduce((place, part) => place?.[part], said);
}

export function pointerOf(path) {
  return path.map((part) => `/${part}`).join("");
}

// The mistakes at a place and below it, and the others.
export function split(errors, path) {
  const pointer = pointerOf(path);
  const isHere = (error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`);
  return [errors.filter(isHere), errors.filter((error) => !isHere(error))];
}
