"use strict";

// What the operator wrote behind the address.

const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
const QUANTITY = /^[a-z][a-z0-9_]{0,31}$/;
const PREFIX = /^[^/+#\0$][^+#\0]*[^/+#\0]$/;
const NAME_HELP = "1 to 32 of a-z, 0-9 and -, as in the configuration of edged";
const EXAMPLE = "?subject=player-white&broker=ws://192.168.1.10:9001";

// Parameter, the variable it sets, how it is checked, and what to write.
const THEME = [
  ["fg", "--edged-fg", isColour, "a CSS colour, such as white or %23ffd700"],
  ["plate", "--edged-plate", isColour, "a CSS colour, such as rgba(0,0,0,.55)"],
  ["accent", "--edged-accent", isColour, "a CSS colour, such as %23ff4d5e"],
  ["font", "--edged-font", (text) => CSS.supports("font-family", text), "a CSS font family"],
  ["scale", "--edged-scale", (text) => /^\d+(\.\d+)?$/.test(text) && +text >= 0.25 && +text <= 4, "a number from 0.25 to 4"],
  ["radius", "--edged-radius", (text) => /^\d{1,3}px$/.test(text), "pixels, such as 20px"],
];

// Returns the settings, the theme as [variable, value] pairs, and what is wrong, in sentences.
function readSettings(search) {
  const given = new URLSearchParams(search);
  const problems = [];
  const take = (key, isRight, help, fallback) => {
    const text = given.get(key);
    if (text === null && fallback !== undefined) return fallback;
    if (text === null || text === "") problems.push(`${key} is missing: ${help}.`);
    else if (!isRight(text)) problems.push(`${key} is not understood: ${help}.`);
    return text ?? "";
  };
  const isName = (text) => NAME.test(text);
  const settings = {
    subject: take("subject", isName, NAME_HELP),
    broker: take("broker", isBroker, "the broker's WebSocket address, such as ws://192.168.1.10:9001"),
    site: take("site", isName, NAME_HELP, "+"),
    node: take("node", isName, NAME_HELP, "+"),
    prefix: take("prefix", (text) => PREFIX.test(text), "the first part of the topics, such as edged/v1", "edged/v1"),
    quantity: take("quantity", (text) => QUANTITY.test(text), "what to draw, such as ecg or ppg", "+"),
    name: given.get("name") ?? "",
  };
  const theme = [];
  for (const [key, variable, isRight, help] of THEME) {
    const value = take(key, isRight, help, "");
    if (value) theme.push([variable, value]);
  }
  return { settings, theme, problems };
}

function isColour(text) {
  return CSS.supports("color", text);
}

function isBroker(text) {
  try {
    const url = new URL(text);
    return (url.protocol === "ws:" || url.protocol === "wss:") && url.hostname !== "";
  } catch {
    return false;
  }
}
