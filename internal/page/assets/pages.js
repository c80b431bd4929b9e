"use strict";
// What htmx does not: keys of the keyboard, buttons that are keys of the keypad,
// and parts of a page that are asked for anew when something happens at the till.
(() => {
  const $ = (selector) => document.querySelector(selector);

  // What is asked about one part goes in line: an answer never overtakes a later one.
  const lines = new Map();
  const inLine = (id, work) => {
    const next = (lines.get(id) || Promise.resolve()).then(work).catch(() => {});
    lines.set(id, next);
    return next;
  };

  const waiting = new Set();
  const refresh = (part) => {
    if (waiting.has(part.id)) return;
    waiting.add(part.id);
    inLine(part.id, () => {
      waiting.delete(part.id);
      const now = document.getElementById(part.id);
      return now && htmx.ajax("GET", now.dataset.live, { source: now, target: now, swap: "outerMorph" });
    });
  };

  // Keys go to the keypad they are pressed on: data-keypad says where it takes them,
  // and which part of the page answers.
  const pressed = new Map();
  const press = (pad, keys) => {
    if (isAway) return;
    const before = pressed.get(pad) || "";
    pressed.set(pad, before + keys);
    if (before) return;
    inLine(pad.dataset.part, () => {
      const keys = pressed.get(pad);
      pressed.delete(pad);
      return keys && post(pad, pad.dataset.keypad, { keys });
    });
  };
  const later = (pad, path, values) => {
    const asked = absences;
    inLine(pad.dataset.part, () => asked === absences && post(pad, path, values));
  };
  const scanned = (pad, code) => later(pad, pad.dataset.scan, { code });
  // The till is told when it was asked: what was asked of one that hung it does not do.
  const post = (pad, path, values) => {
    if (isAway) return;
    const target = document.getElementById(pad.dataset.part);
    return htmx.ajax("POST", path, { source: target, target, swap: "outerMorph", values: { ...values, at: Date.now() } });
  };

  // A till that does not answer gets nothing more, and what waited for it is dropped:
  // nobody sees what it would come to.
  let isAway = false;
  let absences = 0;
  const away = (is) => {
    if (is) {
      pressed.clear();
      absences++;
    }
    isAway = is;
    document.body.classList.toggle("away", is);
    const notice = $("#away");
    if (notice) notice.hidden = !is;
  };
  document.addEventListener("htmx:error", () => { if ($("[data-keypad]")) away(true); });
  const padOf = (element) => element.closest("[data-keypad]") || $("[data-keypad]");

  // The second half of a double click falls on the button that came there meanwhile,
  // and is not meant for it.
  const handTurns = 600; // milliseconds
  let turned = -handTurns;
  let stage = $("#counter")?.dataset.stage;
  if (stage) {
    new MutationObserver(() => {
      const now = $("#counter")?.dataset.stage;
      if (now !== stage) turned = performance.now();
      stage = now;
    }).observe($("[data-keypad]"), { subtree: true, childList: true, attributes: true, attributeFilter: ["data-stage"] });
  }

  const open = (sheet) => { if (!sheet.open) sheet.showModal(); };
  document.addEventListener("click", (event) => {
    // After a finger or a mouse the next ENTER is the keypad's, not the button's.
    if (event.detail && $("[data-keypad]")) event.target.closest("button")?.blur();
    const button = event.target.closest("[data-press], [data-reward], [data-paper]");
    if (!button || button.closest("#counter .actions") && event.timeStamp - turned < handTurns) return;
    const { press: keys, reward, paper } = button.dataset;
    if (keys) {
      $("#paper")?.close();
      press(padOf(button), keys);
    } else if (reward) {
      later(padOf(button), "/checkout/reward", { reward });
    } else {
      htmx.ajax("GET", paper, { target: "#paper", swap: "innerHTML" }).then(() => open($("#paper")));
    }
  });

  // A scanner that types is no hand: its characters follow each other at once, and
  // ENTER ends them. They go where scans go, whole, and never to the keypad. So
  // characters wait until it is clear that no more of them follow.
  const handTakes = 35; // milliseconds at the least between two keys
  let typed = { text: "", at: 0, pad: null, timer: 0 };
  const endTyped = () => {
    clearTimeout(typed.timer);
    const was = typed;
    typed = { text: "", at: 0, pad: null, timer: 0 };
    return was;
  };
  const keyTyped = () => {
    const { text, pad } = endTyped();
    const known = $("#paper")?.open ? "" : text.toUpperCase().replace(/[^0-9A-F]/g, "");
    if (known) press(pad, known);
  };
  const type = (event, character) => {
    if (typed.text && event.timeStamp - typed.at > handTakes) keyTyped();
    clearTimeout(typed.timer);
    typed = {
      text: typed.text + character, at: event.timeStamp, pad: padOf(event.target), timer: setTimeout(keyTyped, handTakes),
    };
  };
  const endsScan = (event) => event.key === "Enter" && typed.text.length > 1 && event.timeStamp - typed.at <= handTakes;

  const keys = { Enter: "=", Backspace: "<", Delete: "<", Escape: "x" };
  document.addEventListener("keydown", (event) => {
    if (!$("[data-keypad]") || event.target.closest("input, select, textarea")) return;
    if (endsScan(event)) {
      event.preventDefault();
      const { text, pad } = endTyped();
      $("#paper")?.close();
      scanned(pad, text);
      return;
    }
    // GS between the elements of a code is typed as Ctrl and a bracket.
    const character = event.ctrlKey && event.key === "]" ? "\x1d" : event.key;
    if (event.altKey || event.metaKey || event.ctrlKey && character !== "\x1d") return;
    if (character.length === 1) {
      if (event.repeat) return;
      if (typed.text || /[0-9a-f]/i.test(character)) event.preventDefault();
      type(event, character);
      return;
    }
    const key = keys[event.key];
    if (!key) return;
    keyTyped();
    if ($("#paper")?.open || event.key === "Enter" && event.target.closest("a, button")) return;
    if (event.repeat && key !== "<") return;
    event.preventDefault();
    press(padOf(event.target), key);
  });

  const parts = [...document.querySelectorAll("[data-live]")];
  if (!parts.length) return;
  const names = new Set(parts.flatMap((part) => part.dataset.when.split(" ")));
  const heard = (name) => document.querySelectorAll("[data-live]").forEach((part) => {
    if (name === "" || part.dataset.when.split(" ").includes(name)) refresh(part);
  });
  const events = new EventSource(document.querySelector("[data-events]")?.dataset.events || "/v1/events");
  const back = () => {
    if (!isAway) return;
    away(false);
    heard("");
  };
  // What happened between the page and its stream was told to nobody.
  events.onopen = () => {
    away(false);
    heard("");
  };
  // A till that hangs breaks no connection: only that it says nothing tells of it.
  const alive = $("[data-alive]")?.dataset.alive;
  const look = () => fetch(alive, { signal: AbortSignal.timeout(1500) }).then(back, () => away(true)).then(() => setTimeout(look, 500));
  if (alive) look();
  events.onerror = () => {
    away(true);
    // Refused for good: the till was started anew and knows this browser no more.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 1000);
  };
  names.forEach((name) => events.addEventListener(name, () => heard(name)));
})();
