// The steps a chain offers, as the JSON Schema of the configuration describes them: nothing is said of them here.

import { WORDS } from "./words.js";

const { signals: SIGNALS } = WORDS;

// Returns a map: name of the step to {name, help, parameters}.
export function stepModels(schema) {
  const { mapping } = schema.$defs.ChainConfig.properties.steps.items.discriminator;
  return new Map(
    Object.entries(mapping).map(([name, reference]) => {
      const model = schema.$defs[reference.split("/").at(-1)];
      const parameters = Object.entries(model.properties)
        .filter(([key]) => key !== "step")
        .map(([key, described]) => parameterOf(key, described));
      return [name, { name, help: (model.description ?? "").replaceAll("``", "`"), parameters }];
    }),
  );
}

// Without what is the default anyway: so two chains are compared, and so one is written down.
export function withoutDefaults(step, models) {
  const parameters = models.get(step.step)?.parameters ?? [];
  const isTold = ([key, value]) => parameters.find(({ name }) => name === key)?.standard !== value;
  return Object.fromEntries(Object.entries(step).filter(isTold));
}

function parameterOf(name, described) {
  const known = described.anyOf?.find(({ type }) => type !== "null") ?? described;
  const { default: standard, examples, title, description = "", unit = "" } = described;
  const help = SIGNALS.helpOf(description, rangeOf(known), standardOf(standard));
  return {
    name,
    label: SIGNALS.labelOf(title ?? name, unit),
    help,
    kind: known.enum ? "choice" : known.type,
    choices: known.enum ?? [],
    low: known.minimum ?? known.exclusiveMinimum ?? null,
    high: known.maximum ?? known.exclusiveMaximum ?? null,
    standard,
    initial: standard ?? examples?.[0] ?? null,
  };
}

function rangeOf({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }) {
  const low = minimum ?? exclusiveMinimum;
  const high = maximum ?? exclusiveMaximum;
  const isAbove = exclusiveMinimum !== undefined;
  if (low !== undefined && high !== undefined) return SIGNALS.between(low, high, isAbove);
  if (low !== undefined) return SIGNALS.atLeast(low, isAbove);
  return high === undefined ? "" : SIGNALS.atMost(high);
}

function standardOf(standard) {
  return standard === undefined || standard === null ? "" : SIGNALS.standard(String(standard));
}
