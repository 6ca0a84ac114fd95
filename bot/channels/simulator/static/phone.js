"use strict";

// The phone of the demo: shows the texts of one number, asks for new ones each second, and sends.

const POLL = 1000;
const STATES = {
  received: "Delivered",
  answered: "Delivered",
  held: "Delivered, a person will reply",
  queued: "On its way",
  sent: "Sent",
  delivered: "Delivered",
  failed: "Not delivered",
};

// GSM-7: 3GPP TS 23.038, 6.2.1 and 6.2.1.1 (two septets each).
const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENSION = new Set("\f^{}\\[~]|€");

const find = (id) => document.getElementById(id);
const [log, bubbles, empty, line, title] = ["log", "bubbles", "empty", "line", "with"].map(find);
const [composer, text, send, photo, again, count] = ["composer", "text", "send", "photo", "again", "count"].map(find);
const [problem, other, otherProblem] = ["problem", "other", "other-problem"].map(find);
const phones = [...document.querySelectorAll("input[name=phone]")];

let number = phones[0].value; // whose texts are shown; empty while another number is being typed
let last = null; // what was sent last, for the second delivery
let atEnd = true; // who has scrolled up to read is left there
let turn = 0; // answers that were asked for before the number changed are dropped

function cost(message) {
  const signs = [...message];
  if (signs.every((sign) => BASIC.has(sign) || EXTENSION.has(sign))) {
    const units = signs.reduce((sum, sign) => sum + (EXTENSION.has(sign) ? 2 : 1), 0);
    return { units, segments: units <= 160 ? Math.min(units, 1) : Math.ceil(units / 153), encoding: "GSM-7" };
  }
  return {
    units: message.length,
    segments: message.length <= 70 ? 1 : Math.ceil(message.length / 67),
    encoding: "UCS-2",
  };
}

function segmentsText({ segments, encoding }) {
  return `${segments} ${segments === 1 ? "segment" : "segments"}, ${encoding}`;
}

function showCount() {
  const price = cost(text.value);
  const characters = `${text.value.length} ${text.value.length === 1 ? "character" : "characters"}`;
  count.textContent = price.segments ? `${characters}, ${segmentsText(price)}` : characters;
}

function bubble(message) {
  const item = document.createElement("li");
  const mine = message.from === "patient";
  item.className = mine ? "mine" : "theirs";
  const who = document.createElement("span");
  who.className = "hidden";
  who.textContent = mine ? "You: " : message.from === "staff" ? "A member of staff: " : "The clinic's assistant: ";
  item.append(who);
  for (let one = 0; one < message.photos; one += 1) {
    const picture = document.createElement("div");
    picture.className = "bubble photo";
    picture.textContent = "A photo";
    item.append(picture);
  }
  if (message.text || !message.photos) {
    const words = document.createElement("div");
    words.className = "bubble";
    words.textContent = message.text || "(no words)";
    item.append(words);
  }
  const meta = document.createElement("p");
  meta.className = "meta";
  item.append(meta);
  return item;
}

function showMeta(item, message) {
  const at = new Date(message.at).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  let state = STATES[message.state] ?? message.state;
  if (message.state === "failed" && message.failure) state += ` (${message.failure})`;
  const words = [at, state];
  if (message.text) words.splice(1, 0, segmentsText(message));
  const line = words.join(" · ");
  const meta = item.querySelector(".meta");
  if (meta.textContent === line) return;
  meta.textContent = line;
  if (message.state === "failed") {
    const mark = document.createElement("span");
    mark.className = "failed";
    mark.textContent = state;
    meta.replaceChildren(words.slice(0, -1).join(" · ") + " · ", mark);
  }
}

// +12125550142 as people there write it.
function readable(e164) {
  return e164.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "($1) $2-$3");
}

function toEnd() {
  log.scrollTop = log.scrollHeight;
}

function show(messages) {
  const shown = new Map([...bubbles.children].map((item) => [item.dataset.id, item]));
  let news = false;
  for (const message of messages) {
    let item = shown.get(String(message.id));
    if (!item) {
      item = bubble(message);
      item.dataset.id = message.id;
      bubbles.append(item);
      news = true;
    }
    showMeta(item, message);
  }
  empty.hidden = messages.length > 0;
  if (news && atEnd) toEnd();
}

async function refresh() {
  const asked = turn;
  if (!number) return;
  try {
    const response = await fetch(`/demo/phone/messages?number=${encodeURIComponent(number)}`, { cache: "no-store" });
    const answer = await response.json();
    if (asked !== turn) return;
    if (!response.ok) {
      line.textContent = answer.error.message;
      return;
    }
    title.textContent = answer.clinic.name;
    line.textContent = readable(answer.clinic.number);
    show(answer.messages);
  } catch {
    if (asked === turn) line.textContent = "No connection. Trying again.";
  }
}

async function poll() {
  if (!document.hidden) await refresh();
  setTimeout(poll, POLL);
}

async function deliver(wish) {
  problem.textContent = "";
  if (!number) {
    problem.textContent = "Choose a phone first.";
    return false;
  }
  send.disabled = true;
  try {
    const response = await fetch("/demo/phone/send", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ number, ...wish }),
    });
    const answer = await response.json();
    if (!response.ok) {
      problem.textContent = `Not sent: ${answer.error.message}`;
      return false;
    }
    last = { ...wish, sid: answer.sid };
    again.disabled = false;
    return true;
  } catch {
    problem.textContent = "Not sent: no connection to the assistant. Your text is still here.";
    return false;
  } finally {
    send.disabled = false;
    await refresh();
  }
}

function change(to) {
  if (to === number) return;
  number = to;
  last = null;
  again.disabled = true;
  problem.textContent = "";
  turn += 1;
  bubbles.replaceChildren();
  atEnd = true;
  empty.hidden = false;
  refresh();
}

// As the server reads it: ten digits are a number of North America.
function typedNumber() {
  const digits = other.value.replace(/[^\d+]/g, "");
  if (/^\+[1-9]\d{7,14}$/.test(digits)) return digits;
  return /^1?[2-9]\d{9}$/.test(digits) ? `+1${digits.slice(-10)}` : "";
}

for (const phone of phones) {
  phone.addEventListener("change", () => {
    const free = phone.value === "other";
    otherProblem.textContent = "";
    change(free ? typedNumber() : phone.value);
    if (free && !other.value) other.focus();
  });
}
other.addEventListener("input", () => {
  const typed = typedNumber();
  if (typed) otherProblem.textContent = "";
  change(typed);
});
other.addEventListener("change", () => {
  otherProblem.textContent = typedNumber() ? "" : "Write ten digits, such as (212) 555-0163.";
});

for (const one of document.querySelectorAll("[data-text]")) {
  one.addEventListener("click", () => {
    text.value = one.dataset.text;
    showCount();
    text.focus();
  });
}
text.addEventListener("input", showCount);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    composer.requestSubmit();
  }
});
composer.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (send.disabled) return;
  if (!text.value && !photo.checked) {
    problem.textContent = "Write something first.";
    text.focus();
    return;
  }
  const wish = { text: text.value, photos: photo.checked ? 1 : 0 };
  if (await deliver(wish)) {
    text.value = "";
    photo.checked = false;
    showCount();
    toEnd();
  }
  text.focus();
});
again.addEventListener("click", async () => {
  if (last) await deliver(last);
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});

log.addEventListener("scroll", () => {
  atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
});
new ResizeObserver(() => atEnd && toEnd()).observe(log);

showCount();
poll();
