// How an open page hears of news. The server's stream tells: alive, trouble, signed-out, queue, conversation.
"use strict";

(() => {
  const KINDS = ["alive", "trouble", "signed-out", "queue", "conversation"];
  const SILENT = 11000; // ms; the server says "alive" every 5 s, so two in a row are missing

  // A stream of this page's own. hear(kind, data) is called with each event.
  function listen(address, hear) {
    const source = new EventSource(address);
    KINDS.forEach((kind) => source.addEventListener(kind, (event) => {
      if (kind === "signed-out") source.close();
      hear(kind, event.data);
    }));
    source.onerror = async () => {
      if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself; the page's own watch tells
      try {
        const answer = await fetch("/staff/active", { cache: "no-store" });
        if (answer.status === 401) { hear("signed-out", ""); return; }
      } catch { /* no network: the page's own watch tells */ }
      setTimeout(() => listen(address, hear), 3000);
    };
  }

  // One stream for all tabs that show the count alone: over HTTP/1.1 a browser opens six connections to a server, and a
  // tab beyond them would stay blank. One tab listens and tells the others; when it goes, the next one listens.
  function share(address, hear) {
    if (!navigator.locks || !window.BroadcastChannel) { listen(address, hear); return; } // without TLS
    const tabs = new BroadcastChannel("aftercare-news");
    let last = null; // the last count, for a tab that comes later
    let mine = false;
    let heard = Date.now();
    const begin = () => {
      if (mine) return;
      mine = true;
      listen(address, (kind, data) => {
        if (kind === "queue") last = data;
        hear(kind, data);
        tabs.postMessage([kind, data]);
      });
    };
    tabs.onmessage = ({ data: [kind, data] }) => {
      if (kind === "asked") {
        if (last !== null) tabs.postMessage(["queue", last]);
        return;
      }
      heard = Date.now();
      hear(kind, data);
    };
    tabs.postMessage(["asked", null]);
    navigator.locks.request("aftercare-news", () => { begin(); return new Promise(() => {}); });
    // The tab that listens may have been put to sleep: rather two streams than none.
    setInterval(() => { if (Date.now() - heard > SILENT) begin(); }, 2000);
  }

  Object.assign(window.aftercare, { listen, share });
})();
