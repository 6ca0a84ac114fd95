// The sound of a new alert, on every page of the console. The switch is remembered in this browser. Browsers allow sound
// only after a key or a press; until then the page says so, and what came meanwhile rings at that key or press.
"use strict";

window.aftercare = (() => {
  const SWITCH = "aftercare-sound";
  const RUNG = "aftercare-rung"; // the latest news that a page of this browser has rung for: several tabs ring once
  const $ = (id) => document.getElementById(id);
  const setting = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private window: forgotten */ } };

  const knob = $("sound-switch");
  let audio = null;
  let wanted = setting(SWITCH) === "on";
  const running = () => audio?.state === "running";

  function show() {
    if (!knob) return;
    knob.setAttribute("aria-pressed", String(wanted));
    knob.textContent = wanted ? "Sound is on" : "Sound is off";
    $("sound-waits").hidden = !wanted || running();
  }
  // Some browsers allow it at once on a page that one came to by a press; where not, it waits for the next one.
  function begin() {
    if (!audio) {
      audio = new AudioContext();
      audio.onstatechange = () => { show(); ringIfOwed(); };
    }
    if (!running()) audio.resume().catch(() => {});
  }
  function end() {
    audio?.close();
    audio = null;
  }
  function set(on) {
    wanted = on;
    if (on) begin(); else end();
    show();
  }

  function ring() {
    [0, 0.25].forEach((delay, index) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = index ? 660 : 880;
      volume.gain.setValueAtTime(0.2, audio.currentTime + delay);
      volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + delay + 0.22);
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + delay);
      tone.stop(audio.currentTime + delay + 0.24);
    });
  }

  let known = null; // the latest news of the alerts that nobody has acknowledged, as this page knows it
  let owed = 0; // news that nothing has rung for yet
  function ringIfOwed() {
    if (owed > known) owed = 0; // somebody has acknowledged it before it was heard
    if (!owed || (wanted && !running())) return;
    if (wanted && Number(setting(RUNG)) < owed) ring();
    keep(RUNG, owed);
    owed = 0;
  }
  // latest: grows with each alert that is opened and each further message of one; 0 where nobody waits. Returns whether
  // it is new: also where it came while one page was left for the next.
  function hear(latest) {
    const before = known ?? Number(setting(RUNG) ?? latest);
    if (latest > before) owed = latest;
    else if (known === null) keep(RUNG, latest);
    known = latest;
    ringIfOwed();
    return latest > before;
  }

  if (knob) {
    const waits = () => wanted && !running();
    const atPress = (event) => { if (waits() && !knob.contains(event.target)) begin(); };
    ["keydown", "pointerdown"].forEach((kind) => addEventListener(kind, atPress, { capture: true }));
    // Pressed while it waits, the switch starts what is on already; one hears at once what it will be like.
    knob.addEventListener("click", () => {
      const on = waits() || !wanted;
      keep(SWITCH, on ? "on" : "off");
      set(on);
      if (on) audio.resume().then(ring);
    });
    addEventListener("storage", (event) => { if (event.key === SWITCH) set(event.newValue === "on"); });
    set(wanted);
  }
  return { setting, keep, hear };
})();
