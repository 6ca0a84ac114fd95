// The console's pages, made live. Every form works without this file; it adds news, keys and the title badge. It comes
// after sound.js and news.js, and uses both.
"use strict";

(() => {
  const QUIET_TOO_LONG = 16000; // ms; the server says "alive" every 5 s, so three in a row are missing
  const TELL_ACTIVE_EVERY = 60000; // ms
  const body = document.body;
  const $ = (id) => document.getElementById(id);
  const { setting, keep } = window.aftercare;

  function say(text, kind) {
    const line = document.createElement("p");
    line.className = `banner ${kind}`;
    line.textContent = text;
    $("notice").replaceChildren(line);
    return line;
  }

  // --- the title, so that a hidden tab shows what waits
  const title = document.title;
  function badge(waiting) {
    document.title = waiting ? `(${waiting}) ${title}` : title;
  }

  // --- regions that the server renders again when something changed
  function refresh(id) {
    const region = $(id);
    if (region && window.htmx) window.htmx.trigger(region, "refresh");
  }
  function beingUsed(region) {
    if (region.contains(document.activeElement) && document.activeElement.matches("textarea, input, select")) return true;
    if (region.querySelector("textarea[data-draft]")) return true; // the server filled it in: it is as good as typed
    return [...region.querySelectorAll("textarea, input:not([type])")].some((box) => box.value !== box.defaultValue)
      || [...region.querySelectorAll('input[type="checkbox"]')].some((box) => box.checked !== box.defaultChecked)
      || [...region.querySelectorAll("select")].some((box) => box.value && !box.querySelector("option[selected]"));
  }
  function refreshUnlessUsed(id) {
    const region = $(id);
    if (!region) return;
    if (beingUsed(region)) say("Something changed while you were writing. What you wrote is still there; load the page again to see the news.", "warn");
    else refresh(id);
  }

  // --- the form to write with, when the patient went on by another way or an item came or went. What is being typed in
  // stays where it is: around it stands how it goes out now, and what it may deal with.
  async function renewReply() {
    const form = $("composer");
    if (!form) return;
    if (!beingUsed(form)) { refresh("composer"); return; }
    let html;
    try {
      const answer = await fetch(form.getAttribute("hx-get"), { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      html = await answer.text();
    } catch { refreshUnlessUsed("composer"); return; }
    const drawn = new DOMParser().parseFromString(html, "text/html");
    const [fresh, text] = [drawn.getElementById("text"), $("text")];
    if (!fresh || !text) return; // whoever may not write has no form
    const by = drawn.getElementById("by");
    if (by.dataset.by !== $("by").dataset.by) {
      ["hx-post", "hx-trigger", "hx-target", "hx-include"].forEach((name) => {
        if (fresh.hasAttribute(name)) text.setAttribute(name, fresh.getAttribute(name)); else text.removeAttribute(name);
      });
      $("segments").replaceWith(drawn.getElementById("segments"));
      window.htmx?.process(text);
      if (fresh.hasAttribute("hx-post")) window.htmx?.ajax("POST", fresh.getAttribute("hx-post"), { source: text }); // "load" fires once only
      $("by-now").textContent = `It goes out by ${by.dataset.by} now: the patient wrote that way last.`;
      $("by-now").hidden = false;
    }
    drawn.querySelectorAll('#deals input[name="closes"]').forEach((one) => {
      const before = $("deals").querySelector(`input[value="${one.value}"]`);
      if (before) one.checked = before.checked;
      else one.removeAttribute("checked"); // what was typed was not meant for it
    });
    ["way", "by", "deals"].forEach((id) => $(id).replaceWith(drawn.getElementById(id)));
  }

  // --- the stream
  let lastSign = Date.now();
  let lostAt = null;
  let talk = body.dataset.drawn ? JSON.parse(body.dataset.drawn) : null; // what the page was drawn with
  const connection = $("connection");
  const clock = (time) => time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

  function alive() {
    lastSign = Date.now();
    if (lostAt) { lostAt = null; ["queue", "transcript", "history"].forEach(refresh); refreshUnlessUsed("panel"); }
    connection.hidden = true;
  }
  function lost(reason) {
    lostAt = lostAt || new Date();
    connection.textContent = `${reason} What you see may be out of date since ${clock(lostAt)}. Trying again; if it lasts, look at the phone and call the patients whom you know of.`;
    connection.hidden = false;
  }

  // On a page that shows no list: how many alerts wait, and the way there. It covers nothing that is being pressed.
  function tellOfAlerts(alerts) {
    const way = document.createElement("a");
    way.href = "/staff";
    way.textContent = "Open the queue";
    $("news").replaceChildren(`${alerts} alert${alerts === 1 ? "" : "s"} to acknowledge in the queue. `, way);
    $("news").hidden = false;
  }
  let unseen = null; // the version of the list that the server told of while something pressed was on its way
  function catchUp(version) {
    const drawn = $("drawn");
    unseen = sending ? version : null; // what was pressed brings the list with it: it need not be fetched besides
    if (drawn && !sending && drawn.dataset.version !== version) refresh("queue");
  }
  function ofQueue(news) {
    badge(news.waiting);
    const fresh = window.aftercare.hear(news.newest);
    catchUp(news.version);
    if (!news.alerts) $("news").hidden = true;
    else if (!$("queue") && (fresh || !$("news").hidden)) tellOfAlerts(news.alerts);
  }
  function ofConversation(news) {
    if (talk) {
      if (news.seq !== talk.seq) refresh("course");
      if (news.seq !== talk.seq || news.messages !== talk.messages) refresh("transcript");
      if (news.panel !== talk.panel) refreshUnlessUsed("panel");
      if (news.history !== talk.history) refresh("history");
      if (news.owner !== talk.owner) refreshUnlessUsed("composer");
      else if (news.reply !== talk.reply) renewReply();
    }
    talk = news;
  }
  function hear(kind, data) {
    if (kind === "alive") alive();
    else if (kind === "trouble") { lastSign = Date.now(); lost("The console cannot reach its database."); }
    else if (kind === "signed-out") location.assign("/staff/login");
    else if (kind === "queue") ofQueue(JSON.parse(data));
    else ofConversation(JSON.parse(data));
  }
  const stream = body.dataset.stream;
  if (stream) {
    const { listen, share } = window.aftercare;
    if ($("queue") || $("panel")) listen(stream, hear); else share(stream, hear);
    setInterval(() => { if (Date.now() - lastSign > QUIET_TOO_LONG) lost("The connection is lost."); }, 2000);
  }

  // --- staying logged in while somebody sits here
  if (body.dataset.idle) {
    const IDLE_END = Number(body.dataset.idle) * 60000; // ms; the server signs off then as well
    const IDLE_WARNING = IDLE_END - 90000;
    let lastActive = Date.now();
    let lastTold = Date.now();
    const idle = $("idle");
    const moved = () => {
      lastActive = Date.now();
      if (!idle.hidden) { idle.hidden = true; lastTold = 0; }
      if (Date.now() - lastTold > TELL_ACTIVE_EVERY) {
        lastTold = Date.now();
        fetch("/staff/active", { method: "POST" }).then((answer) => { if (answer.redirected || answer.status === 401) location.assign("/staff/login"); }).catch(() => {});
      }
    };
    ["keydown", "pointerdown", "pointermove", "scroll"].forEach((kind) => addEventListener(kind, moved, { passive: true }));
    setInterval(() => {
      const still = Date.now() - lastActive;
      if (still > IDLE_END) location.assign("/staff/login");
      else if (still > IDLE_WARNING && idle.hidden) {
        idle.textContent = "You will be signed off in about a minute. Press a key or touch the screen to stay.";
        idle.hidden = false;
      }
    }, 5000);
  }

  // --- after being signed off: how much waits, without saying what; it rings as every page does
  const waiting = $("waiting");
  if (waiting) {
    const look = async () => {
      try {
        const answer = await fetch("/staff/waiting", { cache: "no-store" });
        // Too long ago by now, or somebody has ended it: what was counted last is not true for ever.
        if (answer.status === 401) { badge(0); waiting.hidden = true; return; }
        if (!answer.ok) return;
        const news = await answer.json();
        window.aftercare.hear(news.newest);
        badge(news.waiting);
        waiting.hidden = !news.waiting;
        waiting.textContent = news.alerts
          ? `${news.alerts} alert${news.alerts === 1 ? "" : "s"} nobody has acknowledged. Log in to see.`
          : `${news.waiting} waiting in the queue.`;
      } catch { /* the next look tells */ }
    };
    look();
    setInterval(look, 15000);
  }

  // --- keys in the queue
  let keysOn = setting("aftercare-keys") !== "off";
  const keysSwitch = $("keys-switch");
  function showKeys() {
    if (!keysSwitch) return;
    keysSwitch.setAttribute("aria-pressed", String(keysOn));
    keysSwitch.textContent = keysOn ? "Keys are on" : "Keys are off";
  }
  if (keysSwitch) keysSwitch.addEventListener("click", () => { keysOn = !keysOn; keep("aftercare-keys", keysOn ? "on" : "off"); showKeys(); });
  showKeys();

  let gap = null; // where in the list the chosen one stood that is not there any more
  function hint(text) { say(text, "warn").dataset.hint = "yes"; }
  const entries = () => [...document.querySelectorAll(".entry")];
  const current = () => document.activeElement?.closest?.(".entry") || null;
  function focusEntry(entry) {
    const link = entry?.querySelector("a.open");
    if (link) { link.focus({ preventScroll: true }); entry.scrollIntoView({ block: "nearest" }); }
  }
  function toForm() {
    const field = $("disposition");
    field?.closest("details")?.setAttribute("open", "");
    field?.focus();
  }
  function act(kind) {
    const scope = current() || (document.querySelector(".entry") ? null : document);
    if (!scope) { hint("Choose one with j or k first."); return; }
    const target = scope.querySelector(`[data-act="${kind}"]`);
    if (kind === "r" && scope !== document) { leave(`${scope.querySelector("a.open").href}#disposition`); return; }
    if (kind === "r") { toForm(); return; }
    if (target) {
      window.htmx?.process(target); // a key may come before htmx has seen the form: the page would be left for another
      target.requestSubmit();
    }
    else say(kind === "a" ? "There is nothing to acknowledge here." : "You have this conversation already.", "warn");
  }
  addEventListener("keydown", (event) => {
    if (!keysOn || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    if (!$("queue") && !$("panel")) return;
    if (event.key === "j" || event.key === "k") {
      const all = entries();
      if (!all.length) return;
      const at = all.indexOf(current());
      // Where the chosen one has gone from the list, j goes on with what stands in its place now.
      const next = at >= 0 ? at + (event.key === "j" ? 1 : -1) : gap === null ? 0 : gap - (event.key === "k" ? 1 : 0);
      gap = null;
      document.querySelector("#notice [data-hint]")?.remove();
      focusEntry(all[Math.min(all.length - 1, Math.max(0, next))]);
      event.preventDefault();
    } else if (["a", "t", "r"].includes(event.key)) {
      event.preventDefault();
      act(event.key);
    }
  });

  // --- keep the place in the queue while its list is drawn anew: the same line, or none, and never another one
  let place = null;
  body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "queue") return;
    const entry = current();
    place = entry ? { key: entry.dataset.key, at: entries().indexOf(entry), y: scrollY } : null;
  });
  body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "queue" || !place) return;
    scrollTo(0, place.y);
    const same = entries().find((entry) => entry.dataset.key === place.key);
    if (same) { focusEntry(same); return; }
    gap = place.at;
    $("queue").focus({ preventScroll: true });
    if (event.detail.requestConfig.verb !== "post") hint("The one that you had chosen is not in the queue any more: somebody has dealt with it. Choose the next with j or k.");
  });

  // --- a line that moved under the finger a moment ago is not what was meant
  const SETTLES = 500; // ms; nobody sees where a line has gone, and decides, in less
  let stood = new Map(); // where each line stood before the list was drawn anew
  let drawnAt = 0;
  const top = (entry) => Math.round(entry.getBoundingClientRect().top);
  body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "queue") stood = new Map(entries().map((entry) => [entry.dataset.key, top(entry)]));
  });
  body.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.id === "queue") drawnAt = Date.now(); });
  body.addEventListener("click", (event) => {
    const entry = event.target.closest("#queue .entry");
    if (!entry || !event.detail || Date.now() - drawnAt > SETTLES) return; // by keys it is the line that was chosen
    if (Math.abs(stood.get(entry.dataset.key) - top(entry)) < 8) return;
    event.preventDefault();
    event.stopPropagation();
    hint("The list moved while you pressed, and nothing was done. Look again, then press.");
  }, { capture: true });

  // --- what was just pressed is done before the page is left for the next key
  const LONGEST_WAIT = 3000; // ms
  let sending = 0;
  let then = null;
  function leave(address) {
    if (!sending) { location.assign(address); return; }
    then = address;
    setTimeout(go, LONGEST_WAIT);
  }
  function go() {
    const address = then;
    then = null;
    if (address) location.assign(address);
  }
  body.addEventListener("htmx:beforeSend", (event) => {
    if (event.detail.requestConfig.verb !== "post") return;
    const { xhr } = event.detail;
    sending += 1;
    // The request's own event: htmx tells of no end where the list, and the form in it, was drawn anew meanwhile.
    xhr.addEventListener("loadend", () => {
      sending -= 1;
      if (!xhr.status) then = null; // it did not arrive, and the page says so
      if (!sending) { go(); if (unseen) catchUp(unseen); }
    });
  });
  body.addEventListener("click", (event) => {
    const link = event.target.closest("#queue a.open");
    if (link && sending && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); leave(link.href); }
  });
  body.addEventListener("htmx:sendError", () => say("That was not sent: the connection is lost. Try again when it is back.", "bad"));
  body.addEventListener("htmx:responseError", () => refresh("queue"));

  // --- a table whose rows stand one below the other on a phone stays a table to every screen reader
  const PARTS = { table: "table", "thead, tbody": "rowgroup", tr: "row", "thead th": "columnheader", "tbody th": "rowheader", td: "cell" };
  document.querySelectorAll("table.stacks").forEach((table) => {
    Object.entries(PARTS).forEach(([parts, role]) => {
      (parts === "table" ? [table] : table.querySelectorAll(parts)).forEach((part) => part.setAttribute("role", role));
    });
  });

  // --- a transcript drawn anew changes only where it differs: whoever reads or selects further up keeps their place, and
  // a screen reader is told what is new and not the whole conversation again
  function mend(box, html) {
    const drawn = new DOMParser().parseFromString(html, "text/html").body;
    const [list, fresh] = [box, drawn].map((one) => one.querySelector(".messages"));
    if (!list || !fresh) return false;
    const gone = new Map([...list.children].map((one) => [one.id, one]));
    let more = false;
    [...fresh.children].forEach((one) => {
      const before = gone.get(one.id);
      gone.delete(one.id);
      if (!before) { list.append(one); more = true; return; }
      if (before.isEqualNode(one)) return;
      const stoodHere = before.contains(document.activeElement);
      before.replaceWith(one);
      if (stoodHere) one.querySelector("a")?.focus({ preventScroll: true });
    });
    gone.forEach((one) => one.remove());
    const [have, wanted] = [[box, list], [drawn, fresh]].map(([all, but]) => [...all.children].filter((one) => one !== but));
    if (have.map((one) => one.outerHTML).join() !== wanted.map((one) => one.outerHTML).join()) {
      have.forEach((one) => one.remove());
      list.before(...wanted);
    }
    if (more) toLast();
    return true;
  }
  body.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    if (target.id === "transcript" && mend(target, xhr.responseText)) event.detail.shouldSwap = false;
  });
  body.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.id === "transcript") toLast(); });

  // --- what was opened stays open, and what was closed closed, in a part that is drawn anew
  let opened = new Map();
  const foldable = (region) => (["panel", "history"].includes(region.id) ? [...region.querySelectorAll("details[id]")] : []);
  body.addEventListener("htmx:beforeSwap", (event) => { opened = new Map(foldable(event.detail.target).map((one) => [one.id, one.open])); });
  body.addEventListener("htmx:afterSwap", (event) => {
    foldable(event.detail.target).forEach((one) => { if (opened.has(one.id)) one.open = opened.get(one.id); });
  });

  // --- the conversation: begin at the newest message, and at the form that was asked for
  function toLast() {
    const box = $("transcript");
    if (box) box.scrollTop = box.scrollHeight;
  }
  toLast();
  // The browser itself puts the focus on #disposition and #text; an alert that nobody has acknowledged has no form yet.
  if (location.hash === "#disposition") {
    addEventListener("load", () => { if ($("disposition")) toForm(); else $("panel")?.querySelector("button")?.focus(); });
  }

  // --- a button pressed twice sends once (the server holds it too)
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
})();
